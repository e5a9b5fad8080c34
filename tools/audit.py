"""The audit log: one record for each decision of the gateway and for each effect, in a chain that shows every change.

It holds no personal data. Who, what about and where are digests keyed with a salt of that person's own; `forget` throws
the salt away, and nothing in the log can be tied to the person any more, while the chain stays whole.
"""

import hashlib
import hmac
import json
import logging
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import String, Text, delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tools import chain
from tools.chain import Link
from tools.database import open_engine
from tools.errors import ToolsError
from tools.principal import Principal

_log = logging.getLogger(__name__)


class AuditError(ToolsError):
    """The audit log cannot be opened or read; the message says why."""


class _Table(DeclarativeBase):
    pass


class _Record(_Table):
    __tablename__ = "audit_records"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    record: Mapped[str] = mapped_column(Text)
    seal: Mapped[str] = mapped_column(String(64))
    effect: Mapped[str | None] = mapped_column(String(64), unique=True)  # an index: the same stands in the record


class _Head(_Table):
    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    seal: Mapped[str] = mapped_column(String(64))
    head: Mapped[str] = mapped_column(String(64))


class _Salt(_Table):
    __tablename__ = "audit_salts"

    person: Mapped[str] = mapped_column(String(64), primary_key=True)
    salt: Mapped[str] = mapped_column(String(64))


class Audit:
    """The log of one data directory. Safe to share between threads and processes."""

    def __init__(self, folder: Path, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Open `audit.sqlite` with `audit.key` (made where there is neither). Raises AuditError."""
        path = folder / "audit.sqlite"
        self.key = _key(folder / "audit.key", fresh=not path.exists())
        self._clock = clock
        self._engine = open_engine(f"sqlite:///{path}")
        self._writer = self._engine.execution_options(immediate=True)
        with self._writer.begin() as connection:  # one of two processes that start together makes the tables
            _Table.metadata.create_all(connection)

    def decided(
        self,
        principal: Principal,
        *,
        tool: str,
        call: tuple[str, str, dict[str, Any]],
        status: str,
        effect: bool,
        approver: Principal | None = None,
    ) -> None:
        """Record a decision, and its effect where there was one and it is not on record yet.

        `tool` is a name of the catalog; `call` is (thread, id, arguments). What cannot be written goes to the log as an
        error: by then the effect stands.
        """
        thread, call_id, arguments = call
        try:
            with Session(self._writer) as session, session.begin():
                salt = self._salt(session, principal)
                known: dict[str, Any] = {
                    "at": self._clock().astimezone(UTC).isoformat(timespec="milliseconds"),
                    "tool": tool,
                    "role": principal.role.value,
                    "who": _digest(salt, principal.tenant, principal.subject),
                    "thread": _digest(salt, thread),
                    "call": _digest(salt, thread, call_id, tool, _canonical(arguments)),
                }
                by = _digest(self._salt(session, approver), approver.tenant, approver.subject) if approver else None
                self._add(session, {"event": "decision", **known, "status": status, "granted_by": by})
                if effect and not _recorded(session, known["call"]):
                    self._add(session, {"event": "effect", **known})
        except SQLAlchemyError:
            _log.exception("The audit log could not be written: a decision on %s is missing in it", tool)

    def forget(self, tenant: str, subject: str) -> bool:
        """Untie all records from a person, for good; whether there were any."""
        named = _Salt.person == _digest(self.key, tenant, subject)
        with self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA secure_delete=ON")  # the salt is overwritten, not only unlinked
            found = connection.execute(delete(_Salt).where(named)).rowcount > 0
            connection.commit()
        with closing(self._engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")  # and it stands in no journal
        return found

    def links(self) -> Iterator[Link]:
        """All records in the order in which they stand."""
        with Session(self._engine) as session:
            for row in session.scalars(select(_Record).order_by(_Record.number)).yield_per(1000):
                yield Link(row.number, row.record, row.seal)

    @property
    def head(self) -> str | None:
        """The seal of the whole log; None while it is empty."""
        with Session(self._engine) as session:
            return session.scalar(select(_Head.head))

    def fault(self, expected: str | None = None) -> str | None:
        """What is wrong, or None. `expected`: a head that was written down before must be found on the way."""
        wrong = chain.fault(self.key, self.links(), self.head)
        if wrong or expected is None:
            return wrong
        heads = (chain.head(self.key, one.number, one.seal) for one in self.links())
        return None if expected in heads else "The log was set back: it does not hold the head that was written down."

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def _add(self, session: Session, record: dict[str, Any]) -> None:
        last = session.get(_Head, 1) or _Head(id=1, number=0, seal=chain.FIRST, head="")
        made = chain.link(self.key, last.seal, last.number + 1, _canonical(record))
        effect = record["call"] if record["event"] == "effect" else None
        session.add(_Record(number=made.number, record=made.record, seal=made.seal, effect=effect))
        last.number, last.seal, last.head = made.number, made.seal, chain.head(self.key, made.number, made.seal)
        session.add(last)
        session.flush()

    def _salt(self, session: Session, person: Principal) -> bytes:
        """The person's own salt, made on their first record."""
        named = _digest(self.key, person.tenant, person.subject)
        found = session.get(_Salt, named)
        if found is None:
            found = _Salt(person=named, salt=secrets.token_hex(32))
            session.add(found)
        return bytes.fromhex(found.salt)


def _recorded(session: Session, effect: str) -> bool:
    return session.scalar(select(_Record.number).where(_Record.effect == effect)) is not None


def _digest(key: bytes, *parts: str) -> str:
    return hmac.new(key, json.dumps(parts).encode(), hashlib.sha256).hexdigest()


def _canonical(value: dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)


def _key(path: Path, *, fresh: bool) -> bytes:
    """The key in the file; made, readable by its owner alone, where the log is new."""
    if fresh and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and then named: another process that starts now finds a whole key, or makes the same.
        aside = path.with_suffix(f".{secrets.token_hex(4)}")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with suppress(FileExistsError):
            os.link(aside, path)
        aside.unlink()
    try:
        key = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError) as error:
        raise AuditError(
            f"The key of the audit log, {path}, is missing or broken, so the log can be neither continued nor checked. "
            "Bring it back from a backup, or move audit.sqlite away to begin a new log."
        ) from error
    if len(key) != 32:
        raise AuditError(f"The key of the audit log, {path}, is not one: it holds 64 hexadecimal digits.")
    return key
