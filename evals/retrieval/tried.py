"""Parts that were tried and are not in our search, as ways of searching: they do not pay on these sets.

They stand here so that the next wiki, or a better encoder, can be asked again whether they do.
"""

import json
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evals.retrieval.labelled import Question
from evals.retrieval.ranking import Search, fused, plainly
from knowledge.hit import Hit
from knowledge.index import Index
from knowledge.sentences import split_prose

_AROUND = 0.2  # weight of the better neighbour of a passage
_FURTHER = 0.1  # weight of a page's second passage; of its third a tenth of that, and so on
_BACK, _FEEDING = 0.3, 3  # weight of what feeds back, and how many passages do
_SENTENCE, _READ = 0.2, 10  # weight of a passage's nearest sentence, and how many passages are read so

Place = tuple[str, int]


def neighbours(index: Index, name: str, question: Question) -> list[Hit]:
    """A passage counts for more where the one before it or after it was found too."""
    hits = plainly(index, name, question)
    scores = {_place(hit): hit.score for hit in hits}
    least = min(scores.values(), default=0.0)

    def lifted(hit: Hit) -> float:
        page, at = _place(hit)
        return hit.score + _AROUND * max(scores.get((page, at + step), least) for step in (-1, 1))

    return sorted(hits, key=lifted, reverse=True)


def by_page(index: Index, name: str, question: Question) -> list[Hit]:
    """A page counts for more where several of its passages were found."""
    hits = plainly(index, name, question)
    least = hits[-1].score if hits else 0.0
    found: dict[str, list[float]] = defaultdict(list)
    for hit in hits:
        found[hit.page_id].append(hit.score - least)
    total = {page: sum(score * _FURTHER**n for n, score in enumerate(scores)) for page, scores in found.items()}
    return sorted(hits, key=lambda hit: total[hit.page_id], reverse=True)


def feedback(index: Index, name: str, question: Question) -> list[Hit]:
    """The question is moved toward the passages that were found first (Rocchio's pseudo-relevance feedback)."""
    hits = plainly(index, name, question)
    if not hits:
        return hits
    known = _vectors(index, name, hits)
    asked = index.encoder(name).query(question.text)
    moved = asked + _BACK * np.mean([known[_place(hit)] for hit in hits[:_FEEDING]], axis=0)
    moved /= np.linalg.norm(moved)
    return sorted(hits, key=lambda hit: hit.score + float(known[_place(hit)] @ (moved - asked)), reverse=True)


def sentences(index: Index, name: str, question: Question) -> list[Hit]:
    """The best passages are read sentence by sentence; the nearest one of each counts (late interaction)."""
    hits = plainly(index, name, question)
    asked = index.encoder(name).query(question.text)
    near = {}
    for hit in hits[:_READ]:
        read = [sentence for line in hit.text.split("\n") for sentence in split_prose(line)] or [hit.text]
        near[hit.chunk_id] = float((index.embed(read) @ asked).max())
    best = sorted(hits[:_READ], key=lambda hit: hit.score + _SENTENCE * near[hit.chunk_id], reverse=True)
    return [*best, *hits[_READ:]]


def needs(index: Index, name: str, question: Question) -> list[Hit]:
    """Each sentence of the question is a search of its own, and their rankings are fused."""
    asked = [sentence for line in question.text.split("\n") for sentence in split_prose(line)]
    return fused([plainly(index, name, Question(text, question.relevant)) for text in asked or [question.text]])


TRIED: dict[str, Search] = {
    "neighbouring passages": neighbours,
    "further passages of the page": by_page,
    "feedback of the first passages": feedback,
    "a search for each sentence": needs,
    "sentences of the first passages": sentences,
}
"""What each adds to our search, by its name."""

SLOW = frozenset({"sentences of the first passages"})
"""Those for which a part of the questions must do."""


def _place(hit: Hit) -> Place:
    """Which passage of which page it is."""
    return hit.page_id, int(hit.chunk_id.rpartition("#")[2].partition("-")[0])


def _vectors(index: Index, name: str, hits: Sequence[Hit]) -> dict[Place, NDArray[np.float32]]:
    with index.truth(name).reading() as connection:
        rows = connection.execute(
            "SELECT page.id, chunk.position, vector.data FROM page JOIN chunk ON chunk.page = page.row "
            "JOIN vector USING (hash) WHERE page.id IN (SELECT value FROM json_each(?))",
            [json.dumps(sorted({hit.page_id for hit in hits}))],
        ).fetchall()
    return {(row[0], row[1]): np.frombuffer(row[2], "<f4") for row in rows}
