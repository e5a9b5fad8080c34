"""Ticket tools of customers; those that read the same for everybody are for staff too."""

from typing import Annotated, Any

from pydantic import Field

from tools.arguments import TicketId
from tools.desk import labelling, sla, tickets, triage, views
from tools.desk.access import changes_of, comments_of, customer_of, names, staff_of, ticket_of
from tools.desk.duplicates import same_matter
from tools.desk.search import find_tickets
from tools.desk.telling import standing, ticket_list, told
from tools.desk.ticket_desk import NewTicket
from tools.desk.tickets import Edit
from tools.outcome import Outcome, Shown
from tools.phrasing import joined
from tools.schema import Ticket
from tools.tool import CUSTOMER, EVERYONE, Risk, ToolContext, tool
from tools.vocabulary import (
    CustomerPriority,
    CustomerStatus,
    Group,
    OwnTicketFilter,
    Priority,
    Status,
    TicketFilter,
    TicketType,
    Visibility,
)

Subject = Annotated[str, Field(description="The trouble in a few words.", min_length=3, max_length=200)]
Description = Annotated[str, Field(description="What happened, in whole sentences.", min_length=3, max_length=8000)]
TypeArgument = Annotated[
    TicketType,
    Field(
        description="question (wants to know), incident (something is broken), problem (keeps coming back), "
        "task (something to be done)"
    ),
]
PriorityArgument = Annotated[
    Priority,
    Field(description="urgent (cannot wait for opening hours), high (no service at all), normal, low (no hurry)"),
]
GroupArgument = Annotated[
    Group,
    OwnTicketFilter,
    Field(
        description="Team: support (anything else), network (line, speed, outage), billing (invoices, payments), "
        "field (technician visits), orders (deliveries, returns), retention (leaving, changing plan)"
    ),
]
SearchText = Annotated[
    str | None, Field(description="Words of the subject or the text; leave out to list all.", max_length=200)
]
FilterArgument = Annotated[
    TicketFilter | None, Field(description="Only tickets of this status; unsolved means all that are not done.")
]
OwnFilterArgument = Annotated[
    OwnTicketFilter | None, Field(description="Only tickets of this status; open means all that are not done.")
]
CommentText = Annotated[str, Field(description="The message itself.", min_length=1, max_length=8000)]


@tool(
    "Open a ticket",
    risk=Risk.WRITE,
    roles=CUSTOMER,
    asked=(
        "Please open a ticket for this",
        "I want to report a problem",
        "Can you log this as a case for your team?",
        "Create a support request about it",
        "It is broken, please get somebody to look into it",
        "Could someone call me back about this?",
        "Raise an incident with high priority",
        "I would like to make a complaint in writing",
        "I want a ticket",
        "Raise a case",
        "Log a fault",
        "Get a ticket opened for me",
        "Have somebody look at it",
        "Somebody should take a look at this",
        "Nothing helps, can you send someone who knows about it?",
        "I need help from one of your people with this",
        "Have someone ring me about it",
        "Please get a colleague to contact me",
        "I would like to file a complaint",
        "Write this up for your technicians",
        "Note down a fault report for me",
        "Can this be passed on to the right department?",
        "Report it for me, please",
        "It does not work and I want it repaired",
        "Put in a request for me",
    ),
)
def create_ticket(
    context: ToolContext,
    subject: Subject,
    description: Description,
    type_: TypeArgument = TicketType.QUESTION,
    priority: PriorityArgument = Priority.NORMAL,
    group: GroupArgument = Group.SUPPORT,
) -> Outcome:
    """Open a new ticket so that a colleague works on the customer's trouble or request."""
    customer = customer_of(context.session, context.principal)
    new = NewTicket(subject, description, type_, priority, group, customer.id)
    edit = edit_of(context)
    if same := tickets.same_unsolved(edit, new):
        return opened(same, f"Ticket {told(same)} is open for exactly this already, so I opened no second one.")
    if same := same_matter(context.session, customer.tenant, new, lambda texts: context.index.embed(texts)):
        return _added(edit, same, new)
    judged = triage.triaged(new, context.index, context.collection)
    ticket = tickets.open_ticket(edit, judged.ticket, asked=priority)
    priority = judged.ticket.priority
    promise = sla.promise(priority, ticket.first_reply_due, context.now, context.settings.zone)
    done = f"I have opened ticket {told(ticket)} with {priority.words} priority."
    return opened(ticket, " ".join(filter(None, (done, judged.because, promise))))


