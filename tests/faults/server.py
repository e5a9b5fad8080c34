"""A model server for one row: the family's double, a competent model on it, and the row's trouble."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from tests.faults.mind import intend
from tests.faults.rows import Row
from tests.faults.task import WRITE
from tests.ollama_double.answer import Answer
from tests.ollama_double.double import OllamaDouble, ollama_double
from tests.ollama_double.fault import Fault
from tests.ollama_double.misbehaviour import Misbehaviour, meant, misbehave
from tests.ollama_double.notation import Intent, as_calls, as_object
from tests.ollama_double.prompt import Prompt

PAUSES = {Fault.COLD_LOAD: 0.2, Fault.SLOW_FIRST_BYTE: 1.5, Fault.STALL: 60}
"""How long the slow faults last (seconds): a load within every limit, a first byte beyond ours, a stall without end."""


class Model:
    """The brain of the double. It is asked once a request; `struck` counts the requests that a fault has hit."""

    def __init__(self, row: Row, double: OllamaDouble) -> None:
        self._row = row
        self._double = double
        self._before: list[Intent] = []
        self.struck = 0

    def __call__(self, body: dict[str, Any], prompt: Prompt) -> str | Answer:
        """What the model writes, and what becomes of it."""
        intent = intend(body, prompt)
        spell = partial(_spelled, family=self._row.family, grammar="format" in body)
        trouble = self._row.trouble
        if isinstance(trouble, Misbehaviour):
            self._before.append(meant(trouble, intent, self._before))
            return misbehave(trouble, self._before[-1], spell)
        raw = spell([intent])
        if trouble is None or not self._strikes(intent):
            return raw
        self.struck += 1
        if trouble is Fault.REFUSED:
            self._double.fail(trouble)  # this request breaks off, and no other gets through
            return raw
        return Answer(raw, trouble, PAUSES.get(trouble, 0))

    def _strikes(self, intent: Intent) -> bool:
        return self._row.when == "always" or (intent.name == WRITE.name and not self.struck)


@asynccontextmanager
async def server(row: Row) -> AsyncIterator[OllamaDouble]:
    """The double of one row, listening."""
    async with ollama_double(row.model) as double:
        double.script.brain = Model(row, double)
        yield double


def _spelled(intents: list[Intent], *, family: str, grammar: bool) -> str:
    if not intents[0].name:
        return intents[0].words
    return "\n".join(map(as_object, intents)) if grammar else as_calls(family, intents)
