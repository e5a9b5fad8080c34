"""The record of threads and runs: who owns a thread, who writes to it now, what was said and what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Float, Integer, String, Text, func, or_, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from agent.errors import RunNotFound, StateVersionError, ThreadBusy, ThreadNotFound
from agent.run import RunResult
from tools.database import open_engine
from tools.principal import Principal, Role

Owner = Literal["bot", "human"]

_VERSION = 2  # raise it with every change of a table
_MOST = 5_000  # runs that are read at once to find what was left open


class _Table(DeclarativeBase):
    pass


class _Thread(_Table):
    __tablename__ = "threads"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(32))
    collection: Mapped[str] = mapped_column(String(255))
    owner: Mapped[str] = mapped_column(String(16), default="bot")
    created: Mapped[float] = mapped_column(Float)
    writer: Mapped[str | None] = mapped_column(String(64), default=None)
    writer_until: Mapped[float] = mapped_column(Float, default=0.0)


class _Run(_Table):
    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    thread: Mapped[str] = mapped_column(String(64), index=True)
    number: Mapped[int] = mapped_column(Integer)
    message: Mapped[str] = mapped_column(Text)
    result: Mapped[str | None] = mapped_column(Text, default=None)
    last_event: Mapped[int] = mapped_column(Integer, default=0)
    begun: Mapped[float | None] = mapped_column(Float, default=None)  # None: recorded by layout 1


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread and its owner. `owner` tells who answers: the bot, or a human after a hand-off."""

    thread_id: str
    principal: Principal
    collection: str
    owner: Owner


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run as it was recorded: the customer's message, the result where it has ended, the id of its last event."""

    run_id: str
    message: str
    result: RunResult | None
    last_event: int


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """A run that did not find what was looked for or was handed off, on its thread, and the run before it there."""

    thread: Thread
    at: datetime
    run: Recorded
    before: Recorded | None


