"""A folder of files on this machine."""

import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from knowledge.connectors.connector import Fetched, Listed, Skip
from knowledge.errors import PageSkipped, SourceError
from knowledge.parsers import MEDIA, READABLE

# What a wiki folder holds beside its pages, and nobody misses in an index of text.
_ASSET_SUFFIXES = (
    ".png .jpg .jpeg .gif .svg .webp .avif .ico .bmp .css .js .map .woff .woff2 .ttf .otf .eot .mp4 .webm .mp3 .wav "
    ".json .yml .yaml .toml .xml .lock"
)
_ASSETS = frozenset(_ASSET_SUFFIXES.split())


class FolderOptions(BaseModel):
    """What a folder can be told in sources.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="The folder; '~' is the home directory.")
    page_limit: int = Field(default=2_000_000, ge=1, description="Largest file that is read (bytes).")

    def open(self, name: str, folder: Path) -> "Folder":
        """The folder as a source; it keeps nothing."""
        return Folder(self.path.expanduser(), page_limit=self.page_limit, name=name)


class Folder:
    """Pages by their path inside the folder, with '/' between folders. Hidden files and folders are passed over."""

    def __init__(self, path: Path, *, page_limit: int, name: str = "") -> None:
        self.path = path
        self.name = name
        self._page_limit = page_limit  # bytes

    @property
    def address(self) -> str:
        """The path, as it was given."""
        return str(self.path)

    def pages(self) -> Iterator[Listed | Skip]:
        """Every file that may be a page, by name. No version: times of files are too coarse to be trusted."""
        if not self.path.exists():
            raise SourceError(f"There is no folder {self.path}: check the path.")
        if not self.path.is_dir():
            raise SourceError(f"{self.path} is not a folder: name the folder that holds the wiki's pages.")
        found: list[Listed | Skip] = []
        root = self.path.resolve()

        def unreadable(error: OSError) -> None:
            found.append(Skip(self._key(Path(error.filename)), f"the folder cannot be read ({error.strerror})."))

        for folder, folders, names in os.walk(self.path, onerror=unreadable):
            folders[:] = [name for name in folders if not name.startswith(".")]
            found += [self._listed(Path(folder, name), root) for name in names if _may_be_page(name)]
        yield from sorted(found, key=lambda entry: entry[0] if isinstance(entry, Skip) else entry.key)

    def read(self, listed: Listed) -> Fetched:
        """The file's bytes. Raises PageSkipped if it is too large or cannot be read."""
        path = self.path / listed.key
        try:
            if not path.is_file():
                raise PageSkipped("it is not a regular file.")
            size = path.stat().st_size
            if size > self._page_limit:
                limit = f"the limit of {self._page_limit:,} (DESKMATE_KNOWLEDGE_PAGE_LIMIT)"
                raise PageSkipped(f"it has {size:,} bytes, more than {limit}.")
            return Fetched(listed.key, path.read_bytes(), MEDIA[path.suffix.lower()])
        except OSError as error:
            raise PageSkipped(f"it cannot be read ({error.strerror}).") from error

    def close(self) -> None:
        """Nothing is held."""

    def _listed(self, path: Path, root: Path) -> Listed | Skip:
        key = self._key(path)
        if path.suffix.lower() not in MEDIA:
            return Skip(key, f"it is not a {READABLE} file.")
        if not path.resolve().is_relative_to(root):
            return Skip(key, "it is a link to a file outside the folder.")
        return Listed(key)

    def _key(self, path: Path) -> str:
        return path.relative_to(self.path).as_posix() if path.is_relative_to(self.path) else str(path)


def _may_be_page(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() not in _ASSETS
