"""Consent to risky writes: a request is kept, and a grant answers it once, before it is too old."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tools import policy
from tools.principal import Principal
from tools.schema import ApprovalRequest


@dataclass(frozen=True, slots=True)
class Grant:
    """A person's consent to one call, bound to `Gateway.digest` of that call. Made by the runtime, never by a model."""

    digest: str
    approver: Principal


@dataclass(frozen=True, slots=True)
class Consent:
    """What a call needs: whose consent, for which call, and how long a request stays open.

    `digest` is the call's, by which the ledger knows it; `bound` adds the policies in force, and is what a grant names.
    """

    effect: policy.Effect
    caller: Principal
    digest: str
    bound: str
    lasts: timedelta


def ask(session: Session, consent: Consent, tool: str, now: datetime) -> None:
    """Keep the request; asking again renews it."""
    request = _open_request(session, consent)
    if request is None:
        request = ApprovalRequest(
            tenant=consent.caller.tenant,
            digest=consent.digest,
            bound=consent.bound,
            tool=tool,
            requested_at=now,
            used_at=None,
            approver=None,
        )
        session.add(request)
    request.requested_at = now


def spend(session: Session, consent: Consent, grant: Grant | None, now: datetime) -> str | None:
    """Use the grant up in this transaction. Returns why it does not count, or None when it does."""
    if grant is None:
        return "No consent has been given yet."
    if grant.digest != consent.bound:
        return "The consent was given for another call."
    if not policy.may_grant(consent.effect, consent.caller, grant.approver):
        return "The consent came from somebody who may not give it."
    request = _open_request(session, consent)
    if request is None:
        return "The consent has been used, or nothing was asked."
    if now - request.requested_at > consent.lasts:
        return "The consent came too late."
    request.used_at = now
    request.approver = grant.approver.subject
    return None


def _open_request(session: Session, consent: Consent) -> ApprovalRequest | None:
    return session.scalars(
        select(ApprovalRequest)
        .where(
            ApprovalRequest.tenant == consent.caller.tenant,
            ApprovalRequest.bound == consent.bound,
            ApprovalRequest.used_at.is_(None),
        )
        .order_by(ApprovalRequest.id)
        .with_for_update()
    ).first()
