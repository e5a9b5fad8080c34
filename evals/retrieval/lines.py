"""The parts of a measurement as tables of text, for a terminal and for a file, and what their columns say."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agent.reading import DEPTH, PAGES
from evals.retrieval.abstention import Curve
from evals.retrieval.iterated import Iterated
from evals.retrieval.measured import OURS, Measured
from evals.retrieval.ranking import Ranked

_FIGURES = ("R@5", "R@10", "R@20", "MRR@10", "nDCG@10")
HEAD = ("set", "questions", "method", *_FIGURES, "p50 ms", "p95 ms")
ABLATION_HEAD = ("set", "search", "questions", *_FIGURES, "Δ nDCG@10", "p50 ms")
ABSTENTION_HEAD = (
    "confidence",
    "own answered",
    "foreign answered",
    "precision",
    "of the wiki",
    "own without its page",
)
PICTURE = "abstention.svg"
ITERATED_HEAD = ("set", "kind", "questions", "searches", "read", "pages", "of one search")
Line = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One table: `texts` columns of words, then figures. `picture` is a drawing of it: what it shows, and its file."""

    title: str
    head: Line
    rows: tuple[Line, ...]
    legend: str
    texts: int
    picture: tuple[str, str] | None = None


def sections(measured: Measured) -> Iterator[Section]:
    """What was measured, table by table."""
    yield Section("Ways of searching", HEAD, tuple(table(measured.table)), LEGEND, 3)
    if measured.ablation:
        ours = [one for one in measured.table if one.method == OURS]
        rows = tuple(ablation(ours, measured.ablation))
        yield Section("What each part is worth", ABLATION_HEAD, rows, ABLATION_LEGEND, 2)
    if measured.iterated:
        rows = tuple(iterated(measured.iterated))
        yield Section("Searches that build on what was read", ITERATED_HEAD, rows, ITERATED_LEGEND, 2)
    if measured.abstention:
        rows, drawn = tuple(abstention(measured.abstention)), ("Coverage against precision", PICTURE)
        yield Section("When to say that nothing is relevant", ABSTENTION_HEAD, rows, ABSTENTION_LEGEND, 1, drawn)


def table(found: Iterable[Ranked]) -> Iterator[Line]:
    """Sets × ways of searching."""
    for one in found:
        ms = one.as_json()["ms"]
        yield (one.set, str(len(one.rows)), one.method, *_figures(one), f"{ms['p50']:.1f}", f"{ms['p95']:.1f}")


def ablation(ours: Sequence[Ranked], found: Sequence[Ranked]) -> Iterator[Line]:
    """Ours, and each other way: what it gains of nDCG@10 over ours on the same questions as they stand in the set."""
    for whole in ours:
        yield (whole.set, "ours", str(len(whole.rows)), *_figures(whole), "", f"{whole.as_json()['ms']['p50']:.1f}")
        for one in found:
            if one.set == whole.set:
                gained = one.figures["nDCG@10"] - whole.of(one.places)["nDCG@10"]
                figures = (*_figures(one), f"{gained:+.3f}", f"{one.as_json()['ms']['p50']:.1f}")
                yield (one.set, one.method, str(len(one.rows)), *figures)


def abstention(curve: Curve) -> Iterator[Line]:
    """Answering from each second level on."""
    for point in curve.points[::2]:
        shares = (point.coverage, point.foreign, point.precision, point.of_the_wiki, point.without_its_page)
        yield (f"{point.level:.1f}", *(f"{share:.3f}" for share in shares))


def iterated(found: Iterable[Iterated]) -> Iterator[Line]:
    """Sets and kinds of question × searches."""
    for one in found:
        for step in one.steps:
            figures = (f"{step.read:.3f}", f"{step.pages:.0f}", f"{step.single:.3f}")
            yield (one.set, one.kind, str(one.questions), str(step.searches), *figures)


def _figures(one: Ranked) -> Line:
    return tuple(f"{one.figures[name]:.3f}" for name in _FIGURES)


LEGEND = """\
ms: a search for 100 passages, the question's vector included. RRF: reciprocal rank fusion of BM25 and dense."""
ABLATION_LEGEND = """\
Up to 200 questions of each set, evenly taken. Δ: against ours on the same questions as they stand in the set. What is
tried "with" is not in our search."""
ABSTENTION_LEGEND = """\
Each wiki is asked its own questions and those of the other sets, both kinds weighing the same. Precision: of what is
answered from a confidence on, the share that is the wiki's own question with its page among the first five."""
ITERATED_LEGEND = f"""\
read: the share of the required pages among those read after so many searches, each named by what was read before it.
A search is weighed to {DEPTH} passages and {PAGES} pages more are read after it. of one search: the share when as many
pages are taken of the first search alone."""
