"""Indexes that are built otherwise than ours, to tell what cutting pages and what their headings are worth."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from knowledge import vectors
from knowledge.chunks import Chunk
from knowledge.preparing import Preparer
from knowledge.records import Prepared
from knowledge.settings import KnowledgeSettings
from knowledge.workers import Here, Outcome, Surveyed

Cut = Callable[[str, Sequence[Chunk], str], tuple[list[Chunk], list[str]]]
"""From a page's title, its chunks and its text to other chunks, and what the encoder reads of each."""


def whole(title: str, chunks: Sequence[Chunk], text: str) -> tuple[list[Chunk], list[str]]:
    """Each page in one piece, of which the encoder reads what it can."""
    chunk = Chunk(0, text, (), "")
    return [chunk], [chunk.embedded(title)]


def bare(title: str, chunks: Sequence[Chunk], text: str) -> tuple[list[Chunk], list[str]]:
    """The chunks without the headings above them; the encoder does not read the page's title either."""
    return [replace(chunk, heading=()) for chunk in chunks], [chunk.text for chunk in chunks]


CUTS: dict[str, Cut] = {"cutting pages": whole, "headings before passages": bare}
"""By what is missing then."""


class Recut(Here):
    """Prepares pages as ever, and cuts them otherwise."""

    def __init__(self, settings: KnowledgeSettings, cut: Cut) -> None:
        super().__init__(settings)
        self._cut = cut

    def prepared(self, preparer: Preparer, pages: Iterator[Surveyed]) -> Iterator[Outcome]:
        """Every page, with its chunks exchanged."""
        for page in super().prepared(preparer, pages):
            yield self._exchanged(page, preparer) if isinstance(page, Prepared) else page

    def _exchanged(self, page: Prepared, preparer: Preparer) -> Prepared:
        chunks, texts = self._cut(page.page.title, page.chunks, page.page.text)
        hashes = [vectors.key(preparer.built, text) for text in texts]
        return replace(page, chunks=chunks, texts=texts, hashes=hashes)
