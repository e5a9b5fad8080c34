"""BM25 scores and word weights from the full-text tables of a collection."""

import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.page import PUBLIC_ONLY, Audience


@dataclass(frozen=True, slots=True)
class _Statements:
    chunks: str
    pages: str
    frequency: str
    size: str


# A caller who may read public pages alone asks tables that were built from public pages alone.
_PUBLIC = _Statements(
    "SELECT rowid, -rank FROM chunk_public WHERE chunk_public MATCH ? ORDER BY rank LIMIT ?",
    "SELECT rowid, -rank FROM page_public WHERE page_public MATCH ? ORDER BY rank LIMIT ?",
    "SELECT doc FROM term_public WHERE term = ?",
    "SELECT value FROM meta WHERE name = 'chunks_public'",
)
_ALL = _Statements(
    "SELECT rowid, -rank FROM chunk_all WHERE chunk_all MATCH ? ORDER BY rank LIMIT ?",
    "SELECT rowid, -rank FROM page_all WHERE page_all MATCH ? ORDER BY rank LIMIT ?",
    "SELECT doc FROM term_all WHERE term = ?",
    "SELECT value FROM meta WHERE name = 'chunks_all'",
)


class FullText:
    """Full-text questions inside one transaction, for one set of audiences."""

    def __init__(self, connection: sqlite3.Connection, audiences: frozenset[Audience]) -> None:
        self._connection = connection
        self._statements = _PUBLIC if audiences <= PUBLIC_ONLY else _ALL

    def chunk_scores(self, terms: Sequence[str], limit: int) -> dict[int, float]:
        """BM25 by chunk row for the best `limit` chunks that hold any of the terms."""
        return self._scores(self._statements.chunks, terms, limit)

    def page_scores(self, terms: Sequence[str], limit: int) -> dict[int, float]:
        """BM25 by page row."""
        return self._scores(self._statements.pages, terms, limit)

    def weights(self, terms: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency of each term over the visible chunks; highest for a term that no chunk holds."""
        size = int(self._connection.execute(self._statements.size).fetchone()[0])
        weights = {}
        for term in terms:
            row = self._connection.execute(self._statements.frequency, [term]).fetchone()
            count = int(row[0]) if row else 0
            weights[term] = math.log(1 + (size - count + 0.5) / (count + 0.5))
        return weights

    def _scores(self, statement: str, terms: Sequence[str], limit: int) -> dict[int, float]:
        if not terms:
            return {}
        wanted = " OR ".join(f'"{term}"' for term in terms)
        return dict(self._connection.execute(statement, [wanted, limit]).fetchall())
