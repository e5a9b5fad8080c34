"""The one form in which Deskmate meets a ticket system: neutral words, a key for every write, no surprises.

Every backend fulfils `TicketDesk` and passes the same suite (`tests/desk/test_conformance.py`).
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol

from tools.vocabulary import Group, Priority, Status, TicketType, Visibility

NOBODY = ""  # an assignee's place that is to be emptied
US = "deskmate"  # the author of what Deskmate says of itself in another system


@dataclass(frozen=True, slots=True)
class Contact:
    """How a customer is reached, for systems that write to customers themselves."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A ticket before the system has numbered it. Times are aware."""

    subject: str
    description: str
    type: TicketType = TicketType.QUESTION
    priority: Priority = Priority.NORMAL
    group: Group = Group.SUPPORT
    requester: str | None = None  # customer number
    tags: tuple[str, ...] = ()
    first_reply_due: datetime | None = None
    resolution_due: datetime | None = None
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A ticket as a system holds it. `key` is the one under which Deskmate made it; None for tickets of others."""

    number: str
    key: str | None
    subject: str
    description: str
    status: Status
    priority: Priority
    type: TicketType
    group: Group
    requester: str | None
    assignee: str | None
    tags: tuple[str, ...]
    first_reply_due: datetime | None
    resolution_due: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """New values of a ticket; None leaves a field as it is, and `NOBODY` takes the assignee away."""

    status: Status | None = None
    priority: Priority | None = None
    type: TicketType | None = None
    group: Group | None = None
    assignee: str | None = None
    tags: tuple[str, ...] | None = None
    first_reply_due: datetime | None = None
    resolution_due: datetime | None = None

    def wanted(self) -> dict[str, Any]:
        """The fields that are to be set."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name)) is not None}

    def open_on(self, record: Record) -> "Changes":
        """Only those that the ticket does not have yet; tags have no order."""
        return Changes(**{name: value for name, value in self.wanted().items() if not _is(record, name, value)})


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment as a system holds it. `key` as in `Record`; `author` is a number or name, as the system knows it."""

    id: str
    key: str | None
    author: str
    visibility: Visibility
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewRemark:
    """A comment before it is written."""

    author: str
    text: str
    visibility: Visibility = Visibility.PUBLIC


class TicketDesk(Protocol):
    """A ticket system. Every method may raise DeskUnreachable, DeskRefused or NotMapped; writes also OutcomeUnknown.

    A write is sent once. After OutcomeUnknown the same method with the same key reads first and sends only what is
    not there, so calling it again is safe as soon as a request under way can no longer arrive.
    """

    name: str

    async def check(self) -> list[str]:
        """What stands between Deskmate and this system, one sentence each; empty when all is well."""
        ...

    async def create(self, ticket: NewTicket, key: str) -> Record:
        """Make a ticket, or return the one that this key has made."""
        ...

    async def made_with(self, key: str) -> Record | None:
        """The ticket that this key has made."""
        ...

    async def ticket(self, number: str) -> Record:
        """One ticket. Raises RemoteNotFound."""
        ...

    def tickets(self, statuses: Iterable[Status], requester: str | None = None) -> AsyncIterator[Record]:
        """All tickets in these statuses, of one customer where named, through all pages."""
        ...

    async def change(self, number: str, changes: Changes) -> Record:
        """Set fields; what is so already is not sent again."""
        ...

    async def comment(self, number: str, remark: NewRemark, key: str) -> Remark:
        """Write a comment, or return the one that this key has written."""
        ...

    async def comments(self, number: str) -> list[Remark]:
        """All comments, oldest first; the description is none of them."""
        ...

    async def link(self, number: str, other: str) -> None:
        """Say that two tickets belong together."""
        ...

    async def merge(self, number: str, into: str) -> None:
        """Close one ticket as part of another."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...


def _is(record: Record, name: str, value: Any) -> bool:
    held = getattr(record, name)
    if name == "tags":
        return set(held) == set(value)
    return bool((held or NOBODY) == value if name == "assignee" else held == value)
