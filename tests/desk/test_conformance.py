"""What every ticket system must do for Deskmate, each in the same words."""

import uuid
from datetime import UTC, datetime

import pytest

from tools.desk.errors import RemoteNotFound
from tools.desk.ticket_desk import NOBODY, Changes, NewRemark, NewTicket, Record, TicketDesk
from tools.vocabulary import Group, Priority, Status, TicketType, Visibility

REPLY, SOLUTION = datetime(2026, 11, 24, 15, 0, tzinfo=UTC), datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
NEW = NewTicket(
    "Router drops every evening – „Ärger“",
    "At eight, each day.\nThe light turns red & <blinks>.",
    type=TicketType.INCIDENT,
    priority=Priority.HIGH,
    group=Group.NETWORK,
    requester="C-1001",
    tags=("line-card", "callback"),
    first_reply_due=REPLY,
    resolution_due=SOLUTION,
)


def key() -> str:
    """A key that was never used."""
    return uuid.uuid4().hex


async def made(desk: TicketDesk, **fields: object) -> Record:
    """A new ticket."""
    values = {"subject": NEW.subject, "description": NEW.description, **fields}
    return await desk.create(NewTicket(**values), key())  # type: ignore[arg-type]  # fields of NewTicket by name


async def test_a_system_that_is_set_up_has_nothing_to_complain_of(desk: TicketDesk) -> None:
    assert await desk.check() == []


async def test_a_ticket_is_read_back_as_it_was_written(desk: TicketDesk) -> None:
    mine = key()
    written = await desk.create(NEW, mine)
    read = await desk.ticket(written.number)
    assert read == written
    assert read.key == mine
    for name in ("subject", "description", "type", "priority", "group", "requester", "first_reply_due"):
        assert getattr(read, name) == getattr(NEW, name), name
    assert (read.resolution_due, set(read.tags)) == (SOLUTION, set(NEW.tags))
    assert (read.status, read.assignee) == (Status.NEW, None)


async def test_the_same_key_is_the_same_ticket(desk: TicketDesk) -> None:
    mine = key()
    first = await desk.create(NEW, mine)
    assert (await desk.create(NEW, mine)).number == first.number
    assert (await desk.create(NEW, key())).number != first.number


async def test_a_ticket_is_found_by_its_key_and_only_by_that(desk: TicketDesk) -> None:
    mine = key()
    assert await desk.made_with(mine) is None
    written = await desk.create(NEW, mine)
    assert await desk.made_with(mine) == written


@pytest.mark.parametrize("priority", list(Priority))
async def test_every_priority_is_kept(desk: TicketDesk, priority: Priority) -> None:
    ticket = await made(desk, priority=priority)
    assert (await desk.ticket(ticket.number)).priority is priority


@pytest.mark.parametrize("kind", list(TicketType))
async def test_every_type_is_kept(desk: TicketDesk, kind: TicketType) -> None:
    ticket = await made(desk, type=kind)
    assert (await desk.ticket(ticket.number)).type is kind


@pytest.mark.parametrize("group", list(Group))
async def test_every_group_is_kept(desk: TicketDesk, group: Group) -> None:
    ticket = await made(desk, group=group)
    assert (await desk.ticket(ticket.number)).group is group


@pytest.mark.parametrize("status", [Status.OPEN, Status.PENDING, Status.ON_HOLD, Status.SOLVED])
async def test_a_new_ticket_can_be_moved(desk: TicketDesk, status: Status) -> None:
    ticket = await made(desk)
    assert (await desk.change(ticket.number, Changes(status=status))).status is status
    assert (await desk.ticket(ticket.number)).status is status


async def test_a_solved_ticket_is_closed_or_opened_again(desk: TicketDesk) -> None:
    for then in (Status.CLOSED, Status.OPEN):
        ticket = await made(desk)
        await desk.change(ticket.number, Changes(status=Status.SOLVED))
        assert (await desk.change(ticket.number, Changes(status=then))).status is then


async def test_several_fields_change_at_once_and_the_others_stay(desk: TicketDesk) -> None:
    ticket = await made(desk, tags=("old",), priority=Priority.LOW)
    changes = Changes(
        priority=Priority.URGENT, group=Group.BILLING, type=TicketType.PROBLEM, assignee="S-01", tags=("new", "old")
    )
    after = await desk.change(ticket.number, changes)
    assert (after.priority, after.group, after.type) == (Priority.URGENT, Group.BILLING, TicketType.PROBLEM)
    assert (after.assignee, set(after.tags)) == ("S-01", {"new", "old"})
    assert (after.subject, after.description) == (ticket.subject, ticket.description)
    assert after.status in (Status.NEW, Status.OPEN)  # some systems call a ticket open once somebody has it
    assert await desk.ticket(ticket.number) == after


