"""The first start: the demo wiki is read and the ticket desk filled. Later starts find both and do nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import rich.progress
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

from api import data_dir
from api.errors import StartError
from api.settings import ApiSettings
from knowledge import DEMO_WIKI
from knowledge.audit import Audit, audit
from knowledge.errors import IndexVersionError
from knowledge.index import Index
from knowledge.ingest import IngestReport, Progress, ingest
from knowledge.page import Audience
from knowledge.rebuild import rebuild as rebuild_index
from knowledge.reembed import reembed
from knowledge.settings import KnowledgeSettings
from knowledge.sources import Source
from knowledge.sync import SyncResult, sync
from knowledge.workers import Workers
from tools.database import Database
from tools.seed import seed, seeded
from tools.settings import ToolSettings

DEMO_COLLECTION = "demo"


def prepare(settings: ApiSettings, console: Console) -> None:
    """Make the data directory, and in demo mode fill it. Raises StartError and the rooms' errors."""
    data_dir.ensure(settings.data_dir)
    if settings.demo:
        prepare_wiki(console)
        prepare_desk(ToolSettings(), settings.tenant, console)


def prepare_wiki(console: Console) -> None:
    """Index the demo wiki if this data directory does not hold all of it yet."""
    settings = KnowledgeSettings()
    finished = _finished(settings)
    if finished.exists() and DEMO_COLLECTION in _indexed(settings):
        return
    with Index.open(settings, writer=True) as index:
        report = ingest_with_progress(console, index, DEMO_WIKI, collection=DEMO_COLLECTION)
    finished.touch()
    console.print(f"The demo wiki is indexed: {report.added + report.changed + report.unchanged} pages.")


def prepare_desk(settings: ToolSettings, tenant: str, console: Console, *, now: datetime | None = None) -> None:
    """Fill the ticket desk with the demo company's people, orders and tickets, as of ``now``, if it holds none."""
    database = Database.open(settings)
    try:
        if not seeded(database, tenant):
            made = seed(database, now=now, tenant=tenant, settings=settings)
            console.print(
                f"The demo desk is filled: {made.customers} customers, {made.orders} orders, {made.tickets} tickets."
            )
    finally:
        database.close()


def rebuild(settings: ApiSettings, console: Console) -> None:
    """Read the demo wiki from its pages again, and write the vector index of all wikis anew."""
    index = KnowledgeSettings()
    with data_dir.hold(settings.data_dir):
        _finished(index).unlink(missing_ok=True)
        for path in (index.folder / "collections").glob(f"{DEMO_COLLECTION}.db*"):
            path.unlink()
        prepare_wiki(console)
        with Index.open(index, writer=True) as writer:
            writer.rebuild()


def ingest_with_progress(
    console: Console,
    index: Index,
    source: Path,
    *,
    collection: str,
    audience: Audience = Audience.PUBLIC,
    encoder: str = "",
    workers: Workers | None = None,
) -> IngestReport:
    """Ingest while a progress bar shows how far it is (a plain line where the output is no terminal)."""
    with bar(console, f"Reading {source.name} into the wiki {collection!r}") as told:
        return ingest(
            index,
            source,
            collection=collection,
            default_audience=audience,
            encoder=encoder,
            progress=told,
            workers=workers,
        )


def sync_with_progress(
    console: Console,
    index: Index,
    source: Source,
    sources: Sequence[Source],
    *,
    dry: bool,
    allow_removal: bool,
    workers: Workers | None,
) -> SyncResult:
    """Sync a source while a progress bar shows how far it is."""
    with bar(console, f"Syncing {source.name} into the wiki {source.collection!r}") as told:
        return sync(index, source, sources, dry=dry, allow_removal=allow_removal, progress=told, workers=workers)


def reembed_with_progress(console: Console, index: Index, collection: str, encoder: str) -> int:
    """Re-embed a collection while a progress bar shows how far it is; how many vectors were made."""
    with bar(console, f"Embedding the wiki {collection!r} with {encoder}") as told:
        return reembed(index, collection, encoder, lambda done, total: told(done, total, ""))


def audit_with_progress(console: Console, index: Index, collection: str) -> Audit:
    """Audit a collection while a progress bar shows how far it is."""
    with bar(console, f"Looking through the wiki {collection!r}") as told:
        return audit(index, collection, told)


def rebuild_with_progress(console: Console, index: Index) -> int:
    """Rebuild the index while a progress bar shows how far it is; how many vectors were embedded."""
    with bar(console, "Building the index anew") as told:
        return rebuild_index(index, told)


@contextmanager
def bar(console: Console, title: str) -> Iterator[Progress]:
    """A progress bar to tell (done, total, step); a plain line where the output is no terminal."""
    if not console.is_terminal:
        console.print(f"{title} …")
        yield lambda done, total, step: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[step]}"),
    )
    with rich.progress.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None, step="")
        yield lambda done, total, step: bar.update(task, completed=done, total=total, step=step)


def _indexed(settings: KnowledgeSettings) -> set[str]:
    try:
        with Index.open(settings) as index:
            return {collection.name for collection in index.collections()}
    except IndexVersionError as error:
        raise StartError(f"{error} For the demo wiki, `deskmate rebuild` does that.") from error


def _finished(settings: KnowledgeSettings) -> Path:
    """The mark of a complete demo wiki; an ingest that was stopped half way leaves none."""
    return settings.data_dir / "demo-wiki.ready"
