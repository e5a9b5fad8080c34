"""Rules of the desk that hold whoever asks and through whichever door. Pure; tested as values."""

from tools.principal import Principal
from tools.vocabulary import CustomerPriority, CustomerStatus, Priority, Status

# From each status, where a ticket may go. A closed ticket stays as it is for the record.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.NEW: frozenset({Status.OPEN, Status.PENDING, Status.ON_HOLD, Status.SOLVED}),
    Status.OPEN: frozenset({Status.PENDING, Status.ON_HOLD, Status.SOLVED}),
    Status.PENDING: frozenset({Status.OPEN, Status.ON_HOLD, Status.SOLVED}),
    Status.ON_HOLD: frozenset({Status.OPEN, Status.PENDING, Status.SOLVED}),
    Status.SOLVED: frozenset({Status.OPEN, Status.CLOSED}),
    Status.CLOSED: frozenset(),
}

# Customers say that a ticket is solved, or open it again; the rest is the desk's own work.
CUSTOMER_TARGETS = frozenset(Status(status.value) for status in CustomerStatus)
# Urgent means a call at night: by an update a customer reaches high, and urgent only by escalating.
CUSTOMER_PRIORITIES = frozenset(Priority(priority.value) for priority in CustomerPriority)

_RAISED = {Priority.LOW: Priority.HIGH, Priority.NORMAL: Priority.HIGH, Priority.HIGH: Priority.URGENT}


def status_refusal(ticket_id: str, now: Status, wanted: Status, principal: Principal) -> str | None:
    """Why the ticket may not go there, as a sentence; None if it may."""
    if now is Status.CLOSED:
        return closed_sentence(ticket_id)
    if not principal.is_staff and wanted not in CUSTOMER_TARGETS:
        return f"Ticket {ticket_id} can be marked as solved or opened again; only our team can set it {wanted.words}."
    if wanted not in TRANSITIONS[now]:
        return f"Ticket {ticket_id} is {now.words} and cannot be set to {wanted.words} from there."
    return None


def priority_refusal(ticket_id: str, wanted: Priority, principal: Principal) -> str | None:
    """Why this caller may not set the priority, as a sentence; None if they may."""
    if principal.is_staff or wanted in CUSTOMER_PRIORITIES:
        return None
    return f"Ticket {ticket_id} can be raised to high priority, or be escalated if it cannot wait."


def escalated(priority: Priority) -> Priority:
    """The priority after an escalation: at least high, and urgent if it was high already."""
    return _RAISED.get(priority, Priority.URGENT)


def closed_sentence(ticket_id: str) -> str:
    """Why nothing can be done with a closed ticket, and what can be done instead."""
    return f"Ticket {ticket_id} is closed and can no longer be changed. I can open a new ticket instead."
