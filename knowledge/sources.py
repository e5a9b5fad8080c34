"""`sources.toml` in the data directory: which wikis are kept in step, each with its collection and its terms."""

import re
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from knowledge.collection import checked_name
from knowledge.connectors.connector import Connector
from knowledge.connectors.kinds import KINDS, SourceOptions, options_model
from knowledge.encoder import checked_encoder
from knowledge.errors import KnowledgeError, SourcesError
from knowledge.page import Audience
from knowledge.source import PageRules

FILE = "sources.toml"

_TIME = re.compile(r"(\d+)\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _time(value: object) -> timedelta:
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found or not int(found[1]):
        raise ValueError("write a time such as '30m', '1h' or '1d'")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _name(value: object) -> object:
    return _checked(checked_name, value)


def _encoder(value: object) -> object:
    return _checked(checked_encoder, value) if value else value


def _checked(check: Any, value: object) -> object:
    try:
        return check(value) if isinstance(value, str) else value
    except KnowledgeError as error:
        raise ValueError(str(error)) from error


class _Entry(BaseModel):
    """The keys that every kind of source has; all others are the kind's own."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: Annotated[str, BeforeValidator(_name)]
    kind: str
    collection: Annotated[str, BeforeValidator(_name)] = ""
    audience: Audience = Audience.PUBLIC
    internal: tuple[str, ...] = ()
    owner: str | None = None
    encoder: Annotated[str, BeforeValidator(_encoder)] = ""
    refresh: Annotated[timedelta | None, BeforeValidator(_time)] = None
    max_removed: float = Field(default=0.5, ge=0, le=1)


@dataclass(frozen=True, slots=True)
class Source:
    """One source, as sources.toml describes it."""

    name: str
    kind: str
    collection: str
    rules: PageRules
    encoder: str  # of a new collection; '': the one of the settings
    refresh: timedelta | None  # how often the service syncs it; None: only when asked
    max_removed: float  # the share of its pages that may go unasked
    options: SourceOptions

    def open(self, folder: Path) -> Connector:
        """The source itself. `folder` is where the index lives. Raises SourceError."""
        return self.options.open(self.name, self.kept(folder))

    def kept(self, folder: Path) -> Path:
        """Where it keeps what it must remember from one sync to the next."""
        return folder / "sources" / self.name


def load(data_dir: Path) -> list[Source]:
    """Every source, in the order of the file; none if there is no file. Raises SourcesError, naming file and entry."""
    path = data_dir / FILE
    if not path.is_file():
        return []
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourcesError(f"{path} is not TOML: {error}.") from error
    entries = tables.pop("source", [])
    if tables or not isinstance(entries, list):
        stray = next(iter(tables), "source")
        raise SourcesError(f"{path}: '{stray}' has no place there: each source is a table that begins with [[source]].")
    sources = [_source(path, number, entry) for number, entry in enumerate(entries, 1)]
    names = [source.name for source in sources]
    if double := next((name for name in names if names.count(name) > 1), None):
        raise SourcesError(f"{path}: two sources are named '{double}': give one of them another name.")
    return sources


def _source(path: Path, number: int, table: object) -> Source:
    name = table.get("name") if isinstance(table, dict) else None
    where = f"{path}, source {number}" + (f" '{name}'" if name else "")
    try:
        entry = _Entry.model_validate(table)
        if entry.kind not in KINDS:
            raise SourcesError(f"{where}, key 'kind': there is no '{entry.kind}': use one of {', '.join(KINDS)}.")
        options = options_model(entry.kind).model_validate(entry.model_extra or {})
    except ValidationError as error:
        raise SourcesError(f"{where}, {_first(error)}") from error
    return Source(
        name=entry.name,
        kind=entry.kind,
        collection=entry.collection or entry.name,
        rules=PageRules(entry.audience, entry.internal, entry.owner),
        encoder=entry.encoder,
        refresh=entry.refresh,
        max_removed=entry.max_removed,
        options=cast(SourceOptions, options),
    )


def _first(error: ValidationError) -> str:
    found = error.errors()[0]
    key = ".".join(str(part) for part in found["loc"])
    if found["type"] == "missing":
        return f"key '{key}': it is missing."
    if found["type"] == "extra_forbidden":
        return f"key '{key}': this kind of source has no such key."
    return f"key '{key}': {found['msg'].removeprefix('Value error, ').rstrip('.')}."
