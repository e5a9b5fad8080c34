"""Sync: bring collections up to their sources, and keep on record how that went."""

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ValidationError

from knowledge import records, vectors
from knowledge.connectors.connector import Skip
from knowledge.errors import EncoderMismatch, EncoderUnavailable, SourceError, SourceNotFound, SourceShrunk
from knowledge.index import Index
from knowledge.ingest import IngestReport, Progress, Terms, ingest
from knowledge.sources import Source
from knowledge.workers import Workers

_log = logging.getLogger(__name__)
_NAMED = 20  # pages that a record names, of those that were skipped or failed


class SyncResult(BaseModel):
    """How one sync of a source went: counts in pages, `embedded` in chunks; `error` is why it could not be finished."""

    source: str
    collection: str
    started: datetime
    seconds: float
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    failed: int = 0
    skipped: int = 0
    embedded: int = 0
    error: str | None = None
    named: list[Skip] = []  # what was skipped or failed, and why: the first of them

    @property
    def ok(self) -> bool:
        """Whether the collection now equals the source."""
        return self.error is None and not self.failed


class SyncRecord(BaseModel):
    """What is remembered of a source: its last sync, and when one last went well."""

    last: SyncResult
    last_good: datetime | None = None

    def due(self, refresh: timedelta) -> datetime:
        """When the next sync is due."""
        return self.last.started + refresh


def sync(
    index: Index,
    source: Source,
    sources: Sequence[Source],
    *,
    dry: bool = False,
    allow_removal: bool = False,
    progress: Progress | None = None,
    workers: Workers | None = None,
) -> SyncResult:
    """Bring the source's collection up to it. What goes wrong with the source stands in the result, and on record.

    `sources` are all that sources.toml names. With `dry` nothing is written, and the index may be open for reading.
    Raises IndexReadOnly, IndexNotWritable.
    """
    terms = Terms(
        rules=source.rules,
        encoder=source.encoder,
        max_removed=1.0 if allow_removal else source.max_removed,
        may_be_empty=allow_removal,
        rivals=frozenset(other.name for other in sources if other.collection == source.collection) - {source.name},
        dry=dry,
    )
    started, clock = datetime.now(UTC), time.monotonic()
    report, error = IngestReport(), None
    try:
        connector = source.open(index.settings.folder)
        try:
            ingest(
                index,
                connector,
                collection=source.collection,
                terms=terms,
                progress=progress,
                workers=workers,
                report=report,
            )
        finally:
            connector.close()
    except SourceShrunk as shrunk:
        error = f"{shrunk} If that is right, run 'deskmate sync {source.name} --allow-removal'."
    except (SourceError, EncoderMismatch, EncoderUnavailable) as trouble:
        error = str(trouble)
    result = SyncResult(
        source=source.name,
        collection=source.collection,
        started=started,
        seconds=round(time.monotonic() - clock, 3),
        added=report.added,
        changed=report.changed,
        removed=report.removed,
        unchanged=report.unchanged,
        failed=len(report.failed),
        skipped=len(report.skipped),
        embedded=report.embedded,
        error=error,
        named=[*report.failed, *report.skipped][:_NAMED],
    )
    if not dry:
        _keep(source.kept(index.settings.folder), result)
    return result


def record(folder: Path, source: Source) -> SyncRecord | None:
    """What is remembered of a source, or None if it was never synced. `folder` is where the index lives."""
    path = source.kept(folder) / "sync.json"
    try:
        return SyncRecord.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        _log.warning("%s cannot be read, so its source counts as never synced: %s", path, error)
        return None


def chosen(sources: Sequence[Source], names: Iterable[str]) -> list[Source]:
    """The sources of these names; all without a name. Raises SourceNotFound."""
    known = {source.name: source for source in sources}
    for name in names:
        if name not in known:
            raise SourceNotFound(f"sources.toml names no source '{name}' (it names: {', '.join(known) or 'none'}).")
    return [known[name] for name in names] or list(sources)


def dropped(index: Index, sources: Sequence[Source]) -> dict[tuple[str, str], int]:
    """Pages by (source, collection) of sources that sources.toml does not name, or names for another collection."""
    named = {(source.name, source.collection) for source in sources}
    found = {}
    for info in index.collections():
        with index.truth(info.name).reading() as connection:
            for name, count in records.source_counts(connection).items():
                if name and (name, info.name) not in named:
                    found[name, info.name] = count
    return found


def dropped_sentences(index: Index, sources: Sequence[Source]) -> list[str]:
    """What `dropped` finds, for whoever looks after the wikis: they are served until they are removed on purpose."""
    return [
        f"The wiki {collection!r} still holds {count} {'page' if count == 1 else 'pages'} of {name!r}, which "
        f"sources.toml does not name for it. Remove them with: deskmate sync --forget {name}"
        for (name, collection), count in dropped(index, sources).items()
    ]


def forget(index: Index, name: str, sources: Sequence[Source]) -> int:
    """Remove the pages of a source wherever sources.toml does not name it any more; how many there were.

    Raises SourceNotFound if there are none, IndexReadOnly, IndexNotWritable.
    """
    places = {place: count for place, count in dropped(index, sources).items() if place[0] == name}
    if not places:
        raise SourceNotFound(f"There are no pages of a source '{name}' that sources.toml does not name.")
    with index.owner.changing:
        for _, collection in places:
            with index.truth(collection).writing() as connection:
                gone = {stored.page_id for stored in records.stored_pages(connection, name).values()}
                vectors.remove(connection, records.remove_pages(connection, gone))
                records.mark_changed(connection)
            index.sync(collection)
    return sum(places.values())


def _keep(folder: Path, result: SyncResult) -> None:
    """Replace the source's record; a reader finds the old or the new one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sync.json"
    try:
        before = SyncRecord.model_validate_json(path.read_bytes()).last_good
    except (OSError, ValidationError):
        before = None
    kept = SyncRecord(last=result, last_good=result.started if result.ok else before)
    new = path.with_suffix(".new")
    new.write_text(kept.model_dump_json(), "utf-8")
    new.replace(path)
