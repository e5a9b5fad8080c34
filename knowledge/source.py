"""A folder of Markdown, HTML and text files: which are pages, and what each says."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from knowledge import frontmatter
from knowledge.blocks import Document, Placed, place, without_title
from knowledge.errors import PageSkipped, SourceError
from knowledge.hypertext import parse_html
from knowledge.markdown import parse_markdown
from knowledge.page import Audience, Page, Trust
from knowledge.plaintext import parse_text

_PARSERS = {
    ".md": parse_markdown,
    ".markdown": parse_markdown,
    ".html": parse_html,
    ".htm": parse_html,
    ".txt": parse_text,
}
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
            if path.suffix.lower() not in _PARSERS:
                skips.append(Skip(file.name, "it is not a Markdown, HTML or text file."))
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
    values, body = frontmatter.split(_decoded(data))
    try:
        document = _PARSERS[file.path.suffix.lower()](body)
    except RecursionError:
        raise PageSkipped("its lists or elements are nested too deep.") from None
    matter = frontmatter.read({**document.meta, **values})
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
        review_by=matter.review_by,
        trust=matter.trust or Trust.REVIEWED,
    )
    return ParsedPage(page, placed)


def _decoded(data: bytes) -> str:
    if b"\0" in data:
        raise PageSkipped("it is binary, not text.")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise PageSkipped(f"it is not UTF-8 text (byte {error.start}): save it as UTF-8.") from error


def _title(matter: frontmatter.FrontMatter, document: Document, file: SourceFile) -> str:
    name = file.path.parent.name if file.path.stem == "index" and "/" in file.name else file.path.stem
    return matter.title or document.title or name.replace("-", " ").replace("_", " ").strip().capitalize()
