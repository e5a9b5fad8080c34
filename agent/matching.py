"""Matches a clause to a tool by meaning: the sentence encoder's cosine to the ways in which each tool is asked for.

Used to narrow what is offered, to tell which planned step serves which need, and by `offline` to plan. It takes any
catalog: a tool without such phrases is known by its name and description.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from agent import courtesy, readings, requests
from agent.clauses import Clause, read_clauses
from agent.vectors import Embed
from agent.words import stems
from tools.tool import Risk, Tool

MEANT = 0.47  # a cosine above which a clause about one's own affairs may be meant for a look-up
_MARGIN = 0.12
_HEAD = re.compile(
    r"\s+(?:that|saying|because|since|about|regarding|concerning|so that"
    r"|for (?=an?\b|the\b|my\b|our\b|\w+ing\b))"
    r"|[:,]\s",
    re.IGNORECASE,
)
READERS = frozenset({"search_wiki", "read_page"})  # retrieval does this for every need: no clause has to ask for it
# Cosines above which a clause is small talk by its meaning, and how much nearer it must lie to small talk than to what
# any tool is asked for with. Few words say little of what is meant, and a question is easily one for the wiki.
_POLITE, _POLITE_FEW, _POLITE_QUESTION = (0.50, 0.20), (0.60, 0.30), (0.80, 0.30)
_FEW = 4  # words
_CHAT = 6  # clauses of a message that may be small talk by its meaning: a longer one has something to say
PLAIN = 0.72  # above which a clause is plainly for a tool, and not for the wiki


@dataclass(frozen=True, slots=True)
class Entry:
    """A tool as the matcher sees it.

    `nouns` are the stems of the things that its identifiers name ("ticket"), `values` those of the words that its
    arguments take ("urgent"); `takes` is how many identifiers one call needs; it `says` something where one needs
    words, and `searches` where it may be narrowed by any.
    """

    name: str
    phrases: tuple[str, ...]
    write: bool
    nouns: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    takes: int = 0
    says: bool = False
    searches: bool = False

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

    def hear(self, message: str) -> list[Clause]:
        """The message's clauses as `read_clauses` gives them; one that means nothing but small talk is social too."""
        clauses = read_clauses(message)
        doubtful = [
            clause
            for clause in clauses
            if clause.kind in ("statement", "question") and clause.condition is None
            if courtesy.may_mean(clause.text) and not requests.wants_human(clause.text)
        ]
        if not doubtful or len(clauses) > _CHAT:
            return clauses
        vectors = self._embed([clause.text for clause in doubtful])  # `rank` needs the same ones
        acts, polite, needs = self._courtesies
        to_polite, to_needs = vectors @ polite.T, vectors @ needs.T
        meant: dict[str, str] = {}
        for clause, near_polite, near_need in zip(doubtful, to_polite, to_needs, strict=True):
            best = float(near_polite.max())
            few = len(clause.text.split()) <= _FEW
            least, more = _POLITE_QUESTION if clause.kind == "question" else _POLITE_FEW if few else _POLITE
            if best >= least and best - float(near_need.max()) >= more:
                meant[clause.text] = acts[int(near_polite.argmax())]
        return [
            clause.model_copy(update={"kind": "social", "act": meant[clause.text]}) if clause.text in meant else clause
            for clause in clauses
        ]

    @cached_property
    def _courtesies(self) -> tuple[list[str], NDArray[np.float32], NDArray[np.float32]]:
        """The acts of the wordings of small talk, their vectors, and those of what is no small talk."""
        like = [(act.name, text) for act in courtesy.acts() for text in act.like]
        needs = self._embed(courtesy.unlike())
        if len(self._vectors):
            needs = np.concatenate([needs, self._vectors])
        return [name for name, _ in like], self._embed([text for _, text in like]), needs

    def read(self, clauses: Sequence[Clause]) -> list[list[Match]]:
        """As `rank`, for the clauses of one message: a clause counts by the best of its readings: the whole of it, its
        head where what is to be written down or further detail follows, and together with the statement before it where
        it leans on that."""
        readings = [self._readings(clauses, n) for n in range(len(clauses))]
        rows = iter(self.rank([text for texts in readings for text in texts]))
        return [_merged([next(rows) for _ in texts]) for texts in readings]

    def _readings(self, clauses: Sequence[Clause], n: int) -> list[str]:
        text = clauses[n].text
        head = _HEAD.split(text, maxsplit=1)[0]
        shown = {noun for entry in self.entries if not entry.write and entry.takes for noun in entry.nouns}
        found = readings.typical(self._plain(text), self._nouns, shown)
        if found and readings.is_all_in_typical(text):
            return found
        found += [text, head] if len(head.split()) > 2 else [text]
        if near_here := readings.nearby(text):
            found.append(near_here)
        before = [clause.text for clause in clauses[:n] if clause.kind == "statement"]
        if before and requests.leans_back(text):
            found.append(f"{before[-1]} {text}")
        pointed = clauses[n].condition or " ".join(clause.text for clause in clauses[:n])
        nouns = {self.noun(number) for number in requests.numbers(pointed)} - {""}
        if len(nouns) == 1 and clauses[n].kind == "command" and not requests.numbers(text):
            found.append(readings.with_it(text, nouns.pop()))
        elif clauses[n].kind == "command":
            found.append(readings.with_it(text))
        return list(dict.fromkeys(found))

    def _plain(self, clause: str) -> str:
        """The clause with each number replaced by what it stands for ("T-1234" → "my ticket")."""
        for number in requests.numbers(clause):
            if noun := self.noun(number):
                clause = re.sub(
                    rf"(?:\b(?:my|the)\s+)?(?:\b{noun}\w*\s+)?(?<![\w-]){re.escape(number)}", f"my {noun}", clause
                )
            elif number[0].isalpha():
                clause = clause.replace(number, "somebody")
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
    needed = forms[0].schema()["function"]["parameters"]["required"]
    takes = sum(parameter in needed for parameter in forms[0].identifiers)
    given = forms[0].schema()["function"]["parameters"]["properties"]
    free = {key for key, schema in given.items() if schema.get("type") == "string" and "enum" not in schema}
    free -= set(forms[0].identifiers)
    write = forms[0].risk is not Risk.READ
    searches = not write and not takes and bool(free) and name not in READERS
    return Entry(name, tuple(phrases), write, nouns, values, takes, bool(free & set(needed)), searches)
