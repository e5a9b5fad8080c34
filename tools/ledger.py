"""The ledger of writes: a call that took effect once is answered from here ever after."""

import hashlib
import json
from datetime import datetime

from sqlalchemy.orm import Session

from tools.outcome import Outcome
from tools.schema import LedgerRow

_EFFECT = "effect"  # where a session carries the effect it writes, for the outbox


def stored(session: Session, thread_id: str, call_id: str, digest: str) -> Outcome | None:
    """The outcome of this very call, if it took effect before."""
    row = session.get(LedgerRow, (thread_id, call_id, digest))
    return Outcome.model_validate_json(row.outcome) if row else None


def claim(session: Session, thread_id: str, call_id: str, digest: str, tool: str, now: datetime) -> LedgerRow:
    """Take the call's key before its effect; a second writer of the same call fails here and leaves nothing behind."""
    row = LedgerRow(thread_id=thread_id, call_id=call_id, digest=digest, tool=tool, outcome="", written_at=now)
    session.add(row)
    session.flush()
    session.info[_EFFECT] = effect_of(thread_id, call_id, digest)
    return row


def effect_of(thread_id: str, call_id: str, digest: str) -> str:
    """The effect's own name: 32 hex digits that tell nothing of thread or caller."""
    return hashlib.sha256(json.dumps([thread_id, call_id, digest]).encode()).hexdigest()[:32]


def claimed(session: Session) -> str | None:
    """The effect that this session writes; None outside a tool call."""
    effect: str | None = session.info.get(_EFFECT)
    return effect
