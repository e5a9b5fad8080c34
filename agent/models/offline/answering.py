"""Which of the offered sentences answer: for each need the best one, and a second where it is nearly as good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.situation import Result

_NEAR, _SAME_SECTION = 0.95, 0.75  # a second sentence must come this close to the first
_SHORT = 45  # words; a longer first sentence or list stands alone
_MOST = 5


def select(results: Sequence[Result], offered: Sequence[str]) -> list[str]:
    """Ids of the offered sentences to reply with, by need."""
    chosen: list[str] = []
    for result in results:
        ranked = [row for row in result.artifact.get("sentences", ()) if row[0] in offered]
        if ranked:
            chosen += [key for key in _best(ranked) if key not in chosen]
    return chosen[:_MOST]


def _best(ranked: Sequence[Sequence[Any]]) -> list[str]:
    """The best unit, and one more that is nearly as good: less is asked of one that stands in the same section."""
    first = ranked[0]
    if first[3] > _SHORT:
        return [first[0]]
    near = (row for row in ranked[1:] if row[1] >= first[1] * (_SAME_SECTION if row[2] == first[2] else _NEAR))
    second = next((row for row in near if row[3] <= _SHORT), None)
    return [first[0], second[0]] if second else [first[0]]
