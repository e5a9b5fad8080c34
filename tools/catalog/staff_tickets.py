"""Ticket tools of staff: the same acts as the customers', with the whole desk in reach."""

from typing import Annotated

from pydantic import Field

from tools.arguments import TicketId
from tools.catalog.tickets import (
    CommentText,
    Description,
    FilterArgument,
    GroupArgument,
    PriorityArgument,
    Subject,
    TypeArgument,
    edit_of,
    opened,
    ticket_outcome,
)
from tools.desk import tickets
from tools.desk.access import colleague, ticket_of
from tools.desk.search import find_tickets
from tools.desk.telling import ticket_list, told
from tools.desk.ticket_desk import NewTicket
from tools.errors import Refused
from tools.outcome import Outcome
from tools.phrasing import joined, moment
from tools.schema import Ticket
from tools.tool import STAFF, Risk, ToolContext, tool
from tools.vocabulary import Group, Priority, Status, TicketType, Visibility


@tool(
    "Open a ticket",
    risk=Risk.WRITE,
    roles=STAFF,
    asked=(
        "Open a ticket for another team",
        "Create a follow-up to this ticket",
        "Log this as a new incident",
        "We need a task for the field team",
        "Open a case for the network team",
        "Make a task for a colleague",
    ),
)
def create_ticket(
    context: ToolContext,
    subject: Subject,
    description: Description,
    type_: TypeArgument = TicketType.TASK,
    priority: PriorityArgument = Priority.NORMAL,
    group: GroupArgument = Group.SUPPORT,
    follow_up_to: Annotated[
        TicketId | None, Field(description="Ticket of the customer for whom the new one is opened.")
    ] = None,
) -> Outcome:
    """Open a new ticket for the desk, or as a follow-up to a customer's ticket."""
    source = ticket_of(context.session, context.principal, follow_up_to) if follow_up_to else None
    requester = source.requester if source else None
    new = NewTicket(subject, description, type_, priority, group, requester)
    edit = edit_of(context)
    if same := tickets.same_unsolved(edit, new):
        return opened(same, f"Ticket {told(same)} is open for exactly this already, so I opened no second one.")
    ticket = tickets.open_ticket(edit, new)
    due = moment(ticket.first_reply_due, context.now, context.settings.zone)
    after = f", as a follow-up to {source.id}" if source else ""
    return opened(
        ticket,
        f"I have opened ticket {told(ticket)} with {priority.words} priority for the {group.words} team{after}. "
        f"The first reply is due by {due}.",
    )


@tool(
    "Look through the tickets",
    risk=Risk.READ,
    roles=STAFF,
    asked=(
        "Which tickets are open in my team?",
        "Find tickets about this trouble",
        "List everything urgent",
        "Show the unsolved cases of a group",
        "What is unassigned in my group?",
        "Are there other tickets about the same fault?",
    ),
)
def search_tickets(
    context: ToolContext,
    text: Annotated[
        str | None,
        Field(
            description="Words of the subject or the text, or a customer's number; leave out to list all.",
            max_length=200,
        ),
    ] = None,
    status: FilterArgument = None,
    priority: Annotated[Priority | None, Field(description="Only tickets of this priority.")] = None,
    group: Annotated[Group | None, Field(description="Only tickets of this team.")] = None,
) -> Outcome:
    """List the desk's tickets, or find some by words, status, priority or team."""
    found = find_tickets(context.session, context.principal, text=text, status=status, priority=priority, group=group)
    return ticket_list(found, text=text, status=status, own=False, most=context.settings.listed)


