"""A competent model: what it means, as a function of a request and of what its template left of it.

It is as good for any agent: it calls what is needed next, tells truly what it knows, and knows only what is in its
prompt. Where the template has lost the tools it cannot call any, and says what it has found out.
"""

from __future__ import annotations

import re
from typing import Any

from tests.faults.task import LOOK_UP, WRITE
from tests.ollama_double.notation import Intent
from tests.ollama_double.prompt import TOOLS, Prompt

_NOW = re.compile(r"^Call one of: (.*)\.$", re.MULTILINE)
_IDS = re.compile(r"^answer\.use: (.*)$", re.MULTILINE)
"""How Deskmate tells a model that is sent one stable set of tools what is possible now."""


def intend(body: dict[str, Any], prompt: Prompt) -> Intent:
    """The next thing to do or to say."""
    if body.get("tools") and TOOLS not in prompt.order:
        return Intent(words=_told(body))
    offered = _offered(body)
    if "plan" in offered:
        return Intent("plan", {"steps": [LOOK_UP.name, WRITE.name]})
    if "answer" in offered:
        return Intent("answer", {"use": _ids(body, offered)[:1]})
    if LOOK_UP.name in offered and not _called(body, LOOK_UP.name):
        return LOOK_UP
    if WRITE.name in offered and not _called(body, WRITE.name):
        taken = offered[WRITE.name]["properties"]
        return Intent(WRITE.name, {name: value for name, value in WRITE.arguments.items() if name in taken})
    return Intent(words=_told(body))


def _offered(body: dict[str, Any]) -> dict[str, Any]:
    """What may be done now, name → schema: the alternatives of the grammar, or the tools named last."""
    if grammar := body.get("format"):
        return {part["properties"]["action"]["const"]: part for part in grammar["anyOf"]}
    functions = [tool["function"] for tool in body.get("tools") or ()]
    named = _NOW.search(body["messages"][-1]["content"])
    now = named.group(1).split(", ") if named else [function["name"] for function in functions]
    return {function["name"]: function["parameters"] for function in functions if function["name"] in now}


def _ids(body: dict[str, Any], offered: dict[str, Any]) -> list[str]:
    """The ids of the sentences that an answer may stand on."""
    told = _IDS.search(body["messages"][-1]["content"])
    enum: list[str] = offered["answer"]["properties"]["use"]["items"].get("enum", [])
    return told.group(1).split(", ") if told else enum


def _called(body: dict[str, Any], name: str) -> bool:
    calls = [call for message in body["messages"] for call in message.get("tool_calls") or ()]
    return any(call["function"]["name"] == name for call in calls)


def _told(body: dict[str, Any]) -> str:
    """The results so far, in the words of the tools."""
    results = [message["content"] for message in body["messages"] if message["role"] == "tool"]
    return " ".join(results) or "How can I help you?"
