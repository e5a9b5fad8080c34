"""Which tools a request needs, in order: each clause is matched to a tool by meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent import requests
from agent.matching import READERS, Match, Matcher
from agent.models.offline.situation import Situation
from agent.requests import Clause
from agent.words import stems

_READ_SURE, _READ_OWN, _WRITE = 0.60, 0.47, 0.50
_OWN = re.compile(r"\b(?:my|mine|our|i|i've|i'm|me|we|us)\b", re.IGNORECASE)
_GENERAL = re.compile(
    r"^(?:how (?:do|can|long|much|many|does|to)|what (?:does|is|are|happens)|can i|may i|is it possible|do you|why)\b",
    re.IGNORECASE,
)
_OFFER = re.compile(r"\bI can ([^.?!]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Planned:
    """A clause and the tool that it asks for."""

    clause: Clause
    tool: str


def plan(
    situation: Situation, matcher: Matcher, offered: Sequence[str], words: Mapping[str, frozenset[str]]
) -> list[Planned]:
    """The steps that the request asks for. `words` are the stems by which each writing tool must be named."""
    accepted = _accepted_offer(situation)
    clauses = [accepted] if accepted else [c for c in situation.clauses if c.kind in ("command", "question")]
    ranked = matcher.rank([_standalone(clause, situation) for clause in clauses])
    steps: list[Planned] = []
    for clause, row in zip(clauses, ranked, strict=True):
        allowed = [match for match in row if match.name in offered and match.name not in READERS]
        chosen = next((m for m in allowed[:3] if _fits(clause, m, words.get(m.name, frozenset()))), None)
        if chosen:
            steps += [Planned(clause, chosen.name)] * max(1, _identifiers(clause.text))
    return _distinct(steps)


def _fits(clause: Clause, match: Match, named: frozenset[str]) -> bool:
    """A write must be asked for, in words that name it; a look-up may be meant by a question about one's own affairs."""
    if match.write:
        return clause.kind == "command" and match.score >= _WRITE and bool(named & stems(clause.text))
    if clause.kind == "command":
        return match.score >= _READ_OWN
    general = _GENERAL.match(clause.text) and not re.search(r"\bmy\b", clause.text, re.IGNORECASE)
    if general:
        return match.score >= _READ_SURE + 0.15
    return match.score >= (_READ_OWN if _OWN.search(clause.text) else _READ_SURE)


def _standalone(clause: Clause, situation: Situation) -> str:
    """A clause that leans on the turn before is matched together with it."""
    return clause.text


def _accepted_offer(situation: Situation) -> Clause | None:
    """ "Yes, please" to what the last reply offered to do ("I can open a ticket …") is a request for just that."""
    if not situation.history or requests.decision(situation.request) is not True:
        return None
    offer = _OFFER.findall(situation.history[-1][1])
    return Clause(text=offer[-1], kind="command") if offer else None


def _identifiers(text: str) -> int:
    return len(set(re.findall(r"\b[A-Z]{1,4}-?\d{3,}\b|\b\d{4,}\b", text)))


def _distinct(steps: list[Planned]) -> list[Planned]:
    """A tool that several clauses ask for without naming different things is called once."""
    kept: list[Planned] = []
    for step in steps:
        same = [k for k in kept if k.tool == step.tool]
        if not same or _identifiers(step.clause.text):
            kept.append(step)
    return kept
