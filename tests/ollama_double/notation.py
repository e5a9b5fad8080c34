"""How a model writes what it means: the calls of each family, or the one object that a grammar asks for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Intent:
    """A call that a model wants to make; without a `name`, words that it wants to say."""

    name: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    words: str = ""


def as_object(intent: Intent) -> str:
    """The intent inside a grammar: one object with `action` first."""
    return _json({"action": intent.name, **intent.arguments})


def as_calls(family: str, intents: Sequence[Intent]) -> str:
    """The intents as calls in the family's own notation. Raises `KeyError` for a family without one."""
    key, joint, frame = _NOTATIONS[family.partition(":")[0]]
    return frame % joint.join(_json({"name": intent.name, key: intent.arguments}) for intent in intents)


_NOTATIONS = {
    "llama3.1": ("parameters", "\n", "%s"),
    "llama3.2": ("parameters", "\n", "%s"),
    "mistral": ("arguments", ", ", "[TOOL_CALLS] [%s]"),
    "qwen3": ("arguments", "\n</tool_call>\n<tool_call>\n", "<tool_call>\n%s\n</tool_call>"),
}


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
