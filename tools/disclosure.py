"""What a text would tell a customer that is not theirs to know: other customers' data, and what is internal.

Whatever a tool or a model has made of it, a reply is held against the database and the wiki once more before it leaves.
Staff may read all of their tenant.
"""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from knowledge.errors import KnowledgeError
from knowledge.page import PUBLIC_ONLY, Audience
from tools.overlap import runs
from tools.principal import Principal
from tools.schema import Comment, Customer, Order, Refund, Ticket
from tools.vocabulary import Visibility

if TYPE_CHECKING:
    from knowledge.index import Index

_Find = Callable[[Session, Principal, str], list[str]]

_IDENTIFIER = re.compile(r"(?<![\w-])([CTOR])-?(\d{3,9})(?![\w-])", re.IGNORECASE)
_OF_RECORDS = "TO"  # the letters of tickets and orders; C stands for a person, R for money
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"\+?\d[\d\s/()-]{5,}\d")
_PART = re.compile(r"[^\W\d_][\w'’-]*")
_NAME_PARTS = (2, 3, 4)
_RUN = 8  # words in a row that make a text an internal one
_LOOKED_AT = 200  # passages that share words in a row with a text


def foreign(
    session: Session, principal: Principal, text: str, typed: Sequence[str], own: Sequence[str] = ()
) -> list[str]:
    """What kinds of other customers' data stand in the text, without what the principal typed, and without the numbers
    of tickets and orders that stand in the texts of their `own` records: a number by itself tells them nothing.
    """
    if principal.is_staff:
        return []
    said = "\n".join(typed).lower()
    read = {_number(*found) for found in _IDENTIFIER.findall("\n".join(own)) if found[0].upper() in _OF_RECORDS}
    text = _IDENTIFIER.sub(lambda found: "" if _number(*found.groups()) in read else found.group(), text)
    kinds: list[tuple[str, _Find]] = [
        ("a number of another customer", _numbers),
        ("a mail address of another customer", _mails),
        ("a phone number of another customer", _phones),
        ("the name of another customer", _names),
    ]
    return [kind for kind, find in kinds if any(one.lower() not in said for one in find(session, principal, text))]


def _number(letter: str, digits: str) -> str:
    return f"{letter.upper()}-{digits}"


def _numbers(session: Session, principal: Principal, text: str) -> list[str]:
    """The digits of what is somebody else's: who types a number may leave its letter out."""
    named: dict[str, set[str]] = {}
    for letter, digits in _IDENTIFIER.findall(text):
        named.setdefault(letter.upper(), set()).add(_number(letter, digits))
    found = (
        number for letter, numbers in named.items() for number in session.scalars(_theirs(principal, letter, numbers))
    )
    return [number.partition("-")[2] for number in found]


def _theirs(principal: Principal, letter: str, numbers: set[str]) -> Select[str]:
    """Those of the numbers that exist and are another customer's."""
    tenant, subject = principal.tenant, principal.subject
    if letter == "T":
        other = func.coalesce(Ticket.requester, "") != subject
        return select(Ticket.id).where(Ticket.tenant == tenant, Ticket.id.in_(numbers), other)
    if letter == "O":
        return select(Order.id).where(Order.tenant == tenant, Order.id.in_(numbers), Order.customer_id != subject)
    if letter == "C":
        return select(Customer.id).where(Customer.tenant == tenant, Customer.id.in_(numbers), Customer.id != subject)
    own = select(Order.id).where(Order.tenant == tenant, Order.customer_id == subject)
    return select(Refund.id).where(Refund.tenant == tenant, Refund.id.in_(numbers), Refund.order_id.not_in(own))


def internal(
    session: Session, index: "Index", principal: Principal, collection: str, text: str, typed: Sequence[str]
) -> list[str]:
    """Which internal texts the text repeats: eight words in a row that stand on no public page and were not typed."""
    told = runs(text, _RUN)
    if principal.is_staff or not told:
        return []
    told -= set().union(*(runs(one, _RUN) for one in typed))
    found = ["an internal comment"] if any(told & runs(one, _RUN) for one in _notes(session, principal)) else []
    try:
        repeated = told & _repeated(index, collection, text, frozenset({Audience.INTERNAL}))
        if repeated:
            repeated -= _repeated(index, collection, text, PUBLIC_ONLY)
    except KnowledgeError:  # no page can be looked at, so none was read from either
        repeated = set()
    return [*found, "an internal page"] if repeated else found


def _repeated(index: "Index", collection: str, text: str, audiences: frozenset[Audience]) -> set[tuple[str, ...]]:
    found = index.repeated(text, collection=collection, most=_LOOKED_AT, audiences=audiences)
    return set().union(*(runs(passage, _RUN) for passage in found))


def _mails(session: Session, principal: Principal, text: str) -> list[str]:
    return _others(session, principal, func.lower(Customer.email), {one.lower() for one in _MAIL.findall(text)})


def _phones(session: Session, principal: Principal, text: str) -> list[str]:
    """As they are written in the text: the database may hold them in another spelling."""
    found = {re.sub(r"\D", "", one): one for one in _PHONE.findall(text)}
    plain: ColumnElement[str] = func.lower(Customer.phone)
    for sign in " +-/()":
        plain = func.replace(plain, sign, "")
    return [found[one] for one in _others(session, principal, plain, set(found))]


def _names(session: Session, principal: Principal, text: str) -> list[str]:
    parts = _PART.findall(text)
    spelled = {" ".join(parts[n : n + length]) for length in _NAME_PARTS for n in range(len(parts) - length + 1)}
    small = {one.lower() for one in spelled}  # SQLite makes letters small up to z alone, hence both
    return [
        *_others(session, principal, func.lower(Customer.name), small),
        *_others(session, principal, Customer.name.expression, spelled),
    ]


def _others(session: Session, principal: Principal, column: ColumnElement[str], wanted: set[str]) -> list[str]:
    """Those of `wanted` that a column holds for other customers, and not for this one."""
    if not wanted:
        return []
    query = select(column, Customer.id).where(Customer.tenant == principal.tenant, column.in_(wanted))
    rows = session.execute(query).all()
    own = {value for value, owner in rows if owner == principal.subject}
    return [value for value, _ in rows if value not in own]


def _notes(session: Session, principal: Principal) -> list[str]:
    """Internal comments on the principal's own tickets: those of others no reply can come near."""
    own = select(Ticket.id).where(Ticket.tenant == principal.tenant, Ticket.requester == principal.subject)
    query = select(Comment.text).where(
        Comment.tenant == principal.tenant,
        Comment.visibility == Visibility.INTERNAL.value,
        Comment.ticket_id.in_(own),
    )
    return list(session.scalars(query))