class Threads:
    """The store. Synchronous and safe to share between threads and processes."""

    def __init__(self, path: Path, lease: float, clock: Callable[[], datetime] | None = None) -> None:
        """`lease`: seconds that a writer holds a thread without a sign of life. Raises StateVersionError."""
        self._engine = open_engine(f"sqlite:///{path}")
        self._writer = self._engine.execution_options(immediate=True)
        self._lease = timedelta(seconds=lease).total_seconds()
        self._clock = clock or (lambda: datetime.now(UTC))
        with self._writer.begin() as connection:
            found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            if found == 1:
                _add_time(connection)
            elif found not in (0, _VERSION):
                raise StateVersionError(
                    f"{path} was written by another version of Deskmate (layout {found}, this one reads {_VERSION}). "
                    "Use that version, or move the file away: conversations start anew, tickets and wikis stay."
                )
            _Table.metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {_VERSION}")

    def create(self, principal: Principal, collection: str) -> Thread:
        """A new thread of this principal."""
        row = _Thread(
            id=f"th_{uuid.uuid4().hex[:20]}",
            tenant=principal.tenant,
            subject=principal.subject,
            role=principal.role.value,
            collection=collection,
            created=self._clock().timestamp(),
        )
        with Session(self._writer) as session, session.begin():
            session.add(row)
            return Thread(row.id, principal, collection, "bot")

    def get(self, thread_id: str, principal: Principal) -> Thread:
        """A thread that this principal may see: their own, or any of their tenant for staff. Raises ThreadNotFound."""
        with Session(self._engine) as session:
            row = session.get(_Thread, thread_id)
            if row is None or row.tenant != principal.tenant:
                raise ThreadNotFound(thread_id)
            owner = Principal(row.tenant, row.subject, Role(row.role))
            if owner != principal and not principal.is_staff:
                raise ThreadNotFound(thread_id)
            return _thread(row)

    def of(self, principal: Principal, limit: int) -> list[Thread]:
        """The newest threads that this principal may see: their own, or their tenant's for staff."""
        query = select(_Thread).where(_Thread.tenant == principal.tenant).order_by(_Thread.created.desc()).limit(limit)
        if not principal.is_staff:
            query = query.where(_Thread.subject == principal.subject, _Thread.role == principal.role.value)
        with Session(self._engine) as session:
            return [_thread(row) for row in session.scalars(query)]

    def hand_to(self, thread_id: str, owner: Owner) -> None:
        """Who answers from now on."""
        with Session(self._writer) as session, session.begin():
            session.execute(update(_Thread).where(_Thread.id == thread_id).values(owner=owner))

    def claim(self, thread_id: str, writer: str) -> None:
        """Become the thread's one writer, or stay it. Raises ThreadBusy while another one lives."""
        now = datetime.now(UTC).timestamp()
        free = or_(_Thread.writer.is_(None), _Thread.writer == writer, _Thread.writer_until < now)
        claimed = (
            update(_Thread).where(_Thread.id == thread_id, free).values(writer=writer, writer_until=now + self._lease)
        )
        with Session(self._writer) as session, session.begin():
            if session.execute(claimed.returning(_Thread.id)).first() is None:
                raise ThreadBusy(thread_id)

    def hand_over(self, thread_id: str, writer: str, run_id: str) -> None:
        """The writer is from now on known by its run."""
        named = update(_Thread).where(_Thread.id == thread_id, _Thread.writer == writer).values(writer=run_id)
        with Session(self._writer) as session, session.begin():
            session.execute(named)

    def release(self, thread_id: str, writer: str) -> None:
        """Let the next writer in."""
        freed = update(_Thread).where(_Thread.id == thread_id, _Thread.writer == writer).values(writer=None)
        with Session(self._writer) as session, session.begin():
            session.execute(freed)

    def start(self, thread_id: str, message: str) -> str:
        """Record a run's message before the run begins; its id."""
        run_id = f"run_{uuid.uuid4().hex[:20]}"
        with Session(self._writer) as session, session.begin():
            number = len(session.scalars(select(_Run.id).where(_Run.thread == thread_id)).all()) + 1
            begun = self._clock().timestamp()
            session.add(_Run(id=run_id, thread=thread_id, number=number, message=message, begun=begun))
        return run_id

    def finish(self, result: RunResult, last_event: int) -> None:
        """Record a run's result, and the id of its last event."""
        values = {"result": result.model_dump_json(), "last_event": last_event}
        ended = update(_Run).where(_Run.id == result.run_id).values(values)
        with Session(self._writer) as session, session.begin():
            session.execute(ended)

    def runs(self, thread_id: str) -> list[Recorded]:
        """All runs of a thread in order."""
        with Session(self._engine) as session:
            rows = session.scalars(select(_Run).where(_Run.thread == thread_id).order_by(_Run.number)).all()
            return [_recorded(row) for row in rows]

    def left_open(self, tenant: str, since: datetime) -> list[LeftOpen]:
        """The tenant's runs since then that did not find what was looked for, or were handed off, newest first."""
        begun = func.coalesce(_Run.begun, _Thread.created)
        open_ended = or_(
            func.json_array_length(_Run.result, "$.unanswered") > 0,
            func.json_extract(_Run.result, "$.status") == "handed_off",
        )
        query = (
            select(_Thread, _Run, begun)
            .join(_Run, _Run.thread == _Thread.id)
            .where(_Thread.tenant == tenant, begun >= since.timestamp(), open_ended)
            .order_by(begun.desc(), _Run.id)
            .limit(_MOST)
        )
        with Session(self._engine) as session:
            return [
                LeftOpen(_thread(thread), datetime.fromtimestamp(at, UTC), _recorded(run), _before(session, run))
                for thread, run, at in session.execute(query)
            ]

    def run(self, thread_id: str, run_id: str) -> Recorded:
        """One run of a thread. Raises RunNotFound."""
        found = next((run for run in self.runs(thread_id) if run.run_id == run_id), None)
        if found is None:
            raise RunNotFound(run_id)
        return found

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


def _add_time(connection: Connection) -> None:
    """From layout 1 to 2: when a run began. Of runs from before, the thread's own beginning is known."""
    connection.exec_driver_sql("ALTER TABLE runs ADD COLUMN begun FLOAT")


def _before(session: Session, row: _Run) -> Recorded | None:
    query = select(_Run).where(_Run.thread == row.thread, _Run.number == row.number - 1)
    found = session.scalars(query).first()
    return _recorded(found) if found else None


def _recorded(row: _Run) -> Recorded:
    result = RunResult.model_validate_json(row.result) if row.result else None
    return Recorded(row.id, row.message, result, row.last_event)


def _thread(row: _Thread) -> Thread:
    owner = Principal(row.tenant, row.subject, Role(row.role))
    return Thread(row.id, owner, row.collection, "human" if row.owner == "human" else "bot")