async def test_an_assignee_and_tags_can_be_taken_away(desk: TicketDesk) -> None:
    ticket = await made(desk, tags=("old",))
    await desk.change(ticket.number, Changes(assignee="S-01"))
    after = await desk.change(ticket.number, Changes(assignee=NOBODY, tags=()))
    assert (after.assignee, after.tags) == (None, ())


async def test_a_change_to_what_is_so_already_changes_nothing(desk: TicketDesk) -> None:
    ticket = await made(desk, tags=("one",))
    assert await desk.change(ticket.number, Changes(priority=ticket.priority, tags=("one",))) == ticket


async def test_due_times_can_be_moved(desk: TicketDesk) -> None:
    ticket = await made(desk)
    after = await desk.change(ticket.number, Changes(first_reply_due=REPLY, resolution_due=SOLUTION))
    assert (after.first_reply_due, after.resolution_due) == (REPLY, SOLUTION)


async def test_comments_are_read_back_in_order_with_author_and_key(desk: TicketDesk) -> None:
    ticket, keys = await made(desk), [key(), key()]
    await desk.comment(ticket.number, NewRemark("C-1001", "It is „back“ & <worse>."), keys[0])
    await desk.comment(ticket.number, NewRemark("C-1001", "Second\nline"), keys[1])
    read = await desk.comments(ticket.number)
    assert [(one.key, one.author, one.visibility, one.text) for one in read] == [
        (keys[0], "C-1001", Visibility.PUBLIC, "It is „back“ & <worse>."),
        (keys[1], "C-1001", Visibility.PUBLIC, "Second\nline"),
    ]


async def test_an_internal_comment_stays_internal(desk: TicketDesk) -> None:
    ticket = await made(desk)
    remark = NewRemark("S-01", "For us alone.", Visibility.INTERNAL)
    written = await desk.comment(ticket.number, remark, key())
    assert written.visibility is Visibility.INTERNAL
    assert [one.visibility for one in await desk.comments(ticket.number)] == [Visibility.INTERNAL]


async def test_the_same_key_is_the_same_comment(desk: TicketDesk) -> None:
    ticket, mine = await made(desk), key()
    first = await desk.comment(ticket.number, NewRemark("C-1001", "Once."), mine)
    assert (await desk.comment(ticket.number, NewRemark("C-1001", "Once."), mine)).id == first.id
    await desk.comment(ticket.number, NewRemark("C-1001", "Once."), key())
    assert len(await desk.comments(ticket.number)) == 2


async def test_lists_go_through_all_pages(desk: TicketDesk) -> None:
    customer = "C-1004"
    wanted = {(await made(desk, requester=customer, subject=f"Trouble {one}")).number for one in range(7)}
    await desk.change(min(wanted), Changes(status=Status.SOLVED))
    new = [one async for one in desk.tickets([Status.NEW], customer)]
    solved = [one async for one in desk.tickets([Status.SOLVED], customer)]
    numbers = [one.number for one in new]
    assert len(numbers) == len(set(numbers))
    assert wanted - {min(wanted)} <= set(numbers)
    assert min(wanted) in {one.number for one in solved}
    assert {one.requester for one in (*new, *solved)} == {customer}


async def test_tickets_can_be_linked_and_again(desk: TicketDesk) -> None:
    one, two = await made(desk), await made(desk)
    await desk.link(one.number, two.number)
    await desk.link(one.number, two.number)
    assert (await desk.ticket(one.number)).status is Status.NEW


async def test_a_merged_ticket_is_no_longer_worked(desk: TicketDesk) -> None:
    one, two = await made(desk, requester="C-1005"), await made(desk, requester="C-1005")
    await desk.merge(one.number, two.number)
    unsolved = {ticket.number async for ticket in desk.tickets([Status.NEW, Status.OPEN], "C-1005")}
    assert two.number in unsolved
    assert one.number not in unsolved


async def test_an_unknown_number_is_not_found(desk: TicketDesk) -> None:
    with pytest.raises(RemoteNotFound):
        await desk.ticket("999999")
