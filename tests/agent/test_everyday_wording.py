"""Everyday wordings, far from those of the catalog: the right tool is offered, planned and filled in."""

from __future__ import annotations

import pytest
from langchain_core.messages import HumanMessage

from agent import conditions, situation, support
from agent.matching import Matcher, of_catalog
from agent.service import Service
from agent.vectors import Vectors
from knowledge.index import Index
from tests.agent.conftest import MARA, STAFF, VICTOR, Talk
from tests.agent.test_walk import made
from tools.catalog import CATALOG
from tools.principal import Principal


@pytest.fixture(scope="module")
def matcher(demo_index: Index) -> Matcher:
    return of_catalog(Vectors(demo_index.embed), CATALOG)[0]


@pytest.mark.parametrize(
    ("message", "tools"),
    [
        ("T-1157 any news?", {"get_ticket"}),
        ("Add this to T-1157: two people work from home.", {"comment_on_ticket"}),
        ("Could you let whoever has T-1157 know that the courier rang?", {"comment_on_ticket"}),
        ("the lamp is off since the storm. could somebody have a look at it?", {"create_ticket"}),
        ("I need one of your people to ring me back about my bill", {"create_ticket"}),
        ("Nobody has touched T-1157 for a week, this has to go to somebody higher up!", {"escalate_ticket"}),
        ("Please bump T-1157 to high", {"update_ticket"}),
        ("what have i got running with you, tickets i mean", {"search_tickets"}),
        ("please take O-5001 out of the system before it goes off", {"cancel_order"}),
        (
            "Is the pod still with you? If so, note on T-1157 that the neighbour takes it.",
            {"list_orders", "comment_on_ticket"},
        ),
        (
            "The net is gone. If there is an outage tell me how long, otherwise open a ticket",
            {"check_outage", "create_ticket"},
        ),
        ("which tariff am i on again", {"get_account"}),
    ],
)
def test_the_tools_that_a_plan_needs_are_offered(
    house: Service, matcher: Matcher, message: str, tools: set[str]
) -> None:
    offered = support.narrowed_tools(message, house.gateway.offered(MARA), matcher)
    assert tools <= {tool.name for tool in offered}
    assert len(offered) <= 5


def test_asking_how_a_write_is_done_does_not_support_it(house: Service, matcher: Matcher) -> None:
    tool = next(tool for tool in house.gateway.offered(MARA) if tool.name == "cancel_order")
    assert not support.asks_for("How do I cancel an order?", tool, matcher)
    assert support.asks_for("I'd rather not have it, please call my order off", tool, matcher)


async def test_what_is_told_as_done_is_closed(talk: Talk) -> None:
    result = await talk("I found the right plan myself, so T-1157 is done from my side")
    (call,) = [call for call in result.tool_calls if call.name == "update_ticket"]
    assert call.arguments == {"ticket_id": "T-1157", "status": "solved"}


async def test_a_thank_you_in_passing_is_no_thank_you(talk: Talk) -> None:
    result = await talk("The plan is sorted, thanks to your colleague. Could you ring the bell of my neighbour?")
    assert "welcome" not in result.reply.text


async def test_a_short_answer_to_which_one_chooses_by_its_words(talk: Talk) -> None:
    asked = await talk("You may close my ticket")
    assert asked.status == "needs_input"
    done = await talk("the thing with the address", thread=asked.thread_id)
    (call,) = [call for call in done.tool_calls if call.name == "update_ticket" and call.status == "ok"]
    assert call.arguments == {"ticket_id": "T-1186", "status": "solved"}


async def test_a_short_answer_may_name_the_place_in_the_question(talk: Talk) -> None:
    asked = await talk("mark my ticket as done please")
    first = min(("T-1157", "T-1186"), key=asked.reply.text.index)
    done = await talk("the first one", thread=asked.thread_id)
    assert first in done.reply.text


@pytest.mark.parametrize(("who", "writes"), [(MARA, ["create_ticket"]), (VICTOR, [])])
async def test_two_branches_of_one_condition(talk: Talk, who: Principal, writes: list[str]) -> None:
    result = await talk("no internet here. if it is an outage i can wait, if not i want a ticket", by=who)
    assert made(result) == ["check_outage", *writes]


async def test_a_case_of_one_is_none_of_many(talk: Talk) -> None:
    message = "Internet is dead. Look whether the area is affected; in case it's just my flat, have a ticket made."
    assert made(await talk(message)) == ["check_outage", "create_ticket"]
    assert made(await talk(message, by=VICTOR)) == ["check_outage"]


@pytest.mark.parametrize(("so", "written"), [("If so", True), ("If not", False)])
async def test_a_condition_on_a_parcel_is_read_from_its_status(talk: Talk, so: str, written: bool) -> None:
    result = await talk(f"Is my Mesh Pod still with you? {so}, please note on T-1157 that it can wait a week.")
    assert ("comment_on_ticket" in made(result)) is written
    assert "list_orders" in made(result)


async def test_the_houses_name_alone_is_no_answer(talk: Talk) -> None:
    result = await talk("Who runs Fernlink?")
    assert "could not find" in result.reply.text
    assert result.reply.citations == ()


def test_a_condition_that_nobody_looked_into_does_not_hold() -> None:
    asked = situation.read([HumanMessage("Open a ticket if nothing is broken")])
    assert not conditions.holds("nothing is broken", asked)
    assert conditions.holds("nothing on the help pages helps", asked)


async def test_of_two_tickets_the_one_that_was_not_named_is_asked_for(talk: Talk) -> None:
    result = await talk("Link T-1175 with the other one.", by=STAFF)
    assert result.status == "needs_input"
    assert "the ticket that it belongs together with" in result.reply.text
