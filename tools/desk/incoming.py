"""What the ticket system elsewhere says of a ticket, written into the desk here. Nothing of it is sent back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tools.desk import outbox, tickets
from tools.desk.ticket_desk import US, Record, Remark
from tools.desk.tickets import Edit
from tools.pii import without_secrets
from tools.principal import Principal, Role
from tools.schema import Comment, Customer, OutboxRow, RemoteComment, RemoteReading, Staff, Ticket
from tools.vocabulary import UNSOLVED, Status, Visibility

_FIELDS = ("status", "priority", "type", "group")
_DUES = ("first_reply_due", "resolution_due")


@dataclass(frozen=True, slots=True)
class Seen:
    """A ticket and its comments as they stood there. `begun` is when the look began, here."""

    ticket_id: str
    number: str
    record: Record
    remarks: Sequence[Remark]
    begun: datetime


def take_in(session: Session, tenant: str, desk: str, seen: Seen, now: datetime, zone: ZoneInfo) -> bool:
    """Write what is new there into the ticket; whether anything was. `desk` is the system's name, for the history.

    Fields are left alone while a change made here may not have been there yet when the look began; comments are not.
    """
    ticket = session.get_one(Ticket, (tenant, seen.ticket_id), with_for_update=True)
    edit = Edit(session, Principal(tenant, desk, Role.ADMIN), now, zone)
    done = _comments(edit, ticket, desk, seen.remarks)
    if not _under_way(session, ticket, seen.begun):
        done = _fields(edit, ticket, seen) or done
    session.merge(RemoteReading(tenant=tenant, ticket_id=ticket.id, read_at=now))
    return done


def _under_way(session: Session, ticket: Ticket, begun: datetime) -> bool:
    since = or_(OutboxRow.state.in_(outbox.OPEN), OutboxRow.written_at >= begun, OutboxRow.sent_at >= begun)
    steps = select(OutboxRow.id).where(OutboxRow.tenant == ticket.tenant, OutboxRow.ticket_id == ticket.id, since)
    return session.scalars(steps.limit(1)).first() is not None


def _fields(edit: Edit, ticket: Ticket, seen: Seen) -> bool:
    record = seen.record
    if record.number != seen.number:  # it was merged there, and reads as the ticket it went into
        return _set(edit, ticket, {"status": Status.CLOSED.value})
    values: dict[str, Any] = {name: getattr(record, name).value for name in _FIELDS}
    values |= {name: due for name in _DUES if (due := getattr(record, name)) is not None}
    values["assignee"] = _colleague(edit, record.assignee)
    if set(record.tags) != set(ticket.tags):
        values["tags"] = list(record.tags)
    return _set(edit, ticket, values)


def _set(edit: Edit, ticket: Ticket, values: dict[str, Any]) -> bool:
    changed = {name: value for name, value in values.items() if getattr(ticket, name) != value}
    for name, value in changed.items():
        if name not in _DUES:
            tickets.note_change(edit, ticket, name, _told(getattr(ticket, name)), _told(value))
        setattr(ticket, name, value)
    if "status" in changed:
        done = Status(ticket.status) not in UNSOLVED
        ticket.solved_at = (ticket.solved_at or edit.now) if done else None
    return bool(changed)


def _comments(edit: Edit, ticket: Ticket, desk: str, remarks: Sequence[Remark]) -> bool:
    session = edit.session
    ours = set(
        session.scalars(
            select(OutboxRow.key).where(OutboxRow.tenant == ticket.tenant, OutboxRow.ticket_id == ticket.id)
        )
    )
    new = False
    for remark in remarks:
        known = session.get(RemoteComment, (ticket.tenant, desk, remark.id))
        if remark.key in ours or remark.author == US or known or not remark.text.strip():
            continue
        written = _written(edit, ticket, desk, remark)
        session.add(written)
        session.flush()
        session.add(RemoteComment(tenant=ticket.tenant, desk=desk, remote_id=remark.id, comment_id=written.id))
        ticket.updated_at = max(ticket.updated_at, remark.created_at)
        if written.author != ticket.requester and remark.visibility is Visibility.PUBLIC:
            ticket.first_replied_at = ticket.first_replied_at or remark.created_at
        new = True
    return new


def _written(edit: Edit, ticket: Ticket, desk: str, remark: Remark) -> Comment:
    """Under the name of the colleague or of the customer; anybody else's is told as the system's."""
    customer = edit.session.get(Customer, (ticket.tenant, ticket.requester)) if ticket.requester else None
    theirs = customer is not None and remark.author.lower() in (customer.email.lower(), customer.id.lower())
    author = ticket.requester if theirs else _colleague(edit, remark.author)
    return Comment(
        tenant=ticket.tenant,
        ticket_id=ticket.id,
        author=author or desk,
        visibility=remark.visibility.value,
        text=without_secrets(remark.text),
        created_at=remark.created_at,
    )


def _colleague(edit: Edit, account: str | None) -> str | None:
    """The colleague's number, where somebody here has it."""
    return account if account and edit.session.get(Staff, (edit.principal.tenant, account)) else None


def _told(value: Any) -> str | None:
    return ", ".join(value) or None if isinstance(value, list) else value
