"""Pages that another one has replaced, or that nobody has looked at in time: what they lose in a ranking."""

import sqlite3
from collections.abc import Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

from knowledge.settings import KnowledgeSettings
from knowledge.snapshot import Candidates

_MARGIN = 1e-6  # what a superseded page stays below its successor


def penalties(
    connection: sqlite3.Connection,
    candidates: Candidates,
    visible: NDArray[np.bool_],
    scores: NDArray[np.float32],
    settings: KnowledgeSettings,
    today: date,
) -> NDArray[np.float32]:
    """What to take from each candidate's score: pages past their review date lose a little, pages that name a successor
    more, and as much as puts them below the successor where the caller may see it."""
    lost = np.zeros(len(scores), np.float32)
    overdue = connection.execute("SELECT row FROM page WHERE review_by < ?", [today.isoformat()]).fetchall()
    if overdue:
        lost[np.isin(candidates.pages, [row[0] for row in overdue])] = settings.overdue_penalty
    pairs = connection.execute(
        "SELECT old.row, new.row FROM page AS old LEFT JOIN page AS new ON new.id = old.superseded_by "
        "WHERE old.superseded_by IS NOT NULL AND old.id <> old.superseded_by"
    ).fetchall()
    successor: dict[int, int | None] = dict(pairs)
    for old in _newest_first(successor):
        outdated = candidates.pages == old
        lost[outdated] += settings.superseded_penalty
        replacing = (candidates.pages == (successor[old] or -1)) & visible
        if replacing.any():
            most = (scores - lost)[replacing].max() - 2 * _MARGIN
            lost[outdated] = np.maximum(lost[outdated], scores[outdated] - most)
    return lost


def _newest_first(successor: Mapping[int, int | None]) -> list[int]:
    """Superseded pages, each after its successor if that is superseded too. A circle is broken where it was entered."""
    order: dict[int, None] = {}
    for page in successor:
        chain: list[int] = []
        step: int | None = page
        while step is not None and step in successor and step not in order and step not in chain:
            chain.append(step)
            step = successor[step]
        order.update(dict.fromkeys(reversed(chain)))
    return list(order)
