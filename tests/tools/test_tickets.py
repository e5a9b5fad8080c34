"""Ticket tools: what they do and what the customer is told."""

from datetime import timedelta

import pytest

from tests.tools.conftest import INES, LENA, MARA, World
from tests.tools.rows import dump, first_ticket, ticket
from tools.desk import Desk, rules
from tools.desk.access import ticket_of
from tools.desk.tickets import Edit, set_priority
from tools.errors import Refused, TicketNotFound
from tools.principal import Principal
from tools.settings import ToolSettings
from tools.vocabulary import Priority, Status


def opened(world: World, **fields: str) -> str:
    """A new ticket of Mara's."""
    given = {"subject": "Router drops every evening", "description": "At eight, each day.", **fields}
    return world.call(MARA, "create_ticket", **given).tickets[0]


def set_by_staff(world: World, number: str, **fields: str) -> None:
    """Staff change the ticket."""
    world.observe(LENA, number)
    assert world.call(LENA, "update_ticket", ticket_id=number, **fields).status == "ok"


def test_an_urgent_ticket_promises_a_call_back(world: World) -> None:
    outcome = world.call(
        MARA,
        "create_ticket",
        subject="Router drops every evening",
        description="It has begun a week ago.",
        type="incident",
        priority="urgent",
        group="network",
    )
    assert outcome.sentence == (
        "I have opened ticket T-1201 “Router drops every evening” with urgent priority. "
        "A colleague will call you back within 2 hours, by 16:00 today."
    )
    row = ticket(world.database, "T-1201")
    assert (row.type, row.priority, row.priority_asked, row.group) == ("incident", "urgent", "urgent", "network")
    assert (row.requester, row.status) == ("C-1001", "new")


def test_a_ticket_has_sensible_defaults(world: World) -> None:
    row = ticket(world.database, opened(world))
    assert (row.type, row.priority, row.group, row.status) == ("question", "normal", "support", "new")


def test_a_new_ticket_can_be_named_in_the_next_call(world: World) -> None:
    assert world.call(MARA, "get_ticket", ticket_id=opened(world)).status == "ok"


def test_words_may_be_written_in_any_case(world: World) -> None:
    assert ticket(world.database, opened(world, priority="HIGH", type="Incident")).priority == "high"


def test_open_tickets_are_listed_in_a_sentence(world: World) -> None:
    outcome = world.call(MARA, "search_tickets")
    assert outcome.found is True
    assert outcome.sentence == (
        "You have 2 open tickets: T-1186 “How can I change my address?” (open, low) and "
        "T-1157 “Is a smaller plan enough for me?” (pending, normal)."
    )


def test_an_empty_list_is_a_sentence_too(world: World) -> None:
    outcome = world.call(MARA, "search_tickets", status="closed", text="volcano")
    assert (outcome.found, outcome.sentence) == (False, "You have no closed tickets about “volcano”.")


def test_tickets_are_found_by_their_words_best_first(world: World) -> None:
    number = opened(world, subject="Strange humming noise", description="The router hums.")
    outcome = world.call(MARA, "search_tickets", text="my routers humming")
    assert outcome.shown[0].id == number


def test_a_search_never_shows_tickets_of_others(world: World) -> None:
    shown = world.call(MARA, "search_tickets", status="any").shown
    assert shown
    assert {ticket(world.database, one.id).requester for one in shown} == {"C-1001"}


def test_staff_search_the_whole_desk_by_team(world: World) -> None:
    outcome = world.call(LENA, "search_tickets", group="billing", status="any")
    assert {ticket(world.database, one.id).group for one in outcome.shown} == {"billing"}
    assert len({ticket(world.database, one.id).requester for one in outcome.shown}) > 1


def test_a_ticket_is_told_with_its_last_reply_and_what_is_due(world: World) -> None:
    number = opened(world)
    world.observe(LENA, number)
    world.call(LENA, "comment_on_ticket", ticket_id=number, text="Please restart it once.", visibility="public")
    world.call(LENA, "update_ticket", ticket_id=number, assignee="me", status="pending")
    world.wait(timedelta(hours=1))
    assert world.call(MARA, "get_ticket", ticket_id=number).sentence == (
        "Ticket T-1201 “Router drops every evening” is waiting for your answer, with normal priority; "
        "Lena Vogt of the support team has it. Lena Vogt wrote today: “Please restart it once.” "
        "It should be solved by Monday 30 November, 14:00."
    )


def test_internal_comments_and_history_do_not_reach_customers(world: World) -> None:
    number = opened(world)
    world.observe(LENA, number)
    world.call(LENA, "comment_on_ticket", ticket_id=number, text="Difficult customer.")
    outcome = world.call(MARA, "get_ticket", ticket_id=number)
    assert (outcome.data["comments"], outcome.data["history"]) == ([], [])
    assert "Difficult" not in outcome.model_dump_json()
    seen_by_staff = world.call(LENA, "get_ticket", ticket_id=number).data
    assert [one["text"] for one in seen_by_staff["comments"]] == ["Difficult customer."]
    assert seen_by_staff["history"][0]["field"] == "status"


