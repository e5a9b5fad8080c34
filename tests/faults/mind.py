"""A competent model: what it means, as a function of a request and of what its template left of it.

It is as good for any agent: it calls what is needed next, tells truly what it knows, and knows only what is in its
prompt. Where the template has lost the tools it cannot call any, and says what it has found out.
"""

from __future__ import annotations

from typing import Any

from tests.faults.task import LOOK_UP, WRITE
from tests.ollama_double.notation import Intent
from tests.ollama_double.prompt import TOOLS, Prompt


def intend(body: dict[str, Any], prompt: Prompt) -> Intent:
    """The next thing to do or to say."""
    choices = _choices(body)
    if body.get("tools") and TOOLS not in prompt.order:
        return Intent(words=_told(body))
    if "plan" in choices:
        return Intent("plan", {"steps": [LOOK_UP.name, WRITE.name]})
    if "answer" in choices:
        ids = choices["answer"]["properties"]["use"]["items"].get("enum", [])
        return Intent("answer", {"use": ids[:1]})
    if not _called(body, LOOK_UP.name) and LOOK_UP.name in choices:
        return LOOK_UP
    if not _called(body, WRITE.name) and WRITE.name in choices:
        return WRITE
    return Intent(words=_told(body))


def _choices(body: dict[str, Any]) -> dict[str, Any]:
    """What may be done now, name → schema: the alternatives of the grammar, or the tools."""
    if grammar := body.get("format"):
        return {part["properties"]["action"]["const"]: part for part in grammar.get("anyOf", [grammar])}
    functions = [tool["function"] for tool in body.get("tools") or ()]
    return {function["name"]: function["parameters"] for function in functions}


def _called(body: dict[str, Any], name: str) -> bool:
    calls = [call for message in body["messages"] for call in message.get("tool_calls") or ()]
    return any(call["function"]["name"] == name for call in calls)


def _told(body: dict[str, Any]) -> str:
    """The results so far, in the words of the tools."""
    results = [message["content"] for message in body["messages"] if message["role"] == "tool"]
    return " ".join(results) or "How can I help you?"
