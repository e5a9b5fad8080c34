"""This room's own database: API keys, answers stored under an Idempotency-Key, and which thread a client's talk is.

A file of its own (mode 600) beside the desk's database: revoking a key or wiping stored answers touches nothing else,
the desk never sees a credential, and ``deskmate keys`` works while the server runs.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import JSON, DateTime, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from api.data_dir import ensure, not_writable


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python; SQLite keeps no zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


class Base(DeclarativeBase):
    """Tables of this room."""


class KeyRow(Base):
    """One API key: only the SHA-256 of its text is kept."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    tenant: Mapped[str]
    subject: Mapped[str]
    role: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(JSON)
    demo: Mapped[bool]
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    expires: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AnswerRow(Base):
    """One request under an Idempotency-Key: running while ``status`` is null, answered after that."""

    __tablename__ = "idempotent_answers"

    id: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    owner: Mapped[str]
    run: Mapped[str | None]
    status: Mapped[int | None]
    media_type: Mapped[str | None]
    body: Mapped[str | None]
    created: Mapped[datetime] = mapped_column(UtcDateTime)


class TurnRow(Base):
    """One message that came through the completions endpoint: digests of the talk up to it and up to its answer."""

    __tablename__ = "completion_turns"

    id: Mapped[int] = mapped_column(primary_key=True)
    run: Mapped[str] = mapped_column(unique=True)
    thread: Mapped[str] = mapped_column(index=True)
    caller: Mapped[str]
    chat: Mapped[str | None] = mapped_column(index=True)
    asked: Mapped[str] = mapped_column(index=True)
    head: Mapped[str | None] = mapped_column(index=True)
    created: Mapped[datetime] = mapped_column(UtcDateTime)


def open_store(data_dir: Path) -> Engine:
    """Open the database in ``data_dir``, made where absent. Raises StartError if it cannot be written."""
    ensure(data_dir)
    path = data_dir / "api.sqlite"
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        engine = create_engine(f"sqlite:///{path}")
        event.listen(engine, "connect", _configure)
        Base.metadata.create_all(engine)
    except (OSError, OperationalError) as error:
        raise not_writable(data_dir, error if isinstance(error, OSError) else OSError(str(error.orig))) from error
    return engine


def _configure(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "busy_timeout=5000", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
