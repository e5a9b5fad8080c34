"""What models do wrong, by name: raw texts made from what a competent model would have meant."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

from tests.ollama_double.notation import Intent

Spell = Callable[[Sequence[Intent]], str]
"""Intents as the model writes them."""


class Misbehaviour(StrEnum):
    """A habit: a model that has it has it in every answer."""

    PHANTOM_CALL = "phantom call"
    FENCED_CALL = "fenced call"
    UNKNOWN_TOOL = "unknown tool"
    BAD_ARGUMENTS = "bad arguments"
    STRING_FOR_LIST = "string for list"
    REPEATED_CALL = "repeated call"
    ENDLESS_LOOP = "endless loop"
    THINK_IN_CONTENT = "<think> in content"
    MANY_CALLS = "40 parallel calls"


_MANY = 40
_THOUGHT = "<think>\nThe customer wants something done. Let me see which tool fits.\n</think>\n\n"


def meant(kind: Misbehaviour, intent: Intent, before: Sequence[Intent]) -> Intent:
    """What the model writes about: `before` are its intents so far, as it wrote them.

    A model that repeats itself writes each call twice, one that loops its first call for ever; others mean `intent`.
    """
    calls = [earlier for earlier in before if earlier.name]
    if kind is Misbehaviour.ENDLESS_LOOP and calls:
        return calls[0]
    if kind is Misbehaviour.REPEATED_CALL and calls and (len(calls) < 2 or calls[-1] != calls[-2]):
        return calls[-1]
    return intent


def misbehave(kind: Misbehaviour, intent: Intent, spell: Spell) -> str:
    """The model's words for the intent."""
    if kind is Misbehaviour.THINK_IN_CONTENT:
        return _THOUGHT + spell([intent])
    if kind in (Misbehaviour.ENDLESS_LOOP, Misbehaviour.REPEATED_CALL) or not intent.name:
        return spell([intent])
    if kind is Misbehaviour.PHANTOM_CALL:
        return json.dumps({"status": "done", "text": f"I will use {intent.name} now."})
    if kind is Misbehaviour.FENCED_CALL:
        return (
            f"Sure, I can do that for you:\n```json\n{_bare(spell([intent]))}\n```\nPlease let me know if that helps."
        )
    if kind is Misbehaviour.UNKNOWN_TOOL:
        return spell([Intent("open_new_case", intent.arguments)])
    if kind is Misbehaviour.BAD_ARGUMENTS:
        return spell([Intent(intent.name, _wrapped(intent.arguments))])
    if kind is Misbehaviour.STRING_FOR_LIST:
        return spell([Intent(intent.name, {key: _strung(value) for key, value in intent.arguments.items()})])
    return spell([intent] * _MANY)


def _bare(raw: str) -> str:
    """The object of a call without its family's tag, which nobody writes inside a fence."""
    return raw[raw.index("{") : raw.rindex("}") + 1]


def _wrapped(arguments: dict[str, Any]) -> dict[str, Any]:
    """Every value inside an object that nobody asked for, and one argument that there is not."""
    return {**{key: {"type": "string", "value": value} for key, value in arguments.items()}, "input": "now"}


def _strung(value: Any) -> Any:
    """A list as one string; other values inside a list."""
    return ", ".join(map(str, value)) if isinstance(value, list) else [value]
