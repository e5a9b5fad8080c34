"""Matches a clause to a tool by meaning: the sentence encoder's cosine to the ways in which each tool is asked for.

Used to narrow what is offered, to tell which planned step serves which need, and by `offline` to plan. It takes any
catalog: a tool without such phrases is known by its name and description.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agent import requests
from agent.clauses import Clause
from agent.vectors import Embed
from agent.words import stems
from tools.tool import Risk, Tool

MEANT = 0.47  # a cosine above which a clause about one's own affairs may be meant for a look-up
_MARGIN = 0.12
_HEAD = re.compile(r"\s+(?:that|saying|because|since|about|regarding|concerning)\b|[:,]\s", re.IGNORECASE)
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


def _merged(rows: Sequence[Sequence[Match]]) -> list[Match]:
    """Each tool by its best score, best first."""
    best: dict[str, Match] = {}
    for match in (match for row in rows for match in row):
        if match.name not in best or match.score > best[match.name].score:
            best[match.name] = match
    return sorted(best.values(), key=lambda match: (-round(match.score, 6), match.name))


class Matcher:
    """Holds the embedded phrases of a catalog. `embed` gives unit vectors, one row a text."""

    def __init__(self, embed: Embed, entries: Sequence[Entry]) -> None:
        self._embed = embed
        self.entries = tuple(entries)
        self._nouns = sorted({noun for entry in entries for noun in entry.nouns})
        self._owner = np.array([n for n, entry in enumerate(entries) for _ in entry.phrases], dtype=np.int64)
        phrases = [phrase for entry in entries for phrase in entry.phrases]
        self._vectors = embed(phrases) if phrases else np.zeros((0, 1), np.float32)

    def rank(self, clauses: Sequence[str]) -> list[list[Match]]:
        """For each clause all tools, best first; ties in the catalog's order."""
        if not clauses or not self.entries:
            return [[] for _ in clauses]
        similar = self._embed([self._plain(clause) for clause in clauses]) @ self._vectors.T
        ranked = []
        for row in similar:
            best = [float(row[self._owner == n].max()) for n in range(len(self.entries))]
            order = [n for _, n in sorted((-round(score, 6), n) for n, score in enumerate(best))]
            ranked.append([Match(self.entries[n].name, best[n], self.entries[n].write) for n in order])
        return ranked

    def read(self, clauses: Sequence[Clause]) -> list[list[Match]]:
        """As `rank`, for the clauses of one message: a clause counts by the best of its readings: the whole of it, its
        head where what is to be written down or further detail follows, and together with the statement before it where
        it leans on that."""
        readings = [self._readings(clauses, n) for n in range(len(clauses))]
        rows = iter(self.rank([text for texts in readings for text in texts]))
        return [_merged([next(rows) for _ in texts]) for texts in readings]

    @staticmethod
    def _readings(clauses: Sequence[Clause], n: int) -> list[str]:
        text = clauses[n].text
        head = _HEAD.split(text, maxsplit=1)[0]
        found = [text, head] if len(head.split()) > 2 else [text]
        before = [clause.text for clause in clauses[:n] if clause.kind == "statement"]
        if before and requests.leans_back(text):
            found.append(f"{before[-1]} {text}")
        return list(dict.fromkeys(found))

    def _plain(self, clause: str) -> str:
        """The clause with each number replaced by what it stands for ("T-1234" → "my ticket")."""
        for number in requests.numbers(clause):
            if noun := self.noun(number):
                clause = re.sub(
                    rf"(?:\b(?:my|the)\s+)?(?:\b{noun}\w*\s+)?(?<![\w-]){re.escape(number)}", f"my {noun}", clause
                )
        return clause

    def noun(self, number: str) -> str:
        """What an identifier stands for: the noun of the tools' identifiers that begins with its letter, or ""."""
        letter = number[0].lower()
        return next((noun for noun in self._nouns if noun.startswith(letter)), "")


def of_catalog(embed: Embed, catalog: Sequence[Tool]) -> tuple[Matcher, list[Entry]]:
    """The matcher of a catalog, and its tools as it sees them; forms of one name are one entry."""
    named: dict[str, list[Tool]] = {}
    for tool in catalog:
        named.setdefault(tool.name, []).append(tool)
    entries = [_entry(name, forms) for name, forms in named.items()]
    return Matcher(embed, entries), entries


def _entry(name: str, forms: Sequence[Tool]) -> Entry:
    """A tool by all the ways in which any role asks for it."""
    phrases = dict.fromkeys(phrase for tool in forms for phrase in (tool.title, *tool.asked))
    nouns = stems(" ".join(forms[0].identifiers.values()))
    properties = [schema for tool in forms for schema in tool.schema()["function"]["parameters"]["properties"].values()]
    values = stems(" ".join(value.replace("_", " ") for schema in properties for value in schema.get("enum", ())))
    return Entry(name, tuple(phrases), forms[0].risk is not Risk.READ, nouns, values)
