"""The whole measurement: sets × ways of searching, what each part of ours is worth, and when to answer nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evals.retrieval.abstention import Curve, ask_all, curve
from evals.retrieval.corpora import Corpora
from evals.retrieval.iterated import Iterated, iterate
from evals.retrieval.labelled import LabelledSet
from evals.retrieval.parts import MEANING, OUR_WORDS, WITHOUT, WORDS
from evals.retrieval.posed import followed, mistyped, reworded, run_together, sampled
from evals.retrieval.ranking import Posed, Ranked, among, rank, rank_fused
from evals.retrieval.recut import CUTS
from evals.retrieval.tried import SLOW, TRIED

OURS = "ours"
_SAMPLE, _SMALL_SAMPLE = 200, 50  # questions of a set that tell what a part is worth, and one that is slow
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run of `eval run retrieval` found."""

    table: tuple[Ranked, ...]  # sets × BM25, dense, RRF, ours
    ablation: tuple[Ranked, ...] = ()  # sets × ours without a part, with another, and asked otherwise
    abstention: Curve | None = None  # None with a single set: there are no foreign questions
    iterated: tuple[Iterated, ...] = ()  # sets and kinds of question, where searches that build on each other are asked

    def as_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        return {
            "table": [one.as_json() for one in self.table],
            "ablation": [one.as_json() for one in self.ablation],
            "abstention": self.abstention.as_json() if self.abstention else None,
            "iterated": [one.as_json() for one in self.iterated],
        }


def measure(
    corpora: Corpora,
    sets: Sequence[LabelledSet],
    *,
    ablate: bool,
    searches: int = 0,
    told: Told = lambda what: None,
) -> Measured:
    """Ask every question of every set, once for each way of searching; where `searches` is not 0, also in so many
    searches of which each builds on what was read."""
    table: list[Ranked] = []
    for one in sets:
        told(f"{one.name}: {len(one.questions)} questions")
        table += [
            rank(corpora, one, "BM25", WORDS),
            rank(corpora, one, "dense", MEANING),
            rank_fused(corpora, one, "RRF", [WORDS, MEANING]),
            rank(corpora, one, OURS, {}),
        ]
    ablation = tuple(row for row in _ablated(corpora, sets, told)) if ablate else ()
    iterated: list[Iterated] = []
    for one in sets if searches else ():
        told(f"{one.name}: {searches} searches that build on each other")
        iterated += iterate(corpora, one, searches)
    told("when to say that nothing is relevant")
    unknown = curve(ask_all(corpora, sets)) if len(sets) > 1 else None
    return Measured(tuple(table), ablation, unknown, tuple(iterated))


def _ablated(corpora: Corpora, sets: Sequence[LabelledSet], told: Told) -> Iterator[Ranked]:
    for one in sets:
        posed = sampled(one, _SAMPLE)
        for part, changed in WITHOUT.items():
            told(f"{one.name}: without {part}")
            yield rank(corpora, one, f"without {part}", changed, posed=posed)
            corpora.forget(changed)
        yield rank_fused(corpora, one, "ranks fused in place of scores", [OUR_WORDS, MEANING], posed=posed)
        for part, search in TRIED.items():
            told(f"{one.name}: with {part}")
            few = sampled(one, _SMALL_SAMPLE) if part in SLOW else posed
            yield rank(corpora, one, f"with {part}", {}, search=search, posed=few)
        yield from _posed_otherwise(corpora, one, posed, told)
        if len(sets) > 1:
            told(f"{one.name}: every wiki asked at once")
            everywhere = among([each.name for each in sets])
            yield rank(corpora, one, "every wiki asked at once", {}, search=everywhere, posed=posed)
    for cut in CUTS:
        with corpora.otherwise(sets, cut) as other:
            for one in sets:
                told(f"{one.name}: without {cut}")
                yield rank(other, one, f"without {cut}", {}, posed=sampled(one, _SAMPLE))


def _posed_otherwise(corpora: Corpora, one: LabelledSet, posed: Posed, told: Told) -> Iterator[Ranked]:
    unmended = {"mend_words": False}
    errors, joined = reworded(posed, mistyped), reworded(posed, run_together)
    ways: list[tuple[str, Posed, dict[str, Any]]] = [
        ("a word mistyped", errors, {}),
        ("a word mistyped, without mending", errors, unmended),
        ("two words run together", joined, {}),
        ("two words run together, without mending", joined, unmended),
        ("after a question on the same page", followed(one, posed, same_page=True), {}),
        ("after a question on another page", followed(one, posed, same_page=False), {}),
    ]
    for method, asked, changed in ways:
        if asked:
            told(f"{one.name}: {method}")
            yield rank(corpora, one, method, changed, posed=asked)
    corpora.forget(unmended)
