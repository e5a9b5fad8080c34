"""Tickets that belong together: linked, or one merged into another."""

from tools.desk import outbox, tickets
from tools.desk.tickets import Edit
from tools.errors import Refused
from tools.schema import Ticket, TicketLink
from tools.vocabulary import Status, Visibility

RELATED, MERGED = "related", "merged_into"


def link(edit: Edit, ticket: Ticket, other: Ticket) -> bool:
    """Say that two tickets belong together; False if that is known.

    Raises:
        Refused: it is one and the same ticket.
    """
    _must_differ(ticket, other)
    if edit.session.get(TicketLink, (ticket.tenant, ticket.id, other.id)):
        return False
    _write(edit, ticket, other, RELATED)
    outbox.record(edit, ticket, "link", {"other": other.id})
    return True


def unlink(edit: Edit, ticket: Ticket, other: Ticket) -> None:
    """Take a link back, here alone.

    Raises:
        Refused: they are not linked, or one has been merged into the other since.
    """
    row = edit.session.get(TicketLink, (ticket.tenant, ticket.id, other.id))
    if row is None or row.kind != RELATED:
        raise Refused(f"Tickets {ticket.id} and {other.id} are not linked any more.")
    edit.session.delete(row)
    tickets.note_change(edit, ticket, RELATED, other.id, None)


def merge(edit: Edit, ticket: Ticket, into: Ticket) -> bool:
    """Close a ticket as part of another of the same customer; False if that was done. Both say so to the customer.

    Raises:
        Refused: the tickets are of two customers, or one of them is done.
    """
    _must_differ(ticket, into)
    known = edit.session.get(TicketLink, (ticket.tenant, ticket.id, into.id))
    if known and known.kind == MERGED:
        return False
    if ticket.requester != into.requester:
        raise Refused(
            f"Tickets {ticket.id} and {into.id} are of different customers, so one would read the other's. "
            "They can be linked instead."
        )
    tickets.must_not_be_closed(ticket)
    tickets.must_be_workable(into)
    tickets.comment(edit, into, f"From ticket {ticket.id}, “{ticket.subject}”: {ticket.description}", Visibility.PUBLIC)
    tickets.comment(edit, ticket, f"We go on with this in ticket {into.id}.", Visibility.PUBLIC)
    if known:
        known.kind = MERGED
    else:
        _write(edit, ticket, into, MERGED)
    # One step, not a change of status: some systems read a merged ticket as the one it went into.
    tickets.note_change(edit, ticket, "status", ticket.status, Status.CLOSED.value)
    ticket.status = Status.CLOSED.value
    ticket.solved_at = ticket.solved_at or edit.now
    outbox.record(edit, ticket, "merge", {"into": into.id})
    return True


def _write(edit: Edit, ticket: Ticket, other: Ticket, kind: str) -> None:
    edit.session.add(
        TicketLink(tenant=ticket.tenant, ticket_id=ticket.id, other_id=other.id, kind=kind, made_at=edit.now)
    )
    tickets.note_change(edit, ticket, kind, None, other.id)


def _must_differ(ticket: Ticket, other: Ticket) -> None:
    if ticket.id == other.id:
        raise Refused(f"{ticket.id} is one and the same ticket; please name two.")
