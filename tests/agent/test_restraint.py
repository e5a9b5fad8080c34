"""What a message keeps from being done, and what giving a thing up asks for."""

from __future__ import annotations

import pytest

from agent import conditions, readings, restraint
from agent.clauses import read_clauses
from agent.situation import Result, Situation


@pytest.mark.parametrize(
    "text",
    ["Could you scrap my booking? I'm just asking.", "Only tell me what it costs.", "We haven't decided yet."],
)
def test_who_only_asks_says_so(text: str) -> None:
    assert restraint.only_asks(read_clauses(text))


@pytest.mark.parametrize("text", ["I ask you to scrap it.", "I just scrapped the old one, book a new one."])
def test_who_wants_something_done_does_not_only_ask(text: str) -> None:
    assert not restraint.only_asks(read_clauses(text))


def test_nothing_is_done_where_nothing_is_to_be_done() -> None:
    assert restraint.forbids_all(read_clauses("What would it cost? Please don't change anything."))
    assert not restraint.forbids_all(read_clauses("Please don't forget to close it."))


def test_a_thing_that_is_not_wanted_is_named() -> None:
    assert restraint.unwanted(read_clauses("No ticket please, but is it known?")) == {"ticket"}
    assert not restraint.unwanted(read_clauses("No, close the ticket."))


@pytest.mark.parametrize(
    "text", ["I no longer need the lamp", "We don't want it any more.", "The lamp I ordered is no longer needed"]
)
def test_who_gives_a_thing_up_renounces_it(text: str) -> None:
    assert readings.renounces(text)


@pytest.mark.parametrize("text", ["I don't need help with the lamp", "Is it needed?", "I need no more than one answer"])
def test_who_wants_no_help_gives_nothing_up(text: str) -> None:
    assert not readings.renounces(text)


def _asked_of(replied: str, request: str) -> Situation:
    data = f'{{"id": "T-1700", "assignee": "Ada", "first_replied_at": {replied}}}'
    return Situation(request, (), (Result("get_case", {"case_id": "T-1700"}, "…", True, True, {"data": data}),))


@pytest.mark.parametrize(("replied", "silent"), [("null", True), ('"2026-03-01"', False)])
def test_whether_somebody_has_answered_is_read_from_the_record(replied: str, *, silent: bool) -> None:
    asked = _asked_of(replied, "Check T-1700, and if nobody has answered, push it up.")
    assert conditions.holds("nobody has answered", asked) is silent
    other = _asked_of(replied, "If somebody has answered T-1700, close it; if not, push it up.")
    assert conditions.holds("not", other) is silent
