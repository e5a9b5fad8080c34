"""Wordings that neither catalog nor wiki has: what is forbidden stays undone, and a second need gets its own answer."""

from __future__ import annotations

import pytest

from agent import conditions, requests
from agent.clauses import read_clauses
from agent.situation import Result, Situation
from tests.agent.conftest import Talk
from tests.agent.test_walk import made


@pytest.mark.parametrize(
    "text", ["don't touch O-5001", "Please do not open a ticket.", "I don't want you to close T-1157", "never ring me"]
)
def test_what_is_not_to_be_done_is_no_command(text: str) -> None:
    assert requests.forbids(text)
    assert requests.kind(text) == "statement"


@pytest.mark.parametrize("text", ["Don't forget to close T-1157", "Don't you have a bigger one?", "don't i get a key?"])
def test_a_reminder_and_a_question_forbid_nothing(text: str) -> None:
    assert not requests.forbids(text)


def test_a_please_at_the_end_makes_a_command() -> None:
    assert requests.kind("Scrap O-5001 please") == "command"
    assert requests.kind("my lamp is dark, please") == "statement"


def test_a_condition_that_points_back_ends_at_the_verb_even_without_a_comma() -> None:
    clauses = read_clauses("See whether it's sold out, and only if it's not reserve one for me.")
    assert (clauses[-1].text, clauses[-1].condition) == ("reserve one for me.", "it's not")


def _looked_up(request: str, name: str, text: str) -> Situation:
    return Situation(request, (), (Result(name, {}, text, ok=True, found=True),))


def test_a_long_answer_must_state_what_was_asked() -> None:
    request = "Is my deposit missing? If so open a ticket."
    told = "You have a room for two. Your stay ends on Friday. Breakfast is included."
    assert not conditions.holds("so", _looked_up(request, "get_booking", told))
    assert conditions.holds("so", _looked_up(request, "get_booking", f"{told} Your deposit is missing."))


def test_a_condition_about_one_record_is_decided_by_that_record() -> None:
    told = "You have 2 parcels: P-11 (a lamp, processing) and P-12 (a chair, shipped Sunday)."
    assert conditions.holds("P-11 hasn't been shipped yet", _looked_up("…", "list_parcels", told))
    assert not conditions.holds("P-12 hasn't been shipped yet", _looked_up("…", "list_parcels", told))


async def test_a_forbidden_write_is_left_alone(talk: Talk) -> None:
    result = await talk("don't cancel O-5001, I just want to know where my order is")
    assert made(result) == ["list_orders"]
    assert result.status == "completed"


async def test_a_question_on_rules_beside_one_on_the_account_is_answered_too(talk: Talk) -> None:
    result = await talk("How much do I owe you, and can a bill be paid in instalments?")
    assert "paid" in result.reply.text.split("\n")[0]
    assert "billing/late-fees" in {citation.page for citation in result.reply.citations}
