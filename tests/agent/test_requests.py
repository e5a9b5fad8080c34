"""Reading a message: clauses, conditions, courtesies, yes and no."""

import pytest

from agent import requests


def kinds(message: str) -> list[tuple[str, str | None]]:
    return [(clause.kind, clause.condition) for clause in requests.clauses(message)]


def test_a_request_of_several_steps_falls_into_its_clauses() -> None:
    found = requests.clauses(
        "My lamp flickers. Look whether it is a known fault, and if not open a ticket and tell me when you call."
    )
    assert [clause.text for clause in found] == [
        "My lamp flickers.",
        "Look whether it is a known fault",
        "open a ticket",
        "tell me when you call.",
    ]
    assert [clause.kind for clause in found] == ["statement", "command", "command", "question"]
    assert found[2].condition == "not"


def test_a_condition_needs_no_comma() -> None:
    found = requests.clauses("If nothing helps open a ticket")
    assert [(clause.text, clause.condition) for clause in found] == [("open a ticket", "nothing helps")]


def test_a_condition_may_stand_behind() -> None:
    assert kinds("Please open a ticket if there is no fault") == [("command", "there is no fault")]


def test_a_question_with_an_if_stays_whole() -> None:
    assert [c.text for c in requests.clauses("What happens if I miss the visit?")] == [
        "What happens if I miss the visit?"
    ]


def test_two_questions_in_one_sentence_are_two() -> None:
    assert kinds("How long is the warranty, and what does a visit cost?") == [("question", None), ("question", None)]


def test_an_adjective_is_no_command() -> None:
    assert [c.text for c in requests.clauses("If there is an open ticket add a comment")] == ["add a comment"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Can you cancel my order?", "command"),
        ("How do I cancel my order?", "question"),
        ("I want my money back", "command"),
        ("I'd like to know what it costs", "question"),
        ("hi there", "social"),
        ("thanks, that was helpful", "social"),
        ("The screen stays black", "statement"),
        ("tell me what it costs", "question"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    assert requests.kind(text) == kind


@pytest.mark.parametrize(
    ("text", "decided"),
    [
        ("yes please", True),
        ("Sure, go ahead", True),
        ("no, leave it", False),
        ("Don't do that", False),
        ("yes but only the small one", None),
        ("what does it cost?", None),
    ],
)
def test_yes_and_no(text: str, decided: bool | None) -> None:
    assert requests.decision(text) is decided


@pytest.mark.parametrize("text", ["I want to talk to a human", "connect me with a real person", "human please"])
def test_a_person_is_asked_for(text: str) -> None:
    assert requests.wants_human(text)


def test_a_person_who_is_only_mentioned_is_not_asked_for() -> None:
    assert not requests.wants_human("The person next door has the same router")


def test_short_questions_lean_on_the_turn_before() -> None:
    assert requests.leans_back("and how much is that?")
    assert not requests.leans_back("What does a technician visit on a Saturday cost in Millbrook?")
