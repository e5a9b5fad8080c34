"""The prompt that reaches the engine: labelled pieces of the history in the order of the family's template."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.ollama_double.engine import tokens
from tests.ollama_double.part import Tool

Message = dict[str, Any]
TOOLS = "TOOLS"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of prompt text. `label` says where it is from (`0:system`, `2:call get_order`, `TOOLS`)."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the engine reads. `order` are the labels in it, `lost` those of the request that are not."""

    text: str
    order: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def tokens(self) -> int:
        """Its length in the engine's tokens."""
        return len(tokens(self.text))


@dataclass(frozen=True, slots=True)
class Turn:
    """One or more messages of one role that a template takes as one. `last` is true for the end of the history."""

    role: str
    numbers: tuple[int, ...]
    texts: tuple[str, ...]
    message: Message
    last: bool

    @property
    def content(self) -> str:
        """All texts, an empty line between them."""
        return "\n\n".join(text for text in self.texts if text)

    def says(self) -> list[Segment]:
        """The texts as labelled segments."""
        found = [(number, text) for number, text in zip(self.numbers, self.texts, strict=True) if text]
        return [
            Segment(f"\n\n{text}" if at else text, f"{number}:{self.role}") for at, (number, text) in enumerate(found)
        ]

    def calls(self) -> list[tuple[str, Any, str]]:
        """(name, arguments, label) of each call."""
        functions = [call.get("function", {}) for call in self.message.get("tool_calls") or ()]
        return [
            (function.get("name", ""), function.get("arguments", {}), f"{self.numbers[0]}:call {function.get('name')}")
            for function in functions
        ]


@dataclass(frozen=True, slots=True)
class History:
    """The messages of one request, with numbers that stay when the first of them are dropped."""

    messages: tuple[tuple[int, Message], ...]
    tools: tuple[Tool, ...] = ()
    thinks: bool | None = None
    merged: bool = field(default=True)

    def turns(self) -> list[Turn]:
        """The messages as a template sees them; where `merged`, neighbours of one role are one (tool results never)."""
        groups: list[list[tuple[int, Message]]] = []
        for number, message in self.messages:
            role = message.get("role")
            if self.merged and groups and groups[-1][0][1].get("role") == role != "tool":
                groups[-1].append((number, message))
            else:
                groups.append([(number, message)])
        return [
            Turn(
                str(group[0][1].get("role", "")),
                tuple(number for number, _ in group),
                tuple(str(message.get("content") or "") for _, message in group),
                group[0][1],
                at == len(groups) - 1,
            )
            for at, group in enumerate(groups)
        ]

    def labels(self) -> Iterator[str]:
        """Everything that ought to be in the prompt."""
        if self.tools:
            yield TOOLS
        for number, message in self.messages:
            if message.get("content"):
                yield f"{number}:{message.get('role')}"
            if message.get("thinking"):
                yield f"{number}:thinking"
            for call in message.get("tool_calls") or ():
                yield f"{number}:call {call.get('function', {}).get('name')}"


def assemble(segments: Sequence[Segment], history: History) -> Prompt:
    """The prompt that the segments make, with what the history had and the prompt has not."""
    order = tuple(segment.label for segment in segments if segment.label)
    lost = tuple(sorted(set(history.labels()) - set(order)))
    return Prompt("".join(segment.text for segment in segments), order, lost)
