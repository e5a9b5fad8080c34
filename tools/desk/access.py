"""Which rows a principal may see: the one place where ownership becomes a query."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from tools.errors import Refused, TicketNotFound
from tools.principal import Principal
from tools.schema import Change, Comment, Customer, Staff, Ticket
from tools.vocabulary import Visibility


def visible_tickets(principal: Principal) -> Select[Ticket]:
    """All tickets of the tenant for staff; their own for a customer."""
    query = select(Ticket).where(Ticket.tenant == principal.tenant)
    return query if principal.is_staff else query.where(Ticket.requester == principal.subject)


def ticket_of(session: Session, principal: Principal, ticket_id: str) -> Ticket:
    """The ticket, locked against other writers where the database can.

    Raises:
        TicketNotFound: there is none, or it is not this principal's to see.
    """
    ticket = session.scalar(visible_tickets(principal).where(Ticket.id == ticket_id).with_for_update())
    if ticket is None:
        raise TicketNotFound(ticket_id)
    return ticket


def comments_of(session: Session, principal: Principal, ticket_id: str) -> list[Comment]:
    """Comments, oldest first; customers get the public ones alone."""
    query = select(Comment).where(Comment.tenant == principal.tenant, Comment.ticket_id == ticket_id)
    if not principal.is_staff:
        query = query.where(Comment.visibility == Visibility.PUBLIC.value)
    return list(session.scalars(query.order_by(Comment.id)))


def changes_of(session: Session, principal: Principal, ticket_id: str) -> list[Change]:
    """History, oldest first; it names groups and internal work, so customers get none."""
    if not principal.is_staff:
        return []
    query = select(Change).where(Change.tenant == principal.tenant, Change.ticket_id == ticket_id)
    return list(session.scalars(query.order_by(Change.id)))


def customer_of(session: Session, principal: Principal) -> Customer:
    """The caller's own account.

    Raises:
        Refused: the caller has none.
    """
    customer = None if principal.is_staff else session.get(Customer, (principal.tenant, principal.subject))
    if customer is None:
        raise Refused("I cannot find a customer account for you, so I cannot do that here.")
    return customer


def names(session: Session, principal: Principal) -> dict[str, str]:
    """Names by number: the staff of the tenant, and the customer (all customers for staff)."""
    staff = session.execute(select(Staff.id, Staff.name).where(Staff.tenant == principal.tenant))
    customers = select(Customer.id, Customer.name).where(Customer.tenant == principal.tenant)
    if not principal.is_staff:
        customers = customers.where(Customer.id == principal.subject)
    return dict([*session.execute(customers).all(), *staff.all()])


def staff_of(session: Session, tenant: str) -> frozenset[str]:
    """The numbers of all colleagues."""
    return frozenset(session.scalars(select(Staff.id).where(Staff.tenant == tenant)))


def colleague(session: Session, tenant: str, name: str) -> Staff | None:
    """A member of staff by number or name (whole, or a first name that only one colleague has)."""
    plain = name.strip().lower()
    staff = list(session.scalars(select(Staff).where(Staff.tenant == tenant).order_by(Staff.id)))
    exact = [member for member in staff if plain in (member.id.lower(), member.name.lower())]
    loose = [member for member in staff if plain and member.name.lower().split()[0] == plain]
    found = exact or loose
    return found[0] if len(found) == 1 else None


def count(session: Session, query: Select[Ticket]) -> int:
    """How many rows a query has."""
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0
