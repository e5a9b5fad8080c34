"""What all ticket systems behind HTTP share: the key that makes a write happen once, and the look after it."""

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime

from knowledge.hypertext import html_blocks
from tools.desk.errors import DeskRefused, NotMapped
from tools.desk.mapping import DeskMapping
from tools.desk.ticket_desk import US, Changes, NewRemark, NewTicket, Record, Remark
from tools.desk.wire import Wire
from tools.vocabulary import Status, Visibility

_MARK = re.compile(r"^(?P<author>\S+) \[deskmate (?P<key>\w+)\]$")


class HttpDesk(ABC):
    """A `TicketDesk` over a `Wire`: a backend fills in how its system reads and writes."""

    def __init__(self, mapping: DeskMapping, wire: Wire, page: int = 100) -> None:
        self.name = mapping.system
        self._map = mapping
        self._wire = wire
        self._page = page

    async def create(self, ticket: NewTicket, key: str) -> Record:
        """Make a ticket, or return the one that this key has made."""
        made = await self.made_with(key)
        return made or await self.ticket(await self._create(ticket, key))

    async def change(self, number: str, changes: Changes) -> Record:
        """Set the fields that are not so yet, and look whether they are."""
        before = await self.ticket(number)
        left = changes.open_on(before)
        if not left.wanted():
            return before
        await self._change(before, left)
        after = await self.ticket(number)
        if undone := list(changes.open_on(after).wanted()):
            raise DeskRefused(
                f"{self.name} took the request for ticket {number} but left {', '.join(undone)} as it was. Check the "
                "rights and the workflow of Deskmate's account there."
            )
        return after

    async def comment(self, number: str, remark: NewRemark, key: str) -> Remark:
        """Write a comment, or return the one that this key has written."""
        if (there := await self._remark_with(number, key)) is not None:
            return there
        await self._comment(number, remark, key)
        written = await self._remark_with(number, key)
        if written is None:
            raise DeskRefused(f"{self.name} took the comment on ticket {number} but does not show it.")
        if written.visibility is not remark.visibility:
            raise DeskRefused(
                f"{self.name} has made the {remark.visibility} comment on ticket {number} {written.visibility}. Please "
                "look at it, and check how comments are set up there."
            )
        return written

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def _say(self, number: str, text: str) -> None:
        """An internal comment of Deskmate's own, once: where a system has no other place for what it says."""
        key = hashlib.sha256(f"{number} {text}".encode()).hexdigest()[:32]
        await self.comment(number, NewRemark(US, text, Visibility.INTERNAL), key)

    async def _remark_with(self, number: str, key: str) -> Remark | None:
        return next((one for one in await self.comments(number) if one.key == key), None)

    @abstractmethod
    async def check(self) -> list[str]: ...

    @abstractmethod
    async def made_with(self, key: str) -> Record | None: ...

    @abstractmethod
    async def ticket(self, number: str) -> Record: ...

    @abstractmethod
    def tickets(self, statuses: Iterable[Status], requester: str | None = None) -> AsyncIterator[Record]: ...

    @abstractmethod
    async def comments(self, number: str) -> list[Remark]: ...

    @abstractmethod
    async def link(self, number: str, other: str) -> None: ...

    @abstractmethod
    async def merge(self, number: str, into: str) -> None: ...

    @abstractmethod
    async def _create(self, ticket: NewTicket, key: str) -> str:
        """Send a new ticket with its key in it; the number it got."""

    @abstractmethod
    async def _change(self, before: Record, changes: Changes) -> None: ...

    @abstractmethod
    async def _comment(self, number: str, remark: NewRemark, key: str) -> None:
        """Send a comment with its key in it."""


def stamp(when: datetime | None) -> str | None:
    """`2026-11-25T02:00:00Z`."""
    return None if when is None else when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str | None) -> datetime | None:
    """An aware time from ISO text; None for none, and for the year 1970 with which some systems say so."""
    if not text:
        return None
    read = datetime.fromisoformat(text)
    return None if read.year <= 1970 else (read if read.tzinfo else read.replace(tzinfo=UTC))


def moment_of(text: str) -> datetime:
    """A time that must be there."""
    read = moment(text)
    if read is None:
        raise NotMapped(f"The ticket system sent the time {text[:40]!r}, which Deskmate cannot read.")
    return read


def mark(author: str, key: str) -> str:
    """A comment's author and key as one line, for systems whose comments have a subject: `C-1001 [deskmate 5f0c]`."""
    return f"{author} [deskmate {key}]"


def marked(line: str | None) -> tuple[str | None, str | None]:
    """Author and key that such a line names; twice None for a line of somebody else's."""
    read = _MARK.match(line or "")
    return (read["author"], read["key"]) if read else (None, None)


def plain(html: str) -> str:
    """What colleagues write in an editor, as text."""
    return "\n".join(block.text for block in html_blocks(html).blocks)
