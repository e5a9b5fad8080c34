"""Consent to risky writes: a request is kept, and a grant answers it once, before it is too old.

A grant names the request that it answers: one that was used, or came too late, does not answer the next request for
the same call.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
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
    """What a call needs: whose consent, for which call, under which policies, and how long a request stays open.

    `digest` is the call's, by which the ledger knows it; `version` is that of the policies.
    """

    effect: policy.Effect
    caller: Principal
    digest: str
    version: str
    lasts: timedelta


def bound(session: Session, tenant: str, digest: str, version: str) -> str:
    """What a grant for a call names: the call, the policies in force, and how often it was asked for and closed."""
    closed = select(func.count()).where(
        ApprovalRequest.tenant == tenant, ApprovalRequest.digest == digest, ApprovalRequest.used_at.is_not(None)
    )
    return hashlib.sha256(f"{digest}:{version}:{session.scalar(closed)}".encode()).hexdigest()


def ask(session: Session, consent: Consent, tool: str, now: datetime) -> str:
    """Keep the request; asking again renews it, unless it was open too long. Returns what a grant for it names."""
    request, named = _open_request(session, consent)
    if request and now - request.requested_at > consent.lasts:
        request.used_at = now  # by nobody: a consent to it would come too late for good
        session.flush()
        request, named = _open_request(session, consent)
    if request is None:
        request = ApprovalRequest(
            tenant=consent.caller.tenant,
            digest=consent.digest,
            bound=named,
            tool=tool,
            requested_at=now,
            used_at=None,
            approver=None,
        )
        session.add(request)
    request.requested_at = now
    return named


def spend(session: Session, consent: Consent, grant: Grant | None, now: datetime) -> str | None:
    """Use the grant up in this transaction. Returns why it does not count, or None when it does."""
    if grant is None:
        return "No consent has been given yet."
    request, named = _open_request(session, consent)
    if grant.digest != named:
        return "The consent was given for another call, or has been used."
    if not policy.may_grant(consent.effect, consent.caller, grant.approver):
        return "The consent came from somebody who may not give it."
    if request is None:
        return "Nothing was asked."
    if now - request.requested_at > consent.lasts:
        return "The consent came too late."
    request.used_at = now
    request.approver = grant.approver.subject
    return None


def _open_request(session: Session, consent: Consent) -> tuple[ApprovalRequest | None, str]:
    """The request that waits, and what a grant for it names."""
    named = bound(session, consent.caller.tenant, consent.digest, consent.version)
    query = (
        select(ApprovalRequest)
        .where(
            ApprovalRequest.tenant == consent.caller.tenant,
            ApprovalRequest.bound == named,
            ApprovalRequest.used_at.is_(None),
        )
        .order_by(ApprovalRequest.id)
        .with_for_update()
    )
    return session.scalars(query).first(), named
