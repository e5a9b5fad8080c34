"""Where identifiers come from: the record of what each principal typed or was shown, per thread.

The same record offers candidates to a model and enforces them at the gate.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tools.desk import labelling
from tools.desk.access import visible_tickets
from tools.labels import Value
from tools.orders import lines_of, visible_orders
from tools.outcome import Shown
from tools.principal import Principal
from tools.schema import Order, Seen, Ticket

_Known = tuple[Shown, Value]  # an identifier, and the words that tell it from its neighbours with their label

KINDS = ("ticket", "order", "page")
_MOST_TYPED = 40  # identifiers taken from one message
# A number of 3 digits or more, alone or after T or O; a price, a decimal or the inside of a word is none.
_TYPED = re.compile(r"(?<![\w.,€$£])(?:([to])[-\s]?)?(\d{3,9})(?![\w€%]|[.,:]\d)", re.IGNORECASE)


def record(session: Session, principal: Principal, thread_id: str, shown: Iterable[Shown], now: datetime) -> None:
    """Keep what this result showed to this principal."""
    _keep(session, principal, thread_id, shown, "shown", now)


def observe(session: Session, principal: Principal, thread_id: str, text: str, now: datetime) -> tuple[Value, ...]:
    """Keep the identifiers typed in `text` that exist and are this principal's to see; others leave no trace.

    Returns what is told with them from now on, be it only typed: a ticket's subject and an order's lines are by others.
    """
    found = _typed(session, principal, text)
    _keep(session, principal, thread_id, [shown for shown, _ in found], "typed", now)
    return tuple(value for _, value in found)


def typed(session: Session, principal: Principal, text: str) -> list[Shown]:
    """Identifiers in `text` that exist and are this principal's to see."""
    return [shown for shown, _ in _typed(session, principal, text)]


def unknown(session: Session, principal: Principal, text: str) -> list[Shown]:
    """Numbers written with their letter ("T-…", "O-…") that are not this principal's, whether they exist or not."""
    found: dict[str, Shown] = {}
    for letter, digits in _TYPED.findall(text)[:_MOST_TYPED]:
        kind = {"t": "ticket", "o": "order"}.get(letter.lower())
        if kind and not _LOOK_UPS[kind](session, principal, digits):
            name = f"{letter.upper()}-{digits}"
            found[name] = Shown(kind=kind, id=name, label="")
    return list(found.values())


def seen(session: Session, principal: Principal, thread_id: str, kind: str, value: str) -> bool:
    """Whether this principal may name the identifier in this thread."""
    return session.get(Seen, (principal.tenant, principal.subject, thread_id, kind, value)) is not None


def unrecorded(session: Session, principal: Principal, thread_id: str, shown: Iterable[Shown]) -> list[Shown]:
    """Those of `shown` that the record does not hold yet."""
    return [one for one in shown if not seen(session, principal, thread_id, one.kind, one.id)]


def candidates(session: Session, principal: Principal, thread_id: str) -> dict[str, tuple[Shown, ...]]:
    """All identifiers of the thread per kind, latest first."""
    rows = session.scalars(
        select(Seen)
        .where(Seen.tenant == principal.tenant, Seen.subject == principal.subject, Seen.thread_id == thread_id)
        .order_by(Seen.seen_at.desc(), Seen.id)
    )
    per_kind: dict[str, list[Shown]] = {kind: [] for kind in KINDS}
    for row in rows:
        per_kind.setdefault(row.kind, []).append(Shown(kind=row.kind, id=row.id, label=row.label))
    return {kind: tuple(shown) for kind, shown in per_kind.items()}


def _typed(session: Session, principal: Principal, text: str) -> list[_Known]:
    found: dict[tuple[str, str], _Known] = {}
    for letter, digits in _TYPED.findall(text)[:_MOST_TYPED]:
        for kind in {"t": ("ticket",), "o": ("order",)}.get(letter.lower(), ("ticket", "order")):
            if known := _LOOK_UPS[kind](session, principal, digits):
                found[kind, known[0].id] = known
    return list(found.values())


def _keep(
    session: Session, principal: Principal, thread_id: str, shown: Iterable[Shown], source: str, now: datetime
) -> None:
    # merge, not add: what is seen again moves to the front and takes its newest label.
    for one in shown:
        session.merge(
            Seen(
                tenant=principal.tenant,
                subject=principal.subject,
                thread_id=thread_id,
                kind=one.kind,
                id=one.id,
                label=one.label[:255],
                source=source,
                seen_at=now,
            )
        )


def _ticket(session: Session, principal: Principal, digits: str) -> _Known | None:
    ticket = session.scalar(visible_tickets(principal).where(Ticket.id == f"T-{digits}"))
    if ticket is None:
        return None
    [value] = labelling.subjects([ticket])
    return Shown(kind="ticket", id=ticket.id, label=value.text), value


def _order(session: Session, principal: Principal, digits: str) -> _Known | None:
    order = session.scalar(visible_orders(principal).where(Order.id == f"O-{digits}"))
    if order is None:
        return None
    value = lines_of(session, order)
    return Shown(kind="order", id=order.id, label=value.text), value


_LOOK_UPS: dict[str, Callable[[Session, Principal, str], _Known | None]] = {"ticket": _ticket, "order": _order}
