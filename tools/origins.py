"""Where the words of a thread come from: the record of what a principal typed and of what tools read for them.

It stands beside the record of identifiers. The thread's label is the join of all that is on it; whether an act was
asked for, and whether an argument carries somebody else's words, is decided by it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from tools.labels import OWN, Confidentiality, Integrity, Label, Value, join
from tools.overlap import stands_on, takes_over
from tools.principal import Principal
from tools.schema import ThreadValue

_RECENT = 4  # messages of the principal's in which an act may have been asked for
_RUN, _SHORTEST = 5, 3  # words in a row that were taken over; a text shorter than `_SHORTEST` tells nothing
_OWN_SHARE = 0.5  # of a text's words that must be the principal's, so that it is theirs in other words
_TYPED = "your own words"


def heard(
    session: Session, principal: Principal, thread_id: str, text: str, asks: Mapping[str, Sequence[str]], now: datetime
) -> None:
    """Keep what the principal typed, with the calls that it asks for: a clause for each.

    The last message once more is the same message: a run that was killed hears it again.
    """
    calls = {tool: len(clauses) for tool, clauses in asks.items()}
    last = next(iter(recent(session, principal, thread_id)), None)
    if last and last.text == text:
        last.asks = calls
        return
    typed = Value(text=text, label=Label.own(principal, Integrity.PRINCIPAL), source=_TYPED)
    _keep(session, principal, thread_id, [typed], now, calls)


def record(session: Session, principal: Principal, thread_id: str, values: Iterable[Value], now: datetime) -> None:
    """Keep what a tool read for the principal."""
    _keep(session, principal, thread_id, values, now, None)


def unrecorded(session: Session, principal: Principal, thread_id: str, values: Iterable[Value]) -> list[Value]:
    """Those of `values` that the record does not hold yet."""
    named = {_digest(one): one for one in values}
    known = select(ThreadValue.digest).where(*_of(principal, thread_id), ThreadValue.digest.in_(list(named)))
    kept = set(session.scalars(known))
    return [one for digest, one in named.items() if digest not in kept]


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


def recent(session: Session, principal: Principal, thread_id: str) -> Sequence[ThreadValue]:
    """The principal's last messages in the thread, in which an act may have been asked for, the latest first."""
    rows = select(ThreadValue).where(*_of(principal, thread_id), ThreadValue.integrity == Integrity.PRINCIPAL.value)
    return session.scalars(rows.order_by(ThreadValue.number.desc()).limit(_RECENT)).all()


def asked(messages: Sequence[ThreadValue], tool: str) -> bool:
    """Whether one of the messages asks for a call of this tool that has not been made yet."""
    return any((message.asks or {}).get(tool, 0) > 0 for message in messages)


def spend(session: Session, principal: Principal, thread_id: str, tool: str) -> None:
    """Use up one call that was asked for: the same words do not ask for another."""
    for message in recent(session, principal, thread_id):
        left = (message.asks or {}).get(tool, 0)
        if left > 0:
            message.asks = {**(message.asks or {}), tool: left - 1}
            return


def carried(
    session: Session, principal: Principal, thread_id: str, texts: Sequence[str], besides: Sequence[Value] = ()
) -> list[Value]:
    """The values by others whose words stand in `texts`, as far as the principal has not typed the same.

    `besides` are values that were read before the thread began, such as what servers say of their tools.
    """
    if not texts:
        return []
    rows = session.scalars(select(ThreadValue).where(*_of(principal, thread_id)).order_by(ThreadValue.number.desc()))
    values = [*(_value(row) for row in rows), *besides]
    own = [value.text for value in values if value.label.integrity is Integrity.PRINCIPAL]
    foreign = [value for value in values if value.label.integrity not in OWN]
    return [value for value in foreign if any(takes_over(text, value.text, own, _RUN, _SHORTEST) for text in texts)]


def worded(session: Session, principal: Principal, thread_id: str, texts: Sequence[str], shown: Iterable[str]) -> bool:
    """Whether one of the texts is nobody's but the model's: not made of what the principal typed, of the company's
    records that were read for them and of the identifiers that were `shown`.
    """
    owned = ThreadValue.integrity.in_([one.value for one in OWN])
    own = [*session.scalars(select(ThreadValue.text).where(*_of(principal, thread_id), owned)), *shown]
    return not all(stands_on(text, own, _OWN_SHARE) for text in texts)


def typed(session: Session, principal: Principal, thread_id: str) -> list[str]:
    """All that the principal typed in the thread, latest first."""
    texts = select(ThreadValue.text).where(
        *_of(principal, thread_id), ThreadValue.integrity == Integrity.PRINCIPAL.value
    )
    return list(session.scalars(texts.order_by(ThreadValue.number.desc())))


def own_records(session: Session, principal: Principal, thread_id: str) -> list[str]:
    """The texts of the principal's own records that were read in the thread, whoever wrote them."""
    theirs = ThreadValue.confidentiality == Confidentiality.CUSTOMER.value, ThreadValue.owner == principal.subject
    return list(session.scalars(select(ThreadValue.text).where(*_of(principal, thread_id), *theirs)))


def sources(session: Session, principal: Principal, thread_id: str) -> list[str]:
    """What by others was read in the thread, named for a person, latest first."""
    columns = select(ThreadValue.source).where(
        *_of(principal, thread_id), ThreadValue.integrity.not_in([one.value for one in OWN])
    )
    return list(dict.fromkeys(session.scalars(columns.order_by(ThreadValue.number.desc()))))


def _keep(
    session: Session,
    principal: Principal,
    thread_id: str,
    values: Iterable[Value],
    now: datetime,
    asks: dict[str, int] | None,
) -> None:
    last: int | None = session.scalar(select(func.max(ThreadValue.number)).where(*_of(principal, thread_id)))
    numbered = {}
    for number, value in enumerate(values, (last or 0) + 1):
        digest = _digest(value)
        if asks is not None:  # each message is one of its own, whatever was said before
            digest = hashlib.sha256(f"{number}:{digest}".encode()).hexdigest()[:40]
        numbered[digest] = (number, value)
    known = select(ThreadValue).where(*_of(principal, thread_id), ThreadValue.digest.in_(list(numbered)))
    for row in session.scalars(known):  # what is read again is one row, which moves up
        row.number, _ = numbered.pop(row.digest)
        row.noted_at = now
    session.add_all(
        ThreadValue(
            tenant=principal.tenant,
            subject=principal.subject,
            thread_id=thread_id,
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
        for digest, (number, value) in numbered.items()
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


def _digest(value: Value) -> str:
    """The value's name among those of its thread."""
    label = value.label
    parts = [label.integrity, label.confidentiality, label.owner, value.source, value.text]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]
