"""A folder of pages (Markdown, MDX, HTML, PDF, Word, text): which files are pages, and what each says."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from knowledge import frontmatter
from knowledge.blocks import Document, Placed, place, without_title
from knowledge.errors import PageSkipped, SourceError
from knowledge.page import Audience, Page
from knowledge.parsers import MEDIA, READABLE, parse

# What a wiki folder holds beside its pages, and nobody misses in an index of text.
_ASSET_SUFFIXES = (
    ".png .jpg .jpeg .gif .svg .webp .avif .ico .bmp .css .js .map .woff .woff2 .ttf .otf .eot .mp4 .webm .mp3 .wav "
    ".json .yml .yaml .toml .xml .lock"
)
_ASSETS = frozenset(_ASSET_SUFFIXES.split())


class Skip(NamedTuple):
    """A file that did not become a page, and why."""

    path: str
    sentence: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One candidate page. `name` is its path inside the source, with '/' between folders."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A page and where its blocks stand in its text."""

    page: Page
    placed: list[Placed]


def find_files(source: Path) -> tuple[list[SourceFile], list[Skip]]:
    """Candidate pages by name, and the files that cannot be pages. Hidden files and folders are passed over."""
    if not source.exists():
        raise SourceError(f"There is no folder {source}: check the path.")
    if not source.is_dir():
        raise SourceError(f"{source} is not a folder: name the folder that holds the wiki's pages.")
    files, skips, root = [], [], source.resolve()

    def unreadable(error: OSError) -> None:
        skips.append(Skip(_name(source, Path(error.filename)), f"the folder cannot be read ({error.strerror})."))

    for folder, folders, names in os.walk(source, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith(".") or path.suffix.lower() in _ASSETS:
                continue
            file = SourceFile(_name(source, path), path)
            if path.suffix.lower() not in MEDIA:
                skips.append(Skip(file.name, f"it is not a {READABLE} file."))
            elif not path.resolve().is_relative_to(root):
                skips.append(Skip(file.name, "it is a link to a file outside the folder."))
            else:
                files.append(file)
    return sorted(files, key=lambda file: file.name), skips


def _name(source: Path, path: Path) -> str:
    return path.relative_to(source).as_posix() if path.is_relative_to(source) else str(path)


def read_bytes(file: SourceFile, limit: int) -> bytes:
    """The file's bytes. Raises PageSkipped if it is larger than `limit` bytes or cannot be read."""
    try:
        if not file.path.is_file():
            raise PageSkipped("it is not a regular file.")
        size = file.path.stat().st_size
        if size > limit:
            raise PageSkipped(
                f"it has {size:,} bytes, more than the limit of {limit:,} (DESKMATE_KNOWLEDGE_PAGE_LIMIT)."
            )
        return file.path.read_bytes()
    except OSError as error:
        raise PageSkipped(f"it cannot be read ({error.strerror}).") from error


def parse_page(file: SourceFile, data: bytes, *, collection: str, default_audience: Audience) -> ParsedPage:
    """The page that the file's bytes make. Raises PageSkipped, with a sentence, if they make none."""
    document, values = parse(MEDIA[file.path.suffix.lower()], data)
    matter = frontmatter.read(values)
    title = _title(matter, document, file)
    text, placed = place(without_title(document.blocks, title))
    if not text:
        raise PageSkipped("it holds no text.")
    page_id = matter.id or file.name.removesuffix(file.path.suffix)
    page = Page(
        id=page_id,
        collection=collection,
        title=title,
        text=text,
        url=matter.url or f"/wiki/{collection}/{quote(page_id)}",
        audience=matter.audience or default_audience,
        owner=matter.owner,
        updated=matter.updated,
        superseded_by=matter.superseded_by,
    )
    return ParsedPage(page, placed)


def _title(matter: frontmatter.FrontMatter, document: Document, file: SourceFile) -> str:
    name = file.path.parent.name if file.path.stem == "index" and "/" in file.name else file.path.stem
    return matter.title or document.title or name.replace("-", " ").replace("_", " ").strip().capitalize()
