"""Tools of staff for tickets that belong together."""

from typing import Annotated

from pydantic import Field

from tools.arguments import TicketId
from tools.catalog.tickets import edit_of, ticket_outcome
from tools.desk import joining, labelling
from tools.desk.access import ticket_of
from tools.desk.telling import told
from tools.outcome import Outcome
from tools.schema import Ticket
from tools.tool import STAFF, Risk, ToolContext, tool


@tool(
    "Link two tickets",
    risk=Risk.WRITE,
    roles=STAFF,
    asked=(
        "Link these two tickets",
        "Please link this ticket to that ticket",
        "These two cases have the same cause, connect them",
        "Relate this ticket to the problem ticket",
        "Note that both cases belong together",
        "Tie this report to the outage ticket",
    ),
)
def link_tickets(
    context: ToolContext,
    ticket_id: TicketId,
    other_ticket_id: Annotated[TicketId, Field(description="Ticket that it belongs together with.")],
) -> Outcome:
    """Say that two tickets belong together, such as reports of one outage; both stay as they are."""
    ticket = ticket_of(context.session, context.principal, ticket_id)
    other = ticket_of(context.session, context.principal, other_ticket_id)
    said = f"I have linked ticket {told(ticket)} with ticket {told(other)}."
    if not joining.link(edit_of(context), ticket, other):
        said = f"Tickets {told(ticket)} and {told(other)} are linked already."
    return _both(ticket, other, said)


@tool(
    "Merge a ticket into another",
    risk=Risk.CONFIRM,
    roles=STAFF,
    asked=(
        "Merge this ticket into the older one",
        "Please merge this ticket into that ticket",
        "It is a duplicate, put both cases together",
        "Join the second ticket with the first one",
        "The customer wrote twice, make one ticket of both",
        "Close it as a duplicate of the other case",
    ),
)
def merge_tickets(
    context: ToolContext,
    ticket_id: TicketId,
    into_ticket_id: Annotated[TicketId, Field(description="Ticket that stays open and takes it in.")],
) -> Outcome:
    """Close a ticket as part of another of the same customer and matter. The customer is told on both."""
    ticket = ticket_of(context.session, context.principal, ticket_id)
    into = ticket_of(context.session, context.principal, into_ticket_id)
    done = f"I have merged ticket {told(ticket)} into ticket {told(into)}."
    if not joining.merge(edit_of(context), ticket, into):
        done = f"Ticket {told(ticket)} was merged into ticket {told(into)} already."
    question = f"Merge ticket {told(ticket)} into ticket {told(into)}? That closes {ticket.id} and cannot be undone."
    return _both(ticket, into, done).model_copy(update={"question": question})


def _both(ticket: Ticket, other: Ticket, sentence: str) -> Outcome:
    """The outcome of a write that names two tickets."""
    touched, read = (ticket.id, other.id), labelling.subjects([ticket, other])
    return ticket_outcome(ticket, sentence).model_copy(update={"tickets": touched, "values": read})