def test_a_customer_marks_a_ticket_as_solved_and_opens_it_again(world: World) -> None:
    number = opened(world)
    solved = world.call(MARA, "update_ticket", ticket_id=number, status="solved")
    assert solved.sentence == "Ticket T-1201 “Router drops every evening” is now marked as solved."
    assert ticket(world.database, number).solved_at == world.now
    again = world.call(MARA, "update_ticket", ticket_id=number, status="open")
    assert again.sentence == "Ticket T-1201 “Router drops every evening” is now open again."
    assert ticket(world.database, number).solved_at is None


def test_history_says_who_changed_what_and_when(world: World) -> None:
    number = opened(world)
    world.call(MARA, "update_ticket", ticket_id=number, status="solved")
    last = Desk(world.database).ticket(number, LENA).history[-1]
    assert (last.author, last.field, last.before, last.after) == ("Mara Ellison", "status", "new", "solved")
    assert last.changed_at == world.now


def test_a_customer_raises_the_priority_to_high_but_not_to_urgent(world: World) -> None:
    number = opened(world)
    outcome = world.call(MARA, "update_ticket", ticket_id=number, priority="high")
    assert outcome.sentence.endswith("A colleague will call you back within 4 business hours, by 18:00 today.")
    assert world.call(MARA, "update_ticket", ticket_id=number, priority="urgent").status == "invalid"
    assert rules.priority_refusal(number, Priority.URGENT, MARA)
    assert not rules.priority_refusal(number, Priority.URGENT, LENA)


def test_the_desk_itself_keeps_urgent_from_customers_whatever_a_schema_lets_through(world: World) -> None:
    number = opened(world)
    with world.database.read() as session:
        edit = Edit(session, MARA, world.now, ToolSettings().zone)
        row = ticket_of(session, MARA, number)
        with pytest.raises(Refused, match="escalated"):
            set_priority(edit, row, Priority.URGENT)


def test_an_update_without_a_change_is_sent_back_to_the_model(world: World) -> None:
    assert world.call(MARA, "update_ticket", ticket_id=opened(world)).status == "invalid"


def test_an_update_to_what_is_already_so_says_so(world: World) -> None:
    number = opened(world)
    outcome = world.call(MARA, "update_ticket", ticket_id=number, priority="normal")
    assert outcome.sentence == f"Ticket {number} “Router drops every evening” was set to normal priority already."


def test_one_refused_change_leaves_the_others_undone(world: World) -> None:
    number = opened(world)
    set_by_staff(world, number, status="solved")
    before = dump(world.database)
    assert world.call(MARA, "update_ticket", ticket_id=number, status="solved", priority="high").status == "refused"
    assert dump(world.database) == before


def test_a_raised_priority_never_pushes_a_deadline_back(world: World) -> None:
    number = opened(world)
    before = ticket(world.database, number)
    world.wait(timedelta(hours=11))
    world.call(MARA, "update_ticket", ticket_id=number, priority="high")
    after = ticket(world.database, number)
    assert after.first_reply_due <= before.first_reply_due
    assert after.resolution_due <= before.resolution_due


def test_a_promise_made_late_lies_in_the_future(world: World) -> None:
    number = opened(world)
    world.wait(timedelta(days=9))
    world.call(MARA, "update_ticket", ticket_id=number, priority="high")
    assert ticket(world.database, number).first_reply_due > world.now


def test_escalation_raises_to_high_then_to_urgent_and_leaves_the_reason_for_the_team(world: World) -> None:
    number = opened(world)
    first = world.call(MARA, "escalate_ticket", ticket_id=number, reason="I work from home.")
    assert first.sentence == (
        "I have escalated ticket T-1201 “Router drops every evening”; it now has high priority. "
        "A colleague will call you back within 4 business hours, by 18:00 today."
    )
    world.call(MARA, "escalate_ticket", ticket_id=number, reason="Still nobody.")
    third = world.call(MARA, "escalate_ticket", ticket_id=number, reason="Please.")
    assert "highest priority already" in third.sentence
    row = ticket(world.database, number)
    assert (row.priority, row.tags) == ("urgent", ["escalated"])
    notes = [one.text for one in Desk(world.database).ticket(number, LENA).comments]
    assert notes == ["Escalated: I work from home.", "Escalated: Still nobody.", "Escalated: Please."]


def test_a_comment_of_the_customer_wakes_a_waiting_ticket(world: World) -> None:
    number = first_ticket(world.database, "C-1001", "pending")
    world.observe(MARA, number)
    assert "I have added your comment" in world.call(MARA, "comment_on_ticket", ticket_id=number, text="Yes.").sentence
    assert ticket(world.database, number).status == "open"


