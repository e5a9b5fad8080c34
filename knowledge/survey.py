"""What of a source must be read again: its list held against what is stored, page by page."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from knowledge.connectors.connector import Connector, Listed, Skip
from knowledge.errors import PageSkipped, SourceUnavailable
from knowledge.preparing import Preparer, Task
from knowledge.records import Stored

_SILENT = 5  # pages in a row that the source does not give, after which it is not asked for more


class Kept(NamedTuple):
    """A page that did not change; `stamp` is set where it was read to find that out."""

    key: str
    page_id: str
    stamp: str | None


class Failed(NamedTuple):
    """A page that the source did not give, and why."""

    key: str
    sentence: str


class Survey:
    """One look at a source. `entries` is the whole list, `stored` what the index holds of the source, by key."""

    def __init__(
        self,
        connector: Connector,
        preparer: Preparer,
        entries: Iterable[Listed | Skip],
        stored: Mapping[str, Stored],
    ) -> None:
        self._connector = connector
        self._preparer = preparer
        self._stored = stored
        self.skips: list[Skip] = []
        self.listed: dict[str, Listed] = {}
        for entry in entries:
            if isinstance(entry, Skip):
                self.skips.append(entry)
            else:
                self.listed[entry.key] = entry

    def gone(self) -> set[str]:
        """Keys that are no longer listed, but for those in a folder that could not be looked into."""
        closed = tuple(f"{skip.path}/" for skip in self.skips)
        return {key for key in self._stored if key not in self.listed and not key.startswith(closed)}

    def gone_by_content(self) -> dict[str, list[str]]:
        """The same by what the pages said: one of them that turns up under another key has moved."""
        found: dict[str, list[str]] = defaultdict(list)
        for key in sorted(self.gone()):
            found[self._stored[key].content].append(key)
        return found

    def pages(self) -> Iterator[Kept | Task | Skip | Failed]:
        """Every listed page in order. Raises SourceUnavailable once the source gives nothing any more."""
        silent = 0
        for listed in self.listed.values():
            found = self._look(listed)
            silent = silent + 1 if isinstance(found, Failed) else 0
            yield found
            if isinstance(found, Failed) and silent == _SILENT:
                raise SourceUnavailable(
                    f"{self._connector.address} gave none of {_SILENT} pages in a row, so it was not asked for the "
                    f"rest; the last time: {found.sentence}"
                )

    def _look(self, listed: Listed) -> Kept | Task | Skip | Failed:
        stored, stamp = self._stored.get(listed.key), self._preparer.stamp(listed)
        if stored and stamp and stored.stamp == stamp:
            return Kept(listed.key, stored.page_id, None)
        try:
            fetched = self._connector.read(listed)
        except PageSkipped as skip:
            return Skip(listed.key, str(skip))
        except SourceUnavailable as error:
            return Failed(listed.key, str(error))
        if stored and stored.digest == self._preparer.digest(fetched):
            return Kept(listed.key, stored.page_id, stamp if stamp != stored.stamp else None)
        return Task(fetched, stamp)
