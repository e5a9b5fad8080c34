"""Writes on tickets. Each works inside the caller's transaction and keeps the history; `Edit` carries who and when."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tools.desk import outbox, rules, sla
from tools.desk.ticket_desk import NewTicket
from tools.errors import Refused
from tools.principal import Principal
from tools.schema import Change, Comment, Counter, Ticket
from tools.vocabulary import UNSOLVED, Priority, Status, Visibility


@dataclass(frozen=True, slots=True)
class Edit:
    """Who writes, when, and in which transaction; `outside`: a ticket system elsewhere gets it too."""

    session: Session
    principal: Principal
    now: datetime
    zone: ZoneInfo
    outside: bool = False


def next_number(session: Session, tenant: str, kind: str) -> int:
    """Take the next number of a kind; the row is locked until the transaction ends."""
    row = (Counter.tenant == tenant) & (Counter.kind == kind)
    taken = session.scalar(update(Counter).where(row).values(next=Counter.next + 1).returning(Counter.next))
    if taken is None:
        session.add(Counter(tenant=tenant, kind=kind, next=2))
        session.flush()
        return 1
    return int(taken) - 1


def open_ticket(edit: Edit, new: NewTicket, asked: Priority | None = None) -> Ticket:
    """Make a ticket. The priority that the customer asked for is kept beside the one in force; None: it is that one."""
    due = sla.due(new.priority, edit.now, edit.zone)
    tenant = edit.principal.tenant
    ticket = Ticket(
        tenant=tenant,
        id=f"T-{next_number(edit.session, tenant, 'ticket')}",
        subject=new.subject,
        description=new.description,
        status=Status.NEW.value,
        priority=new.priority.value,
        priority_asked=(asked or new.priority).value if new.requester else None,
        type=new.type.value,
        group=new.group.value,
        requester=new.requester,
        assignee=None,
        tags=list(new.tags),
        created_at=edit.now,
        updated_at=edit.now,
        first_reply_due=new.first_reply_due or due.first_reply,
        resolution_due=new.resolution_due or due.resolution,
        first_replied_at=None,
        solved_at=None,
    )
    edit.session.add(ticket)
    edit.session.flush()
    note_change(edit, ticket, "status", None, Status.NEW.value)
    outbox.record(edit, ticket, "create", {})
    return ticket


def same_unsolved(edit: Edit, new: NewTicket) -> Ticket | None:
    """The unsolved ticket that already says the very same, if there is one."""
    return edit.session.scalars(
        select(Ticket)
        .where(
            Ticket.tenant == edit.principal.tenant,
            Ticket.requester == new.requester,
            Ticket.subject == new.subject,
            Ticket.description == new.description,
            Ticket.status.in_([status.value for status in UNSOLVED]),
        )
        .order_by(Ticket.created_at)
    ).first()


def set_status(edit: Edit, ticket: Ticket, wanted: Status) -> bool:
    """Move the ticket; False if it is there already.

    Raises:
        Refused: the desk's rules forbid the step.
    """
    now = Status(ticket.status)
    if now is wanted:
        return False
    if refusal := rules.status_refusal(ticket.id, now, wanted, edit.principal):
        raise Refused(refusal)
    ticket.solved_at = edit.now if wanted is Status.SOLVED else (ticket.solved_at if wanted is Status.CLOSED else None)
    _set(edit, ticket, "status", wanted.value)
    return True


def set_priority(edit: Edit, ticket: Ticket, wanted: Priority) -> bool:
    """Change the priority and its deadlines; False if it is so already.

    Raises:
        Refused: this caller may not set it.
    """
    if Priority(ticket.priority) is wanted:
        return False
    must_be_workable(ticket)
    if refusal := rules.priority_refusal(ticket.id, wanted, edit.principal):
        raise Refused(refusal)
    _change_priority(edit, ticket, wanted)
    if not edit.principal.is_staff:
        ticket.priority_asked = wanted.value
    return True


def escalate(edit: Edit, ticket: Ticket, reason: str) -> None:
    """Raise the priority, mark the ticket, and leave the reason for the team.

    Raises:
        Refused: the ticket is solved or closed.
    """
    must_be_workable(ticket)
    raised = rules.escalated(Priority(ticket.priority))
    if raised.value != ticket.priority:
        _change_priority(edit, ticket, raised)
    if "escalated" not in ticket.tags:
        set_tags(edit, ticket, [*ticket.tags, "escalated"])
    write_comment(edit, ticket, f"Escalated: {reason}", Visibility.INTERNAL)


def comment(edit: Edit, ticket: Ticket, text: str, visibility: Visibility) -> bool:
    """Add a comment; False if the same author has just said the same. A customer's word reopens a waiting ticket.

    Raises:
        Refused: the ticket is closed.
    """
    if Status(ticket.status) is Status.CLOSED:
        raise Refused(f"Ticket {ticket.id} is closed and takes no more comments. I can open a new ticket instead.")
    last = edit.session.scalars(
        select(Comment)
        .where(Comment.tenant == ticket.tenant, Comment.ticket_id == ticket.id)
        .order_by(Comment.id.desc())
        .limit(1)
    ).first()
    if last and (last.author, last.text, last.visibility) == (edit.principal.subject, text, visibility.value):
        return False
    write_comment(edit, ticket, text, visibility)
    if edit.principal.is_staff and visibility is Visibility.PUBLIC and ticket.first_replied_at is None:
        ticket.first_replied_at = edit.now
    if not edit.principal.is_staff and Status(ticket.status) in (Status.PENDING, Status.SOLVED):
        set_status(edit, ticket, Status.OPEN)
    return True


def set_field(edit: Edit, ticket: Ticket, field: str, value: str | None) -> bool:
    """Change type, group or assignee; False if it is so already.

    Raises:
        Refused: the ticket is closed.
    """
    if getattr(ticket, field) == value:
        return False
    must_not_be_closed(ticket)
    _set(edit, ticket, field, value)
    return True


def set_tags(edit: Edit, ticket: Ticket, tags: list[str]) -> None:
    """Replace the tags."""
    note_change(edit, ticket, "tags", ", ".join(ticket.tags) or None, ", ".join(tags) or None)
    outbox.changed(edit, ticket, {"tags": (ticket.tags, tags)})
    ticket.tags = tags


def must_not_be_closed(ticket: Ticket) -> None:
    """Raise Refused for a closed ticket."""
    if Status(ticket.status) is Status.CLOSED:
        raise Refused(f"Ticket {ticket.id} is closed and can no longer be changed. I can open a new ticket instead.")


def must_be_workable(ticket: Ticket) -> None:
    """Raise Refused for a ticket that is solved or closed."""
    must_not_be_closed(ticket)
    if Status(ticket.status) is Status.SOLVED:
        raise Refused(f"Ticket {ticket.id} is marked as solved. I can open it again if the trouble is back.")


def _change_priority(edit: Edit, ticket: Ticket, wanted: Priority) -> None:
    # A higher priority brings deadlines forward and never pushes them back, but one that has passed is no promise any
    # more; a lower priority counts from the opening.
    raised = list(Priority).index(wanted) < list(Priority).index(Priority(ticket.priority))
    due = sla.due(wanted, edit.now if raised else ticket.created_at, edit.zone)
    before = (ticket.priority, ticket.first_reply_due, ticket.resolution_due)
    ticket.first_reply_due = _sooner(due.first_reply, ticket.first_reply_due, edit.now) if raised else due.first_reply
    ticket.resolution_due = _sooner(due.resolution, ticket.resolution_due, edit.now) if raised else due.resolution
    note_change(edit, ticket, "priority", ticket.priority, wanted.value)
    ticket.priority = wanted.value
    after = (ticket.priority, ticket.first_reply_due, ticket.resolution_due)
    names = ("priority", "first_reply_due", "resolution_due")
    outbox.changed(edit, ticket, dict(zip(names, zip(before, after, strict=True), strict=True)))


def _sooner(new: datetime, old: datetime, now: datetime) -> datetime:
    return min(new, old) if old >= now else new


def write_comment(
    edit: Edit, ticket: Ticket, text: str, visibility: Visibility, *, author: str | None = None
) -> Comment:
    """Add a comment and nothing else; `author` where somebody else said it."""
    written = Comment(
        tenant=ticket.tenant,
        ticket_id=ticket.id,
        author=author or edit.principal.subject,
        visibility=visibility.value,
        text=text,
        created_at=edit.now,
    )
    edit.session.add(written)
    ticket.updated_at = edit.now
    edit.session.flush()
    outbox.record(edit, ticket, "comment", {"comment": written.id})
    return written


def _set(edit: Edit, ticket: Ticket, field: str, value: str | None) -> None:
    before = getattr(ticket, field)
    note_change(edit, ticket, field, before, value)
    outbox.changed(edit, ticket, {field: (before, value)})
    setattr(ticket, field, value)


def note_change(edit: Edit, ticket: Ticket, field: str, before: str | None, after: str | None) -> None:
    """A line in the ticket's history."""
    ticket.updated_at = edit.now
    edit.session.add(
        Change(
            tenant=ticket.tenant,
            ticket_id=ticket.id,
            author=edit.principal.subject,
            field=field,
            before=before,
            after=after,
            changed_at=edit.now,
        )
    )
