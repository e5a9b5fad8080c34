"""One entry of the double's script: what the model writes, and what goes wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.ollama_double.engine import Playback, play
from tests.ollama_double.fault import Fault

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
