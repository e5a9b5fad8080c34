"""The lines of `/api/chat` as they stand on the wire."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.ollama_double.part import Call, Part
from tests.ollama_double.web import Response

Line = dict[str, Any]

_PER_TOKEN = 1_000_000
"""Nanoseconds that the engine claims for a token."""


def now() -> str:
    """The time as the server writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def whole(body: Any, status: int = 200) -> Response:
    """A body of JSON."""
    return Response(status, json.dumps(body, ensure_ascii=False).encode())


def error(status: int, text: str) -> Response:
    """An error body."""
    return whole({"error": text}, status)


def encode(line: Line | None) -> bytes:
    """A line of a stream; None is a blank one."""
    return b"\n" if line is None else json.dumps(line, ensure_ascii=False).encode() + b"\n"


def chunk(model: str, part: Part) -> Line:
    """A line that goes on."""
    message: Line = {"role": "assistant", "content": part.content}
    if part.thinking:
        message["thinking"] = part.thinking
    if part.calls:
        message["tool_calls"] = [_call(call) for call in part.calls]
    return {"model": model, "created_at": now(), "message": message, "done": False}


def last(line: Line, reason: str, *, read: int, fresh: int, written: int, load: float) -> Line:
    """The line as the one that ends the answer: tokens `read`, of them `fresh`, and `written`; `load` in seconds.

    The count of a prompt holds what was in the cache, its duration does not.
    """
    durations = {
        "load_duration": int(load * 1e9) + _PER_TOKEN,
        "prompt_eval_duration": fresh * _PER_TOKEN,
        "eval_duration": written * _PER_TOKEN,
    }
    counts = {"prompt_eval_count": read, **({"eval_count": written} if written else {})}
    ended = {"done": True, "done_reason": reason, "total_duration": sum(durations.values())}
    return {**line, **ended, **counts, **durations}


def loaded(model: str, reason: str) -> Line:
    """The answer to a request without messages: `load` or `unload`."""
    return {**chunk(model, Part()), "done": True, "done_reason": reason}


def rendered(model: str, text: str) -> Line:
    """The answer to a request that only asks for its prompt."""
    return {**chunk(model, Part()), "message": {"role": "", "content": ""}, "_debug_info": {"rendered_template": text}}


def joined(lines: Iterable[Line], *, calls: bool) -> Line:
    """All lines as the one body of a request without streaming; `done` is false where the last line is missing.

    Without `calls` (the request had no tools) calls that a built-in parser read all the same are lost.
    """
    message: Line = {"role": "", "content": ""}
    body: Line = {"done": False}
    for line in lines:
        part = line["message"]
        for key in ("content", "thinking"):
            if part.get(key):
                message[key] = message.get(key, "") + part[key]
        if calls and part.get("tool_calls"):
            message["tool_calls"] = [*message.get("tool_calls", ()), *part["tool_calls"]]
        message["role"] = part["role"]
        body = line
    return {**body, "message": message}


def _call(call: Call) -> Line:
    function = {"index": call.index, "name": call.name, "arguments": call.arguments}
    return {"id": f"call_{uuid4().hex[:8]}", "function": function}
