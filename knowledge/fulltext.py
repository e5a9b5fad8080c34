"""BM25 scores, word weights and the vocabulary from the full-text tables of a collection."""

import math
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.page import PUBLIC_ONLY, Audience
from knowledge.stemming import Language
from knowledge.words import stem

# Function words that nearly every passage of a language holds, and no passage of another.
_MARKS: dict[Language, tuple[str, ...]] = {"german": ("und", "der", "ist"), "french": ("les", "dans", "pour")}
_SPOKEN = 0.002  # share of the chunks that hold each mark, from which on a collection speaks the language


@dataclass(frozen=True, slots=True)
class _Statements:
    chunks: str
    pages: str
    holds: str
    frequency: str
    beginning: str
    size: str


# A caller who may read public pages alone asks tables that were built from public pages alone.
_PUBLIC = _Statements(
    "SELECT rowid, -rank FROM chunk_public WHERE chunk_public MATCH ? ORDER BY rank LIMIT ?",
    "SELECT rowid, -rank FROM page_public WHERE page_public MATCH ? ORDER BY rank LIMIT ?",
    "SELECT rowid, 1 FROM chunk_public WHERE chunk_public MATCH ? LIMIT ?",
    "SELECT doc FROM term_public WHERE term = ?",
    "SELECT term, doc FROM term_public WHERE term >= ? AND term < ?",
    "SELECT value FROM meta WHERE name = 'chunks_public'",
)
_ALL = _Statements(
    "SELECT rowid, -rank FROM chunk_all WHERE chunk_all MATCH ? ORDER BY rank LIMIT ?",
    "SELECT rowid, -rank FROM page_all WHERE page_all MATCH ? ORDER BY rank LIMIT ?",
    "SELECT rowid, 1 FROM chunk_all WHERE chunk_all MATCH ? LIMIT ?",
    "SELECT doc FROM term_all WHERE term = ?",
    "SELECT term, doc FROM term_all WHERE term >= ? AND term < ?",
    "SELECT value FROM meta WHERE name = 'chunks_all'",
)


class FullText:
    """Full-text questions inside one transaction, for one set of audiences."""

    def __init__(self, connection: sqlite3.Connection, audiences: frozenset[Audience]) -> None:
        self._connection = connection
        self._statements = _PUBLIC if audiences <= PUBLIC_ONLY else _ALL
        self._counts: dict[str, int] = {}
        self.size = int(connection.execute(self._statements.size).fetchone()[0])
        """How many chunks the audiences may see."""

    def chunk_scores(self, phrases: Iterable[Sequence[str]], limit: int) -> dict[int, float]:
        """BM25 by chunk row for the best `limit` chunks that hold any phrase: terms that stand side by side."""
        return self._scores(self._statements.chunks, phrases, limit)

    def page_scores(self, phrases: Iterable[Sequence[str]], limit: int) -> dict[int, float]:
        """BM25 by page row."""
        return self._scores(self._statements.pages, phrases, limit)

    def count(self, term: str) -> int:
        """How many of the visible chunks hold the term."""
        if term not in self._counts:
            row = self._connection.execute(self._statements.frequency, [term]).fetchone()
            self._counts[term] = int(row[0]) if row else 0
        return self._counts[term]

    def weight(self, count: int) -> float:
        """Inverse document frequency of what so many chunks hold; highest for what none holds."""
        return math.log(1 + (self.size - count + 0.5) / (count + 0.5))

    def vocabulary(self, beginning: str) -> dict[str, int]:
        """The terms that begin so, and how many chunks hold each."""
        after = f"{beginning[:-1]}{chr(ord(beginning[-1]) + 1)}"
        return dict(self._connection.execute(self._statements.beginning, [beginning, after]).fetchall())

    def holds(self, phrase: Sequence[str]) -> bool:
        """Whether any visible chunk holds these terms side by side."""
        return bool(self._scores(self._statements.holds, [phrase], 1))

    def languages(self) -> list[Language]:
        """The languages besides English that the visible chunks are written in."""
        least = max(1.0, _SPOKEN * self.size)
        return [name for name, marks in _MARKS.items() if all(self.count(stem(mark, name)) >= least for mark in marks)]

    def _scores(self, statement: str, phrases: Iterable[Sequence[str]], limit: int) -> dict[int, float]:
        wanted = " OR ".join(f'"{" ".join(phrase)}"' for phrase in phrases)
        return dict(self._connection.execute(statement, [wanted, limit]).fetchall()) if wanted else {}
