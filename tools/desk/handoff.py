"""The note that a hand-off leaves on a ticket: for colleagues alone, and worded by no model."""

from collections.abc import Callable, Sequence
from datetime import datetime

from tools.database import Database
from tools.desk import tickets
from tools.desk.access import names, visible_tickets
from tools.desk.ticket_desk import US
from tools.desk.tickets import Edit
from tools.principal import Principal, Role
from tools.schema import Ticket
from tools.settings import ToolSettings
from tools.vocabulary import Status, Visibility


class HandoffNotes:
    """Writes on the desk. Safe to share between threads."""

    def __init__(self, database: Database, settings: ToolSettings, *, clock: Callable[[], datetime]) -> None:
        self._database, self._settings, self._clock = database, settings, clock

    def who(self, principal: Principal) -> str:
        """`Mara Ellison (C-1001)`."""
        with self._database.read() as session:
            known = names(session, principal).get(principal.subject)
        return f"{known} ({principal.subject})" if known else principal.subject

    def leave(self, principal: Principal, ticket_ids: Sequence[str], text: str) -> str | None:
        """Put the text on the last of these tickets that is the principal's and not closed; its number.

        None where there is no such ticket. The same text twice in a row is one note.
        """
        query = visible_tickets(principal).where(Ticket.id.in_(list(ticket_ids)), Ticket.status != Status.CLOSED.value)
        with self._database.write() as session:
            open_ones = {ticket.id: ticket for ticket in session.scalars(query)}
            number = next((one for one in reversed(ticket_ids) if one in open_ones), None)
            if number is not None:
                author = Principal(principal.tenant, US, Role.ADMIN)
                outside = self._settings.desk_elsewhere
                edit = Edit(session, author, self._clock(), self._settings.zone, outside)
                tickets.comment(edit, open_ones[number], text, Visibility.INTERNAL)
        return number
