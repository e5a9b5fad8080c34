"""Whether what was found speaks of what was asked at all: the gate before every quotation, the same for every model."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from agent.deciding import Turn
from agent.passages import Unit
from agent.state import Need
from knowledge.chunks import breadcrumb
from knowledge.encoder import MINILM
from tools.outcome import Passage

# Least cosine of a passage + 0.15 × coverage of the question's rarer words, in a wiki of `_USUAL` passages. The more
# passages there are, the nearer comes one by chance: on five wikis of 400 to 5,000 passages, nine of ten questions of
# another world lie below the line, and the questions that pages of the wiki answer above it but for very free wordings.
_RELEVANT, _USUAL, _BY_SIZE = 0.45, 400, 0.07
# Least cosine of a unit to a question that says "you" instead of the house's own name, which draws every question near.
_NAMELESS = 0.29


def speak(turn: Turn, passages: Sequence[Passage], near: Sequence[float]) -> bool:
    """Whether any passage speaks of what was asked: `near` in meaning, or nearly so and holding its rarer words."""
    coverage = max((p.coverage for p in passages), default=0.0)
    return max(near, default=0.0) + 0.15 * coverage >= _least(turn)


def _least(turn: Turn) -> float:
    chunks = next((found.chunks for found in turn.index.collections() if found.name == turn.collection), _USUAL)
    return _RELEVANT + _BY_SIZE * max(0.0, math.log10(chunks / _USUAL))


def only_by_name(turn: Turn, need: Need, passages: Sequence[Passage], units: Sequence[Unit]) -> bool:
    """Whether nothing but the name of the house, which stands on most pages and in few titles, brings passages near."""
    words = set(re.findall(r"(?<!^)\b[A-Z][a-z]+\b", need.query))
    few, most = 0.25 * len(passages), 0.6 * len(passages)
    everywhere = {
        w for w in words if sum(w in p.title for p in passages) <= few and sum(w in p.text for p in passages) >= most
    }
    if not everywhere:
        return False
    nameless = re.sub(rf"\b(?:{'|'.join(sorted(everywhere))})\b", "you", need.query)
    vectors = turn.vectors([nameless, *(unit.in_context for unit in units)])
    return float((vectors[1:] @ vectors[0]).max()) < _NAMELESS


def nearness(turn: Turn, need: Need, passages: Sequence[Passage]) -> list[float]:
    """The passages' cosines as minilm sees them, on which the gate is calibrated, whatever encoder the wiki has."""
    if turn.index.built(turn.collection).encoder == MINILM:
        return [p.dense for p in passages]
    vectors = turn.vectors([need.query, *(f"{breadcrumb(p.title, p.heading)}\n{p.text}" for p in passages)])
    # A page that was asked for by its name is near by that alone.
    return [max(float(n), p.dense == 1) for n, p in zip(vectors[1:] @ vectors[0], passages, strict=True)]
