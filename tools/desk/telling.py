"""Tickets in words, as a customer or a colleague is told of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from tools.desk import labelling
from tools.outcome import Outcome, Shown
from tools.phrasing import counted, listed, moment, on_day, quoted
from tools.schema import Comment, Ticket
from tools.vocabulary import UNSOLVED, OwnTicketFilter, Status, TicketFilter

_MOST_SHOWN = 20  # tickets handed to the model and recorded as seen
_STANDING = {
    Status.NEW: "is new",
    Status.OPEN: "is being worked on",
    Status.PENDING: "is waiting for {whose} answer",
    Status.ON_HOLD: "is on hold",
    Status.SOLVED: "is solved",
    Status.CLOSED: "is closed",
}


def told(ticket: Ticket) -> str:
    """`T-… “Router drops every evening”`."""
    return f"{ticket.id} {quoted(ticket.subject, 80)}"


def ticket_list(
    found: Sequence[Ticket], *, text: str | None, status: TicketFilter | OwnTicketFilter | None, own: bool, most: int
) -> Outcome:
    """The outcome of a search: counted, the first ones named, twenty handed on."""
    which = _which(text, status)
    count = counted(len(found), f"{which}ticket")
    about = f" about {quoted(text, 60)}" if text else ""
    have = f"You have {count}{about}" if own else f"There {'is' if len(found) == 1 else 'are'} {count}{about}"
    named = listed([f"{told(one)} ({_words(one)})" for one in found], most)
    return Outcome(
        status="ok",
        sentence=f"{have}: {named}." if found else f"{have}.",
        data={"count": len(found), "tickets": [_brief(one) for one in found[:_MOST_SHOWN]]},
        shown=tuple(Shown(kind="ticket", id=one.id, label=one.subject) for one in found[:_MOST_SHOWN]),
        found=bool(found),
        values=labelling.subjects(found[: max(_MOST_SHOWN, most)]),
    )


def standing(
    ticket: Ticket, comments: Sequence[Comment], names: Mapping[str, str], now: datetime, zone: ZoneInfo, *, own: bool
) -> str:
    """How a ticket stands: status, team, last reply of the team, and what is due."""
    status = Status(ticket.status)
    stands = _STANDING[status].format(whose="your" if own else "the customer's")
    who = names.get(ticket.assignee or "", "")
    team = f"{who} of the {ticket.group} team has it" if who else f"it is with the {ticket.group} team"
    said = [f"Ticket {told(ticket)} {stands}, with {ticket.priority} priority; {team}."]
    replies = [one for one in comments if one.author != ticket.requester and one.visibility == "public"]
    if replies:
        last = replies[-1]
        author = names.get(last.author, "The team")
        said.append(f"{author} wrote {on_day(last.created_at, now, zone)}: {quoted(last.text, 240)}")
    if status in UNSOLVED:
        said.append(_due(ticket, now, zone))
    elif ticket.solved_at:
        said.append(f"It was solved {on_day(ticket.solved_at, now, zone)}.")
    return " ".join(said)


def _due(ticket: Ticket, now: datetime, zone: ZoneInfo) -> str:
    if ticket.first_replied_at is None and ticket.first_reply_due >= now:
        return f"The first reply is due by {moment(ticket.first_reply_due, now, zone)}."
    if ticket.resolution_due >= now:
        return f"It should be solved by {moment(ticket.resolution_due, now, zone)}."
    return f"It should have been solved by {moment(ticket.resolution_due, now, zone)}, so it is late; I am sorry."


def _which(text: str | None, status: TicketFilter | OwnTicketFilter | None) -> str:
    if status in (TicketFilter.ANY, OwnTicketFilter.ANY) or (status is None and text):
        return ""
    # In a customer's words every ticket that is not done is open.
    return (
        "open "
        if status in (None, TicketFilter.UNSOLVED, OwnTicketFilter.OPEN)
        else f"{status.words.replace(' ', '-')} "
    )


def _words(ticket: Ticket) -> str:
    status = Status(ticket.status)
    return f"{status.words}, {ticket.priority}" if status in UNSOLVED else status.words


def _brief(ticket: Ticket) -> dict[str, str]:
    return {
        "ticket": ticket.id,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "created_at": ticket.created_at.isoformat(),
    }
