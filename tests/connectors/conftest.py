"""A source, synced again and again into one small index with the real encoder."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from knowledge.connectors.connector import Connector
from knowledge.index import Index
from knowledge.ingest import IngestReport, ingest
from knowledge.page import EVERYONE, Page
from knowledge.settings import KnowledgeSettings

NAME = "home"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(KnowledgeSettings(data_dir=tmp_path / "data", threads=1), writer=True) as opened:
        yield opened


class Synced:
    """What the index holds of a source. Each sync opens the source anew, as `deskmate sync` does."""

    def __init__(self, index: Index, opened: Callable[[], Connector]) -> None:
        self._index = index
        self._opened = opened

    def sync(self) -> IngestReport:
        """Raises what the ingest raises."""
        connector = self._opened()
        try:
            return ingest(self._index, connector, collection=NAME)
        finally:
            connector.close()

    def counts(self) -> str:
        """Of a further sync, such as '1 added, 0 changed, 0 removed, 4 unchanged'."""
        report = self.sync()
        assert not report.failed, report.failed
        return f"{report.added} added, {report.changed} changed, {report.removed} removed, {report.unchanged} unchanged"

    def page(self, page_id: str) -> Page:
        """One page, as staff sees it."""
        return self._index.page(page_id, collection=NAME, audiences=EVERYONE)

    def pages(self) -> list[str]:
        """The ids of all pages."""
        with self._index.truth(NAME).reading() as connection:
            return [row["id"] for row in connection.execute("SELECT id FROM page ORDER BY id")]

    def found(self, words: str) -> str:
        """The address of the best passage that a customer finds."""
        return self._index.search(words, collection=NAME)[0].url
