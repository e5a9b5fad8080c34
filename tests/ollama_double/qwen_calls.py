"""The built-in parser of qwen3.5: thinking by tags, calls as `<function=…>` blocks inside `<tool_call>`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from tests.ollama_double.part import Call, ParserError, Part, Tool, overlap
from tests.ollama_double.thoughts import CLOSE as THOUGHT_CLOSE
from tests.ollama_double.thoughts import OPEN as THOUGHT_OPEN

OPEN, CLOSE = "<tool_call>", "</tool_call>"
_FUNCTION = re.compile(r"<function=([^>]+)>(.*)</function>", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=([^>]+)>(.*?)</parameter>", re.DOTALL)


class QwenParser:
    """Where `thinks`, the prompt has opened a thought, so that the answer begins inside it."""

    def __init__(self, tools: Sequence[Tool], *, thinks: bool) -> None:
        self._calls = _FunctionBlocks(tools)
        self._thinks = thinks
        self._fresh = self._blank = thinks
        self._held = ""

    def add(self, piece: str, *, done: bool = False) -> Part:
        """A call closes a thought that is still open, so calls inside thinking run too."""
        self._held += piece
        thinking = self._thinking() if self._thinks else ""
        if self._thinks:
            return Part(thinking=thinking)
        if self._blank:
            self._held = self._held.lstrip()
            self._blank = not self._held
        text, self._held = self._held, ""
        content, calls = self._calls.add(text) if text else ("", [])
        return Part(content, thinking, tuple(calls))

    def _thinking(self) -> str:
        if self._fresh and not self._opened():
            return ""
        at, tag = min(
            ((at, tag) for tag in (THOUGHT_CLOSE, OPEN) if (at := self._held.find(tag)) >= 0), default=(-1, "")
        )
        if at >= 0:
            thinking = self._held[:at].rstrip()
            self._held = self._held[at + len(tag) if tag == THOUGHT_CLOSE else at :]
            self._thinks, self._blank = False, True
            return thinking
        keep = max(overlap(self._held, THOUGHT_CLOSE), overlap(self._held, OPEN))
        thinking = self._held[: len(self._held) - keep].rstrip()
        self._held = self._held[len(thinking) :]
        return thinking

    def _opened(self) -> bool:
        """Drop one opening tag that the model repeats, with the blanks around it."""
        text = self._held.lstrip()
        if text.startswith(THOUGHT_OPEN):
            text = text[len(THOUGHT_OPEN) :].lstrip()
            self._held = text or THOUGHT_OPEN
            self._fresh = not text
            return bool(text)
        self._fresh = THOUGHT_OPEN.startswith(text)
        return not self._fresh


class _FunctionBlocks:
    def __init__(self, tools: Sequence[Tool]) -> None:
        self._functions = {tool.get("function", {}).get("name"): tool["function"] for tool in tools}
        self._held = ""
        self._inside = False
        self._count = 0

    def add(self, text: str) -> tuple[str, list[Call]]:
        """(content, calls); blanks at the end of content are held, since a call may follow."""
        self._held += text
        content, calls = "", []
        while True:
            before, tag, after = self._held.partition(CLOSE if self._inside else OPEN)
            if not tag:
                break
            if self._inside:
                calls.append(self._call(before))
                after = after.lstrip()
            else:
                content += before.rstrip()
            self._held, self._inside = after, not self._inside
        if not self._inside:
            keep = overlap(self._held, OPEN)
            sure = self._held[: len(self._held) - keep].rstrip()
            content, self._held = content + sure, self._held[len(sure) :]
        return content, calls

    def _call(self, block: str) -> Call:
        found = _FUNCTION.search(block)
        if found is None:
            raise ParserError("EOF" if "<function=" not in block else "XML syntax error on line 1: unexpected EOF")
        name, body = found.groups()
        properties = self._functions.get(name, {}).get("parameters", {}).get("properties", {})
        arguments = {key: _typed(value, _types(properties.get(key, {}))) for key, value in _PARAMETER.findall(body)}
        self._count += 1
        return Call(self._count - 1, name, arguments)


def _types(schema: dict[str, Any]) -> set[str]:
    """The types that a property may have; a union's are taken together."""
    if "anyOf" in schema:
        return set().union(*(_types(part) for part in schema["anyOf"]))
    kind = schema.get("type", [])
    return {kind} if isinstance(kind, str) else set(kind)


def _typed(raw: str, types: set[str]) -> Any:
    """The value in the most specific type that reads it, else the text."""
    text = raw.removeprefix("\n").removesuffix("\n")
    if text.lower() == "null":
        return None
    if "boolean" in types and (text.lower() in ("true", "false") or len(types) == 1):
        return text.lower() == "true"
    if "integer" in types and re.fullmatch(r"[+-]?\d+", text) and -(2**63) <= int(text) < 2**63:
        return int(text)
    if "number" in types and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        return int(float(text)) if float(text).is_integer() else float(text)
    if types & {"array", "object"}:
        try:
            found = json.loads(text)
        except ValueError:
            return text
        if ("array" in types and isinstance(found, list)) or ("object" in types and isinstance(found, dict)):
            return found
    return text
