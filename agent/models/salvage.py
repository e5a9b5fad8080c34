"""Calls that a model wrote as text: bare, fenced, or after prose. Only what fits a choice is taken."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from agent.models.grammar import Choice, Decision, MisfitError, check

_THOUGHT = re.compile(r"<think>.*?(</think>|\Z)", re.DOTALL)


def salvage(text: str, choices: Sequence[Choice]) -> Decision | None:
    """The first call in the text that names a choice and whose arguments fit it; thoughts are not read."""
    for found in _objects(_THOUGHT.sub("", text)):
        function = found.get("function")
        call = function if isinstance(function, dict) else found
        name = call.get("name", call.get("action"))
        arguments = call.get("arguments", call.get("parameters"))
        if isinstance(call.get("action"), str) and arguments is None:
            arguments = {key: value for key, value in call.items() if key != "action"}
        if isinstance(name, str) and isinstance(arguments, dict):
            try:
                return check(name, arguments, choices)
            except MisfitError:
                continue
    return None


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Every JSON object in the text that is not inside another one that was read."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except ValueError:
            end = at + 1
        else:
            if isinstance(value, dict):
                yield value
        at = text.find("{", end)
