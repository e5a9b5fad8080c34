"""A request to `/api/chat`, read as the server reads it, and what it is turned away for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.ollama_double.family import Family, full_name
from tests.ollama_double.part import Tool
from tests.ollama_double.prompt import Message

_LEVELS = ("high", "medium", "low", "max")
_INTEGERS = ("num_ctx", "num_predict", "seed", "top_k")


class RefusedError(Exception):
    """The request is turned away."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """The fields that the double heeds, and the whole body. `thinks` is None where the request leaves it open."""

    body: dict[str, Any]
    model: str
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...]
    thinks: bool | None
    options: dict[str, Any]
    stream: bool
    truncate: bool
    shift: bool
    unload: bool
    render_only: bool

    @property
    def num_predict(self) -> int:
        """The token limit of the answer; not positive where there is none."""
        return int(self.options.get("num_predict") or -1)


def read(body: bytes) -> ChatRequest:
    """Raises `RefusedError` for a body that the server does not take."""
    if not body:
        raise RefusedError(400, "missing request body")
    try:
        found: dict[str, Any] = json.loads(body)
    except ValueError:
        raise RefusedError(400, "unexpected EOF") from None
    messages = tuple(found.get("messages") or ())
    for message in messages:
        for call in message.get("tool_calls") or ():
            if isinstance(call.get("function", {}).get("arguments"), str):
                raise RefusedError(400, "Value looks like object, but can't find closing '}' symbol")
    think = found.get("think")
    if isinstance(think, str) and think not in _LEVELS:
        levels = ", ".join(f'"{level}"' for level in _LEVELS)
        raise RefusedError(400, f'invalid think value: "{think}" (must be {levels}, true, or false)')
    if not found.get("model"):
        raise RefusedError(400, "model is required")
    return ChatRequest(
        body=found,
        model=found["model"],
        messages=messages,
        tools=tuple(found.get("tools") or ()),
        thinks=None if think is None else bool(think),
        options=_options(found),
        stream=found.get("stream") is not False,
        truncate=found.get("truncate") is not False,
        shift=found.get("shift") is not False,
        unload=found.get("keep_alive") in (0, "0", "0s"),
        render_only=found.get("_debug_render_only") is True,
    )


def check(request: ChatRequest, family: Family) -> None:
    """Raises `RefusedError` for what the model cannot do."""
    if "completion" not in family.capabilities:
        raise RefusedError(400, f'"{request.model}" does not support chat')
    if request.tools and "tools" not in family.capabilities:
        raise RefusedError(400, f"registry.ollama.ai/library/{full_name(request.model)} does not support tools")
    if request.thinks and "thinking" not in family.capabilities:
        raise RefusedError(400, f'"{request.model}" does not support thinking')


def _options(found: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = found.get("options") or {}
    for name in _INTEGERS:
        if name in options and not isinstance(options[name], int | float):
            raise RefusedError(500, f'option "{name}" must be of type integer')
    form = found.get("format")
    if isinstance(form, str) and form not in ("", "json"):
        written = json.dumps(json.dumps(form))
        raise RefusedError(500, f'invalid format: {written}; expected "json" or a valid JSON Schema object')
    return options
