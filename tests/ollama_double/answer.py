"""The double's script: what the model writes, and what goes wrong with it, one entry a request or by a brain."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.ollama_double.engine import Playback, play
from tests.ollama_double.fault import Fault
from tests.ollama_double.prompt import Prompt

_RAW = {Fault.EMPTY: "", Fault.DIED: "!die"}
_MARKS = {Fault.LENGTH: "!limit ", Fault.UNFINISHED: "!cut "}


@dataclass(frozen=True, slots=True)
class Answer:
    """`seconds` is the fault's pause, `between` the time from piece to piece, `after` how many lines go out before."""

    raw: str
    fault: Fault | None = None
    seconds: float = 0
    between: float = 0
    after: int = 1

    def play(self, num_predict: int) -> Playback:
        """What the engine makes of it."""
        raw = self.raw
        if self.fault is not None:
            raw = _RAW.get(self.fault, _MARKS.get(self.fault, "") + raw)
        return play(raw, num_predict)


Brain = Callable[[dict[str, Any], Prompt], str | Answer]
"""What a model writes, as a function of the request's body and of the prompt that its template made of it."""


class ScriptEndError(Exception):
    """A request came in that the script has no answer for."""


@dataclass(slots=True)
class Script:
    """`answers` are taken first, in their order; then `brain` answers, where there is one."""

    answers: deque[Answer] = field(default_factory=deque)
    brain: Brain | None = None

    def next(self, body: dict[str, Any], prompt: Prompt) -> Answer:
        """The answer to this request. Raises `ScriptEndError`."""
        if self.answers:
            return self.answers.popleft()
        if self.brain is None:
            raise ScriptEndError("the script of the double is at its end: write another answer")
        written = self.brain(body, prompt)
        return Answer(written) if isinstance(written, str) else written
