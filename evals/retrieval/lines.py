"""The tables of a measurement as rows of text, for a terminal and for a file."""

from collections.abc import Iterable, Iterator, Sequence

from evals.retrieval.ranking import Ranked

_FIGURES = ("R@5", "R@10", "R@20", "MRR@10", "nDCG@10")
HEAD = ("set", "questions", "method", *_FIGURES, "p50 ms", "p95 ms")
ABLATION_HEAD = ("set", "search", *_FIGURES, "Δ nDCG@10", "p50 ms")
Line = tuple[str, ...]


def table(found: Iterable[Ranked]) -> Iterator[Line]:
    """Sets × ways of searching."""
    for one in found:
        ms = one.as_json()["ms"]
        yield (one.set, str(len(one.rows)), one.method, *_figures(one), f"{ms['p50']:.1f}", f"{ms['p95']:.1f}")


def ablation(ours: Sequence[Ranked], found: Sequence[Ranked]) -> Iterator[Line]:
    """Ours, and without each part: what is lost of nDCG@10 where a part is off."""
    for whole in ours:
        yield (whole.set, "ours", *_figures(whole), "", f"{whole.as_json()['ms']['p50']:.1f}")
        for one in found:
            if one.set == whole.set:
                gained = one.figures["nDCG@10"] - whole.figures["nDCG@10"]
                yield (one.set, one.method, *_figures(one), f"{gained:+.3f}", f"{one.as_json()['ms']['p50']:.1f}")


def _figures(one: Ranked) -> Line:
    return tuple(f"{one.figures[name]:.3f}" for name in _FIGURES)