@tool(
    "Look through your tickets",
    risk=Risk.READ,
    roles=CUSTOMER,
    asked=(
        "Which tickets do I have?",
        "Show me my open requests",
        "List all cases I have reported",
        "Is there already a ticket about this?",
        "Find my ticket about that problem",
        "Do I have anything still unsolved with you?",
        "What have I got open with you?",
        "Is anything of mine still being worked on?",
        "How many cases of mine are there?",
        "Which of my complaints are not done yet?",
        "Did I report this before?",
        "Give me an overview of my requests",
        "What tickets are there under my name?",
    ),
)
def search_tickets(context: ToolContext, text: SearchText = None, status: OwnFilterArgument = None) -> Outcome:
    """List the customer's own tickets, or find one by its words."""
    found = find_tickets(context.session, context.principal, text=text, status=status)
    return ticket_list(found, text=text, status=status, own=True, most=context.settings.listed)


@tool(
    "Look at a ticket",
    risk=Risk.READ,
    roles=EVERYONE,
    asked=(
        "What is the status of my ticket?",
        "How far are you with my case?",
        "Show me the details of that ticket",
        "Has anybody answered my request yet?",
        "When will my ticket be solved?",
        "What did your colleague reply on it?",
        "Any news on my ticket?",
        "What is going on with my ticket?",
        "Did someone write back on my case?",
        "Is there progress on my request?",
        "What does my ticket say?",
        "Is anybody dealing with my request?",
        "I reported something and want to know how it goes",
        "Who is working on my ticket?",
        "What became of my complaint?",
    ),
)
def get_ticket(context: ToolContext, ticket_id: TicketId) -> Outcome:
    """Show one ticket: status, priority, who works on it, replies, and when it is due."""
    ticket = ticket_of(context.session, context.principal, ticket_id)
    comments = comments_of(context.session, context.principal, ticket.id)
    known = names(context.session, context.principal)
    changes = changes_of(context.session, context.principal, ticket.id)
    return Outcome(
        status="ok",
        sentence=standing(
            ticket, comments, known, context.now, context.settings.zone, own=not context.principal.is_staff
        ),
        data=views.detail(ticket, comments, changes, known).model_dump(mode="json"),
        shown=(shown(ticket),),
        tickets=(ticket.id,),
        found=True,
        values=labelling.whole(ticket, comments, changes, known, staff_of(context.session, context.principal.tenant)),
    )


@tool(
    "Update a ticket",
    risk=Risk.WRITE,
    roles=CUSTOMER,
    asked=(
        "Mark my ticket as solved",
        "It works again, please close the case",
        "Reopen my ticket, the trouble is back",
        "Can you raise the priority of my request?",
        "Please set it to low, there is no hurry",
        "That case is settled, you can finish it",
        "My ticket is done, it can be closed",
        "You can close my ticket",
        "I no longer need help with my ticket",
        "The matter is resolved, my case is over",
        "I found the answer, so close my request",
        "All good again, tick off my ticket",
        "Treat my ticket as high priority",
        "Make my ticket less urgent",
        "Set my ticket to high priority",
        "It is not fixed after all, open my ticket again",
        "The same trouble again, take up my old case once more",
        "Withdraw my request, it has sorted itself out",
    ),
)
def update_ticket(
    context: ToolContext,
    ticket_id: TicketId,
    status: Annotated[
        CustomerStatus | None,
        Field(
            description="solved (it is done, settled, sorted, finished, fixed, to be closed) or open (reopen it, still "
            "broken, take it up once more)"
        ),
    ] = None,
    priority: Annotated[
        CustomerPriority | None, Field(description="high (no service at all), normal, low (no hurry)")
    ] = None,
) -> Outcome:
    """Mark an existing ticket as solved, open it again, or change its priority."""
    ticket = ticket_of(context.session, context.principal, ticket_id)
    if status is None and priority is None:
        return Outcome(status="invalid", sentence="update_ticket needs something to change: status or priority.")
    edit = edit_of(context)
    done: list[str] = []
    same: list[str] = []
    if status is not None:
        moved = tickets.set_status(edit, ticket, Status(status.value))
        (done if moved else same).append("open again" if status is CustomerStatus.OPEN else "marked as solved")
    if priority is not None:
        changed = tickets.set_priority(edit, ticket, Priority(priority.value))
        (done if changed else same).append(f"set to {priority.words} priority")
    said = [f"Ticket {told(ticket)} is now {joined(done)}." if done else ""]
    said.append(f"{'It' if done else f'Ticket {told(ticket)}'} was {joined(same)} already." if same else "")
    if Priority(ticket.priority) in (Priority.HIGH, Priority.URGENT) and f"set to {ticket.priority} priority" in done:
        said.append(sla.promise(Priority(ticket.priority), ticket.first_reply_due, context.now, context.settings.zone))
    return ticket_outcome(ticket, " ".join(filter(None, said)))


