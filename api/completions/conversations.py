"""Which thread a stateless client's conversation belongs to: found again by a digest of what was said."""

import json
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Delete, Engine, Update, delete, exists, select, update
from sqlalchemy.orm import Session, aliased

from api.completions.talk import Talk
from api.keys import now
from api.store import TurnRow
from tools.principal import Principal

RETRIED_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message belongs: a thread to go on with, and where it was asked there already, that run."""

    thread_id: str
    run_id: str | None = None


class Conversations:
    """The turns of threads that clients of the completions endpoint have, in this room's database.

    A turn keeps digests alone: of the talk up to its message (``asked``) and up to its answer (``head``).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, caller: Principal, talk: Talk, *, chat: str | None, again: bool) -> Place | None:
        """Where the last message of ``talk`` belongs; None for a conversation that is not known.

        ``chat`` is the client's own name of the conversation, where it may give one. ``again`` tells that the client
        says it sends a request once more.
        """
        mine = TurnRow.caller == _name(caller)
        if chat:
            last = self._newest(mine, TurnRow.chat == chat)
            if last is None:
                return None
            return Place(last.thread, last.run if last.asked == talk.asked else None)
        mine &= TurnRow.chat.is_(None)
        repeats = mine & (TurnRow.asked == talk.asked)
        if again and (row := self._newest(repeats, TurnRow.created > now() - RETRIED_WITHIN)):
            return Place(row.thread, row.run)
        if not talk.earlier:
            return None  # the same first words begin many conversations
        if row := self._newest(mine, TurnRow.head == talk.before, _latest()):
            return Place(row.thread)
        if row := self._newest(repeats):
            return Place(row.thread, row.run)
        # A client that stopped reading has no answer to send along.
        row = self._newest(mine, TurnRow.asked == talk.before, _latest())
        return Place(row.thread) if row else None

    def started(self, caller: Principal, talk: Talk, chat: str | None, place: Place) -> None:
        """The message is being answered by a run."""
        row = TurnRow(
            run=place.run_id,
            thread=place.thread_id,
            caller=_name(caller),
            chat=chat,
            asked=talk.asked,
            created=now(),
        )
        with Session(self._engine) as session:
            session.add(row)
            session.commit()

    def answered(self, run_id: str, head: str) -> None:
        """The run has ended with an answer; ``head`` is the digest up to it."""
        self._execute(update(TurnRow).where(TurnRow.run == run_id).values(head=head))

    def failed(self, run_id: str) -> None:
        """The run has ended without an answer: the same message may be run again."""
        self._execute(delete(TurnRow).where(TurnRow.run == run_id))

    def thread_of(self, run_id: str) -> str | None:
        """The thread of a run that was started here; None for any other."""
        with Session(self._engine) as session:
            return session.scalar(select(TurnRow.thread).where(TurnRow.run == run_id))

    def _newest(self, *conditions: ColumnElement[bool]) -> TurnRow | None:
        with Session(self._engine, expire_on_commit=False) as session:
            return session.scalar(select(TurnRow).where(*conditions).order_by(TurnRow.id.desc()).limit(1))

    def _execute(self, statement: Update | Delete) -> None:
        with Session(self._engine) as session:
            session.execute(statement)
            session.commit()


def _latest() -> ColumnElement[bool]:
    """Whether no later message was run on the thread."""
    later = aliased(TurnRow)
    return ~exists().where(later.thread == TurnRow.thread, later.id > TurnRow.id)


def _name(caller: Principal) -> str:
    return json.dumps([caller.tenant, caller.subject, caller.role.value])