@tool(
    "Update a ticket",
    risk=Risk.WRITE,
    roles=STAFF,
    asked=(
        "Set the ticket to pending",
        "Assign this case to a colleague",
        "Move it to another team",
        "Change the priority of the ticket",
        "Tag the ticket",
        "Mark it as solved",
        "Hand the case over to another agent",
        "Put the ticket on hold",
        "Take the ticket myself",
        "Assign it to me",
        "Reassign the ticket",
        "Give it to a colleague by name",
        "Give the ticket to a colleague",
        "Raise it to high priority",
        "Set its status to on hold",
    ),
)
def update_ticket(
    context: ToolContext,
    ticket_id: TicketId,
    status: Annotated[
        Status | None,
        Field(description="open, pending (waits for the customer), on_hold (waits for others), solved, closed"),
    ] = None,
    priority: Annotated[Priority | None, Field(description="urgent, high, normal or low")] = None,
    type_: Annotated[TicketType | None, Field(description="question, incident, problem or task")] = None,
    group: Annotated[Group | None, Field(description="Team that takes it over.")] = None,
    assignee: Annotated[str | None, Field(description="Name of a colleague, or me.", max_length=100)] = None,
    tag: Annotated[str | None, Field(description="One word to mark the ticket with.", max_length=40)] = None,
) -> Outcome:
    """Change an existing ticket: status, priority, type, team, assignee or tag."""
    ticket = ticket_of(context.session, context.principal, ticket_id)
    changes = {"type": type_, "group": group, "priority": priority, "status": status}
    if not any(value is not None for value in (*changes.values(), assignee, tag)):
        return Outcome(
            status="invalid",
            sentence="update_ticket needs something to change: status, priority, type, group, assignee or tag.",
        )
    done = [*_words(context, ticket, priority, type_, group), *_people(context, ticket, assignee, tag)]
    if status is not None and tickets.set_status(edit_of(context), ticket, status):
        done.append(f"status {status.words}")
    if not done:
        return ticket_outcome(ticket, f"Ticket {told(ticket)} was like that already; nothing has changed.")
    return ticket_outcome(ticket, f"Ticket {told(ticket)} now has {joined(done)}.")


@tool(
    "Comment on a ticket",
    risk=Risk.WRITE,
    roles=STAFF,
    asked=(
        "Leave an internal note on the ticket",
        "Reply to the customer on this case",
        "Write a comment for the next shift",
        "Answer the ticket",
        "Leave a note on the case for colleagues",
        "Note on the ticket what was agreed",
        "Tell the customer on the ticket that we are on it",
    ),
)
def comment_on_ticket(
    context: ToolContext,
    ticket_id: TicketId,
    text: CommentText,
    visibility: Annotated[
        Visibility, Field(description="internal (colleagues alone read it) or public (a reply to the customer)")
    ] = Visibility.INTERNAL,
) -> Outcome:
    """Write an internal note or a public reply on an existing ticket."""
    ticket = ticket_of(context.session, context.principal, ticket_id)
    kind = "internal note" if visibility is Visibility.INTERNAL else "public reply"
    if not tickets.comment(edit_of(context), ticket, text, visibility):
        return ticket_outcome(ticket, f"That {kind} is on ticket {told(ticket)} already.")
    return ticket_outcome(ticket, f"I have added the {kind} to ticket {told(ticket)}.")


def _words(
    context: ToolContext, ticket: Ticket, priority: Priority | None, kind: TicketType | None, group: Group | None
) -> list[str]:
    edit, done = edit_of(context), []
    if priority is not None and tickets.set_priority(edit, ticket, priority):
        done.append(f"{priority.words} priority")
    if kind is not None and tickets.set_field(edit, ticket, "type", kind.value):
        done.append(f"type {kind.words}")
    if group is not None and tickets.set_field(edit, ticket, "group", group.value):
        done.append(f"team {group.words}")
    return done


def _people(context: ToolContext, ticket: Ticket, assignee: str | None, tag: str | None) -> list[str]:
    edit, done = edit_of(context), []
    if assignee is not None:
        wanted = context.principal.subject if assignee.strip().lower() == "me" else assignee
        member = colleague(context.session, context.principal.tenant, wanted)
        if member is None:
            raise Refused(f"I cannot find one colleague named {assignee[:60]!r}; please give the whole name.")
        if tickets.set_field(edit, ticket, "assignee", member.id):
            done.append(f"{member.name} as assignee")
    if tag is not None and (plain := "-".join(tag.lower().split())) not in ticket.tags:
        tickets.set_tags(edit, ticket, [*ticket.tags, plain])
        done.append(f"the tag {plain}")
    return done
