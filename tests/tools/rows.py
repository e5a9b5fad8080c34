"""What a test reads straight from the database, past the gate."""

from sqlalchemy import func, select

from tools.database import Database
from tools.schema import ApprovalRequest, LedgerRow, Order, Refund, Table, Ticket
from tools.seed import DEMO_TENANT


def dump(database: Database, *, without: frozenset[str] = frozenset()) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but the record of what was said and read, in a fixed order."""
    with database.read() as session:
        return {
            table.name: sorted(tuple(map(repr, row)) for row in session.execute(select(table)))
            for table in Table.metadata.sorted_tables
            if table.name not in without | {"thread_values"}
        }


def count(database: Database, table: type[Table]) -> int:
    """How many rows a table has."""
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def ticket(database: Database, number: str) -> Ticket:
    """A ticket by number."""
    with database.read() as session:
        return session.get_one(Ticket, (DEMO_TENANT, number))


def order(database: Database, number: str) -> Order:
    """An order by number."""
    with database.read() as session:
        return session.get_one(Order, (DEMO_TENANT, number))


def first_ticket(database: Database, requester: str, *statuses: str) -> str:
    """The number of one of the customer's tickets in one of the statuses."""
    with database.read() as session:
        found = session.scalars(
            select(Ticket.id)
            .where(Ticket.tenant == DEMO_TENANT, Ticket.requester == requester, Ticket.status.in_(statuses))
            .order_by(Ticket.created_at.desc())
        ).first()
    assert found, f"the seed has no {statuses} ticket of {requester}"
    return found


BUSINESS = frozenset({"seen_identifiers", "ledger", "approval_requests", "schema_version"})
"""Tables that hold no business: what may change although nothing was done."""

__all__ = ["BUSINESS", "ApprovalRequest", "LedgerRow", "Refund", "count", "dump", "first_ticket", "order", "ticket"]
