"""The desk in Deskmate's own database, SQLite or PostgreSQL, in the form of a `TicketDesk`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from tools.database import Database
from tools.desk import joining, tickets
from tools.desk.access import comments_of
from tools.desk.errors import DeskRefused, RemoteNotFound
from tools.desk.ticket_desk import NOBODY, Changes, NewRemark, NewTicket, Record, Remark
from tools.desk.tickets import Draft, Edit
from tools.errors import Refused
from tools.principal import Principal, Role
from tools.schema import Comment, DeskKey, Staff, Ticket
from tools.vocabulary import Group, Priority, Status, TicketType, Visibility

T = TypeVar("T")


class SqlDesk:
    """One tenant's tickets. `author` stands in the history for what is changed through it."""

    name = "Deskmate"

    def __init__(
        self,
        database: Database,
        tenant: str,
        *,
        clock: Callable[[], datetime],
        zone: ZoneInfo,
        author: str = "deskmate",
        page: int = 100,
    ) -> None:
        self._database, self._clock, self._zone, self._page = database, clock, zone, page
        self._principal = Principal(tenant, author, Role.ADMIN)

    async def check(self) -> list[str]:
        """Nothing to check: the database was opened."""
        return []

    async def create(self, ticket: NewTicket, key: str) -> Record:
        """Make a ticket, or return the one that this key has made; both in one transaction."""
        return await self._write(lambda session: self._create(session, ticket, key))

    async def made_with(self, key: str) -> Record | None:
        """The ticket that this key has made."""

        def read(session: Session) -> Record | None:
            row = self._keyed(session, key)
            return self._record(session, row.ticket_id) if row else None

        return await self._read(read)

    async def ticket(self, number: str) -> Record:
        """One ticket. Raises RemoteNotFound."""
        return await self._read(lambda session: self._record(session, number))

    async def tickets(self, statuses: Iterable[Status], requester: str | None = None) -> AsyncIterator[Record]:
        """Newest first, page by page."""
        query = (
            select(Ticket.id)
            .where(Ticket.tenant == self._tenant, Ticket.status.in_([one.value for one in statuses]))
            .order_by(Ticket.created_at.desc(), Ticket.id.desc())
        )
        if requester is not None:
            query = query.where(Ticket.requester == requester)
        start = 0
        while True:
            found = await self._read(partial(self._records, query.limit(self._page).offset(start)))
            for record in found:
                yield record
            if len(found) < self._page:
                return
            start += self._page

    async def change(self, number: str, changes: Changes) -> Record:
        """Set fields; the desk's rules hold here too."""
        return await self._write(lambda session: self._change(session, number, changes))

    async def comment(self, number: str, remark: NewRemark, key: str) -> Remark:
        """Write a comment, or return the one that this key has written."""
        return await self._write(lambda session: self._comment(session, number, remark, key))

    async def comments(self, number: str) -> list[Remark]:
        """All comments, oldest first."""
        return await self._read(lambda session: self._comments(session, number))

    async def link(self, number: str, other: str) -> None:
        """Say that two tickets belong together."""
        await self._write(lambda session: self._join(session, joining.link, number, other))

    async def merge(self, number: str, into: str) -> None:
        """Close one ticket as part of another."""
        await self._write(lambda session: self._join(session, joining.merge, number, into))

    async def close(self) -> None:
        """Nothing: the database is its owner's to close."""

    @property
    def _tenant(self) -> str:
        return self._principal.tenant

    async def _read(self, act: Callable[[Session], T]) -> T:
        def run() -> T:
            with self._database.read() as session:
                return act(session)

        return await asyncio.to_thread(run)

    async def _write(self, act: Callable[[Session], T]) -> T:
        def run() -> T:
            with self._database.write() as session:
                return act(session)

        try:
            return await asyncio.to_thread(run)
        except Refused as refusal:
            raise DeskRefused(str(refusal)) from refusal

    def _edit(self, session: Session) -> Edit:
        return Edit(session, self._principal, self._clock(), self._zone)

    def _keyed(self, session: Session, key: str) -> DeskKey | None:
        return session.get(DeskKey, (self._tenant, key))

    def _row(self, session: Session, number: str) -> Ticket:
        row = session.get(Ticket, (self._tenant, number))
        if row is None:
            raise RemoteNotFound(f"There is no ticket {number}.")
        return row

    def _create(self, session: Session, new: NewTicket, key: str) -> Record:
        if row := self._keyed(session, key):
            return self._record(session, row.ticket_id)
        draft = Draft(new.subject, new.description, new.type, new.priority, new.group, new.tags)
        ticket = tickets.open_ticket(self._edit(session), draft, requester=new.requester)
        ticket.first_reply_due = new.first_reply_due or ticket.first_reply_due
        ticket.resolution_due = new.resolution_due or ticket.resolution_due
        session.add(DeskKey(tenant=self._tenant, key=key, ticket_id=ticket.id, comment_id=None))
        session.flush()
        return self._record(session, ticket.id)

    def _change(self, session: Session, number: str, changes: Changes) -> Record:
        edit, ticket = self._edit(session), self._row(session, number)
        if changes.priority is not None:
            tickets.set_priority(edit, ticket, changes.priority)
        for field in ("type", "group"):
            if (value := getattr(changes, field)) is not None:
                tickets.set_field(edit, ticket, field, value.value)
        if changes.assignee is not None:
            if changes.assignee != NOBODY and session.get(Staff, (self._tenant, changes.assignee)) is None:
                raise DeskRefused(f"There is no colleague {changes.assignee}.")
            tickets.set_field(edit, ticket, "assignee", changes.assignee or None)
        if changes.tags is not None and set(changes.tags) != set(ticket.tags):
            tickets.set_tags(edit, ticket, list(changes.tags))
        ticket.first_reply_due = changes.first_reply_due or ticket.first_reply_due
        ticket.resolution_due = changes.resolution_due or ticket.resolution_due
        if changes.status is not None:
            tickets.set_status(edit, ticket, changes.status)
        session.flush()
        return self._record(session, number)

    def _comment(self, session: Session, number: str, remark: NewRemark, key: str) -> Remark:
        if row := self._keyed(session, key):
            return next(one for one in self._comments(session, number) if one.id == str(row.comment_id))
        ticket, edit = self._row(session, number), self._edit(session)
        written = tickets.write_comment(edit, ticket, remark.text, remark.visibility, author=remark.author)
        session.add(DeskKey(tenant=self._tenant, key=key, ticket_id=number, comment_id=written.id))
        session.flush()
        return self._remark(written, {written.id: key})

    def _comments(self, session: Session, number: str) -> list[Remark]:
        self._row(session, number)
        keys = session.execute(
            select(DeskKey.comment_id, DeskKey.key).where(DeskKey.tenant == self._tenant, DeskKey.ticket_id == number)
        )
        known = {comment: key for comment, key in keys if comment is not None}
        return [self._remark(one, known) for one in comments_of(session, self._principal, number)]

    def _remark(self, row: Comment, keys: dict[int, str]) -> Remark:
        visibility = Visibility(row.visibility)
        return Remark(str(row.id), keys.get(row.id), row.author, visibility, row.text, row.created_at)

    def _join(self, session: Session, act: Callable[[Edit, Ticket, Ticket], bool], number: str, other: str) -> None:
        act(self._edit(session), self._row(session, number), self._row(session, other))

    def _records(self, query: Select[str], session: Session) -> list[Record]:
        return [self._record(session, number) for number in session.scalars(query).all()]

    def _record(self, session: Session, number: str) -> Record:
        row = self._row(session, number)
        key = session.scalar(
            select(DeskKey.key).where(
                DeskKey.tenant == self._tenant, DeskKey.ticket_id == number, DeskKey.comment_id.is_(None)
            )
        )
        return Record(
            number=row.id,
            key=key,
            subject=row.subject,
            description=row.description,
            status=Status(row.status),
            priority=Priority(row.priority),
            type=TicketType(row.type),
            group=Group(row.group),
            requester=row.requester,
            assignee=row.assignee,
            tags=tuple(row.tags),
            first_reply_due=row.first_reply_due,
            resolution_due=row.resolution_due,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
