"""Which tools a request needs, in order: each clause is matched to a tool by meaning, and must be asked for in words.

The cosine to a tool's phrases decides; plain facts of the wording correct it: whether an identifier is named, whether
the command's verb is one that the tool is asked for with. A write needs words of its own and none of another tool's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent import requests
from agent.matching import MEANT, READERS, Match, Matcher, near
from agent.requests import Clause
from agent.situation import Situation
from agent.words import stems

_QUESTION, _GENERAL_QUESTION, _WRITE = 0.54, 0.75, 0.50
_COVERED = 0.3  # share of a question's words that a look-up must be asked for with, unless it is meant beyond doubt
_OWN = re.compile(
    r"\b(?:my|mine|our|ours)\b|\b(?:am|did|have|was) (?:i|we)\b|\bdo (?:i|we) (?:owe|pay|have(?! to))\b"
    r"|\b(?:i|we)(?:'ve| have)? (?:have(?! to)|owe|pay|paid|bought|ordered)\b",
    re.IGNORECASE,
)
_GENERAL = re.compile(
    r"^(?:and |so |but )?(?:how (?:do|can|could|should|does|to)\b|what (?:is|are) (?:the|your)\b|what happens|why\b"
    r"|how (?:long|much|many|often|fast) (?:is|are|does|will|do|can)\b(?! i\b| we\b)"
    r"|(?:can|could|may|should|do|must) (?:i|we|you)\b|is it possible|(?:what|how much|how long|when) would\b)",
    re.IGNORECASE,
)
_ONLY_LOOKING = frozenset("show check look list see find view track search read".split())
_LOOKING = _ONLY_LOOKING | frozenset("tell get give open".split())
_SAYING = re.compile(r"\s+(?:that|saying|because|since)\b|:\s", re.IGNORECASE)
_REQUEST = re.compile(r"^(?:can|could|may) (?:i|we) (?:please )?(?:get|have)\b", re.IGNORECASE)
_OFFER = re.compile(r"\bI can ([^.?!]+)", re.IGNORECASE)
_A_NEW = re.compile(r"\b(?:an?|another|new)\s+((?:[\w-]+\s+){0,2}[\w-]+)", re.IGNORECASE)
_STATE_OPEN = re.compile(
    r"\b(my|the|an|any|have|all|one|that|this|there (?:is|are)(?: an| any)?) open(?= \w)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A clause and the tool that it asks for."""

    clause: Clause
    tool: str


