"""The rows of the table: every fault and habit, on every family."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tests.ollama_double.fault import Fault
from tests.ollama_double.misbehaviour import Misbehaviour

FAMILIES = {
    "llama3.1": "llama3.1:8b",
    "mistral": "mistral:7b",
    "mixtral": "mixtral:8x7b",
    "gemma3": "gemma3:4b",
    "qwen3": "qwen3:8b",
}
WITH_TOOLS = ("llama3.1", "mistral", "qwen3")

Mode = Literal["schema", "native"]
When = Literal["once", "always"]


@dataclass(frozen=True, slots=True)
class Row:
    """One run. `once`: the fault strikes the request for the write; `always`: every request from the first on."""

    trouble: Fault | Misbehaviour | None
    family: str
    mode: Mode
    when: When = "always"

    @property
    def model(self) -> str:
        """The model's name on the server."""
        return FAMILIES[self.family]

    @property
    def name(self) -> str:
        """The row in a word, for test ids."""
        return f"{self.trouble or 'nothing'}-{self.when}-{self.family}-{self.mode}".replace(" ", "_")


def rows() -> list[Row]:
    """All of them. What goes wrong with a call is tried in the mode in which the server reads calls."""
    return [*_without_trouble(), *_faults(), *_misbehaviours()]


def _without_trouble() -> Iterator[Row]:
    for family in FAMILIES:
        yield Row(None, family, "schema")
        if family in WITH_TOOLS:
            yield Row(None, family, "native")


def _faults() -> Iterator[Row]:
    """Each strikes once in some families and always in the others; the two modes take turns where there are two."""
    for number, fault in enumerate(Fault):
        for place, family in enumerate(FAMILIES):
            native = family in WITH_TOOLS and (number + place) % 2 == 0
            if fault in (Fault.NO_TOOLS, Fault.NO_THINKING):
                native = family in WITH_TOOLS
            yield Row(fault, family, "native" if native else "schema", "once" if (number + place) % 3 else "always")


def _misbehaviours() -> Iterator[Row]:
    for habit in Misbehaviour:
        for family in FAMILIES:
            yield Row(habit, family, "native" if family in WITH_TOOLS else "schema")
