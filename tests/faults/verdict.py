"""What came of a row, judged alike for every agent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from tests.faults.rows import Row
from tests.faults.task import Write
from tools.database import Database
from tools.outcome import Outcome
from tools.schema import LedgerRow, Ticket

Ending = Literal["completed", "handed off", "asked", "error", "silent", "wrong"]
"""`silent`: neither done nor said to be undone. `wrong`: a write that nobody asked for, or one made twice."""

GOOD: tuple[Ending, ...] = ("completed", "handed off", "asked", "error")
_TICKET = re.compile(r"\bT-\d+")


@dataclass(frozen=True, slots=True)
class Result:
    """One agent's run of a row. `did` says in a few words what it did about the trouble."""

    row: Row
    did: str
    ending: Ending
    writes: tuple[Write, ...]

    @property
    def survived(self) -> bool:
        """A right completion, or an honest end with no wrong write."""
        return self.ending in GOOD


def writes(database: Database) -> tuple[Write, ...]:
    """The writes on the desk's ledger, in their order, with the ticket that each made or changed."""
    with database.read() as session:
        found = session.scalars(select(LedgerRow).order_by(LedgerRow.written_at)).all()
        outcomes = [(row.tool, Outcome.model_validate_json(row.outcome)) for row in found]
        tickets = {ticket.id: ticket for ticket in session.scalars(select(Ticket))}
        return tuple(Write(tool, _facts(tickets.get(o.tickets[0]) if o.tickets else None)) for tool, o in outcomes)


def judge(status: Ending, reply: str, made: Sequence[Write]) -> Ending:
    """How a run ended. A completed one has made the write and names it, or says that it has not."""
    if len(made) > 1 or not all(write.is_right for write in made):
        return "wrong"
    named = set(_TICKET.findall(reply))
    if named - {write.facts["id"] for write in made}:
        return "wrong"  # a ticket that is not there
    if status != "completed":
        return status
    return "completed" if made and named else "silent"


def _facts(ticket: Ticket | None) -> dict[str, str | None]:
    if ticket is None:
        return {}
    return {"id": ticket.id, "subject": ticket.subject, "description": ticket.description, "priority": ticket.priority}
