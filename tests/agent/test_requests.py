"""Reading a message: clauses, conditions, courtesies, yes and no."""

import pytest

from agent import requests
from agent.clauses import read_clauses


def kinds(message: str) -> list[tuple[str, str | None]]:
    return [(clause.kind, clause.condition) for clause in read_clauses(message)]


def test_a_request_of_several_steps_falls_into_its_clauses() -> None:
    found = read_clauses(
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
    found = read_clauses("If nothing helps open a ticket")
    assert [(clause.text, clause.condition) for clause in found] == [("open a ticket", "nothing helps")]


def test_a_condition_may_stand_behind() -> None:
    assert kinds("Please open a ticket if there is no fault") == [("command", "there is no fault")]


def test_a_question_with_an_if_stays_whole() -> None:
    assert [c.text for c in read_clauses("What happens if I miss the visit?")] == ["What happens if I miss the visit?"]


def test_two_questions_in_one_sentence_are_two() -> None:
    assert kinds("How long is the warranty, and what does a visit cost?") == [("question", None), ("question", None)]


def test_an_adjective_is_no_command() -> None:
    assert [c.text for c in read_clauses("If there is an open ticket add a comment")] == ["add a comment"]


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


def test_hasty_typing_without_marks_falls_into_its_clauses() -> None:
    found = read_clauses("my card is locked it wants a code where do i find that and what would a new one cost")
    assert [(clause.text, clause.kind) for clause in found] == [
        ("my card is locked it wants a code", "statement"),
        ("where do i find that", "question"),
        ("what would a new one cost", "question"),
    ]


def test_a_request_without_a_mark_before_it_is_one_of_its_own() -> None:
    found = read_clauses("the lamp keeps going out every night can someone look into this please")
    assert [clause.kind for clause in found] == ["statement", "command"]


def test_each_branch_keeps_its_condition() -> None:
    found = read_clauses("if its all of us just tell me till when, if its only me get a ticket opened")
    assert [(clause.text, clause.kind) for clause in found] == [
        ("tell me till when", "question"),
        ("get a ticket opened", "command"),
    ]
    assert found[1].condition == "it's only me"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Could somebody have a look at it?", "command"),
        ("I need someone to ring me back", "command"),
        ("Please bump it to high", "command"),
        ("have a ticket made", "command"),
        ("till what time is the shop open", "question"),
        ("I was wondering whether it has been read", "question"),
        ("please tell me what it costs", "question"),
        ("whats the price", "question"),
    ],
)
def test_kinds_of_everyday_wordings(text: str, kind: str) -> None:
    (clause,) = read_clauses(text)
    assert clause.kind == kind


def test_a_noun_behind_no_is_no_refusal() -> None:
    assert requests.decision("no internet here") is None
    assert requests.decision("no, thanks") is False


def test_numbers_inside_a_serial_number_are_no_identifiers() -> None:
    assert requests.numbers("T-1234 and t-1235, serial H5-22A-0917") == ["T-1234", "t-1235"]


@pytest.mark.parametrize(
    ("text", "general"),
    [
        ("How do I cancel my order?", True),
        ("What would I be paying?", True),
        ("What happens with my parcel when I am away?", True),
        ("What do I have to do about my internet?", True),
        ("How much does it cost to pause my contract?", True),
        ("Do I have to send it back myself?", True),
        ("Do I have any open tickets with you?", False),
        ("How much is my bill?", False),
        ("Where is my parcel?", False),
    ],
)
def test_questions_on_rules_are_told_from_those_on_ones_own_affairs(text: str, general: bool) -> None:
    assert requests.is_general(text) is general


def test_a_line_that_a_mail_program_wrapped_is_one_sentence() -> None:
    wrapped = "Check whether there is an outage, and if nothing in the help pages\n  fixes it open an urgent ticket"
    assert read_clauses(wrapped) == read_clauses(" ".join(wrapped.split()))
    assert [clause.text for clause in read_clauses("my router is dead\nwhat now")] == ["my router is dead", "what now"]


def test_what_is_only_supposed_is_no_command() -> None:
    clauses = read_clauses("Suppose I sell the house and cancel the contract, what would it cost?")
    assert [(clause.kind, clause.text) for clause in clauses] == [
        ("statement", "Suppose I sell the house and cancel the contract"),
        ("question", "what would it cost?"),
    ]
