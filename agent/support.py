"""What the customer's own words support. Whatever a model plans, a write that nobody asked for is not even tried, and a
look-up is narrowed only to what was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent import requests
from agent.matching import Matcher, near
from agent.words import stems
from tools.tool import Risk, Tool

_ASKED = 0.40  # least cosine between a clause and a write that it may be meant for


def asks_for(request: str, tool: Tool, matcher: Matcher) -> bool:
    """Whether a clause may be meant for this tool. Look-ups need no asking; a plain yes takes up an offer."""
    if tool.risk is Risk.READ or requests.decision(request) is True:
        return True
    clauses = [clause.text for clause in requests.clauses(request) if clause.kind != "social"]
    return any(
        match.name == tool.name and match.score >= _ASKED for row in matcher.rank(clauses) for match in near(row)
    )


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
