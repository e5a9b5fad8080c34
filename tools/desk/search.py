"""Finding tickets by status and words."""

import re
from collections.abc import Callable

from sqlalchemy import func, or_
from sqlalchemy.orm import Session

from tools.desk.access import visible_tickets
from tools.principal import Principal
from tools.schema import Ticket
from tools.vocabulary import Group, OwnTicketFilter, Priority, TicketFilter

_CUSTOMER = re.compile(r"(?<![\w-])c-\d{3,}(?![\w-])", re.IGNORECASE)
_MOST_READ = 300  # tickets ranked in memory
# fmt: off
SMALL_WORDS = frozenset({
    "a", "about", "all", "an", "and", "any", "are", "at", "can", "do", "for", "from", "has", "have", "how", "i",
    "in", "is", "it", "its", "me", "my", "not", "of", "on", "open", "or", "our", "please", "show", "that",
    "the", "there", "this", "ticket", "tickets", "to", "was", "we", "were", "what", "when", "where", "which",
    "with", "you", "your",
})
# fmt: on


def find_tickets(
    session: Session,
    principal: Principal,
    *,
    text: str | None = None,
    status: TicketFilter | OwnTicketFilter | None = None,
    priority: Priority | None = None,
    group: Group | None = None,
) -> list[Ticket]:
    """Tickets that the principal may see, best match first, newest first among equals.

    Without a status, all statuses are searched when there is text, and the unsolved ones listed when there is none. A
    customer's number in the text asks for that customer's tickets, and is no word to look for.
    """
    text, of = _customer(text or "")
    words = _words(text)
    wanted = status or (TicketFilter.ANY if words else TicketFilter.UNSOLVED)
    query = visible_tickets(principal).where(Ticket.status.in_([one.value for one in wanted.statuses]))
    if of:
        query = query.where(func.upper(Ticket.requester) == of)
    if priority is not None:
        query = query.where(Ticket.priority == priority.value)
    if group is not None:
        query = query.where(Ticket.group == group.value)
    for_word = [func.lower(column).contains(word) for word in words for column in (Ticket.subject, Ticket.description)]
    if for_word:
        query = query.where(or_(*for_word))
    query = query.order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(_MOST_READ)
    found = list(session.scalars(query))
    return sorted(found, key=_rank(words), reverse=True) if words else found


def _customer(text: str) -> tuple[str, str]:
    """The text without a customer's number, and that number; "" where none is named."""
    found = _CUSTOMER.search(text)
    return (_CUSTOMER.sub(" ", text), found.group().upper()) if found else (text, "")


def _words(text: str) -> list[str]:
    """Words worth searching; plurals lose their s so that `drops` finds `drop`."""
    plain = [word for word in re.findall(r"\w+", text.lower()) if word not in SMALL_WORDS and len(word) > 1]
    return list(dict.fromkeys(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in plain))[:12]


def _rank(words: list[str]) -> Callable[[Ticket], int]:
    def rank(ticket: Ticket) -> int:
        subject, text = ticket.subject.lower(), ticket.description.lower()
        return sum(2 * (word in subject) + (word in text) for word in words)

    return rank
