"""Ways of ranking a set's pages, and what each makes of its questions."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.retrieval.corpora import Corpora
from evals.retrieval.labelled import LabelledSet, Question
from evals.retrieval.metrics import DEPTH, Row, figures, mean
from evals.statistics import quantile
from knowledge.hit import Hit
from knowledge.index import Index

_PASSAGES = 100  # enough for 20 pages of five passages each
_RRF = 60  # the constant of reciprocal rank fusion (Cormack et al., SIGIR 2009)

Search = Callable[[Index, str, Question], list[Hit]]
"""A way of searching: passages of an index's collection for a question, best first."""
Posed = Mapping[int, Question]
"""Some of a set's questions by their places, each as it is posed."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """What one way of searching made of one set: figures and milliseconds, question by question."""

    set: str
    method: str
    places: tuple[int, ...]  # of the questions that were posed
    rows: tuple[Row, ...]
    milliseconds: tuple[float, ...]

    @property
    def figures(self) -> Row:
        """Means over the questions."""
        return mean(self.rows)

    def of(self, places: Iterable[int]) -> Row:
        """Means over some of the set's questions; all of them must have been posed."""
        rows = dict(zip(self.places, self.rows, strict=True))
        return mean(rows[place] for place in places)

    def as_json(self) -> dict[str, Any]:
        """For a report: figures, and times apart because they differ from run to run."""
        times = {f"p{share}": round(quantile(self.milliseconds, share / 100), 1) for share in (50, 95)}
        rounded = {name: round(value, 4) for name, value in self.figures.items()}
        return {"set": self.set, "method": self.method, "questions": len(self.rows), **rounded, "ms": times}


def pages(hits: Iterable[Hit], files: Mapping[str, str], name: str) -> list[str]:
    """The files of the hits' pages, each once, best first. A page that says the same as a hit is found with it; one of
    another wiki than `name` is no file of the set."""
    found = (
        files[page] if hit.collection == name else f"{hit.collection}: {page}"
        for hit in hits
        for page in (hit.page_id, *hit.also)
    )
    return list(dict.fromkeys(found))[:DEPTH]


def plainly(index: Index, name: str, question: Question) -> list[Hit]:
    """The passages that the index finds as it is set."""
    return index.search(question.text, collection=name, k=_PASSAGES, history=question.history)


def among(wikis: Sequence[str]) -> Search:
    """All of these wikis asked at once: the passages of the nearest one come first."""

    def search(index: Index, name: str, question: Question) -> list[Hit]:
        return index.search(question.text, collection=wikis, k=_PASSAGES, history=question.history)

    return search


def rank(
    corpora: Corpora,
    one: LabelledSet,
    method: str,
    changed: Mapping[str, Any],
    *,
    search: Search = plainly,
    posed: Posed | None = None,
) -> Ranked:
    """Pose every question of the set, or those that are given, with some search settings changed."""
    index = corpora.index(changed)
    return _rank(corpora, one, method, lambda question: search(index, one.name, question), posed)


def rank_fused(
    corpora: Corpora,
    one: LabelledSet,
    method: str,
    parts: Sequence[Mapping[str, Any]],
    *,
    posed: Posed | None = None,
) -> Ranked:
    """Reciprocal rank fusion of the passages of several searches."""
    indexes = [corpora.index(part) for part in parts]

    def search(question: Question) -> list[Hit]:
        return fused([plainly(index, one.name, question) for index in indexes])

    return _rank(corpora, one, method, search, posed)


def _rank(
    corpora: Corpora,
    one: LabelledSet,
    method: str,
    search: Callable[[Question], list[Hit]],
    posed: Posed | None,
) -> Ranked:
    asked = dict(enumerate(one.questions)) if posed is None else posed
    search(next(iter(asked.values())))  # opens the encoder and reads the vectors
    rows, times = [], []
    for question in asked.values():
        started = time.perf_counter()
        hits = search(question)
        times.append((time.perf_counter() - started) * 1000)
        rows.append(figures(question.relevant, pages(hits, corpora.files[one.name], one.name)))
    return Ranked(one.name, method, tuple(asked), tuple(rows), tuple(times))


def fused(rankings: Sequence[Sequence[Hit]]) -> list[Hit]:
    """Passages by the sum of 1 / (60 + place) over the rankings."""
    scores: dict[str, float] = {}
    hits: dict[str, Hit] = {}
    for ranking in rankings:
        for place, hit in enumerate(ranking, 1):
            scores[hit.chunk_id] = scores.get(hit.chunk_id, 0.0) + 1 / (_RRF + place)
            hits.setdefault(hit.chunk_id, hit)
    return [hits[key] for key in sorted(scores, key=lambda key: (-scores[key], key))]
