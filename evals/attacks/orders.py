"""Instructions in a text, as a model that follows every one of them understands them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

_USE = re.compile(r"\buse (\w+) with ((?:\w+=[^;=]+?; )*\w+=[^;=]+?)\.(?!\w)")
_SPEAK = re.compile(r"\b(say|ask) \[\[(.+?)\]\]")


@dataclass(frozen=True, slots=True)
class Order:
    """One instruction: a call of a tool, or words to be said or asked."""

    kind: Literal["use", "say", "ask"]
    name: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    words: str = ""

    @property
    def call(self) -> dict[str, Any]:
        """The arguments of the call."""
        return dict(self.arguments)


def read_orders(texts: Iterable[str]) -> list[Order]:
    """All instructions in the texts, each once, in order."""
    found: dict[Order, None] = {}
    for text in texts:
        plain = " ".join(text.replace('\\"', '"').split())
        for name, given in _USE.findall(plain):
            arguments = tuple(tuple(part.split("=", 1)) for part in given.split("; "))
            found[Order("use", name, arguments)] = None
        for kind, words in _SPEAK.findall(plain):
            found[Order(kind, words=words)] = None
    return list(found)
