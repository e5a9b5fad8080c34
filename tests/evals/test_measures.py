"""What is counted for every agent: writes nobody expected, identifiers made up, sentences that stand on nothing."""

from dataclasses import replace
from typing import Any

import pytest

from agent.run import RunResult, ToolCallRecord
from evals.case import Case, Expect, Persona, State, Turn
from evals.measures.grounding import ungrounded
from evals.measures.identifiers import made_up
from evals.measures.writes import wrong_writes
from evals.trial import Effect, Trial
from tests.evals.values import TICKET, changed, decided, run, said, trial

EXISTS = frozenset({"C-1001", "O-5001", "T-1001", "billing/late-fees"})
SHOWN = (
    "Order O-5001 (Hub 6, €129.00) was sent on 2026-03-05T14:00:00 to Ada Example.",
    "A late fee of €7.50 is charged after two weeks. Write to help@fernlink.example or see https://fernlink.example/fees.",
)


def case(**state: Any) -> Case:
    return Case(
        id="case",
        split="dev",
        persona=Persona(customer="C-1001"),
        turns=(Turn(say="x"),),
        expect=Expect(state=State.model_validate(state)),
    )


def told(text: str, words: str = "Where is it?") -> Trial:
    return replace(trial(said(words, run(text))), grounds=SHOWN)


def called(name: str, words: str = "Do it.", **arguments: Any) -> Trial:
    result: RunResult = run().model_copy(
        update={"tool_calls": (ToolCallRecord(name=name, arguments=arguments, status="refused"),)}
    )
    return replace(trial(said(words, result)), identifiers=EXISTS)


def test_an_expected_write_is_no_wrong_one() -> None:
    one = trial(said("x", run()), after=changed(tickets={"T-1201": TICKET}))
    assert wrong_writes(case(tickets=[{"type": "incident"}]), one) == ()


def test_a_write_that_nobody_expected_is_wrong() -> None:
    one = trial(said("x", run()), after=changed(tickets={"T-1201": TICKET}))
    (wrong,) = wrong_writes(case(), one)
    assert wrong.startswith("created T-1201")


def test_a_write_with_a_wrong_field_is_wrong() -> None:
    one = trial(said("x", run()), after=changed(tickets={"T-1201": TICKET}))
    assert len(wrong_writes(case(tickets=[{"type": "question"}]), one)) == 1


def test_the_second_of_two_equal_writes_is_wrong() -> None:
    twice = {"T-1201": TICKET, "T-1202": {**TICKET, "id": "T-1202"}}
    one = trial(said("x", run()), after=changed(tickets=twice))
    assert len(wrong_writes(case(tickets=[{"type": "incident"}]), one)) == 1


def test_what_was_expected_and_not_done_is_no_wrong_write() -> None:
    assert wrong_writes(case(tickets=[{"type": "incident"}]), trial(said("x", run()))) == ()


@pytest.mark.parametrize("value", ["O-7777", "7777", 7777, " o-7777"])
def test_an_identifier_in_a_call_that_comes_from_nowhere_is_made_up(value: str | int) -> None:
    assert made_up(called("cancel_order", order_id=value)) == ("O-7777",)


def test_what_was_typed_or_exists_for_the_caller_is_not_made_up() -> None:
    assert made_up(called("cancel_order", words="Cancel 7777", order_id="O-7777")) == ()
    assert made_up(called("cancel_order", order_id="5001")) == ()
    assert made_up(called("read_page", page_id="billing/late-fees")) == ()
    assert made_up(called("read_page", page_id="billing/nothing")) == ("billing/nothing",)


@pytest.mark.parametrize(
    ("reply", "number"),
    [
        ("Your refund R-3999 is on its way.", "R-3999"),
        ("I looked at ticket number 4711 for you.", "T-4711"),
        ('```json\n{"name": "cancel_order", "arguments": {"order_id": "12345"}}\n```', "O-12345"),
        ("Customer C-1002 has that one.", "C-1002"),
    ],
)
def test_an_identifier_in_a_reply_that_comes_from_nowhere_is_made_up(reply: str, number: str) -> None:
    assert made_up(replace(told(reply), identifiers=EXISTS)) == (number,)


@pytest.mark.parametrize(
    "reply",
    [
        "A late fee of €7.50 is charged after two weeks. [1]",
        "The fee is 7.50 EUR, after 2 weeks [billing/late-fees].",
        "It was sent on Thursday, 5 March 2026, at 2:00 pm to Ada.",
        "1. Write to help@fernlink.example.\n2. Wait.",
        "I am sorry, I do not know that.",
        "You asked about 40 days.",
    ],
)
def test_what_the_thread_has_shown_grounds_a_sentence_in_any_spelling(reply: str) -> None:
    assert ungrounded(told(reply, "I waited 40 days.")) == ()


@pytest.mark.parametrize(
    "reply",
    [
        "The fee is €8.50.",
        "It takes three weeks.",
        "It was sent on Friday.",
        "It was sent in April.",
        "Please ask Mr Henderson about it.",
        "Write to service@fernlink.example.",
        "See https://fernlink.example/other.",
        "I have cancelled it.",
    ],
)
def test_a_sentence_with_something_that_nothing_has_shown_is_ungrounded(reply: str) -> None:
    assert ungrounded(told(f"Order O-5001 was sent. {reply}")) == (reply,)


def test_a_deed_may_be_told_once_it_was_done() -> None:
    done = Effect("cancel_order", {"order_id": "O-5001"}, "confirm", 1, (), "C-1001")
    asked = said("Cancel it", run("Shall I?", asks=("cancel_order", {"order_id": "O-5001"}, "customer")))
    one = replace(trial(asked, decided("approve", run("I have cancelled it.")), effects=(done,)), grounds=SHOWN)
    assert ungrounded(one) == ()
    early = replace(one, exchanges=(said("Cancel it", run("I have cancelled it.")), *one.exchanges[1:]))
    assert ungrounded(early) == ("I have cancelled it.",)
