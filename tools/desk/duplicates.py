"""Whether a customer's new ticket is about what one of their open tickets is about. Deterministic; when unsure, no.

The thresholds were measured on the demo's stories, each told three times: of 10,152 pairs of different stories none is
taken for the same, of 144 pairs of the same story 35 % are (`tests/desk/test_duplicates.py` measures it again).
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge.errors import KnowledgeError
from knowledge.stemming import stem
from tools.desk.search import SMALL_WORDS
from tools.desk.ticket_desk import NewTicket
from tools.schema import Ticket
from tools.vocabulary import UNSOLVED

Embed = Callable[[Sequence[str]], Any]
_SAME = 0.75  # cosine of subject and description
_SAME_ORDER = 0.6  # where both name the same order
_OTHER_TYPE = 0.85  # where one is a question, say, and the other an incident
_SHARED = 0.3  # of the stems of the shorter text
_ORDER = re.compile(r"\bO-\d+\b", re.IGNORECASE)
_MOST = 30  # open tickets of one customer that are looked at, the newest


def same_matter(session: Session, tenant: str, new: NewTicket, embed: Embed) -> Ticket | None:
    """The customer's unsolved ticket on the same matter: the nearest one, the oldest among equals."""
    query = (
        select(Ticket)
        .where(
            Ticket.tenant == tenant,
            Ticket.requester == new.requester,
            Ticket.status.in_([status.value for status in UNSOLVED]),
        )
        .order_by(Ticket.created_at.desc(), Ticket.id.desc())
        .limit(_MOST)
    )
    mine = _text(new)
    likely = [one for one in reversed(session.scalars(query).all()) if may_be_same(mine, _text(one))]
    if not likely:
        return None
    try:
        cosines = nearness(mine, [_text(one) for one in likely], embed)
    except KnowledgeError:  # without an encoder only the very same words are the same matter, which is found before
        return None
    nearest = max(range(len(likely)), key=lambda place: cosines[place])
    ticket = likely[nearest]
    return ticket if cosines[nearest] >= _threshold(new, ticket) else None


def may_be_same(one: str, other: str) -> bool:
    """Whether two texts share enough words, and do not name other orders or other figures altogether."""
    for found in (_orders, _figures):
        mine, theirs = found(one), found(other)
        if mine and theirs and not mine & theirs:
            return False
    first, second = _stems(one), _stems(other)
    return len(first & second) >= _SHARED * max(1, min(len(first), len(second)))


def nearness(text: str, others: Sequence[str], embed: Embed) -> list[float]:
    """Cosines of a text to others."""
    vectors = np.asarray(embed([text, *others]))
    return [float(one) for one in vectors[1:] @ vectors[0]]


def _threshold(new: NewTicket, ticket: Ticket) -> float:
    if _orders(_text(new)) & _orders(_text(ticket)):
        return _SAME_ORDER
    return _SAME if new.type.value == ticket.type else _OTHER_TYPE


def _text(ticket: NewTicket | Ticket) -> str:
    return f"{ticket.subject}. {ticket.description}"


def _orders(text: str) -> set[str]:
    return {one.upper() for one in _ORDER.findall(text)}


def _figures(text: str) -> set[str]:
    return set(re.findall(r"\d+", text))


def _stems(text: str) -> set[str]:
    words = re.findall(r"\w+", text.lower())
    return {stem(word) for word in words if word not in SMALL_WORDS and (len(word) > 2 or word.isdigit())}
