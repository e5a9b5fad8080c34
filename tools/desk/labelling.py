"""Labels of what stands on a ticket: a customer's words, a colleague's, and which of them are internal.

A customer's own old ticket is labelled like anybody's: its words were not said in this conversation, and others can
write in a customer's name (a forwarded mail, a colleague who opens the ticket for them).
"""

from collections.abc import Iterable, Mapping, Sequence, Set

from tools.desk.ticket_desk import US
from tools.labels import Integrity, Label, Value
from tools.schema import Change, Comment, Ticket
from tools.vocabulary import Visibility


def subjects(tickets: Iterable[Ticket]) -> tuple[Value, ...]:
    """The subjects of a list."""
    named = "the subject of ticket {}".format
    return tuple(Value(text=one.subject, label=_label(one), source=named(one.id)) for one in tickets)


def whole(
    ticket: Ticket, comments: Sequence[Comment], changes: Sequence[Change], names: Mapping[str, str], staff: Set[str]
) -> tuple[Value, ...]:
    """Subject, text, comments, history and the customer's name, each with its writer's label. `staff` are the numbers
    of colleagues."""
    text = Value(text=ticket.description, label=_label(ticket), source=f"the text of ticket {ticket.id}")
    history = " ".join(part for one in changes for part in (one.before, one.after) if part)
    internal = Label.of(None, Integrity.STAFF)
    noted = [Value(text=history, label=internal, source=f"the history of ticket {ticket.id}")] if history else []
    if name := names.get(ticket.requester or ""):
        noted.append(Value(text=name, label=_label(ticket), source=f"the name of the customer of ticket {ticket.id}"))
    return (*subjects([ticket]), text, *(_comment(ticket, one, staff) for one in comments), *noted)


def _comment(ticket: Ticket, comment: Comment, staff: Set[str]) -> Value:
    writer = (
        Integrity.STAFF if comment.author in staff else Integrity.EXTERNAL
    )  # somebody whom only another system knows
    if comment.author in (ticket.requester, US):  # a hand-off repeats what the customer said
        writer = Integrity.CUSTOMER
    reader = None if comment.visibility == Visibility.INTERNAL.value else ticket.requester
    return Value(text=comment.text, label=Label.of(reader, writer), source=f"a comment on ticket {ticket.id}")


def _label(ticket: Ticket) -> Label:
    return Label.of(ticket.requester, Integrity.CUSTOMER if ticket.requester else Integrity.STAFF)
