"""Matches a clause to a tool by meaning: the sentence encoder's cosine to the ways in which each tool is asked for.

Used to narrow what is offered, to tell which planned step serves which need, and by `offline` to plan. It takes any
catalog: a tool without such phrases is known by its name and description.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agent.vectors import Embed

MEANT = 0.47  # a cosine above which a clause about one's own affairs may be meant for a look-up
_MARGIN = 0.12
READERS = frozenset({"search_wiki", "read_page"})  # retrieval does this for every need: no clause has to ask for it
PLAIN = 0.72  # above which a clause is plainly for a tool, and not for the wiki


@dataclass(frozen=True, slots=True)
class Entry:
    """A tool as the matcher sees it.

    `nouns` are the stems of the things that its identifiers name ("ticket"), `values` those of the words that its
    arguments take ("urgent").
    """

    name: str
    phrases: tuple[str, ...]
    write: bool
    nouns: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()

    @property
    def identifies(self) -> bool:
        """Whether the tool takes an identifier."""
        return bool(self.nouns)


@dataclass(frozen=True, slots=True)
class Match:
    """A tool for a clause; `score` is a cosine, about 0.3 (unrelated) to 1 (the same words)."""

    name: str
    score: float
    write: bool


def near(ranked: Sequence[Match]) -> list[Match]:
    """The matches so close to the best one that any of them may be meant."""
    return [match for match in ranked if match.score >= ranked[0].score - _MARGIN]


class Matcher:
    """Holds the embedded phrases of a catalog. `embed` gives unit vectors, one row a text."""

    def __init__(self, embed: Embed, entries: Sequence[Entry]) -> None:
        self._embed = embed
        self.entries = tuple(entries)
        self._owner = np.array([n for n, entry in enumerate(entries) for _ in entry.phrases], dtype=np.int64)
        phrases = [phrase for entry in entries for phrase in entry.phrases]
        self._vectors = embed(phrases) if phrases else np.zeros((0, 1), np.float32)

    def rank(self, clauses: Sequence[str]) -> list[list[Match]]:
        """For each clause all tools, best first; ties in the catalog's order."""
        if not clauses or not self.entries:
            return [[] for _ in clauses]
        similar = self._embed(list(clauses)) @ self._vectors.T
        ranked = []
        for row in similar:
            best = [float(row[self._owner == n].max()) for n in range(len(self.entries))]
            order = [n for _, n in sorted((-round(score, 6), n) for n, score in enumerate(best))]
            ranked.append([Match(self.entries[n].name, best[n], self.entries[n].write) for n in order])
        return ranked
