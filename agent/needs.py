"""What a message has to have looked up in the wiki: its needs, each with the words to search with."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent import requests
from agent.clauses import Clause
from agent.matching import PLAIN, READERS, Match, Matcher
from agent.opening import Opening
from agent.reading import wholes
from agent.state import Need
from agent.words import stems
from knowledge.sentences import split_prose

_HELP = re.compile(r"\b(?:help|wiki|pages?|guides?|fix\w*|solve\w*|nothing)\b", re.IGNORECASE)
_CALLED = 0.60  # a command that is meant for a tool, so that what is told beside it is no question
_MOST_STATED = 3  # clauses of context for one need


def find_needs(opening: Opening, matcher: Matcher) -> list[Need]:
    """What has to be looked up in the wiki: questions, and what else no tool is plainly meant for.

    A statement counts where nothing is asked, or where the request points at help pages. What is searched for a need
    holds the clause before it, if that is no question of its own, and the turn before, if the message leans on it. The
    answer to a question of ours holds no need, unless it asks something itself.
    """
    found = [c for c in matcher.hear(opening.message) if c.kind != "social"]
    if opening.goes_on:
        found = [c for c in found if c.kind == "question"]
    before = opening.history[-1][0] if opening.history and requests.leans_back(opening.message) else ""
    needs: list[Need] = []
    rows = matcher.read(found)
    wanted = _wanted(found, rows)
    for n, (clause, row) in enumerate(zip(found, rows, strict=True)):
        if _for_a_tool(clause, row[0] if row else None) or (clause.kind == "statement" and not wanted):
            continue
        query = " ".join(filter(None, [before, _context(found, n), clause.text]))
        needs.append(Need(number=len(needs) + 1, text=clause.text, query=query, asked=clause.kind == "question"))
    return needs


def _context(found: Sequence[Clause], n: int) -> str:
    """What stands before a clause and belongs to it: all that was stated, if it leans back; else the clause before."""
    before = [c.text for c in found[:n] if c.kind != "question"]
    if requests.leans_back(found[n].text) or not stems(found[n].text):
        return " ".join((before or [c.text for c in found[:n]])[-_MOST_STATED:])
    return found[n - 1].text if n and found[n - 1].kind != "question" else ""


def _for_a_tool(clause: Clause, best: Match | None) -> bool:
    if best is None or clause.kind == "statement" or best.name in READERS:
        return False
    if clause.kind == "question" and requests.is_general(clause.text):
        return False
    return best.score >= PLAIN and (clause.kind == "command" or not best.write)


def _wanted(found: Sequence[Clause], rows: Sequence[Sequence[Match]]) -> bool:
    """Whether statements are to be looked up: nothing is asked and no tool plainly called, or a condition speaks of
    help."""
    if _HELP.search(" ".join(c.condition or "" for c in found)):
        return True
    called = any(c.kind == "command" and row and row[0].score >= _CALLED for c, row in zip(found, rows, strict=True))
    return not called and not any(c.kind == "question" for c in found)


def in_parts(message: str) -> list[Need]:
    """The needs of a message that holds more of them than may be searched for: it is a case, looked up part by part."""
    return [Need(number=n, text=split_prose(part)[0], query=part) for n, part in enumerate(wholes(message), start=1)]
