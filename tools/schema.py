"""Tables of the desk's database. Every row belongs to a tenant; every query names it."""

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Dialect, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import DateTime, TypeDecorator

VERSION = 4  # raise it with every change of a table; a database of another version is refused at start


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept as UTC without a zone so that SQLite and PostgreSQL hold the same."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: UTC, zone dropped."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database: UTC, zone restored."""
        return None if value is None else value.replace(tzinfo=UTC)


class Table(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, str: String(255)}


class SchemaVersion(Table):
    """One row: which version of this module made the database."""

    __tablename__ = "schema_version"

    version: Mapped[int] = mapped_column(primary_key=True)


class Counter(Table):
    """The next number of tickets and refunds of a tenant."""

    __tablename__ = "counters"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    next: Mapped[int]


class Customer(Table):
    """Somebody who buys from the company."""

    __tablename__ = "customers"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]
    area: Mapped[str]
    plan: Mapped[str]
    monthly_cents: Mapped[int]
    mobile_plan: Mapped[str | None]
    devices: Mapped[list[str]] = mapped_column(JSON)
    customer_since: Mapped[date]
    contract_ends: Mapped[date]


class Staff(Table):
    """A colleague at the desk."""

    __tablename__ = "staff"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    group: Mapped[str] = mapped_column("team")
    role: Mapped[str]


class Ticket(Table):
    """One case of the desk. `requester` is None for work that staff opened for themselves."""

    __tablename__ = "tickets"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "requester"], ["customers.tenant", "customers.id"]),
        ForeignKeyConstraint(["tenant", "assignee"], ["staff.tenant", "staff.id"]),
        Index("tickets_of_requester", "tenant", "requester", "created_at"),
        Index("tickets_by_status", "tenant", "status", "created_at"),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    description: Mapped[str] = mapped_column(Text)
    status: Mapped[str]
    priority: Mapped[str]
    priority_asked: Mapped[str | None]  # what the customer asked for, whatever it is now
    type: Mapped[str]
    group: Mapped[str] = mapped_column("team")
    requester: Mapped[str | None]
    assignee: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    first_reply_due: Mapped[datetime]
    resolution_due: Mapped[datetime]
    first_replied_at: Mapped[datetime | None]
    solved_at: Mapped[datetime | None]


class Comment(Table):
    """Something said on a ticket; internal comments are for staff alone."""

    __tablename__ = "comments"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "ticket_id"], ["tickets.tenant", "tickets.id"]),
        Index("comments_of_ticket", "tenant", "ticket_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    tenant: Mapped[str]
    ticket_id: Mapped[str]
    author: Mapped[str]
    visibility: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Change(Table):
    """One line of a ticket's history: who changed which field, from what to what."""

    __tablename__ = "changes"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "ticket_id"], ["tickets.tenant", "tickets.id"]),
        Index("changes_of_ticket", "tenant", "ticket_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    tenant: Mapped[str]
    ticket_id: Mapped[str]
    author: Mapped[str]
    field: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str | None]
    changed_at: Mapped[datetime]


class Order(Table):
    """An order of devices."""

    __tablename__ = "orders"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "customer_id"], ["customers.tenant", "customers.id"]),
        Index("orders_of_customer", "tenant", "customer_id", "placed_at"),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str]
    status: Mapped[str]
    delivery_cents: Mapped[int]
    placed_at: Mapped[datetime]
    shipped_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]


class OrderItem(Table):
    """One line of an order."""

    __tablename__ = "order_items"
    __table_args__ = (ForeignKeyConstraint(["tenant", "order_id"], ["orders.tenant", "orders.id"]),)

    tenant: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    quantity: Mapped[int]
    unit_cents: Mapped[int]


class Invoice(Table):
    """A bill: for a month of the plan, or (with `order_id`) for an order, written when it is handed to the carrier."""

    __tablename__ = "invoices"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "customer_id"], ["customers.tenant", "customers.id"]),
        ForeignKeyConstraint(["tenant", "order_id"], ["orders.tenant", "orders.id"]),
        Index("invoices_of_customer", "tenant", "customer_id", "issued_on"),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str]
    order_id: Mapped[str | None]
    text: Mapped[str]
    amount_cents: Mapped[int]
    late_fee_cents: Mapped[int]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    paid_on: Mapped[date | None]


