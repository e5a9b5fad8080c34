"""What people read of the desk, without a model in between."""

from collections.abc import Iterable

from tools.database import Database
from tools.desk import views
from tools.desk.access import changes_of, comments_of, names, ticket_of, visible_tickets
from tools.principal import Principal
from tools.schema import Ticket
from tools.vocabulary import Group, Priority, Status


class Desk:
    """Tickets as a principal may see them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tickets(
        self,
        principal: Principal,
        *,
        status: Iterable[Status] | Status | None = None,
        priority: Priority | None = None,
        group: Group | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[views.TicketSummary]:
        """Tickets, newest first: all of the tenant for staff, their own for a customer."""
        query = visible_tickets(principal)
        if status is not None:
            wanted = [status] if isinstance(status, Status) else list(status)
            query = query.where(Ticket.status.in_([one.value for one in wanted]))
        if priority is not None:
            query = query.where(Ticket.priority == priority.value)
        if group is not None:
            query = query.where(Ticket.group == group.value)
        query = query.order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(limit).offset(offset)
        with self._database.read() as session:
            known = names(session, principal)
            return [views.summary(ticket, known) for ticket in session.scalars(query)]

    def ticket(self, ticket_id: str, principal: Principal) -> views.TicketDetail:
        """One ticket.

        Raises:
            TicketNotFound: there is none, or it is not this principal's to see.
        """
        with self._database.read() as session:
            ticket = ticket_of(session, principal, ticket_id)
            return views.detail(
                ticket,
                comments_of(session, principal, ticket.id),
                changes_of(session, principal, ticket.id),
                names(session, principal),
            )
