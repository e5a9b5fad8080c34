"""When to say "nothing relevant": each wiki is asked its own questions, those of the other sets, and its own with the
pages that answer them taken away."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evals.retrieval.corpora import Corpora
from evals.retrieval.labelled import LabelledSet, Question
from evals.retrieval.posed import sampled
from evals.retrieval.ranking import pages
from knowledge.confidence import confidence
from knowledge.hit import Hit

_QUESTIONS = 100  # of each set for each wiki, evenly taken
_PASSAGES, _READ = 8, 5  # passages that are judged, and pages among which the answer must be
_LEVELS = tuple(n / 20 for n in range(20))


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to one wiki: how sure the search was, whether it is the wiki's own, and found its page."""

    confidence: float
    own: bool
    right: bool
    without_its_page: float = 0.0  # how sure it was of what else it found


@dataclass(frozen=True, slots=True)
class Point:
    """Answering from one confidence on. All are shares; the wiki's own and foreign questions weigh the same."""

    level: float
    coverage: float  # of the wiki's own questions that are answered
    foreign: float  # of foreign questions that are answered: each is wrong
    precision: float  # of what is answered, that is of the wiki and has its page among the first five
    of_the_wiki: float  # of what is answered, that is of the wiki
    without_its_page: float  # of own questions that are answered though their pages are taken away


@dataclass(frozen=True, slots=True)
class Curve:
    """Coverage against precision, by level."""

    own: int
    foreign: int
    points: tuple[Point, ...]

    def as_json(self) -> dict[str, Any]:
        """For a report."""
        rounded = [{name: round(value, 4) for name, value in asdict(point).items()} for point in self.points]
        return {"own": self.own, "foreign": self.foreign, "points": rounded}


def curve(asked: Sequence[Asked]) -> Curve | None:
    """The curve, or None where there are no questions of one of the two kinds."""
    own, foreign = [one for one in asked if one.own], [one for one in asked if not one.own]
    if not own or not foreign:
        return None
    return Curve(len(own), len(foreign), tuple(_point(level, own, foreign) for level in _LEVELS))


def _point(level: float, own: Sequence[Asked], foreign: Sequence[Asked]) -> Point:
    coverage = sum(one.confidence >= level for one in own) / len(own)
    wrong = sum(one.confidence >= level for one in foreign) / len(foreign)
    right = sum(one.confidence >= level and one.right for one in own) / len(own)
    answered = (coverage + wrong) or 1.0
    bare = sum(one.without_its_page >= level for one in own) / len(own)
    return Point(level, coverage, wrong, right / answered, coverage / answered, bare)


def ask_all(corpora: Corpora, sets: Sequence[LabelledSet]) -> list[Asked]:
    """Every wiki, asked questions of every set."""
    return [
        _ask(corpora, wiki, one, question)
        for wiki in sets
        for one in sets
        for question in sampled(one, _QUESTIONS).values()
    ]


def _ask(corpora: Corpora, wiki: LabelledSet, one: LabelledSet, question: Question) -> Asked:
    hits = corpora.index().search(question.text, collection=wiki.name, k=_PASSAGES)
    if wiki is not one:
        return Asked(confidence(hits), own=False, right=False)
    files = corpora.files[wiki.name]
    others: list[Hit] = [hit for hit in hits if files[hit.page_id] not in question.relevant]
    right = bool(question.relevant & set(pages(hits, files, wiki.name)[:_READ]))
    return Asked(confidence(hits), own=True, right=right, without_its_page=confidence(others))
