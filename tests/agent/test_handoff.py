"""Who takes a conversation over is told in six lines whose it is, what was asked, done and is open, and what next."""

from agent.service import Service
from tests.agent.conftest import MARA, STAFF, Talk
from tools.desk.desk import Desk


async def test_a_hand_off_leaves_an_internal_note_on_the_ticket(house: Service, talk: Talk) -> None:
    opened = await talk("My Hub 6 hums loudly since Monday. Please open a ticket.")
    await talk("I want to talk to a human", thread=opened.thread_id)
    (ticket,) = opened.tickets
    (note,) = Desk(house.database).ticket(ticket, STAFF).comments
    assert (note.author, note.visibility) == ("deskmate", "internal")
    assert note.text.splitlines() == [
        "Handed over by Deskmate.",
        "Who: Mara Ellison (C-1001)",
        "Asked: “My Hub 6 hums loudly since Monday. Please open a ticket.” Last: “I want to talk to a human”",
        f"Done: Open a ticket ({ticket})",
        "Open: the last message",
        "Next: answer the customer in this conversation.",
    ]
    assert Desk(house.database).ticket(ticket, MARA).comments == ()


async def test_without_a_ticket_colleagues_read_it_on_the_conversation_and_the_customer_does_not(
    house: Service, talk: Talk
) -> None:
    handed = await talk("I want to talk to a human")
    seen = await house.runs.thread(handed.thread_id, STAFF)
    assert seen.handoff
    assert "Who: Mara Ellison (C-1001)\nAsked: “I want to talk to a human”\nDone: nothing" in seen.handoff
    assert (await house.runs.thread(handed.thread_id, MARA)).handoff is None


async def test_what_came_to_nothing_is_open_and_comes_next(house: Service, talk: Talk) -> None:
    waiting = await talk("Please cancel my order O-5001.")
    await (await house.runs.resume(waiting.thread_id, waiting.run_id, [{"type": "reject"}], MARA)).result()
    await talk("I want to talk to a human", thread=waiting.thread_id)
    seen = await house.runs.thread(waiting.thread_id, STAFF)
    assert seen.handoff
    assert "Open: Cancel an order (declined)\nNext: see to “Cancel an order”, then answer" in seen.handoff


async def test_a_conversation_that_was_given_back_has_no_hand_off(house: Service, talk: Talk) -> None:
    handed = await talk("I want to talk to a human")
    await house.runs.release(handed.thread_id, STAFF)
    assert (await house.runs.thread(handed.thread_id, STAFF)).handoff is None
