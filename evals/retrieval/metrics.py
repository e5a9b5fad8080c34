"""Figures of one ranking against the pages that a question needs. A page is relevant or not; none weighs more."""

from collections.abc import Collection, Iterable, Sequence
from math import log2
from statistics import fmean

Row = dict[str, float]
"""Figures by name: R@5, R@10, R@20, MRR@10, nDCG@10, each 0..1."""

DEPTH = 20
"""Pages of a ranking that any figure looks at."""


def recall(relevant: Collection[str], ranked: Sequence[str], k: int) -> float:
    """The share of the relevant pages among the first k."""
    return len(set(relevant) & set(ranked[:k])) / len(relevant)


def reciprocal_rank(relevant: Collection[str], ranked: Sequence[str], k: int = 10) -> float:
    """1 / the place of the first relevant page; 0 where none is among the first k."""
    return next((1 / place for place, page in enumerate(ranked[:k], 1) if page in relevant), 0.0)


def ndcg(relevant: Collection[str], ranked: Sequence[str], k: int = 10) -> float:
    """Discounted gain over that of a perfect ranking (Järvelin and Kekäläinen, TOIS 20, 2002), gains 0 or 1."""
    gained = sum(1 / log2(place + 1) for place, page in enumerate(ranked[:k], 1) if page in relevant)
    return gained / sum(1 / log2(place + 1) for place in range(1, min(k, len(relevant)) + 1))


def figures(relevant: Collection[str], ranked: Sequence[str]) -> Row:
    """Every figure of one question. `ranked` names each page once, best first; `relevant` is not empty."""
    return {
        **{f"R@{k}": recall(relevant, ranked, k) for k in (5, 10, 20)},
        "MRR@10": reciprocal_rank(relevant, ranked),
        "nDCG@10": ndcg(relevant, ranked),
    }


def mean(rows: Iterable[Row]) -> Row:
    """The mean of each figure over questions."""
    found = list(rows)
    return {name: fmean(row[name] for row in found) for name in found[0]} if found else {}
