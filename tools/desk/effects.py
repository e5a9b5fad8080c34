"""What tool calls have done on tickets, and taking it back where the desk allows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from tools import ledger
from tools.database import Database
from tools.desk import joining, outbox, tickets
from tools.desk.tickets import Edit
from tools.errors import Refused, ToolsError
from tools.outcome import Outcome
from tools.principal import Principal, Role
from tools.schema import LedgerRow, OutboxRow, Ticket
from tools.vocabulary import Status

_UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Effect:
    """One write: when, by which tool, what was told of it, and how far its steps are elsewhere."""

    name: str
    tool: str
    sentence: str
    written_at: datetime
    steps: tuple[OutboxRow, ...]

    @property
    def state(self) -> str:
        """`local`, `sent`, or the worst that one of its steps has come to."""
        states = {step.state for step in self.steps} or {outbox.LOCAL}
        order = (outbox.REFUSED, outbox.UNKNOWN, outbox.SENDING, outbox.WAITING, outbox.SENT, outbox.LOCAL)
        return next(state for state in order if state in states)


def latest(database: Database, most: int) -> list[Effect]:
    """Effects, the newest first."""
    with database.read() as session:
        rows = session.scalars(select(LedgerRow).order_by(LedgerRow.written_at.desc()).limit(most)).all()
        return [_effect(session, row) for row in rows]


def undo(database: Database, prefix: str, *, now: datetime, zone: ZoneInfo, outside: bool) -> str:
    """Take an effect back, once, in one transaction; what was done, as a sentence. `prefix` begins its name.

    Raises:
        ToolsError: no effect, or more than one, begins so.
        Refused: it cannot be taken back; the sentence says why, and nothing was changed.
    """
    with database.write() as session:
        effect = _find(session, prefix)
        digest = ledger.effect_of(_UNDO, effect.name, "")
        if ledger.stored(session, _UNDO, effect.name, digest):
            raise Refused("That was taken back already.")
        if not effect.steps:
            raise Refused(f"A call of {effect.tool} cannot be taken back here; please ask a colleague to put it right.")
        row = ledger.claim(session, _UNDO, effect.name, digest, _UNDO, now)
        tenant = effect.steps[0].tenant
        edit = Edit(session, Principal(tenant, "deskmate", Role.ADMIN), now, zone, outside)
        done = [_back(edit, step, effect.steps) for step in reversed(effect.steps)]
        sentence = f"Taken back: {'; '.join(done)}."
        row.outcome = Outcome(status="ok", sentence=sentence).model_dump_json()
        return sentence


def _back(edit: Edit, step: OutboxRow, steps: Sequence[OutboxRow]) -> str:
    ticket = edit.session.get_one(Ticket, (step.tenant, step.ticket_id))
    if step.kind == "set":
        return _restore(edit, ticket, step.payload)
    if step.kind == "create":
        others = select(OutboxRow.id).where(OutboxRow.tenant == step.tenant, OutboxRow.ticket_id == step.ticket_id)
        if set(edit.session.scalars(others)) - {one.id for one in steps}:
            raise Refused(f"Ticket {ticket.id} has been worked on since, so it stays. It can be marked as solved.")
        tickets.set_status(edit, ticket, Status.SOLVED)
        return f"ticket {ticket.id} is withdrawn and marked as solved"
    if step.kind == "link" and step.state == outbox.LOCAL:
        other = edit.session.get_one(Ticket, (step.tenant, step.payload["other"]))
        joining.unlink(edit, ticket, other)
        return f"tickets {ticket.id} and {other.id} are no longer linked"
    raise Refused(f"A {step.kind} on ticket {ticket.id} cannot be taken back: it may have been read or acted upon.")


def _restore(edit: Edit, ticket: Ticket, payload: dict[str, list[Any]]) -> str:
    values: dict[str, list[Any]] = {
        name: [_time(one) if name.endswith("_due") else one for one in pair] for name, pair in payload.items()
    }
    for name, (_, after) in values.items():
        if getattr(ticket, name) != after:
            raise Refused(f"The {name} of ticket {ticket.id} was changed since, so it stays as it is.")
    tickets.must_not_be_closed(ticket)
    if "status" in values:
        before = Status(values["status"][0])
        # A ticket that was taken up is not new again.
        tickets.set_status(edit, ticket, Status.OPEN if before is Status.NEW else before)
        return f"ticket {ticket.id} is {ticket.status} again"
    for name, (before, after) in values.items():
        if not name.endswith("_due"):
            tickets.note_change(edit, ticket, name, str(after), str(before))
        setattr(ticket, name, before)
    outbox.changed(edit, ticket, {name: (after, before) for name, (before, after) in values.items()})
    return f"{' and '.join(name for name in values if not name.endswith('_due'))} of ticket {ticket.id} is as before"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _find(session: Session, prefix: str) -> Effect:
    rows = session.scalars(select(LedgerRow)).all()
    found = [row for row in rows if ledger.effect_of(row.thread_id, row.call_id, row.digest).startswith(prefix)]
    if not prefix or len(found) != 1:
        count = len(found) if prefix else "All"
        raise ToolsError(f"{count} effects begin with {prefix!r}; `deskmate effects list` shows their names.")
    return _effect(session, found[0])


def _effect(session: Session, row: LedgerRow) -> Effect:
    name = ledger.effect_of(row.thread_id, row.call_id, row.digest)
    steps = session.scalars(select(OutboxRow).where(OutboxRow.effect == name).order_by(OutboxRow.id)).all()
    sentence = Outcome.model_validate_json(row.outcome).sentence if row.outcome else ""
    return Effect(name, row.tool, sentence, row.written_at, tuple(steps))
