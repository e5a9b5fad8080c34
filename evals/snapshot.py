"""The business tables of a world as plain values, so that two moments can be compared."""

from collections import defaultdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from evals.trial import Row, Snapshot
from tools.database import Database
from tools.schema import Comment, Customer, Invoice, Order, OrderItem, Refund, Ticket


def take_snapshot(database: Database, tenant: str) -> Snapshot:
    """Return the rows of one tenant as ``evals.tables`` describes them, by table and id."""
    with database.read() as session:
        return {
            "customers": _by_id(_customers(session, tenant)),
            "invoices": _by_id(_invoices(session, tenant)),
            "orders": _by_id(_orders(session, tenant)),
            "refunds": _by_id(_refunds(session, tenant)),
            "tickets": _by_id(_tickets(session, tenant)),
        }


def _by_id(rows: list[dict[str, Any]]) -> dict[str, Row]:
    return {str(row["id"]): row for row in sorted(rows, key=lambda row: str(row["id"]))}


def _picked(row: object, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _customers(session: Session, tenant: str) -> list[dict[str, Any]]:
    found = session.scalars(select(Customer).where(Customer.tenant == tenant))
    names = ("id", "name", "email", "phone", "area", "plan", "mobile_plan", "devices")
    return [_picked(row, *names) for row in found]


def _invoices(session: Session, tenant: str) -> list[dict[str, Any]]:
    found = session.scalars(select(Invoice).where(Invoice.tenant == tenant))
    return [
        {
            "id": row.id,
            "customer": row.customer_id,
            "order": row.order_id,
            "text": row.text,
            "amount": row.amount_cents / 100,
            "late_fee": row.late_fee_cents / 100,
            "paid": row.paid_on is not None,
        }
        for row in found
    ]


def _orders(session: Session, tenant: str) -> list[dict[str, Any]]:
    items: dict[str, list[OrderItem]] = defaultdict(list)
    for item in session.scalars(select(OrderItem).where(OrderItem.tenant == tenant).order_by(OrderItem.position)):
        items[item.order_id].append(item)
    return [
        {
            "id": row.id,
            "customer": row.customer_id,
            "status": row.status,
            "items": [f"{item.quantity} x {item.name}" for item in items[row.id]],
            "total": sum(item.quantity * item.unit_cents for item in items[row.id]) / 100,
        }
        for row in session.scalars(select(Order).where(Order.tenant == tenant))
    ]


def _refunds(session: Session, tenant: str) -> list[dict[str, Any]]:
    return [
        {
            "id": row.id,
            "order": row.order_id,
            "ticket": row.ticket_id,
            "amount": row.amount_cents / 100,
            **_picked(row, "reason", "requested_by", "approved_by"),
        }
        for row in session.scalars(select(Refund).where(Refund.tenant == tenant))
    ]


def _tickets(session: Session, tenant: str) -> list[dict[str, Any]]:
    comments: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in session.scalars(select(Comment).where(Comment.tenant == tenant).order_by(Comment.id)):
        comments[one.ticket_id, one.visibility].append(one.text)
    names = ("id", "type", "status", "priority", "subject", "description", "group", "requester", "assignee", "tags")
    return [
        {
            **_picked(row, *names),
            "comments": comments[row.id, "public"],
            "internal_comments": comments[row.id, "internal"],
        }
        for row in session.scalars(select(Ticket).where(Ticket.tenant == tenant))
    ]
