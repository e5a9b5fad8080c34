"""The ledger of writes: a call that took effect once is answered from here ever after."""

from datetime import datetime

from sqlalchemy.orm import Session

from tools.outcome import Outcome
from tools.schema import LedgerRow


def stored(session: Session, thread_id: str, call_id: str, digest: str) -> Outcome | None:
    """The outcome of this very call, if it took effect before."""
    row = session.get(LedgerRow, (thread_id, call_id, digest))
    return Outcome.model_validate_json(row.outcome) if row else None


def claim(session: Session, thread_id: str, call_id: str, digest: str, tool: str, now: datetime) -> LedgerRow:
    """Take the call's key before its effect; a second writer of the same call fails here and leaves nothing behind."""
    row = LedgerRow(thread_id=thread_id, call_id=call_id, digest=digest, tool=tool, outcome="", written_at=now)
    session.add(row)
    session.flush()
    return row