class Refund(Table):
    """Money that goes back to a customer for an order."""

    __tablename__ = "refunds"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "order_id"], ["orders.tenant", "orders.id"]),
        ForeignKeyConstraint(["tenant", "ticket_id"], ["tickets.tenant", "tickets.id"]),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str]
    ticket_id: Mapped[str]
    amount_cents: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    requested_by: Mapped[str]
    approved_by: Mapped[str]
    created_at: Mapped[datetime]


class AreaNotice(Table):
    """A disturbance in one service area: an outage, or planned maintenance. `ended_at` is None until it is over."""

    __tablename__ = "area_notices"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    area: Mapped[str]
    kind: Mapped[str]
    cause: Mapped[str]
    starts_at: Mapped[datetime]
    expected_end: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Seen(Table):
    """An identifier that a principal typed or was shown in a thread."""

    __tablename__ = "seen_identifiers"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    thread_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]
    source: Mapped[str]  # typed, shown
    seen_at: Mapped[datetime]


class ThreadValue(Table):
    """A text that a principal typed in a thread, or that a tool read there for them, with its labels."""

    __tablename__ = "thread_values"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    thread_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)  # of labels, source and text: what is read again is one row
    number: Mapped[int]  # counts through the thread; what is typed again moves to the end
    integrity: Mapped[str]
    confidentiality: Mapped[str]
    owner: Mapped[str]
    source: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    asks: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # of typed words: tool -> calls left that they ask for
    noted_at: Mapped[datetime]


class LedgerRow(Table):
    """A write that took effect, with the outcome that was told. Its key is the call, so that a call has one effect."""

    __tablename__ = "ledger"

    thread_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    tool: Mapped[str]
    outcome: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]


class ApprovalRequest(Table):
    """A risky write that was asked for. A grant answers it once, before it is too old."""

    __tablename__ = "approval_requests"
    __table_args__ = (Index("approvals_by_bound", "bound", "used_at"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    tenant: Mapped[str]
    digest: Mapped[str]  # of the call, as in the ledger
    bound: Mapped[str]  # the same with the policies under which it was asked
    tool: Mapped[str]
    requested_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    approver: Mapped[str | None]


class TicketLink(Table):
    """Two tickets that belong together, or (`merged_into`) one that went into another."""

    __tablename__ = "ticket_links"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    ticket_id: Mapped[str] = mapped_column(primary_key=True)
    other_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]  # related, merged_into
    made_at: Mapped[datetime]


class DeskKey(Table):
    """A write that came through `SqlDesk` under a key, so that the same key has one effect."""

    __tablename__ = "desk_keys"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    ticket_id: Mapped[str]
    comment_id: Mapped[int | None]


class OutboxRow(Table):
    """One step of an effect on a ticket, written in the effect's own transaction.

    Where a ticket system elsewhere gets it too, `state` says how far that is; `local` where nothing is to be sent.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_by_state", "state", "not_before"),
        Index("outbox_of_effect", "effect"),
        Index("outbox_of_ticket", "tenant", "ticket_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(unique=True)  # what the system elsewhere is told, the same each time
    effect: Mapped[str]  # `ledger.effect_of` of the call that wrote it
    tenant: Mapped[str]
    ticket_id: Mapped[str]
    kind: Mapped[str]  # create, set, comment, link, merge
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    author: Mapped[str]
    state: Mapped[str]  # local, waiting, sending, sent, unknown, refused
    tries: Mapped[int]
    not_before: Mapped[datetime]  # no try before this; while sending, until when the sender may be alive
    seen_at: Mapped[datetime | None]  # when the ticket elsewhere was last changed, before this was sent
    note: Mapped[str] = mapped_column(Text)  # a sentence on what went wrong
    written_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class RemoteTicket(Table):
    """The number of a ticket in the system elsewhere."""

    __tablename__ = "remote_tickets"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    ticket_id: Mapped[str] = mapped_column(primary_key=True)
    desk: Mapped[str]
    number: Mapped[str]


class RemoteComment(Table):
    """A comment of the system elsewhere that stands here too."""

    __tablename__ = "remote_comments"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    desk: Mapped[str] = mapped_column(primary_key=True)
    remote_id: Mapped[str] = mapped_column(primary_key=True)
    comment_id: Mapped[int]


class RemoteReading(Table):
    """When a ticket was last read in the system elsewhere."""

    __tablename__ = "remote_readings"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    ticket_id: Mapped[str] = mapped_column(primary_key=True)
    read_at: Mapped[datetime]
