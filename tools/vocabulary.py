"""The desk's closed word lists. A model may write them in any case and with spaces."""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A closed word list that also reads `"On hold"` as `on_hold`."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        plain = value.strip().lower().replace(" ", "_").replace("-", "_")
        return next((member for member in cls if member.value.lower().replace(" ", "_") == plain), None)

    @property
    def words(self) -> str:
        """The value as it stands in a sentence: `on hold`."""
        return self.value.replace("_", " ")


class Status(Word):
    """Where a ticket stands."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"


UNSOLVED = (Status.NEW, Status.OPEN, Status.PENDING, Status.ON_HOLD)


class Priority(Word):
    """How fast a ticket must be worked."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class TicketType(Word):
    """What kind of work a ticket is."""

    QUESTION = "question"
    INCIDENT = "incident"
    PROBLEM = "problem"
    TASK = "task"


class Group(Word):
    """The team that works a ticket."""

    SUPPORT = "support"
    NETWORK = "network"
    BILLING = "billing"
    FIELD = "field"
    ORDERS = "orders"
    RETENTION = "retention"


class Visibility(Word):
    """Who may read a comment."""

    PUBLIC = "public"
    INTERNAL = "internal"


class OrderStatus(Word):
    """Where an order stands."""

    PROCESSING = "processing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Disruption(Word):
    """What kind of disturbance is announced for an area."""

    OUTAGE = "outage"
    MAINTENANCE = "maintenance"


class ReturnReason(Word):
    """Why money goes back for a device."""

    FAULTY = "faulty"
    UNUSED = "unused"


class TicketFilter(Word):
    """Which tickets to list."""

    UNSOLVED = "unsolved"
    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"
    ANY = "any"

    @property
    def statuses(self) -> tuple[Status, ...]:
        """The statuses that pass."""
        if self is TicketFilter.ANY:
            return tuple(Status)
        return UNSOLVED if self is TicketFilter.UNSOLVED else (Status(self.value),)


class OwnTicketFilter(Word):
    """Which of their own tickets a customer lists: to a customer, open is all that is not done."""

    OPEN = "open"
    SOLVED = "solved"
    CLOSED = "closed"
    ANY = "any"

    @property
    def statuses(self) -> tuple[Status, ...]:
        """The statuses that pass."""
        return (TicketFilter.UNSOLVED if self is OwnTicketFilter.OPEN else TicketFilter(self.value)).statuses


class CustomerPriority(Word):
    """What a customer may set on a ticket that is open already; urgent takes an escalation."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class CustomerStatus(Word):
    """Where a customer may send a ticket."""

    SOLVED = "solved"
    OPEN = "open"
