"""Colleagues link and merge tickets; a merge is confirmed first, and stays."""

import pytest

from tests.tools.conftest import INES, LENA, MARA, World
from tests.tools.rows import ticket
from tools.desk.effects import latest, undo
from tools.errors import Refused
from tools.principal import Principal
from tools.settings import ToolSettings


def opened(world: World, who: Principal, subject: str) -> str:
    """A ticket that Lena has seen."""
    number = world.call(who, "create_ticket", subject=subject, description=f"{subject}. Please look.").tickets[0]
    world.observe(LENA, number)
    return number


def test_two_tickets_are_linked_once_and_stay_as_they_are(world: World) -> None:
    one, two = opened(world, MARA, "Outage in Millbrook"), opened(world, INES, "No television")
    done = world.call(LENA, "link_tickets", ticket_id=one, other_ticket_id=two)
    assert done.sentence == f"I have linked ticket {one} “Outage in Millbrook” with ticket {two} “No television”."
    assert "linked already" in world.call(LENA, "link_tickets", ticket_id=one, other_ticket_id=two).sentence
    assert {ticket(world.database, number).status for number in (one, two)} == {"new"}


def test_a_link_can_be_taken_back(world: World) -> None:
    one, two = opened(world, MARA, "Outage in Millbrook"), opened(world, INES, "No television")
    world.call(LENA, "link_tickets", ticket_id=one, other_ticket_id=two)
    name = next(effect.name for effect in latest(world.database, 9) if effect.tool == "link_tickets")
    sentence = undo(world.database, name, now=world.now, zone=ToolSettings().zone, outside=False)
    assert sentence == f"Taken back: tickets {one} and {two} are no longer linked."
    assert "I have linked" in world.call(LENA, "link_tickets", ticket_id=one, other_ticket_id=two).sentence


def test_a_merge_is_asked_for_then_done_and_cannot_be_undone(world: World) -> None:
    one, two = opened(world, MARA, "Humming in the line"), opened(world, MARA, "Invoice is wrong")
    call = world.make("merge_tickets", ticket_id=one, into_ticket_id=two)
    asked = world.run(call, LENA)
    assert (asked.status, ticket(world.database, one).status) == ("needs_confirmation", "new")
    assert f"Merge ticket {one} “Humming in the line” into ticket {two}" in asked.sentence
    assert world.run(call, LENA, world.granted(call, LENA, LENA)).status == "ok"
    assert (ticket(world.database, one).status, ticket(world.database, two).status) == ("closed", "new")
    name = next(effect.name for effect in latest(world.database, 9) if effect.tool == "merge_tickets")
    with pytest.raises(Refused, match="cannot be taken back"):
        undo(world.database, name, now=world.now, zone=ToolSettings().zone, outside=False)


def test_tickets_of_two_customers_are_never_merged(world: World) -> None:
    one, two = opened(world, MARA, "Outage in Millbrook"), opened(world, INES, "No television")
    refused = world.call(LENA, "merge_tickets", ticket_id=one, into_ticket_id=two)
    assert (refused.status, "of different customers" in refused.sentence) == ("refused", True)


def test_customers_have_neither_tool(world: World) -> None:
    one, two = opened(world, MARA, "Humming in the line"), opened(world, MARA, "Invoice is wrong")
    assert world.call(MARA, "merge_tickets", ticket_id=one, into_ticket_id=two).status == "refused"
    assert world.call(MARA, "link_tickets", ticket_id=one, other_ticket_id=two).status == "refused"
