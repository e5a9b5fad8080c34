"""Whether the people, tools and pages that a suite names exist, each wrong one told by file and line."""

from collections.abc import Iterable

from evals.errors import SuiteInvalidError
from evals.marks import Route
from evals.strict import unknown_sentence
from evals.suite import Placed, Suite
from evals.world import Worlds
from tools.catalog import CATALOG


def check_names(suite: Suite, worlds: Worlds) -> None:
    """Check every name of a suite against a fresh world.

    Raises:
        SuiteInvalidError: with a sentence for each name that does not exist.
    """
    known = _Known(worlds)
    problems = [problem for placed in suite.placed for problem in _problems(placed, known)]
    if problems:
        raise SuiteInvalidError(problems)


class _Known:
    """What there is to be named."""

    def __init__(self, worlds: Worlds) -> None:
        self.people = worlds.people()
        self.tools = {tool.name for tool in CATALOG}
        self.pages = {info.name: worlds.page_ids(info.name) for info in worlds.index.collections()}


def _problems(placed: Placed, known: _Known) -> Iterable[str]:
    collection = placed.case.collection
    yield from _unknown(placed, known.people, "person", _named_people(placed))
    yield from _unknown(placed, known.tools, "tool", _named_tools(placed))
    yield from _unknown(placed, known.pages, "collection", [(collection, ("collection",))])
    if collection in known.pages:
        yield from _unknown(placed, known.pages[collection], "page", _named_pages(placed))


def _unknown(placed: Placed, known: Iterable[str], what: str, named: Iterable[tuple[str, Route]]) -> Iterable[str]:
    names = set(known)
    for name, route in named:
        if name not in names:
            yield placed.at(unknown_sentence(what, name, names) + ".", *route)


def _named_people(placed: Placed) -> Iterable[tuple[str, Route]]:
    case = placed.case
    yield case.persona.subject, ("persona", "customer" if case.persona.customer else "staff")
    for index, turn in enumerate(case.turns):
        if turn.by:
            yield turn.by, ("turns", index, "as")


def _named_tools(placed: Placed) -> Iterable[tuple[str, Route]]:
    expect, gold = placed.case.expect, placed.case.gold
    for key, names in (("forbids", expect.forbids), ("calls", expect.calls)):
        yield from ((name, ("expect", key, index)) for index, name in enumerate(names))
    for index, call in enumerate(gold.calls or () if gold else ()):
        yield call.name, ("gold", "calls", index, "name")


def _named_pages(placed: Placed) -> Iterable[tuple[str, Route]]:
    expect = placed.case.expect
    for key, pages in (("evidence", expect.evidence), ("cites", expect.cites)):
        yield from ((name, ("expect", key, index)) for index, ways in enumerate(pages) for name in ways)
