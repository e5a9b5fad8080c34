"""One question to a wiki, and who asks it."""

from dataclasses import dataclass
from datetime import date

from knowledge.page import Audience


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for. `history` are the turns of the same person before, oldest first; `k` passages are wanted;
    `today` tells which pages are past their review."""

    text: str
    history: tuple[str, ...]
    k: int
    audiences: frozenset[Audience]
    today: date
    explain: bool = False

    @property
    def in_context(self) -> str:
        """The question below the turn before it, if any."""
        return "\n".join([*self.history[-1:], self.text])
