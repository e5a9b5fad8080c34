"""The one place that decides whether a call may run. Pure: a principal and a tool in, a decision out."""

from dataclasses import dataclass
from enum import StrEnum

from tools.principal import Principal
from tools.tool import Risk, Tool


class Effect(StrEnum):
    """What is to happen with a call."""

    ALLOW = "allow"
    DENY = "deny"
    CONFIRM = "confirm"
    APPROVE = "approve"


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict and its reason, a sentence for the record and the caller."""

    effect: Effect
    reason: str


_BY_RISK = {
    Risk.READ: Decision(Effect.ALLOW, "Reading is allowed to this role."),
    Risk.WRITE: Decision(Effect.ALLOW, "This write is allowed to this role."),
    Risk.CONFIRM: Decision(Effect.CONFIRM, "This cannot be undone, so the customer must confirm it first."),
    Risk.APPROVE: Decision(Effect.APPROVE, "This moves money, so a colleague must approve it first."),
}


def decide(principal: Principal, tool: Tool) -> Decision:
    """Whether this principal may call this tool, and whose consent it takes."""
    if principal.role not in tool.roles:
        return Decision(Effect.DENY, "That is something I cannot do for you here.")
    return _BY_RISK.get(tool.risk, Decision(Effect.DENY, "That is something I cannot do for you here."))


def may_grant(effect: Effect, caller: Principal, approver: Principal) -> bool:
    """Whether `approver` may consent to a call of `caller`.

    A confirmation comes from the caller or from staff; an approval from staff who did not ask for it themselves.
    """
    if approver.tenant != caller.tenant:
        return False
    if effect is Effect.CONFIRM:
        return approver == caller or approver.is_staff
    return effect is Effect.APPROVE and approver.is_staff and approver.subject != caller.subject