@tool(
    "Add a comment to a ticket",
    risk=Risk.WRITE,
    roles=CUSTOMER,
    asked=(
        "Add a note to my ticket",
        "Tell the colleague on my case that I tried it",
        "Please write on the ticket that it happened again",
        "I want to reply to my open request",
        "Can you pass this on to whoever works on it?",
        "Attach this information to my existing case",
        "Add this to my ticket",
        "Write on my ticket that I am not at home",
        "Put a remark on my case",
        "Note on my ticket which device it is",
        "Let the agent in charge of my ticket know about it",
        "I have something to add to my case",
        "Inform the team on my case that it got worse",
        "Here is a detail for my ticket",
        "Mention on my request that I have called already",
        "Please record on my ticket what I found",
        "Leave a message for the person on my ticket",
    ),
)
def comment_on_ticket(context: ToolContext, ticket_id: TicketId, text: CommentText) -> Outcome:
    """Add a message to an existing ticket for the team to read."""
    ticket = ticket_of(context.session, context.principal, ticket_id)
    before = ticket.status
    if not tickets.comment(edit_of(context), ticket, text, Visibility.PUBLIC):
        return ticket_outcome(ticket, f"That comment is on ticket {told(ticket)} already.")
    reopened = " and opened it again" if before == Status.SOLVED and ticket.status != before else ""
    return ticket_outcome(
        ticket, f"I have added your comment to ticket {told(ticket)}{reopened}. The team will read it there."
    )


@tool(
    "Escalate a ticket",
    risk=Risk.WRITE,
    roles=EVERYONE,
    asked=(
        "Escalate my ticket, this takes far too long",
        "I have been waiting for days, nobody answers",
        "Can a supervisor look at my case?",
        "This cannot wait any longer, make it urgent",
        "Please push my request up",
        "I am not happy with how my case is handled",
        "I get no reply on my ticket and lose patience",
        "Nobody does anything about my ticket",
        "Bring my case before someone in charge",
        "Take my ticket to your manager",
        "I want my ticket treated as more important, I waited long enough",
        "Hand my case to the next level",
        "My ticket gets nowhere, speed it up",
    ),
)
def escalate_ticket(
    context: ToolContext,
    ticket_id: TicketId,
    reason: Annotated[str, Field(description="Why it cannot wait, in one sentence.", min_length=3, max_length=2000)],
) -> Outcome:
    """Escalate an existing ticket that is too slow or has become worse; it gets a higher priority."""
    ticket = ticket_of(context.session, context.principal, ticket_id)
    before = ticket.priority
    tickets.escalate(edit_of(context), ticket, reason)
    promise = sla.promise(Priority(ticket.priority), ticket.first_reply_due, context.now, context.settings.zone)
    if ticket.priority == before:
        said = f"Ticket {told(ticket)} has the highest priority already; I have passed your reason on to the team."
    else:
        said = f"I have escalated ticket {told(ticket)}; it now has {ticket.priority} priority. {promise}"
    return ticket_outcome(ticket, said)


def _added(edit: Edit, ticket: Ticket, new: NewTicket) -> Outcome:
    """What a second ticket on the same matter becomes: a comment on the first."""
    tickets.comment(edit, ticket, new.description, Visibility.PUBLIC)
    return ticket_outcome(
        ticket,
        f"Ticket {told(ticket)} is open for the same matter already, so I have added this to ticket {ticket.id} and "
        f"opened no second one. It has {ticket.priority} priority.",
    )


def edit_of(context: ToolContext) -> Edit:
    """The write that this call makes."""
    outside = context.settings.desk_elsewhere
    return Edit(context.session, context.principal, context.now, context.settings.zone, outside)


def shown(ticket: Ticket) -> Shown:
    """The ticket as an identifier that the caller has now seen."""
    return Shown(kind="ticket", id=ticket.id, label=ticket.subject)


def opened(ticket: Ticket, sentence: str) -> Outcome:
    """The outcome of opening one: all its words are the call's own, so nothing was read."""
    return ticket_outcome(ticket, sentence).model_copy(update={"values": ()})


def ticket_outcome(ticket: Ticket, sentence: str) -> Outcome:
    """The outcome of a write on one ticket."""
    data: dict[str, Any] = {
        "ticket": ticket.id,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "type": ticket.type,
        "group": ticket.group,
        "first_reply_due": ticket.first_reply_due.isoformat(),
        "resolution_due": ticket.resolution_due.isoformat(),
    }
    return Outcome(
        status="ok",
        sentence=sentence,
        data=data,
        shown=(shown(ticket),),
        tickets=(ticket.id,),
        values=labelling.subjects([ticket]),
    )
