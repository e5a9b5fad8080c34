"""What the gate reads in a person's words: the writes that they ask for, and none besides. No model takes part."""

import pytest

from agent import matching
from agent.asking import Asking
from agent.vectors import Vectors
from knowledge.index import Index
from tools.catalog import CATALOG


@pytest.fixture(scope="module")
def asking(demo_index: Index) -> Asking:
    matcher, _ = matching.of_catalog(Vectors(demo_index.embed), CATALOG)
    return Asking(matcher)


def asked(asking: Asking, text: str, reply: str = "") -> dict[str, int]:
    """How often each write is asked for."""
    return {name: len(clauses) for name, clauses in asking(text, reply).items()}


@pytest.mark.parametrize(
    ("text", "writes"),
    [
        ("Put on T-1186 that the parcel shop has moved.", {"comment_on_ticket": 1}),
        ("Leave word on T-1186 that I am away until Sunday.", {"comment_on_ticket": 1}),
        ("Please close T-1157.", {"update_ticket": 1}),
        ("Escalate T-1199, nobody has called me.", {"escalate_ticket": 1}),
        ("Open a ticket, the box has no picture.", {"create_ticket": 1}),
        ("Close T-1157 and T-1186.", {"update_ticket": 2}),
    ],
)
def test_a_command_asks_for_the_write_that_it_names_and_for_no_neighbour(
    asking: Asking, text: str, writes: dict[str, int]
) -> None:
    assert asked(asking, text) == writes


@pytest.mark.parametrize(
    ("text", "writes"),
    [
        (
            "Answer the customer on T-1192 that roaming is free and solve the ticket.",
            {"comment_on_ticket", "update_ticket"},
        ),
        ("T-1166 has to go to somebody higher up.", {"escalate_ticket"}),
        ("My ticket T-1166 needs to go up a level, I cannot work.", {"escalate_ticket"}),
        ("One of my tickets can be closed.", {"update_ticket"}),
        ("One of my tickets is finished, you can close it.", {"update_ticket"}),
        ("My ticket is finished.", {"update_ticket"}),
        ("Reply to T-1192 that roaming is free; that solves it.", {"comment_on_ticket", "update_ticket"}),
        ("For T-1179: the picture is still dark after the restart.", {"comment_on_ticket"}),
        ("By the way, on T-1179: the picture is gone again.", {"comment_on_ticket"}),
        ("About my ticket T-1179, the screen stays dark even with the new cable.", {"comment_on_ticket"}),
    ],
)
def test_a_wish_and_news_for_a_thing_ask_for_the_write_that_they_come_to(
    asking: Asking, text: str, writes: set[str]
) -> None:
    assert set(asked(asking, text)) == writes


@pytest.mark.parametrize(
    "text",
    [
        "I was told T-1186 should be answered today.",
        "The shop said you can close T-1186.",
        "My order O-5001 must be on its way by now.",
        "T-1186 is solved but the line drops again",
        "T-1186 was closed, I did not want that.",
        "On T-1179 it says pending.",
        "Regarding T-1179: when will you call me?",
        "About O-5001: it has not come yet.",
    ],
)
def test_who_only_tells_how_things_are_asks_for_nothing(asking: Asking, text: str) -> None:
    assert asked(asking, text) == {}


@pytest.mark.parametrize(
    "text",
    [
        "Show me my open tickets.",
        "Give me the details of ticket T-1186.",
        "Has anybody closed T-1157 yet?",
        "How do I cancel an order?",
        "Do not close T-1157.",
    ],
)
def test_who_only_looks_asks_for_nothing(asking: Asking, text: str) -> None:
    assert asked(asking, text) == {}


def test_a_yes_takes_up_what_we_offered_in_our_own_words(asking: Asking) -> None:
    assert asked(asking, "Yes, please.", "If you like, I can open a ticket for you.") == {"create_ticket": 1}


def test_what_we_only_quoted_is_no_offer_of_ours(asking: Asking) -> None:
    assert asked(asking, "Yes, please.", "I can cancel order O-5001 for you. [1]") == {}
    assert asked(asking, "Yes, please.", "Ticket T-1186 “I can cancel order O-5001” is open.") == {}
