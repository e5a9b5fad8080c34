"""Sends the outbox to the ticket system elsewhere: each step once, in its ticket's order, whatever dies in between.

A step is marked as being sent before it goes out. Where no answer came, or this process died, it is looked up there by
its key before anything is sent again, and only once a request under way can no longer arrive.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, aliased

from tools.database import Database
from tools.desk import outbox
from tools.desk.backends import open_desk
from tools.desk.errors import DeskRefused, DeskUnreachable, OutcomeUnknown
from tools.desk.ticket_desk import NOBODY, Changes, Contact, NewRemark, NewTicket, TicketDesk
from tools.schema import Comment, Customer, OutboxRow, RemoteTicket, Ticket
from tools.settings import ToolSettings
from tools.vocabulary import Group, Priority, Status, TicketType, Visibility

_log = logging.getLogger(__name__)
_LONGEST_BACKOFF = 300  # seconds
_KINDS: dict[str, Callable[[str], Any]] = {
    "status": Status,
    "priority": Priority,
    "type": TicketType,
    "group": Group,
    "first_reply_due": datetime.fromisoformat,
    "resolution_due": datetime.fromisoformat,
}


@dataclass(frozen=True, slots=True)
class _Step:
    """A claimed step, with the state in which it was found and the ticket's number elsewhere."""

    row: OutboxRow
    uncertain: bool
    number: str | None


