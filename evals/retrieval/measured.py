"""The whole measurement: sets × ways of searching, and ours without each of its parts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from evals.retrieval.abstention import Curve, ask_all, curve
from evals.retrieval.corpora import Corpora
from evals.retrieval.labelled import LabelledSet
from evals.retrieval.parts import MEANING, WITHOUT, WORDS
from evals.retrieval.ranking import Ranked, rank, rank_fused

OURS = "ours"


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run of `eval run retrieval` found."""

    table: tuple[Ranked, ...]  # sets × BM25, dense, RRF, ours
    ablation: tuple[Ranked, ...] = ()  # sets × ours without a part
    abstention: Curve | None = None  # None with a single set: there are no foreign questions

    def as_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        return {
            "table": [one.as_json() for one in self.table],
            "ablation": [one.as_json() for one in self.ablation],
            "abstention": self.abstention.as_json() if self.abstention else None,
        }


def measure(
    corpora: Corpora, sets: Sequence[LabelledSet], *, ablate: bool, told: Callable[[str], None] = lambda what: None
) -> Measured:
    """Ask every question of every set, once for each way of searching."""
    table, ablation = [], []
    for one in sets:
        told(f"{one.name}: {len(one.questions)} questions")
        table += [
            rank(corpora, one, "BM25", WORDS),
            rank(corpora, one, "dense", MEANING),
            rank_fused(corpora, one, "RRF", [WORDS, MEANING]),
            rank(corpora, one, OURS, {}),
        ]
        for part, changed in WITHOUT.items() if ablate else ():
            told(f"{one.name}: without {part}")
            ablation.append(rank(corpora, one, f"without {part}", changed))
            corpora.forget(changed)
    told("when to say that nothing is relevant")
    return Measured(tuple(table), tuple(ablation), curve(ask_all(corpora, sets)) if len(sets) > 1 else None)
