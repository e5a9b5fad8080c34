"""What the customer's own words support. Whatever a model plans, a write that nobody asked for is not even tried, and a
look-up is narrowed only to what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent import requests
from agent.matching import READERS, Matcher, near
from agent.words import stems
from tools.tool import Risk, Tool

_OFFERED, _LEAST = 5, 0.25  # tools offered for a plan, and their least cosine to a clause of the request
_ASKED = 0.40  # least cosine between a clause and a write that it may be meant for


def asks_for(request: str, tool: Tool, matcher: Matcher) -> bool:
    """Whether a clause may be meant for this tool. Look-ups need no asking; a plain yes takes up an offer."""
    if tool.risk is Risk.READ or requests.decision(request) is True:
        return True
    clauses = [clause.text for clause in requests.clauses(request) if clause.kind != "social"]
    return any(
        match.name == tool.name and match.score >= _ASKED for row in matcher.rank(clauses) for match in near(row)
    )


def narrowed_tools(request: str, tools: Sequence[Tool], matcher: Matcher) -> list[Tool]:
    """The tools that a plan may name: those nearest to any clause, in the catalog's order. A small model that sees them
    all plans too many; what reads the wiki is left out, since every turn has searched before."""
    best: dict[str, float] = {}
    for row in matcher.rank([clause.text for clause in requests.clauses(request)]):
        for match in row:
            best[match.name] = max(best.get(match.name, 0.0), match.score)
    names = sorted((name for name, score in best.items() if score >= _LEAST), key=lambda name: -best[name])
    wanted = set([tool for tool in names if tool not in READERS][:_OFFERED])
    if requests.decision(request) is True:  # a yes may take up any offer
        return [tool for tool in tools if tool.name not in READERS]
    return [tool for tool in tools if tool.name in wanted]


def most_steps(request: str) -> int:
    """How many steps a plan may have: one for each thing that is asked or to be done, and for each number named."""
    asked = sum(clause.kind in ("question", "command") for clause in requests.clauses(request))
    return max(1, asked) + len(requests.numbers(request))


def condition(request: str, tool: Tool, matcher: Matcher) -> str | None:
    """The condition that the customer named for this tool, if any."""
    clauses = [clause for clause in requests.clauses(request) if clause.kind == "command"]
    rows = matcher.rank([clause.text for clause in clauses])
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
