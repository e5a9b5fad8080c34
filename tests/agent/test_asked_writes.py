"""No write that nobody asked for, and each that somebody did: the list of `asked_writes.yaml`, on the built-in model.

Plans are held against the half that rules were developed on by its single lines, against the other half by the count
alone, so that nobody tunes to it; a sample is talked through and judged by the ledger.
"""

from __future__ import annotations

import pytest

from agent import matching
from agent.clauses import read_clauses
from agent.planning import Planner
from agent.service import Service
from agent.situation import Situation
from agent.vectors import Vectors
from knowledge.index import Index
from tests.agent.asked_writes import WRITES, Case, cases, held
from tools.catalog import CATALOG

CASES = cases()
_UNCONDITIONED = [case for case in CASES if not any(c.condition for said in case.say for c in read_clauses(said))]
_TALKED = [case for case in CASES if not case.measured][::7]


@pytest.fixture(scope="module")
def planner(demo_index: Index) -> Planner:
    matcher, _ = matching.of_catalog(Vectors(demo_index.embed), CATALOG)
    return Planner(matcher)


def _planned(planner: Planner, case: Case) -> set[str]:
    """The writes in the plan of the last message, with the one before it as the talk so far."""
    offered = [tool.name for tool in CATALOG if case.by.role in tool.roles]
    said = Situation(case.say[-1], tuple((message, "") for message in case.say[:-1]), (), case.say[-1:])
    return {step.tool for step in planner.plan(said, offered)} & WRITES


def test_the_list_is_large_and_half_of_it_asks_for_nothing() -> None:
    asked = [case for case in CASES if case.writes]
    assert len(CASES) >= 150
    assert 0.4 <= len(asked) / len(CASES) <= 0.6
    assert {write["tool"] for case in asked for write in case.writes} >= WRITES - {"merge_tickets"}


def _unasked(planner: Planner, case: Case) -> set[str]:
    return _planned(planner, case) - {write["tool"] for write in case.writes}


def test_no_plan_holds_a_write_that_was_not_asked_for(planner: Planner) -> None:
    wrong = {str(case): _unasked(planner, case) for case in _UNCONDITIONED if not case.measured}
    assert not {said: tools for said, tools in wrong.items() if tools}


def test_of_plans_that_no_rule_was_developed_on_hardly_one_holds_such_a_write(planner: Planner) -> None:
    wrong = [case for case in _UNCONDITIONED if case.measured and _unasked(planner, case)]
    assert len(wrong) <= 1


def test_nearly_every_write_that_was_asked_for_is_planned(planner: Planner) -> None:
    wanted = [(case, write["tool"]) for case in CASES for write in case.writes]
    found = [tool in _planned(planner, case) for case, tool in wanted]
    assert sum(found) >= 0.9 * len(wanted)


@pytest.mark.parametrize("case", _TALKED, ids=str)
async def test_a_conversation_ends_with_the_writes_that_were_asked_for(case: Case, house: Service) -> None:
    judged = await held(case, house)
    assert not judged.wrong
    assert not judged.missing
