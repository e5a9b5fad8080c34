"""Fill a database with the demo company Fernlink: the same rows for the same moment, on every machine."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tools.database import Database
from tools.demo.company import CustomerEntry, NoticeEntry, people, wares
from tools.demo.dice import Dice
from tools.demo.moments import Moments
from tools.demo.orders import monthly_invoices, order_rows
from tools.demo.tickets import ticket_rows
from tools.errors import SeedError
from tools.schema import AreaNotice, Counter, Customer, Staff
from tools.settings import ToolSettings
from tools.vocabulary import Disruption

DEMO_TENANT = "demo"
_SEED = 20261124


@dataclass(frozen=True, slots=True)
class SeedReport:
    """How much was written."""

    customers: int
    staff: int
    orders: int
    tickets: int


def seed(
    database: Database,
    *,
    now: datetime | None = None,
    tenant: str = DEMO_TENANT,
    settings: ToolSettings | None = None,
) -> SeedReport:
    """Write the demo company into an empty tenant. All dates are relative to `now` (aware; default: the clock).

    Raises:
        SeedError: the tenant has data already, or `now` has no time zone.
    """
    moment = now or datetime.now(UTC)
    if moment.tzinfo is None:
        raise SeedError("The moment of seeding needs a time zone, for instance datetime.now(UTC).")
    moments = Moments(moment.astimezone(UTC), (settings or ToolSettings()).zone)
    with database.write() as session:
        if session.scalar(select(Customer.id).where(Customer.tenant == tenant).limit(1)):
            raise SeedError(
                f"The database already holds customers of tenant {tenant!r}, so nothing was written. Name another "
                "database, or remove this one first."
            )
        return _write(session, tenant, moments, Dice(_SEED))


def seeded(database: Database, tenant: str = DEMO_TENANT) -> bool:
    """Whether the tenant has customers."""
    with database.read() as session:
        return session.scalar(select(Customer.id).where(Customer.tenant == tenant).limit(1)) is not None


def _write(session: Session, tenant: str, moments: Moments, dice: Dice) -> SeedReport:
    company = people()
    session.add_all(_customer(tenant, entry, moments) for entry in company.customers)
    session.add_all(
        Staff(
            tenant=tenant,
            id=entry.id,
            name=entry.name,
            email=_email(entry.name, "fernlink"),
            group=entry.group.value,
            role=entry.role,
        )
        for entry in company.staff
    )
    session.add_all(_notice(tenant, entry, moments) for entry in company.notices)
    session.flush()
    orders = list(order_rows(tenant, moments, dice))
    session.add_all(rows.order for rows in orders)
    session.flush()
    session.add_all(item for rows in orders for item in rows.items)
    session.add_all(rows.invoice for rows in orders if rows.invoice)
    for entry in company.customers:
        session.add_all(monthly_invoices(tenant, entry, moments.today))
    tickets = list(ticket_rows(tenant, moments, dice))
    session.add_all(rows.ticket for rows in tickets)
    session.flush()
    for rows in tickets:
        session.add_all(rows.comments)
        session.add_all(rows.changes)
        session.flush()  # in ticket order, so that comment numbers are the same every time
    last = max(int(rows.ticket.id[2:]) for rows in tickets)
    session.add(Counter(tenant=tenant, kind="ticket", next=last + 1))
    session.add(Counter(tenant=tenant, kind="refund", next=3001))
    return SeedReport(len(company.customers), len(company.staff), len(orders), len(tickets))


def _customer(tenant: str, entry: CustomerEntry, moments: Moments) -> Customer:
    mobile = wares().mobile[entry.mobile] if entry.mobile else 0
    return Customer(
        tenant=tenant,
        id=entry.id,
        name=entry.name,
        email=_email(entry.name, "post"),
        phone=f"+49 555 01{entry.id[-2:]} {int(entry.id[-2:]) * 37 % 100:02d}",
        area=entry.area,
        plan=entry.plan,
        monthly_cents=wares().plans[entry.plan] + mobile,
        mobile_plan=entry.mobile,
        devices=list(entry.devices),
        customer_since=moments.today + timedelta(days=entry.since),
        contract_ends=moments.today + timedelta(days=entry.ends),
    )


def _notice(tenant: str, entry: NoticeEntry, moments: Moments) -> AreaNotice:
    """An outage is to be over at the next 18:00; maintenance is from 01:00 to 05:00 of its night."""
    start = moments.now + timedelta(hours=entry.starts_hours)
    end = moments.next(time(18))
    if entry.kind is Disruption.MAINTENANCE:
        day = moments.today + timedelta(days=entry.starts_days)
        start = datetime.combine(day, time(1), moments.zone).astimezone(UTC)
        end = datetime.combine(day, time(5), moments.zone).astimezone(UTC)
    return AreaNotice(
        tenant=tenant,
        id=entry.id,
        area=entry.area,
        kind=entry.kind.value,
        cause=entry.cause,
        starts_at=start,
        expected_end=end,
        ended_at=None,
    )


def _email(name: str, host: str) -> str:
    return f"{'.'.join(name.lower().split())}@{host}.example"
