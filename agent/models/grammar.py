"""Choices ⇄ grammar: what a model may decide now as one JSON schema, and its output read back and checked.

A choice is an OpenAI function schema computed for this moment: identifiers are enums of what this customer has seen,
and an action that is not possible is no choice. In the grammar each choice is an object with `action` first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

Choice = Mapping[str, Any]

REASON = "reason"
"""The property of a decision in which a model may think first; it is no argument."""

STRING_LIMIT = 400
"""Longest free string (characters) where the schema names no limit: a small model that loops must come to an end."""

_REASON_LIMIT = 200  # characters
_KEPT = ("type", "enum", "const", "anyOf", "maxLength", "minLength", "maxItems", "minItems", "minimum", "maximum")
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


class MisfitError(ValueError):
    """Output that fits none of the choices. The message is a sentence for the model, to repair it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One of the choices with arguments that fit its schema. `calls` are (tool, arguments) that were given with a plan,
    by a model that calls its tools at once.
    """

    action: str
    arguments: dict[str, Any]
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()


def names(choices: Sequence[Choice]) -> list[str]:
    """Names of the choices in their order."""
    return [choice["function"]["name"] for choice in choices]


def grammar(choices: Sequence[Choice], *, reason_first: bool = False) -> dict[str, Any]:
    """JSON schema for Ollama's `format`: one object out of the choices, `action` first or behind a `reason`.

    Descriptions are left out (a grammar does not read them); strings and arrays without a limit get one.
    """
    return {"anyOf": [_alternative(choice["function"], reason_first) for choice in choices]}


def read(text: str, choices: Sequence[Choice]) -> Decision:
    """Read one object `{"action": …, …arguments}`. Raises `MisfitError`."""
    try:
        found = json.loads(text)
    except ValueError:
        raise MisfitError("That is not one JSON object.") from None
    if not isinstance(found, dict) or not isinstance(found.get("action"), str):
        raise MisfitError('The JSON object needs "action" with the name of an action.')
    beside = ("action", REASON) if not _takes_reason(found["action"], choices) else ("action",)
    return check(found["action"], {key: value for key, value in found.items() if key not in beside}, choices)


def check(action: str, arguments: Mapping[str, Any], choices: Sequence[Choice]) -> Decision:
    """The decision, if the action is offered and its arguments fit. Raises `MisfitError`."""
    for choice in choices:
        if choice["function"]["name"] == action:
            parameters = choice["function"].get("parameters") or {"type": "object"}
            problems = list(
                _problems(dict(arguments), {"type": "object", "additionalProperties": False, **parameters}, action)
            )
            if problems:
                raise MisfitError(" ".join(problems))
            return Decision(action, dict(arguments))
    near = get_close_matches(action, names(choices), n=1)
    raise MisfitError(
        f"There is no action {action!r} now. "
        + (f"Did you mean {near[0]!r}? " if near else "")
        + f"Choose from: {', '.join(names(choices))}."
    )


def spell(decision: Decision) -> str:
    """The decision as the model writes it: the inverse of `read`."""
    return json.dumps({"action": decision.action, **decision.arguments}, ensure_ascii=False, separators=(",", ":"))


def _takes_reason(action: str, choices: Sequence[Choice]) -> bool:
    taking = (choice["function"] for choice in choices if choice["function"]["name"] == action)
    return any(REASON in (function.get("parameters") or {}).get("properties", {}) for function in taking)


def _alternative(function: Mapping[str, Any], reason_first: bool) -> dict[str, Any]:
    parameters = function.get("parameters") or {}
    properties = {name: _bounded(schema) for name, schema in parameters.get("properties", {}).items()}
    thought = (
        {REASON: {"type": "string", "maxLength": _REASON_LIMIT}} if reason_first and REASON not in properties else {}
    )
    return {
        "type": "object",
        "properties": {**thought, "action": {"const": function["name"]}, **properties},
        "required": [*thought, "action", *parameters.get("required", ())],
        "additionalProperties": False,
    }


def _bounded(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a schema that a grammar reads, every repetition with an end."""
    kept = {key: schema[key] for key in _KEPT if key in schema}
    if "anyOf" in kept:
        kept["anyOf"] = [_bounded(part) for part in kept["anyOf"]]
    if "items" in schema:
        kept["items"] = _bounded(schema["items"])
        kept.setdefault("maxItems", len(schema["items"].get("enum", ())) or 8)
    if kept.get("type") == "string" and "enum" not in kept and "const" not in kept:
        kept.setdefault("maxLength", STRING_LIMIT)
    if "properties" in schema:
        kept["properties"] = {name: _bounded(part) for name, part in schema["properties"].items()}
        kept["required"] = list(schema.get("required", ()))
    return kept


def _problems(value: Any, schema: Mapping[str, Any], at: str) -> Iterator[str]:
    """Sentences on what does not fit, none where the value fits. Knows the keywords that tool schemas use."""
    if "anyOf" in schema:
        if not any(not list(_problems(value, part, at)) for part in schema["anyOf"]):
            yield f"{at} is none of the allowed forms."
        return
    if "const" in schema and value != schema["const"]:
        yield f"{at} must be {_json(schema['const'])}."
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at} must be one of {_json(schema['enum'])}, not {_json(value)}."
    kind = schema.get("type")
    if kind is not None and not _is(value, kind):
        yield f"{at} must be of type {kind}."
        return
    yield from _size_problems(value, schema, at)
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from _problems(item, schema["items"], f"{at}[{number}]")
    if isinstance(value, dict):
        yield from _property_problems(value, schema, at)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _is(value: Any, kind: str | Sequence[str]) -> bool:
    kinds = [kind] if isinstance(kind, str) else kind
    if isinstance(value, bool):  # a bool is an int to Python, not to JSON
        return "boolean" in kinds
    return any(isinstance(value, _TYPES[name]) for name in kinds)


def _size_problems(value: Any, schema: Mapping[str, Any], at: str) -> Iterator[str]:
    if isinstance(value, str | list):
        unit, least, most = (
            ("characters", "minLength", "maxLength") if isinstance(value, str) else ("items", "minItems", "maxItems")
        )
        if len(value) < schema.get(least, 0):
            yield f"{at} needs at least {schema[least]} {unit}."
        if len(value) > schema.get(most, len(value)):
            yield f"{at} may have at most {schema[most]} {unit}."
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if value < schema.get("minimum", value):
            yield f"{at} must be at least {schema['minimum']}."
        if value > schema.get("maximum", value):
            yield f"{at} must be at most {schema['maximum']}."


def _property_problems(value: dict[str, Any], schema: Mapping[str, Any], at: str) -> Iterator[str]:
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at} needs {name!r}."
    for name, part in value.items():
        if name in properties:
            yield from _problems(part, properties[name], f"{at}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{at} takes no {name!r}."
