"""Which units of the passages found may answer a need: ranked by meaning and words, none of them said twice."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent import relevance, requests
from agent.deciding import Turn
from agent.passages import Unit, units
from agent.state import Need, Sentence
from agent.words import expects, fits_expectation, pairs, stems
from tools.outcome import Passage

# What a unit gains for holding the kind of answer that is asked for.
_FITS = {"money": 0.1, "time": 0.1, "number": 0.1, "place": 0.1, "steps": 0.15}
_OFFERED = 8  # units offered for one need
EMBEDDED = 24
"""Units that are compared by meaning: about 3 ms each."""
COMPARED = 240
"""Characters of a unit that are compared."""
_POINTER = re.compile(  # a sentence that only sends the reader elsewhere
    r"^See [A-Z][^.]*\.$|\b(?:this page|see also|is treated in|(?:described|explained|listed) in)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Ranked:
    unit: Unit
    score: float


def select(
    turn: Turn,
    need: Need,
    passages: Sequence[Passage],
    said: set[str],
    prefix: str,
    count: int,
    embedded: int = EMBEDDED,
) -> list[Sentence]:
    """The units that may answer a need, best first; none where the passages do not speak of it."""
    near = relevance.nearness(turn, need, passages)
    if not relevance.speak(turn, passages, near):
        return []
    ranked = _ranked(turn, need, passages, near, said, embedded)
    if not ranked or relevance.only_by_name(turn, need, passages, [r.unit for r in ranked[:_OFFERED]]):
        return []
    floor = ranked[0].score * 0.77
    kept = _distinct([r for r in ranked if r.score >= floor])[: min(_OFFERED, turn.settings.offered)]
    return [
        Sentence(
            id=f"{prefix}{count + n}",
            need=need.number,
            text=r.unit.text,
            quote=r.unit.quote,
            kind=r.unit.kind,
            page=r.unit.passage.page_id,
            title=r.unit.passage.title,
            heading=r.unit.passage.heading,
            url=r.unit.passage.url,
            score=round(r.score, 4),
        )
        for n, r in enumerate(kept, start=1)
    ]


def _ranked(
    turn: Turn, need: Need, passages: Sequence[Passage], nearness: Sequence[float], said: set[str], embedded: int
) -> list[_Ranked]:
    """Units by their own nearness to the question and their passage's: the words alone say which of them answers, the
    place what they are about."""
    top = max((p.score for p in passages), default=1.0) or 1.0
    mass: dict[str, float] = defaultdict(float)  # a page that several passages come from is about the matter
    for passage in passages:
        mass[passage.page_id] += passage.score
    heaviest = max(mass.values(), default=1.0) or 1.0
    near = {passage.chunk_id: value for passage, value in zip(passages, nearness, strict=True)}
    question, wide = stems(need.text), stems(need.query)
    names = _names(need.query, passages)
    expected = expects(need.text) if need.asked else "steps"
    seen: dict[str, Unit] = {}
    current = [p for p in passages if not p.superseded] or passages  # an outdated page speaks only where no other does
    for passage in current:
        for unit in units(passage):
            if not _POINTER.search(unit.text):
                seen.setdefault(unit.text, unit)  # the best passage of those that say the same
    rare = _rarity(question | wide, list(seen.values()))

    def rough(unit: Unit) -> float:
        place = unit.passage.score / top + near[unit.passage.chunk_id]
        return 0.3 * _overlap(question | wide, unit.stems, rare) + place

    likely = sorted(seen.values(), key=lambda unit: -rough(unit))[:embedded]
    if not likely:
        return []
    vectors = turn.vectors([need.text, need.query, *(unit.text[:COMPARED] for unit in likely)])
    own = 0.20 if requests.leans_back(need.text) else 0.35  # what a question says alone that leans on another is little
    ranked = []
    for unit, by_text, by_query in zip(likely, vectors[2:] @ vectors[0], vectors[2:] @ vectors[1], strict=True):
        score = (
            own * float(by_text)
            + (0.60 - own) * float(by_query)
            + 0.50 * near[unit.passage.chunk_id]
            + 0.10 * _overlap(question, stems(unit.text), rare)
            + 0.10 * _overlap(wide - question, stems(unit.text), rare)
            + 0.07 * _overlap(question, unit.stems, rare)
            + 0.10 * unit.passage.score / top
            + 0.08 * mass[unit.passage.page_id] / heaviest
            + (_FITS[expected] if expected and fits_expectation(expected, unit.text, need.query) else 0.0)
            - (0.05 if unit.kind == "row" else 0.0)
            - (0.25 if _of_another(names, unit) else 0.0)
            - (0.3 if any(line and line in " ".join(said) for line in unit.text.split("\n")) else 0.0)
        )
        ranked.append(_Ranked(unit, score))
    return sorted(ranked, key=lambda r: (-round(r.score, 4), r.unit.passage.page_id, r.unit.text))


def _names(query: str, passages: Sequence[Passage]) -> set[tuple[str, str]]:
    """Pairs of words of the query that stand together in a title as well: names, such as those of products."""
    titled = {pair for passage in passages for pair in pairs(passage.title)}
    return titled & set(pairs(query))


def _of_another(names: set[tuple[str, str]], unit: Unit) -> bool:
    """Whether the unit's page is named for a sibling of what was asked about: half of the name, and not the whole."""
    title, said = set(pairs(unit.passage.title)), set(pairs(unit.text))
    words = {word for pair in title for word in pair}
    return any(name not in title | said and (name[0] in words) != (name[1] in words) for name in names)


def _distinct(ranked: Sequence[_Ranked]) -> list[_Ranked]:
    """Without units that say again what a better one says."""
    kept: list[_Ranked] = []
    for one in ranked:
        words = stems(one.unit.text)
        if not any(
            len(words & stems(k.unit.text)) >= 0.75 * max(1, min(len(words), len(stems(k.unit.text)))) for k in kept
        ):
            kept.append(one)
    return kept


def _rarity(words: frozenset[str], found: Sequence[Unit]) -> dict[str, float]:
    """What each word weighs: the fewer of the units hold it, the more it tells them apart."""
    held = {word: sum(word in unit.stems for unit in found) for word in words}
    return {word: math.log((len(found) + 1) / (count + 0.5)) if count else 1.0 for word, count in held.items()}


def _overlap(question: frozenset[str], found: frozenset[str], weight: Mapping[str, float]) -> float:
    """Share of the question's content words that are found, each by its weight."""
    total = sum(weight[word] for word in question)
    return sum(weight[word] for word in question if word in found) / total if total > 0 else 0.0
