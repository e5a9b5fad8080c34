"""Searches that build on what was read (`agent.reading`), beside one search of which as many pages are taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from agent.reading import DEPTH, PAGES, Reading
from agent.vectors import Vectors
from evals.retrieval.corpora import Corpora
from evals.retrieval.labelled import LabelledSet, Question
from evals.retrieval.metrics import recall
from knowledge.index import Index

MARKS = (1, 2, 3, 5, 10)
_ALL = "all"


@dataclass(frozen=True, slots=True)
class Step:
    """What stands after some searches, as means over the questions: shares of the required pages, and pages read."""

    searches: int
    read: float
    pages: float
    single: float  # of as many pages of the first search alone


@dataclass(frozen=True, slots=True)
class Iterated:
    """The questions of one kind of one set."""

    set: str
    kind: str
    questions: int
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """For a report."""
        steps = [
            {
                "searches": step.searches,
                "read": round(step.read, 4),
                "pages": round(step.pages, 1),
                "single": round(step.single, 4),
            }
            for step in self.steps
        ]
        return {"set": self.set, "kind": self.kind, "questions": self.questions, "pages_a_search": PAGES, "by": steps}


def iterate(corpora: Corpora, one: LabelledSet, searches: int) -> list[Iterated]:
    """Read on for every question of a set, kind by kind, up to so many searches."""
    index, embed = corpora.index({}), Vectors(corpora.index({}).embed)
    files = corpora.files[one.name]
    marks = sorted({mark for mark in MARKS if mark < searches} | {searches})
    found: dict[str, list[list[Step]]] = {}
    for question in one.questions:
        steps = _steps(index, embed, one.name, question, files, marks)
        found.setdefault(question.kind or _ALL, []).append(steps)
    return [Iterated(one.name, kind, len(rows), _means(rows)) for kind, rows in found.items()]


def _steps(
    index: Index, embed: Vectors, name: str, question: Question, files: dict[str, str], marks: Sequence[int]
) -> list[Step]:
    reading, query = Reading(question.text, embed), ""
    steps: list[Step] = []
    first: list[str] = []
    for number in range(1, marks[-1] + 1):
        if number == 1 or query:
            hits = index.search(query or question.text, collection=name, k=DEPTH)
            reading.take(hits, query=query)
            query = reading.following()
            first = first or _deep(index, name, question, files)
        if number in marks:
            read = [files[page] for page in reading.read]
            single = recall(question.relevant, first, len(read))
            steps.append(Step(number, recall(question.relevant, read, len(read)), len(read), single))
    return steps


def _deep(index: Index, name: str, question: Question, files: dict[str, str]) -> list[str]:
    """The pages of one search, of which as many may be taken as reading on reads."""
    hits = index.search(question.text, collection=name, k=5 * DEPTH)
    return list(dict.fromkeys(files[hit.page_id] for hit in hits))


def _means(rows: Sequence[Sequence[Step]]) -> tuple[Step, ...]:
    return tuple(
        Step(
            at[0].searches,
            fmean(step.read for step in at),
            fmean(step.pages for step in at),
            fmean(step.single for step in at),
        )
        for at in zip(*rows, strict=True)
    )
