"""Answers stored under an ``Idempotency-Key``."""

from datetime import timedelta

from sqlalchemy import Engine, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.keys import now
from api.store import AnswerRow


class AnswerStore:
    """Answers under (caller, path, Idempotency-Key)."""

    def __init__(self, engine: Engine, *, keep: timedelta) -> None:
        self._engine = engine
        self._keep = keep

    def claim(self, key: str, fingerprint: str, owner: str) -> AnswerRow | None:
        """Take the key for a request: None if it is new, else the row of the request that took it first.

        ``owner`` names the server process: a claim that an earlier process left behind without a run had no effect
        and is taken over.
        """
        with Session(self._engine, expire_on_commit=False) as session:
            lost = (AnswerRow.status.is_(None)) & (AnswerRow.run.is_(None)) & (AnswerRow.owner != owner)
            old = AnswerRow.created < now() - self._keep
            session.execute(delete(AnswerRow).where(or_(old, (AnswerRow.id == key) & lost)))
            session.add(AnswerRow(id=key, fingerprint=fingerprint, owner=owner, created=now()))
            try:
                session.commit()
            except IntegrityError:
                session.rollback()
                return session.scalars(select(AnswerRow).where(AnswerRow.id == key)).one()
        return None

    def started(self, key: str, run_id: str) -> None:
        """Note the run that the request started, so that its answer can be found again whatever happens."""
        self._set(key, run=run_id)

    def answered(self, key: str, status: int, media_type: str | None, body: str) -> None:
        """Store the answer."""
        self._set(key, status=status, media_type=media_type, body=body)

    def release(self, key: str) -> None:
        """Forget a request that failed before it started anything; one with a run is kept."""
        with Session(self._engine) as session:
            session.execute(delete(AnswerRow).where(AnswerRow.id == key, AnswerRow.run.is_(None)))
            session.commit()

    def _set(self, key: str, **values: str | int | None) -> None:
        with Session(self._engine) as session:
            session.execute(update(AnswerRow).where(AnswerRow.id == key).values(**values))
            session.commit()