class Dispatcher:
    """One sender; several processes may each run one."""

    def __init__(
        self,
        database: Database,
        desk: TicketDesk,
        *,
        clock: Callable[[], datetime],
        settle: timedelta,
        step: timedelta = timedelta(seconds=60),
    ) -> None:
        """`settle` is how long a request without an answer may still arrive; `step` is all the time one step gets."""
        self._database, self._desk, self._clock, self._settle, self._step = database, desk, clock, settle, step

    async def run_once(self) -> int:
        """Send all that is due; the number of steps that were settled."""
        settled = 0
        while (step := await asyncio.to_thread(self._claim)) is not None:
            settled += await self._try(step)
        return settled

    def _claim(self) -> _Step | None:
        now = self._clock()
        earlier = aliased(OutboxRow)
        blocked = exists().where(
            earlier.tenant == OutboxRow.tenant,
            earlier.ticket_id == OutboxRow.ticket_id,
            earlier.id < OutboxRow.id,
            earlier.state.in_(outbox.OPEN),
        )
        due = select(OutboxRow).where(OutboxRow.state.in_(outbox.OPEN), OutboxRow.not_before <= now, ~blocked)
        with self._database.write() as session:
            row = session.scalars(due.order_by(OutboxRow.id).limit(1).with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            uncertain = row.state != outbox.WAITING
            row.state, row.tries, row.not_before = outbox.SENDING, row.tries + 1, now + self._step + self._settle
            session.flush()
            number = _number(session, row.tenant, row.ticket_id)
            session.expunge(row)
        return _Step(row, uncertain, number)

    async def _try(self, step: _Step) -> bool:
        try:
            async with asyncio.timeout(self._step.total_seconds()):
                number = await self._send(step)
        except OutcomeUnknown as error:
            self._note(step, outbox.UNKNOWN, str(error), self._settle)
        except TimeoutError:
            self._note(step, outbox.UNKNOWN, f"{self._desk.name} took too long to answer.", self._settle)
        except (KeyError, TypeError, ValueError) as error:
            _log.error("%s answered in an unexpected form: %r", self._desk.name, error, exc_info=error)
            self._note(step, outbox.UNKNOWN, f"{self._desk.name} answered in a form that cannot be read.", self._settle)
        except DeskUnreachable as error:
            # Not even a look was possible, so what was uncertain stays so.
            wait = timedelta(seconds=error.wait or min(2**step.row.tries, _LONGEST_BACKOFF))
            self._note(step, outbox.UNKNOWN if step.uncertain else outbox.WAITING, str(error), wait)
        except DeskRefused as error:
            self._note(step, outbox.REFUSED, str(error))
            return True
        else:
            self._sent(step, number)
            return True
        return False

    async def _send(self, step: _Step) -> str:
        row = step.row
        if row.kind == "create":
            with self._database.read() as session:
                new = _new(session, row)
            return (await self._desk.create(new, row.key)).number
        if step.number is None:
            raise DeskRefused(f"Ticket {row.ticket_id} has not reached {self._desk.name}, so this could not either.")
        match row.kind:
            case "comment":
                with self._database.read() as session:
                    said = session.get_one(Comment, row.payload["comment"])
                    remark = NewRemark(said.author, said.text, Visibility(said.visibility))
                await self._desk.comment(step.number, remark, row.key)
            case "set":
                await self._set(step, step.number)
            case "link":
                await self._desk.link(step.number, self._other(row, "other"))
            case "merge":
                await self._desk.merge(step.number, self._other(row, "into"))
        return step.number

    async def _set(self, step: _Step, number: str) -> None:
        changes = _changes(step.row.payload)
        held = await self._desk.ticket(number)
        if step.uncertain and changes.open_on(held).wanted() and step.row.seen_at not in (None, held.updated_at):
            raise DeskRefused(
                f"Ticket {step.row.ticket_id} was changed in {self._desk.name} while it was not known whether this had "
                "arrived, so it was left as it is there. Please look at it."
            )
        with self._database.write() as session:
            session.execute(update(OutboxRow).where(OutboxRow.id == step.row.id).values(seen_at=held.updated_at))
        await self._desk.change(number, changes)

    def _other(self, row: OutboxRow, field: str) -> str:
        with self._database.read() as session:
            number = _number(session, row.tenant, row.payload[field])
        if number is None:
            raise DeskUnreachable(f"Ticket {row.payload[field]} has not reached {self._desk.name} yet.")
        return number

    def _sent(self, step: _Step, number: str) -> None:
        row = step.row
        with self._database.write() as session:
            mine = session.get_one(OutboxRow, row.id)
            mine.state, mine.note, mine.sent_at = outbox.SENT, "", self._clock()
            if step.number is None:
                session.merge(
                    RemoteTicket(tenant=row.tenant, ticket_id=row.ticket_id, desk=self._desk.name, number=number)
                )

    def _note(self, step: _Step, state: str, note: str, wait: timedelta = timedelta(0)) -> None:
        with self._database.write() as session:
            mine = session.get_one(OutboxRow, step.row.id)
            mine.state, mine.note, mine.not_before = state, note, self._clock() + wait


def desk_elsewhere(settings: ToolSettings) -> TicketDesk | None:
    """The ticket system that the settings name, if they name one. Raises DeskError where they are wrong."""
    return open_desk(settings) if settings.desk_elsewhere else None


async def send_outbox(database: Database, desk: TicketDesk | None, settings: ToolSettings) -> None:
    """Send what the outbox holds, again and again until cancelled; nothing where there is no ticket system."""
    if desk is None:
        return
    dispatcher = Dispatcher(
        database,
        desk,
        clock=lambda: datetime.now(UTC),
        settle=timedelta(seconds=settings.desk_settle_seconds),
        step=timedelta(seconds=5 * settings.desk_seconds),  # up to five requests
    )
    try:
        while True:
            try:
                await dispatcher.run_once()
            except SQLAlchemyError as error:
                _log.error("The outbox could not be read or written: %r", error)
            await asyncio.sleep(settings.desk_poll_seconds)
    finally:
        await desk.close()


def _number(session: Session, tenant: str, ticket_id: str) -> str | None:
    remote = session.get(RemoteTicket, (tenant, ticket_id))
    return remote.number if remote else None


def _new(session: Session, row: OutboxRow) -> NewTicket:
    ticket = session.get_one(Ticket, (row.tenant, row.ticket_id))
    customer = session.get(Customer, (row.tenant, ticket.requester)) if ticket.requester else None
    return NewTicket(
        ticket.subject,
        ticket.description,
        TicketType(ticket.type),
        Priority(ticket.priority),
        Group(ticket.group),
        ticket.requester,
        tuple(ticket.tags),
        ticket.first_reply_due,
        ticket.resolution_due,
        Contact(customer.name, customer.email) if customer else None,
    )


def _changes(payload: dict[str, list[Any]]) -> Changes:
    values: dict[str, Any] = {}
    for name, (_, after) in payload.items():
        if name == "assignee":
            values[name] = after or NOBODY
        elif name == "tags":
            values[name] = tuple(after)
        else:
            values[name] = _KINDS[name](after)
    return Changes(**values)
