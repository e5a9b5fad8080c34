"""How well a page's title fits a query."""

from collections.abc import Mapping
from functools import lru_cache
from math import sqrt

from knowledge.words import content_terms


@lru_cache(maxsize=50_000)
def title_terms(title: str) -> frozenset[str]:
    """The stems of a title's words that carry meaning."""
    return frozenset(content_terms(title))


def title_share(title: str, weights: Mapping[str, float]) -> float:
    """0..1: the geometric mean of the share of the query's weight that the title holds and of the title's own words
    that the query says. `weights` are those of the query's terms."""
    own, total = title_terms(title), sum(weights.values())
    held = [weights[term] for term in own if term in weights]
    return sqrt(sum(held) / total * len(held) / len(own)) if held else 0.0