def test_a_comment_on_a_solved_ticket_opens_it_again_and_says_so(world: World) -> None:
    number = opened(world)
    set_by_staff(world, number, status="solved")
    outcome = world.call(MARA, "comment_on_ticket", ticket_id=number, text="It is back.")
    assert "and opened it again" in outcome.sentence


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("update_ticket", {"status": "open"}),
        ("update_ticket", {"priority": "high"}),
        ("comment_on_ticket", {"text": "Hello?"}),
        ("escalate_ticket", {"reason": "Too slow."}),
    ],
)
def test_a_closed_ticket_stays_closed(world: World, name: str, fields: dict[str, str]) -> None:
    number = opened(world)
    set_by_staff(world, number, status="solved")
    set_by_staff(world, number, status="closed")
    outcome = world.call(MARA, name, ticket_id=number, **fields)
    assert outcome.status == "refused"
    assert "new ticket" in outcome.sentence


def test_the_first_public_reply_of_staff_counts_as_the_reply(world: World) -> None:
    number = opened(world)
    world.observe(LENA, number)
    world.call(LENA, "comment_on_ticket", ticket_id=number, text="For us.")
    assert ticket(world.database, number).first_replied_at is None
    world.call(LENA, "comment_on_ticket", ticket_id=number, text="Hello Mara.", visibility="public")
    assert ticket(world.database, number).first_replied_at == world.now


def test_staff_change_all_fields_of_a_ticket(world: World) -> None:
    number = opened(world)
    world.observe(LENA, number)
    outcome = world.call(
        LENA,
        "update_ticket",
        ticket_id=number,
        status="on hold",
        priority="urgent",
        type="problem",
        group="network",
        assignee="Jonas",
        tag="Line Card",
    )
    assert outcome.sentence == (
        "Ticket T-1201 “Router drops every evening” now has urgent priority, type problem, team network, "
        "Jonas Falk as assignee, the tag line-card and status on hold."
    )


def test_an_unknown_colleague_is_refused(world: World) -> None:
    number = opened(world)
    world.observe(LENA, number)
    assert world.call(LENA, "update_ticket", ticket_id=number, assignee="Nobody").status == "refused"


def test_staff_open_a_follow_up_for_the_customer_of_a_ticket(world: World) -> None:
    number = opened(world)
    world.observe(LENA, number)
    given = {"subject": "Replace the splice", "description": "In the cellar.", "group": "field"}
    follow_up = world.call(LENA, "create_ticket", **given, follow_up_to=number).tickets[0]
    assert ticket(world.database, follow_up).requester == "C-1001"
    assert ticket(world.database, world.call(LENA, "create_ticket", **given).tickets[0]).requester is None


@pytest.mark.parametrize("now", list(Status))
@pytest.mark.parametrize("wanted", list(Status))
@pytest.mark.parametrize("caller", [MARA, LENA], ids=["customer", "staff"])
def test_transitions(now: Status, wanted: Status, caller: Principal) -> None:
    allowed = {
        "new": {"open", "pending", "on_hold", "solved"},
        "open": {"pending", "on_hold", "solved"},
        "pending": {"open", "on_hold", "solved"},
        "on_hold": {"open", "pending", "solved"},
        "solved": {"open", "closed"},
        "closed": set(),
    }[now.value]
    if caller is MARA:
        allowed &= {"open", "solved"}
    assert (rules.status_refusal("T-1", now, wanted, caller) is None) == (wanted.value in allowed)


def test_people_read_their_own_tickets_and_staff_read_all(world: World) -> None:
    desk = Desk(world.database)
    own = desk.tickets(MARA, limit=200)
    assert {one.requester for one in own} == {"C-1001"}
    assert len(desk.tickets(LENA, limit=500)) == 200
    assert desk.tickets(LENA, status=Status.NEW, limit=3)[0].status is Status.NEW
    assert desk.ticket(own[0].id, MARA).id == own[0].id
    assert desk.ticket(own[0].id, LENA).id == own[0].id


def test_pages_of_the_list_do_not_overlap(world: World) -> None:
    desk = Desk(world.database)
    pages = [desk.tickets(LENA, limit=60, offset=start) for start in (0, 60, 120, 180)]
    assert len({one.id for page in pages for one in page}) == 200


def test_the_ticket_of_somebody_else_is_not_found(world: World) -> None:
    number = first_ticket(world.database, "C-1003", "open", "closed")
    desk = Desk(world.database)
    with pytest.raises(TicketNotFound) as foreign:
        desk.ticket(number, MARA)
    with pytest.raises(TicketNotFound) as unknown:
        desk.ticket("T-9999", MARA)
    assert str(foreign.value).replace(number, "T-9999") == str(unknown.value)
    assert desk.ticket(number, INES).requester == "C-1003"
