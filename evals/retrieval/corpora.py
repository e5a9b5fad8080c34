"""The indexes of labelled sets: built once in the data directory, one collection a set, and searched in any way."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

from evals.retrieval.labelled import LabelledSet
from evals.retrieval.recut import CUTS, Recut
from evals.settings import EvalsSettings
from knowledge import records
from knowledge.encoder import MINILM
from knowledge.errors import IndexLocked
from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.settings import KnowledgeSettings

BY_HAND = ""  # the source of pages that were ingested from a folder
Progress = Callable[[int, int, str], None]


class Corpora:
    """Every set's collection, each index opened once for each way of searching. A first build takes minutes.

    `cut` names another way of cutting pages, as in CUTS; such an index is kept in a folder of its own.
    """

    def __init__(
        self,
        settings: EvalsSettings,
        sets: Sequence[LabelledSet],
        progress: Progress | None = None,
        *,
        cut: str = "",
    ) -> None:
        folder = f"retrieval-without-{cut.replace(' ', '-')}" if cut else "retrieval"
        self.settings = KnowledgeSettings(data_dir=settings.data_dir / "evals" / folder, encoder=MINILM)
        self._evals, self._progress = settings, progress
        self._open: dict[str, Index] = {}
        with suppress(IndexLocked), Index.open(self.settings, writer=True) as writer:  # another run may be building
            workers = Recut(self.settings, CUTS[cut]) if cut else None
            for one in sets:
                ingest(writer, one.corpus, collection=one.name, progress=progress, workers=workers)
        self.files = {one.name: self._files(one.name) for one in sets}

    def _files(self, name: str) -> dict[str, str]:
        """The file of each page of a set, by the page's id."""
        with self.index().truth(name).reading() as connection:
            return {stored.page_id: file for file, stored in records.stored_pages(connection, BY_HAND).items()}

    def index(self, changed: Mapping[str, Any] | None = None) -> Index:
        """The index, searched with some settings changed."""
        key = repr(sorted((changed or {}).items()))
        if key not in self._open:
            self._open[key] = Index.open(self.settings.model_copy(update=dict(changed or {})))
        return self._open[key]

    def otherwise(self, sets: Sequence[LabelledSet], cut: str) -> "Corpora":
        """The sets with their pages cut in another way."""
        return Corpora(self._evals, sets, self._progress, cut=cut)

    def forget(self, changed: Mapping[str, Any]) -> None:
        """Close the index of one way of searching: each holds all vectors in memory."""
        if index := self._open.pop(repr(sorted(changed.items())), None):
            index.close()

    def __enter__(self) -> "Corpora":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for index in self._open.values():
            index.close()
