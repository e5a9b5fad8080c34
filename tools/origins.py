"""Where the words of a thread come from: the record of what a principal typed and of what tools read for them.

It stands beside the record of identifiers. The thread's label is the join of all that is on it; whether an act was
asked for, and whether an argument carries somebody else's words, is decided by it.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from tools.labels import OWN, TOP, Confidentiality, Integrity, Label, Value, join
from tools.principal import Principal
from tools.schema import ThreadValue

_RECENT = 4  # messages of the principal's in which an act may have been asked for
_RUN, _SHORTEST = 5, 3  # words in a row that were taken over; a text shorter than `_SHORTEST` tells nothing
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# What is taken over whole, however short: addresses, and numbers of four digits and more.
_TELLING = re.compile(
    r"(?:https?://|www\.)[^\s<>\"')\]]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+?\d[\d\s/()-]{2,}\d", re.IGNORECASE
)
_TYPED = "your own words"


def heard(
    session: Session, principal: Principal, thread_id: str, text: str, asks: Mapping[str, str], now: datetime
) -> None:
    """Keep what the principal typed, with the acts that it asks for."""
    typed = Value(text=text, label=Label.own(principal, Integrity.PRINCIPAL), source=_TYPED)
    _keep(session, principal, thread_id, [typed], now, dict(asks))


def record(session: Session, principal: Principal, thread_id: str, values: Iterable[Value], now: datetime) -> None:
    """Keep what a tool read for the principal."""
    _keep(session, principal, thread_id, values, now, None)


def unrecorded(session: Session, principal: Principal, thread_id: str, values: Iterable[Value]) -> list[Value]:
    """Those of `values` that the record does not hold yet."""
    return [one for one in values if session.get(ThreadValue, _key(principal, thread_id, one)) is None]


def joined(session: Session, principal: Principal, thread_id: str) -> Label | None:
    """The label of the thread; None where a value on it has none that is known here."""
    columns = (ThreadValue.integrity, ThreadValue.confidentiality, ThreadValue.owner)
    rows = session.execute(select(*columns).where(*_of(principal, thread_id)).distinct()).all()
    try:
        return join(
            Label(integrity=Integrity(integrity), confidentiality=Confidentiality(confidentiality), owner=owner)
            for integrity, confidentiality, owner in rows
        )
    except ValueError:
        return None


def asked(session: Session, principal: Principal, thread_id: str, tool: str) -> str | None:
    """The clause of the principal's last messages that asks for this tool; "" where nothing was typed in the thread."""
    rows = session.scalars(
        select(ThreadValue.asks)
        .where(*_of(principal, thread_id), ThreadValue.integrity == Integrity.PRINCIPAL.value)
        .order_by(ThreadValue.number.desc())
        .limit(_RECENT)
    ).all()
    if not rows:
        return ""
    return next((asks[tool] for asks in rows if asks and tool in asks), None)


def carried(session: Session, principal: Principal, thread_id: str, texts: Sequence[str]) -> list[Value]:
    """The values by others whose words stand in `texts`, as far as the principal has not typed the same."""
    rows = session.scalars(select(ThreadValue).where(*_of(principal, thread_id)).order_by(ThreadValue.number.desc()))
    values = [(row, _value(row)) for row in rows]
    own = [value.text for _, value in values if value.label.integrity is Integrity.PRINCIPAL]
    foreign = [value for _, value in values if value.label.integrity not in OWN]
    return [value for value in foreign if any(_takes_over(text, value.text, own) for text in texts)]


def sources(session: Session, principal: Principal, thread_id: str) -> list[str]:
    """What by others was read in the thread, named for a person, latest first."""
    columns = select(ThreadValue.source).where(
        *_of(principal, thread_id), ThreadValue.integrity.not_in([one.value for one in OWN])
    )
    return list(dict.fromkeys(session.scalars(columns.order_by(ThreadValue.number.desc()))))


def _takes_over(text: str, source: str, own: Sequence[str]) -> bool:
    """Whether words of `source` that stand nowhere in `own` were taken over into `text`."""
    words = _words(text)
    run = min(_RUN, len(words))
    if run >= _SHORTEST:
        taken = _runs(words, run) & _runs(_words(source), run)
        if taken and taken - set().union(*(_runs(_words(one), run) for one in own)):
            return True
    told = _telling(source) - set().union(*map(_telling, own))
    return bool(_telling(text) & told)


def _words(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def _runs(words: Sequence[str], length: int) -> set[tuple[str, ...]]:
    return {tuple(words[n : n + length]) for n in range(len(words) - length + 1)}


def _telling(text: str) -> set[str]:
    return {re.sub(r"[\s/()-]+", "", found.lower()).rstrip(".,;:!?") for found in _TELLING.findall(text)}


def _keep(
    session: Session,
    principal: Principal,
    thread_id: str,
    values: Iterable[Value],
    now: datetime,
    asks: dict[str, str] | None,
) -> None:
    last: int | None = session.scalar(select(func.max(ThreadValue.number)).where(*_of(principal, thread_id)))
    for number, value in enumerate(values, (last or 0) + 1):
        tenant, subject, thread, digest = _key(principal, thread_id, value)
        # merge, not add: what is typed or read again is one row, and the latest.
        session.merge(
            ThreadValue(
                tenant=tenant,
                subject=subject,
                thread_id=thread,
                digest=digest,
                number=number,
                integrity=value.label.integrity.value,
                confidentiality=value.label.confidentiality.value,
                owner=value.label.owner,
                source=value.source,
                text=value.text,
                asks=asks,
                noted_at=now,
            )
        )


def _value(row: ThreadValue) -> Value:
    # A label that is not known here is taken for the worst one; the policy denies the call besides.
    known = row.integrity in set(Integrity) and row.confidentiality in set(Confidentiality)
    label = Label(
        integrity=Integrity(row.integrity) if known else Integrity.EXTERNAL,
        confidentiality=Confidentiality(row.confidentiality) if known else Confidentiality.INTERNAL,
        owner=row.owner,
    )
    return Value(text=row.text, label=label, source=row.source)


def _of(principal: Principal, thread_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        ThreadValue.tenant == principal.tenant,
        ThreadValue.subject == principal.subject,
        ThreadValue.thread_id == thread_id,
    )


def _key(principal: Principal, thread_id: str, value: Value) -> tuple[str, str, str, str]:
    label = value.label
    parts = [label.integrity, label.confidentiality, label.owner, value.source, value.text]
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]
    return (principal.tenant, principal.subject, thread_id, digest)


__all__ = ["TOP", "asked", "carried", "heard", "joined", "record", "sources", "unrecorded"]
