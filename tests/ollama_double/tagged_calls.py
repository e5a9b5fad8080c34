"""Calls that the server finds by a tag of the model's template: the tag, then a tool's name, then an object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.ollama_double.go_json import load_object
from tests.ollama_double.part import Call, Part, Tool, overlap, tool_names
from tests.ollama_double.thoughts import Thoughts


class TaggedCalls:
    """Reads calls after `tag`. With the bare tag `{` only an answer that begins with it holds calls."""

    def __init__(self, tag: str, tools: Sequence[Tool]) -> None:
        self._tag = tag
        self._names = tool_names(tools)
        self._buffer = ""
        self._calls = 0
        self._reading = self._over = False

    def add(self, piece: str) -> tuple[list[Call], str]:
        """(calls, content) that this piece settles. What comes after a call is content only for the bare tag."""
        if self._over:
            return [], piece
        self._buffer += piece
        content = ""
        if not self._reading:
            content = self._before_tag()
            if self._over or not self._reading:
                return [], content
        calls = []
        while (call := self._call()) is not None:
            calls.append(call)
        if self._tag == "{" and _closes(self._buffer):
            self._over = True
            content, self._buffer = self._buffer, ""
        return calls, content

    def rest(self) -> str:
        """What is still held when the answer ends: shown only where a bare tag led to no call, lost otherwise."""
        return self._buffer if self._tag == "{" and not self._calls else ""

    def _before_tag(self) -> str:
        at = self._buffer.find(self._tag)
        self._reading = at >= 0
        if at < 0:
            at = len(self._buffer) - overlap(self._buffer, self._tag)
        content, self._buffer = self._buffer[:at], self._buffer[at:]
        if self._tag == "{" and content.strip():
            self._over = True
            content, self._buffer = content + self._buffer, ""
        return content

    def _call(self) -> Call | None:
        name, end = self._name()
        if not name:
            return None
        arguments, closed = _arguments(name, self._buffer)
        if arguments is None:
            return None
        self._buffer = self._buffer[max(end, closed) :]
        self._calls += 1
        return Call(self._calls - 1, name, arguments)

    def _name(self) -> tuple[str, int]:
        """The first tool's name in the buffer and its end; nothing while the buffer may end inside a name."""
        if any(overlap(self._buffer, name[:-1]) for name in self._names):
            return "", 0
        found = [(self._buffer.find(name), -len(name), name) for name in self._names if name in self._buffer]
        if not found:
            return "", 0
        at, _, name = min(found)
        return name, at + len(name)


class TemplateParser:
    """A model whose template alone says what it can do: thinking by tags, then calls by a tag."""

    def __init__(self, tag: str, tools: Sequence[Tool], *, thinks: bool) -> None:
        self._thoughts = Thoughts() if thinks else None
        self._calls = TaggedCalls(tag, tools) if tools else None

    def add(self, piece: str, *, done: bool = False) -> Part:
        """Content wins over calls of the same piece, as on the wire."""
        thinking, content = self._thoughts.add(piece) if self._thoughts else ("", piece)
        if self._calls is None:
            return Part(content, thinking)
        calls, content = self._calls.add(content)
        if content:
            return Part(content, thinking)
        return Part(self._calls.rest() if done else "", thinking, tuple(calls))


def _closes(text: str) -> bool:
    """Whether a brace closes and leaves as many closed as open, strings not looked at."""
    depth = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if character == "}" and depth == 0:
            return True
    return False


def _arguments(name: str, text: str) -> tuple[dict[str, Any] | None, int]:
    """The first whole object's arguments for the tool, and where that object closes. None where there are none."""
    depth, start = 0, -1
    in_string = escaped = False
    for at, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"':
            in_string = not in_string
        elif in_string:
            continue
        elif character == "{":
            start = at if depth == 0 else start
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0 and start >= 0:
                found = load_object(text[start : at + 1])
                if found is not None:
                    known, arguments = _inside(name, found)
                    return (arguments if known else found), at
                start = -1
            depth = max(depth, 0)
    return None, 0


def _inside(name: str, found: dict[str, Any]) -> tuple[bool, dict[str, Any] | None]:
    """(settled, arguments): an object with `name` settles it, else one that the tool's name stands for."""
    if "name" in found:
        for key in ("arguments", "parameters"):
            if (arguments := _as_object(found.get(key))) is not None:
                return True, arguments
        return True, None
    if (arguments := _as_object(found.get(name))) is not None:
        return True, arguments
    for value in found.values():
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, dict):
                settled, arguments = _inside(name, child)
                if settled:
                    return True, arguments
    return False, None


def _as_object(value: Any) -> dict[str, Any] | None:
    """An object, or the object that a string spells."""
    if isinstance(value, dict):
        return value
    return load_object(value) if isinstance(value, str) else None