class Planner:
    """Plans with the tools that a matcher knows."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._entries = {entry.name: entry for entry in matcher.entries}
        self._words = {entry.name: stems(" ".join(entry.phrases)) | entry.values for entry in matcher.entries}

    def plan(self, situation: Situation, offered: Sequence[str]) -> list[Planned]:
        """The steps that the request asks for, out of the offered tools."""
        accepted = _accepted_offer(situation)
        clauses = [accepted] if accepted else [c for c in situation.clauses if c.kind in ("command", "question")]
        steps: list[Planned] = []
        for clause in clauses:
            if chosen := self._tool(clause, situation, offered):
                steps += [Planned(clause, chosen)] * max(1, len(requests.numbers(clause.text)))
        return _distinct(steps)

    def _tool(self, clause: Clause, situation: Situation, offered: Sequence[str]) -> str | None:
        ranked = [m for m in self._ranked(clause, situation) if m.name in offered and m.name not in READERS]
        meant = next((match.name for match in near(ranked) if self._meant(clause, match)), None)
        return meant or self._by_identifier(clause, ranked)

    def _by_identifier(self, clause: Clause, ranked: Sequence[Match]) -> str | None:
        """A question that names a number is at least a question for what the number stands for."""
        if clause.kind != "question" or not requests.numbers(clause.text):
            return None
        return next((m.name for m in ranked if not m.write and self._identified(clause.text, m.name)), None)

    def _identified(self, text: str, name: str) -> bool:
        """Whether the text names a number of the kind that the tool takes: its letters begin the kind's noun."""
        letters = {found[0].lower() for found in requests.numbers(text) if found[0].isalpha()}
        return any(noun.startswith(letter) for noun in self._entries[name].nouns for letter in letters)

    def _ranked(self, clause: Clause, situation: Situation) -> list[Match]:
        """Tools for a clause, best first: by the whole of it, by its head where what is to be written down follows, and
        together with what was said before where it leans on that."""
        text = _STATE_OPEN.sub(r"\1", clause.text)
        ways = [text, _SAYING.split(text, maxsplit=1)[0]]
        if requests.leans_back(text) and (before := _said_before(clause, situation)):
            ways.append(f"{before} {text}")
        rows = self._matcher.rank(list(dict.fromkeys(ways)))
        best: dict[str, float] = {}
        for match in (match for row in rows for match in row):
            best[match.name] = max(
                best.get(match.name, -1.0), match.score + self._worded(clause, situation, match.name)
            )
        found = [Match(name, score, self._entries[name].write) for name, score in best.items()]
        return sorted(found, key=lambda match: (-round(match.score, 6), match.name))

    def _worded(self, clause: Clause, situation: Situation, name: str) -> float:
        """What the wording adds to a tool's cosine, or takes from it."""
        entry = self._entries[name]
        leans = requests.leans_back(clause.text)
        where = situation.request if leans else clause.text
        named = bool(requests.numbers(where))
        pointed = leans or bool(stems(clause.text) & entry.nouns)
        fits = 0.10 if self._identified(where, name) else 0.0 if pointed and not named else -0.08
        if not named and any(stems(noun) & entry.nouns for noun in _A_NEW.findall(clause.text)):
            fits = -0.20  # "a ticket" is none that there is already
        by_identifier = fits if entry.identifies else -0.10 if requests.numbers(clause.text) else 0.0
        verb = requests.verb(clause.text) if clause.kind == "command" else ""
        if entry.write and verb in _ONLY_LOOKING:
            return by_identifier - 0.20
        by_verb = 0.0 if not verb else 0.10 if stems(verb) & self._words[name] else -0.05
        return by_identifier + by_verb

    def _meant(self, clause: Clause, match: Match) -> bool:
        """A write must be asked for in words that name it; a look-up may be meant by a question on one's affairs."""
        if match.write:
            wanted = clause.kind == "command" or bool(_REQUEST.match(clause.text))
            return wanted and match.score >= _WRITE and self._named(clause, match.name)
        if clause.kind == "command":
            verb = requests.verb(clause.text)
            looking = not verb or verb in _LOOKING or bool(stems(verb) & self._words[match.name])
            return match.score >= MEANT and looking
        words = stems(clause.text)
        if match.score < _GENERAL_QUESTION and len(words & self._words[match.name]) < _COVERED * len(words):
            return False
        if _GENERAL.match(clause.text) and not re.search(r"\bmy\b", clause.text, re.IGNORECASE):
            return match.score >= _GENERAL_QUESTION
        return match.score >= (MEANT if _OWN.search(clause.text) else _QUESTION)

    def _named(self, clause: Clause, name: str) -> bool:
        """Whether the clause holds words of this tool, and none that only other tools are asked for with."""
        words = stems(_SAYING.split(clause.text, maxsplit=1)[0])
        others = frozenset().union(*(self._words[other] for other in self._words if other != name))
        if not words & self._words[name]:
            return False
        return bool(requests.numbers(clause.text)) or not words & (others - self._words[name])


def _said_before(clause: Clause, situation: Situation) -> str:
    """The statement before a clause, in this message or else in the last one."""
    told = [c.text for c in situation.clauses if c.kind == "statement" and c.text != clause.text]
    return told[0] if told else situation.before


def _accepted_offer(situation: Situation) -> Clause | None:
    """ "Yes, please" to what the last reply offered to do ("I can open a ticket …") is a request for just that."""
    if not situation.history or requests.decision(situation.request) is not True:
        return None
    offer = _OFFER.findall(situation.history[-1][1])
    return Clause(text=offer[-1], kind="command") if offer else None


def _distinct(steps: list[Planned]) -> list[Planned]:
    """A tool that several clauses ask for without naming different things is called once."""
    kept: list[Planned] = []
    for step in steps:
        if requests.numbers(step.clause.text) or all(step.tool != other.tool for other in kept):
            kept.append(step)
    return kept
