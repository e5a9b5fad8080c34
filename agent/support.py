"""What the customer's own words support. Whatever a model plans, a write that nobody asked for is not even tried, and a
look-up is narrowed only to what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from agent import requests
from agent.clauses import Clause, read_clauses
from agent.matching import READERS, Matcher, near
from agent.planning import Planned, Planner
from agent.situation import Situation
from agent.words import stems
from tools.tool import Risk, Tool

_OFFERED, _LEAST = 5, 0.25  # tools offered for a plan, and their least cosine to a clause of the request
_PLAINLY = 0.60  # above which it may be meant although another one is nearer
_ASKED = 0.40  # least cosine between a clause and a write that it may be meant for


def asks_for(request: str, tool: Tool, matcher: Matcher, *, trusted: bool = False) -> bool:
    """Whether a clause may be meant for this tool. Look-ups need no asking; a plain yes takes up an offer. Of a model
    that is `trusted` to plan alone it is enough that the words may be meant for it at all.
    """
    if tool.risk is Risk.READ or requests.decision(request) is True:
        return True
    clauses = [clause for clause in matcher.hear(request) if clause.kind != "social"]
    if any(step.tool == tool.name for step in _planned(request, matcher)):
        return True
    least = _LEAST if trusted else _ASKED
    return any(
        match.name == tool.name and match.score >= least
        for clause, row in zip(clauses, matcher.read(clauses), strict=True)
        for match in (row if trusted else [*near(row), *(match for match in row if match.score >= _PLAINLY)])
        if not requests.is_how_to(clause.text) and not requests.forbids(clause.text)
    )


def speaks_of(request: str, tool: Tool, matcher: Matcher) -> bool:
    """Whether a clause of the request, or a condition in it, may be meant for a tool, a look-up or a write."""
    if requests.decision(request) is True:
        return True
    clauses = [clause for clause in matcher.hear(request) if clause.kind != "social"]
    rows = [*matcher.read(clauses), *matcher.rank([text for text in map(_condition_of, clauses) if text])]
    return any(match.name == tool.name and match.score >= _ASKED for row in rows for match in near(row))


def narrowed_tools(request: str, tools: Sequence[Tool], matcher: Matcher) -> list[Tool]:
    """The tools that a plan may name, in the catalog's order: first the nearest of each clause and condition, then the
    next ones. A small model that sees them all plans too many; what reads the wiki is left out, since every turn has
    searched before."""
    if requests.decision(request) is True:  # a yes may take up any offer
        return [tool for tool in tools if tool.name not in READERS]
    known = {tool.name for tool in tools} - READERS
    clauses = [clause for clause in matcher.hear(request) if clause.kind != "social"]
    rows = [*matcher.read(clauses), *matcher.rank([text for text in map(_condition_of, clauses) if text])]
    rows = [[match for match in row if match.name in known and match.score >= _LEAST] for row in rows]
    wanted: dict[str, None] = {}
    for tier in zip_longest(*rows):
        wanted |= {match.name: None for match in sorted(filter(None, tier), key=lambda match: -match.score)}
    return [tool for tool in tools if tool.name in list(wanted)[:_OFFERED]]


def _planned(request: str, matcher: Matcher) -> list[Planned]:
    """What the built-in planner reads in the request alone."""
    return Planner(matcher).plan(Situation(request, (), ()), [entry.name for entry in matcher.entries])


def _condition_of(clause: Clause) -> str:
    return "" if clause.condition is None or requests.is_bare(clause.condition) else clause.condition


def most_steps(request: str) -> int:
    """How many steps a plan may have: one for each thing that is asked or to be done, each number named, and each
    condition that something has to be looked up for."""
    clauses = read_clauses(request)
    asked = sum(clause.kind in ("question", "command") for clause in clauses)
    look_ups = sum(bool(_condition_of(clause)) for clause in clauses)
    return max(1, asked) + len(requests.numbers(request)) + look_ups


def condition(request: str, tool: Tool, matcher: Matcher) -> str | None:
    """The condition that the customer named for this tool, if any: for a write that of the clause which the built-in
    planner reads as asking for it, else of the command nearest to it."""
    if tool.risk is not Risk.READ:
        planned = [step for step in _planned(request, matcher) if step.tool == tool.name]
        if planned:
            return next((step.clause.condition for step in planned if step.clause.condition), None)
    clauses = [clause for clause in read_clauses(request) if clause.kind == "command"]
    rows = matcher.read(clauses)
    meant = [
        (match.score, -n, clause.condition)
        for n, (clause, row) in enumerate(zip(clauses, rows, strict=True))
        for match in near(row)
        if match.name == tool.name
    ]
    return max(meant, key=lambda found: found[:2])[2] if meant else None


def narrowed(request: str, tool: Tool, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A look-up's arguments without optional choices of a word that the customer did not use."""
    parameters = tool.schema()["function"]["parameters"]
    if tool.risk is not Risk.READ:
        return dict(arguments)
    said = stems(request)
    return {
        key: value
        for key, value in arguments.items()
        if key in parameters["required"]
        or "enum" not in parameters["properties"].get(key, {})
        or stems(str(value).replace("_", " ")) & said
    }
