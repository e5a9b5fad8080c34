"""An export of Notion: a folder or the zip file itself, as Markdown and CSV or as HTML."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, Field

from knowledge import frontmatter
from knowledge.connectors.connector import Fetched, Listed
from knowledge.connectors.content import day
from knowledge.connectors.export import Export
from knowledge.connectors.mark import mark
from knowledge.errors import PageSkipped
from knowledge.page import Audience
from knowledge.parsers import MEDIA

_ID = re.compile(r"(?:[ _-]|%20)?([0-9a-f]{32})(?=(?:_all)?\.|$|/)")
_TARGET = re.compile(r"(\]\(|href=\")([^)\"\s]+)")
_PROPERTY = re.compile(r"([^:\n]{1,60}): (.+)")
_DAYS = ("%B %d, %Y", "%d %B %Y", "%Y/%m/%d", "%d/%m/%Y")
_CHANGED = ("last edited time", "last edited", "last updated", "updated")
_PAGES = frozenset({".md", ".html", ".csv", *MEDIA}) - {".txt"}


class NotionOptions(BaseModel):
    """What an export can be told in sources.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="The export: its zip file, or the folder it was unpacked to.")
    site: str = Field(default="", description="Where readers find the pages, such as https://acme.notion.site.")
    owner_property: str = Field(default="Owner", description="Property of a page that names its owner.")
    audience_property: str = Field(
        default="Audience", description="A page whose property says internal is for staff only."
    )
    page_limit: int = Field(default=20_000_000, ge=1, description="Largest file that is read (bytes).")

    def open(self, name: str, folder: Path) -> "Notion":
        """The export as a source; it keeps nothing."""
        return Notion(name, self)


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the export. `id` is Notion's own, '' where its name has none; `place` is its path without ids."""

    path: str
    id: str
    place: str
    version: str


class Notion:
    """Pages by Notion's own ids, which stay when a page is renamed or moved. Databases are pages of rows."""

    def __init__(self, name: str, options: NotionOptions) -> None:
        self.name = name
        self.address = str(options.path)
        self._options = options
        self._export = Export(options.path.expanduser(), options.page_limit)
        self._files: dict[str, _File] = {}
        self._page_ids: dict[str, str] = {}

    def pages(self) -> Iterator[Listed]:
        """Every page and database of the export."""
        files = [_file(path, version) for path, version in self._export.files() if _is_page(path)]
        whole = {file.id for file in files if file.path.endswith("_all.csv")}
        files = [file for file in files if not (file.id in whole and file.path.endswith(f"{file.id}.csv"))]
        self._files = {file.id or file.path: file for file in files}
        stems = Counter(_stem(file.place) for file in self._files.values())
        self._page_ids = {
            key: _stem(file.place) + (f" {file.id[:8] or 'copy'}" if stems[_stem(file.place)] > 1 else "")
            for key, file in self._files.items()
        }
        for key in sorted(self._files):
            file = self._files[key]
            yield Listed(key, file.version and f"{file.version} {self._page_ids[key]} {mark(self._options)}")

    def read(self, listed: Listed) -> Fetched:
        """The page, with its links without ids."""
        file = self._files[listed.key]
        data, suffix = self._export.read(file.path), PurePosixPath(file.path).suffix.lower()
        properties: dict[str, str] = {}
        if suffix in {".md", ".html", ".csv"}:
            text = _decoded(data)
            properties = _properties(text) if suffix == ".md" else {}
            data, suffix = _plain(text, suffix).encode(), ".html" if suffix == ".csv" else suffix
        internal = properties.get(self._options.audience_property.lower(), "").lower() == Audience.INTERNAL
        return Fetched(
            key=listed.key,
            data=data,
            media=MEDIA[suffix],
            title=PurePosixPath(file.place).stem if file.path.endswith(".csv") else None,
            url=f"{self._options.site.rstrip('/')}/{file.id}" if self._options.site and file.id else None,
            audience=Audience.INTERNAL if internal else None,
            owner=properties.get(self._options.owner_property.lower()),
            updated=next((_day(properties[name]) for name in _CHANGED if name in properties), None),
            page_id=self._page_id(listed.key),
        )

    def close(self) -> None:
        """Close the export."""
        self._export.close()

    def _page_id(self, key: str) -> str | None:
        try:
            return frontmatter.page_id(self._page_ids[key])
        except PageSkipped:
            return None


def _file(path: str, version: str) -> _File:
    found = _ID.search(PurePosixPath(path).name)
    return _File(path, found.group(1) if found else "", _ID.sub("", path).replace("_all.csv", ".csv"), version)


def _is_page(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in _PAGES and not PurePosixPath(path).name.startswith((".", "index.html"))


def _stem(place: str) -> str:
    return place.removesuffix(PurePosixPath(place).suffix)


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise PageSkipped(f"it is not UTF-8 text (byte {error.start}): export it again.") from error


def _properties(text: str) -> dict[str, str]:
    """The lines 'Name: value' between a page's title and its text, by name in lower case."""
    parts = text.split("\n\n", 2)
    lines = parts[1].split("\n") if len(parts) > 1 and parts[0].startswith("# ") else []
    found = [_PROPERTY.fullmatch(line.strip()) for line in lines]
    return {line.group(1).lower(): line.group(2).strip() for line in found if line} if all(found) else {}


def _day(stated: str) -> date | None:
    """A day as Notion writes it, with or without the time."""
    words = re.sub(r"\s+\d{1,2}:\d{2}.*", "", stated.split("→")[0]).strip()
    for form in _DAYS:
        try:
            return datetime.strptime(words, form).date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            continue
    return day(stated)


def _plain(text: str, suffix: str) -> str:
    """The page with links that carry no ids; a database as a table."""
    if suffix == ".csv":
        return _table(text)
    return _TARGET.sub(lambda found: found.group(1) + _without_ids(found.group(2)), text)


def _without_ids(target: str) -> str:
    return target if "://" in target else _ID.sub("", target)


def _table(text: str) -> str:
    try:
        rows = [row for row in csv.reader(io.StringIO(text), strict=True) if any(row)]
    except csv.Error as error:
        raise PageSkipped("it is not a whole CSV file: export it again.") from error
    lines = (
        [
            "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) + "</tr>"
            for tag, row in zip(("th", *("td" for _ in rows[1:])), rows, strict=True)
        ]
        if rows
        else []
    )
    return f"<body><table>{''.join(lines)}</table></body>"
