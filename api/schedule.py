"""The schedule: each source with a `refresh` is synced in the background, one at a time, while the service answers."""

import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from knowledge.errors import IndexLocked
from knowledge.index import Index
from knowledge.settings import KnowledgeSettings
from knowledge.sources import Source
from knowledge.sync import record, sync

log = logging.getLogger("deskmate.api")

_POSTPONED = timedelta(minutes=1)
"""How long a sync waits that could not begin, such as while another process writes the index."""


class _Stopped(Exception):
    """The service ends: what is committed stays, and the next sync goes on from there."""


class Schedule:
    """Syncs what is due, in a thread of its own. `sources` are those of sources.toml as it was at the start.

    The index is opened for writing for the time of a sync only, so that in between other processes may write it. A
    thread that a silent source holds up is left behind at the end: the index is whole wherever it stops.
    """

    def __init__(self, sources: Sequence[Source], settings: KnowledgeSettings) -> None:
        self.sources = sources
        self.syncing: str | None = None  # the source that is being synced
        self._settings = settings
        self._postponed: dict[str, datetime] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)

    def start(self) -> None:
        """Begin, if there is anything to do."""
        if any(source.refresh for source in self.sources):
            self._thread.start()

    def stop(self, seconds: float) -> None:
        """End, after the page that is being read; wait for it at most so long."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def due(self, source: Source) -> datetime | None:
        """When the source is synced next (UTC); None if only when asked."""
        if source.refresh is None:
            return None
        known = record(self._settings.folder, source)
        due = known.due(source.refresh) if known else datetime.now(UTC)
        return max(due, self._postponed.get(source.name, due))

    def _run(self) -> None:
        while not self._stop.is_set():
            waiting = [(due, source) for source in self.sources if (due := self.due(source))]
            due, source = min(waiting, key=lambda entry: entry[0])
            if not self._stop.wait(max(0.0, (due - datetime.now(UTC)).total_seconds())):
                self._sync(source)

    def _sync(self, source: Source) -> None:
        self.syncing = source.name
        try:
            with Index.open(self._settings, writer=True) as index:
                result = sync(index, source, self.sources, progress=self._told)
            if not result.ok:
                log.warning("Sync of %s: %s", source.name, result.error or f"{result.failed} pages could not be read")
        except _Stopped:
            log.info("Sync of %s: stopped with the service; the next one goes on from there", source.name)
        except IndexLocked:
            self._postpone(source)  # a person ingests or syncs: nothing is wrong
        except Exception:
            log.exception("Sync of %s", source.name)
            self._postpone(source)
        finally:
            self.syncing = None

    def _postpone(self, source: Source) -> None:
        self._postponed[source.name] = datetime.now(UTC) + _POSTPONED

    def _told(self, done: int, total: int, step: str) -> None:
        if self._stop.is_set():
            raise _Stopped
