"""The outbox: every step on a ticket, written with the step itself, for a ticket system elsewhere and for undoing."""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tools import ledger
from tools.schema import OutboxRow, Ticket

if TYPE_CHECKING:
    from tools.desk.tickets import Edit

LOCAL, WAITING, SENDING, SENT, UNKNOWN, REFUSED = "local", "waiting", "sending", "sent", "unknown", "refused"
OPEN = (WAITING, SENDING, UNKNOWN)
"""States in which a step is still to be settled with the system elsewhere."""

_STEPS = "steps"


def record(edit: "Edit", ticket: Ticket, kind: str, payload: Mapping[str, Any]) -> None:
    """Write a step down in the caller's transaction. The payload names rows and values, never a customer's text."""
    info = edit.session.info
    effect = ledger.claimed(edit.session) or info.setdefault("unclaimed", uuid.uuid4().hex)
    info[_STEPS] = step = info.get(_STEPS, 0) + 1
    edit.session.add(
        OutboxRow(
            key=hashlib.sha256(f"{effect}.{step}".encode()).hexdigest()[:32],
            effect=effect,
            tenant=ticket.tenant,
            ticket_id=ticket.id,
            kind=kind,
            payload=dict(payload),
            author=edit.principal.subject,
            state=WAITING if edit.outside else LOCAL,
            tries=0,
            not_before=edit.now,
            seen_at=None,
            note="",
            written_at=edit.now,
            sent_at=None,
        )
    )


def changed(edit: "Edit", ticket: Ticket, fields: Mapping[str, tuple[Any, Any]]) -> None:
    """Write down new values of fields, each with what stood before."""
    record(edit, ticket, "set", {name: [_plain(one) for one in pair] for name, pair in fields.items()})


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
