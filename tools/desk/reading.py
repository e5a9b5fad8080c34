"""Tickets are looked up in the system elsewhere before they are shown, so that a colleague's work there is told here.

A look is limited in time. Where the system does not answer, what stands here is shown and said to be from then.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from tools.database import Database
from tools.desk import incoming
from tools.desk.access import visible_tickets
from tools.desk.backends import open_desk
from tools.desk.errors import DeskError, DeskUnreachable
from tools.desk.incoming import Seen
from tools.desk.ticket_desk import TicketDesk
from tools.desk.wire import Patience
from tools.loop import Loop
from tools.outcome import Outcome
from tools.phrasing import moment
from tools.principal import Principal
from tools.schema import RemoteReading, RemoteTicket, Ticket
from tools.settings import ToolSettings
from tools.tool import Tool, ToolContext
from tools.vocabulary import Status

_log = logging.getLogger(__name__)
_LOOKS = ("get_ticket", "search_tickets")
_MOST = 10  # tickets looked up for one list, the newest
_FRESH = timedelta(seconds=15)  # what was read just now is not read again
_UNREADABLE = (DeskError, KeyError, TypeError, ValueError)  # no answer, a refusal, or an answer in another form
_REST = timedelta(seconds=30)  # a system that did not answer is left alone for so long


@dataclass(frozen=True, slots=True)
class _Wanted:
    tenant: str
    ticket_id: str
    number: str
    read_at: datetime | None


class Reader:
    """Safe to share between threads."""

    def __init__(
        self, database: Database, desk: TicketDesk, settings: ToolSettings, *, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._desk, self._settings, self._clock = database, desk, settings, clock
        self._loop = Loop("desk")
        self._not_before: datetime | None = None

    @classmethod
    def open(cls, database: Database, settings: ToolSettings, *, clock: Callable[[], datetime]) -> Self | None:
        """Where there is a system elsewhere that is to be read. Raises DeskError where the settings are wrong."""
        if not settings.desk_elsewhere or not settings.desk_read_seconds:
            return None
        hasty = Patience(timeout=settings.desk_read_seconds, tries=1, at_once=4)
        return cls(database, open_desk(settings, hasty), settings, clock=clock)

    def catalog(self, catalog: tuple[Tool, ...]) -> tuple[Tool, ...]:
        """The same tools, of which those that show tickets look first."""
        return tuple(self._looking(tool) if tool.name in _LOOKS and not tool.server else tool for tool in catalog)

    def read(self, principal: Principal, ticket_ids: Iterable[str]) -> datetime | None:
        """Bring tickets that the principal may see up to date. None when they are; else the time as of which they are.

        A ticket that was never read counts from the moment at which it was last changed here.
        """
        now = self._clock()
        wanted = [one for one in self._wanted(principal, ticket_ids) if not one.read_at or one.read_at < now - _FRESH]
        if not wanted:
            return None
        answered: dict[str, Seen] = {}
        if self._not_before is None or now >= self._not_before:
            answered, silent = self._loop.run(self._look(wanted, now), self._settings.desk_read_seconds + 5)
            self._not_before = now + _REST if silent else None
        for one in wanted:
            if (seen := answered.get(one.ticket_id)) is not None:
                self._take_in(one.tenant, seen)
        old = [one for one in wanted if one.ticket_id not in answered]
        return min(one.read_at or self._changed(one) for one in old) if old else None

    def close(self) -> None:
        """End the connections."""
        self._loop.run(self._desk.close(), 10)
        self._loop.close()

    def _looking(self, tool: Tool) -> Tool:
        def run(args: BaseModel, context: ToolContext) -> Outcome:
            as_of = self.read(context.principal, self._about(tool, args, context))
            return _stale(tool.run(args, context), as_of, context)

        return replace(tool, run=run)

    def _about(self, tool: Tool, args: BaseModel, context: ToolContext) -> list[str]:
        """The tickets that a look-up is about: the one named, or what a list shows and what the customer has."""
        if (named := getattr(args, "ticket_id", None)) is not None:
            return [named]
        with self._database.read() as session:  # not the caller's, which would go on seeing what it has seen
            listed = [one.id for one in tool.run(args, replace(context, session=session)).shown][:_MOST]
            if context.principal.is_staff:
                return listed
            mine = visible_tickets(context.principal).order_by(Ticket.created_at.desc()).limit(_MOST)
            return list(dict.fromkeys([*listed, *(one.id for one in session.scalars(mine))]))[:_MOST]

    def _wanted(self, principal: Principal, ticket_ids: Iterable[str]) -> list[_Wanted]:
        visible = (
            visible_tickets(principal)
            .with_only_columns(Ticket.id)
            .where(Ticket.id.in_(list(ticket_ids)), Ticket.status != Status.CLOSED.value)
        )
        query = (
            select(RemoteTicket, RemoteReading.read_at)
            .outerjoin(
                RemoteReading,
                (RemoteReading.tenant == RemoteTicket.tenant) & (RemoteReading.ticket_id == RemoteTicket.ticket_id),
            )
            .where(
                RemoteTicket.tenant == principal.tenant,
                RemoteTicket.desk == self._desk.name,
                RemoteTicket.ticket_id.in_(visible),
            )
        )
        with self._database.read() as session:
            return [_Wanted(one.tenant, one.ticket_id, one.number, at) for one, at in session.execute(query)]

    async def _look(self, wanted: list[_Wanted], begun: datetime) -> tuple[dict[str, Seen], bool]:
        """All at once; what has not come in time is left out. Also whether the system gave no answer at all."""
        looks = {asyncio.ensure_future(self._seen(one, begun)): one for one in wanted}
        done, late = await asyncio.wait(looks, timeout=self._settings.desk_read_seconds)
        for look in late:
            look.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        seen: dict[str, Seen] = {}
        silent = True
        for look in done:
            if isinstance(error := look.exception(), _UNREADABLE):
                _log.warning("Ticket %s could not be read in %s: %r", looks[look].ticket_id, self._desk.name, error)
                silent = silent and isinstance(error, DeskUnreachable)
                continue
            seen[looks[look].ticket_id], silent = look.result(), False
        return seen, silent

    async def _seen(self, one: _Wanted, begun: datetime) -> Seen:
        record = await self._desk.ticket(one.number)
        remarks = await self._desk.comments(one.number) if record.number == one.number else []
        return Seen(one.ticket_id, one.number, record, remarks, begun)

    def _take_in(self, tenant: str, seen: Seen) -> None:
        try:
            with self._database.write() as session:
                incoming.take_in(session, tenant, self._desk.name, seen, self._clock(), self._settings.zone)
        except IntegrityError:
            _log.info("Ticket %s was brought up to date by somebody else at the same moment.", seen.ticket_id)
        except SQLAlchemyError as error:
            _log.error("What %s says of ticket %s could not be written: %r", self._desk.name, seen.ticket_id, error)

    def _changed(self, one: _Wanted) -> datetime:
        with self._database.read() as session:
            return session.get_one(Ticket, (one.tenant, one.ticket_id)).updated_at


def _stale(outcome: Outcome, as_of: datetime | None, context: ToolContext) -> Outcome:
    if as_of is None or outcome.status != "ok":
        return outcome
    when = moment(as_of, context.now, context.settings.zone)
    sentence = f"{outcome.sentence} The team's ticket system cannot be read just now; this is as of {when}."
    return outcome.model_copy(update={"sentence": sentence, "data": {**outcome.data, "as_of": as_of.isoformat()}})
