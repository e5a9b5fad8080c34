"""What a parser makes of a piece of raw text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Tool = Mapping[str, Any]
"""A function schema as it came with the request."""


class ParserError(Exception):
    """The server's parser gave up on what the model wrote; the text goes out as the error."""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call that the parser read. `index` counts the calls of one answer."""

    index: int
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """What is sent for one piece; empty where the parser waits for more."""

    content: str = ""
    thinking: str = ""
    calls: tuple[Call, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.content or self.thinking or self.calls)


class Parser(Protocol):
    """Reads the pieces of one answer in their order."""

    def add(self, piece: str, *, done: bool = False) -> Part:
        """What goes out for this piece; `done` once, after the last one. Raises `ParserError`."""
        ...


class PlainText:
    """No parser at all: every piece is content."""

    def add(self, piece: str, *, done: bool = False) -> Part:
        """The piece itself."""
        return Part(content=piece)


def tool_names(tools: Sequence[Tool]) -> list[str]:
    """Names of the tools in their order."""
    return [str(tool.get("function", {}).get("name", "")) for tool in tools]


def overlap(text: str, tag: str) -> int:
    """How many characters at the end of the text may be the beginning of the tag."""
    return next((n for n in range(min(len(text), len(tag)), 0, -1) if text.endswith(tag[:n])), 0)
