"""The one place that decides whether a call may run, by policies in Cedar (`tools/policies/`, or a company's own).

Each policy is annotated with `@reason`, a sentence for a person, and may be with `@outcome`: allow, confirm or approve.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import cedarpy
from pydantic import BaseModel

from tools import policy_schema
from tools.labels import Label
from tools.policy_files import Policy, read_policies, read_text
from tools.principal import Principal, Role
from tools.tool import Risk, Tool

BUILT_IN = Path(__file__).parent / "policies"
ALWAYS = BUILT_IN / "always"  # in force beside any folder
REMOTE = "mcp.toml"  # where the risk of a server's tool is said
NOT_HERE = "That is something I cannot do for you here."


class Effect(StrEnum):
    """What is to happen with a call, the mildest first."""

    ALLOW = "allow"
    CONFIRM = "confirm"
    APPROVE = "approve"
    DENY = "deny"


_STRICTNESS = list(Effect)
_LEAST = {Risk.CONFIRM: Effect.CONFIRM, Risk.APPROVE: Effect.APPROVE}  # what a risk class asks for at least
_PARENTS = {Role.CUSTOMER: (Role.CUSTOMER,), Role.STAFF: (Role.STAFF,), Role.ADMIN: (Role.STAFF, Role.ADMIN)}


class Instruction(StrEnum):
    """What a call goes back to."""

    WORDS = "words"  # the principal's last messages ask for it
    CALL = "call"  # a program of the principal's makes it, and nothing by others was read
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, its reason (a sentence for the record and the caller), and the policies that gave it.

    `conditions` are the reasons of those that would forbid it without the consent that `effect` asks for.
    """

    effect: Effect
    reason: str
    by: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What policies may ask about a call besides caller and tool: the `context` of a Cedar request.

    `label` is the thread's, None where it is not known; `carries` are the labels of others' words in its arguments.
    """

    args: BaseModel
    collection: str
    instruction: Instruction
    label: Label | None
    carries: frozenset[str] = frozenset()

    def context(self) -> dict[str, Any]:
        """As Cedar takes them."""
        label = {} if self.label is None else self.label.model_dump(mode="json", exclude={"owner"})
        return {
            "arguments": policy_schema.arguments(self.args),
            "collection": self.collection,
            "instruction": self.instruction.value,
            "carries": sorted(self.carries),
            **label,
        }


@dataclass(frozen=True)
class Policies:
    """The policies in force for one catalog. `version` changes with every byte of them: consent is bound to it."""

    version: str
    _policies: dict[str, Policy] = field(repr=False)
    _plain: cedarpy.PolicySet = field(repr=False)
    _lifted: cedarpy.PolicySet = field(repr=False)  # the forbids that a consent lifts

    @classmethod
    def load(cls, folder: Path | None, catalog: Sequence[Tool], known: Sequence[Tool] = ()) -> Self:
        """Read all `*.cedar` of a folder (None: those that come with Deskmate) and check them against the catalog.

        `known` are tools that policies may speak of though they are not there now, such as those of a server that is
        down. A tool of an MCP server that no policy names gets the line that its risk class asks for.

        Raises:
            PolicyError: with file and line, where a policy cannot be read, does not fit the catalog or gives no reason,
                or is milder than the risk class of a tool; and where no policy names a tool.
        """
        found = read_policies(folder or BUILT_IN)
        found += read_policies(ALWAYS, sum(len(one.policies) for one in found))
        named = {name for one in found for policy in one.policies for name in policy.actions or ()}
        if remote := [tool for tool in catalog if tool.server and tool.name not in named]:
            found.append(read_text(REMOTE, _lines(remote), sum(len(one.policies) for one in found)))
        text = "\n".join(one.text for one in found)
        there = {tool.name for tool in catalog}
        schema = policy_schema.cedar_schema([*catalog, *(tool for tool in known if tool.name not in there)])
        policies = {policy.id: policy for one in found for policy in one.policies}
        policy_schema.must_fit(text, schema, policies)
        policy_schema.must_name_every_tool(policies.values(), catalog)
        for policy in policies.values():
            _must_be_strict_enough(policy, catalog)
        version = hashlib.sha256(f"{text}\n{schema}".encode()).hexdigest()[:16]
        return cls(version, policies, *_parsed(text, policies))

    def decide(self, principal: Principal, tool: Tool, facts: Facts) -> Decision:
        """Whether this principal may make this call, and whose consent it takes. Where in doubt: no."""
        user, action = f"{principal.tenant}/{principal.subject}", {"type": "Action", "id": tool.name}
        request = {
            "principal": {"type": "User", "id": user},
            "action": action,
            "resource": {"type": "Desk", "id": principal.tenant},
            "context": {**facts.context(), "server": tool.server},
        }
        roles = [{"type": "Role", "id": role.value} for role in _PARENTS[principal.role]]
        group = {"type": "Action", "id": policy_schema.group(tool)}
        entities = [
            {"uid": request["principal"], "attrs": {"subject": principal.subject}, "parents": roles},
            {"uid": action, "attrs": {}, "parents": [group]},
        ]
        known = json.dumps(entities)
        decision = self._read(cedarpy.is_authorized(request, self._plain, known))
        if decision.effect is Effect.DENY:
            return decision
        return self._conditioned(decision, cedarpy.is_authorized(request, self._lifted, known))

    def _conditioned(self, decision: Decision, answer: cedarpy.AuthzResult) -> Decision:
        """The decision with what is forbidden unless somebody consents: the strictest of all outcomes counts."""
        named = [self._policies[key] for key in answer.diagnostics.reasons]
        if answer.diagnostics.errors:
            return Decision(Effect.DENY, NOT_HERE, decision.by)
        by = (*decision.by, *sorted(policy.place for policy in named))
        reasons = tuple(policy.reason for policy in sorted(named, key=lambda policy: int(policy.id.strip("policy"))))
        effect = max([decision.effect, *(Effect(policy.outcome) for policy in named)], key=_STRICTNESS.index)
        reason = decision.reason if effect is decision.effect else " ".join(reasons)
        return Decision(effect, reason, by, reasons)

    def _read(self, answer: cedarpy.AuthzResult) -> Decision:
        named = [self._policies[key] for key in answer.diagnostics.reasons]
        by = tuple(sorted(policy.place for policy in named))
        if not answer.allowed or answer.diagnostics.errors or not named:
            # A policy that fails to evaluate is left out by Cedar; it may have been the one that forbids.
            reason = named[0].reason if named and not answer.allowed else NOT_HERE
            return Decision(Effect.DENY, reason, by)
        strictest = max(named, key=lambda policy: _STRICTNESS.index(Effect(policy.outcome)))
        return Decision(Effect(strictest.outcome), strictest.reason, by)


def _parsed(text: str, policies: Mapping[str, Policy]) -> tuple[cedarpy.PolicySet, cedarpy.PolicySet]:
    """The policies in two sets: those that stand as they are, and the forbids that a consent lifts."""
    bodies = json.loads(cedarpy.policies_to_json_str(text))
    kept: dict[bool, dict[str, Any]] = {False: {}, True: {}}
    for key, body in bodies["staticPolicies"].items():
        kept[policies[key].is_lifted][key] = body
    plain, lifted = (json.dumps({**bodies, "staticPolicies": part}) for part in (kept[False], kept[True]))
    return cedarpy.PolicySet.from_json_str(plain), cedarpy.PolicySet.from_json_str(lifted)


def may_grant(effect: Effect, caller: Principal, approver: Principal) -> bool:
    """Whether `approver` may consent to a call of `caller`.

    A confirmation comes from the caller or from staff; an approval from staff who did not ask for it themselves.
    """
    if approver.tenant != caller.tenant:
        return False
    if effect is Effect.CONFIRM:
        return approver == caller or approver.is_staff
    return effect is Effect.APPROVE and approver.is_staff and approver.subject != caller.subject


def _lines(remote: Sequence[Tool]) -> str:
    """Policies for tools of MCP servers: each role that has one may use it, with the consent of its risk class."""
    return "\n".join(
        f'@outcome("{_LEAST.get(tool.risk, Effect.ALLOW)}")\n'
        f'@reason("This tool of the server {tool.server} is approved.")\n'
        f'permit (principal in Role::"{role.value}", action == Action::"{tool.name}", resource);'
        for tool in remote
        for role in sorted(tool.roles)
    )


def _must_be_strict_enough(policy: Policy, catalog: Sequence[Tool]) -> None:
    """A tool that counts on a colleague's approval must not be let through without one by a line in a file."""
    if policy.forbids:
        return
    for tool in catalog:
        least = _LEAST.get(tool.risk, Effect.ALLOW)
        if policy.names(tool.name, policy_schema.group(tool)) and _STRICTNESS.index(
            Effect(policy.outcome)
        ) < _STRICTNESS.index(least):
            raise policy.error(
                f"it lets {tool.name} pass with the outcome {policy.outcome}, and its risk class asks for {least} at "
                f'least. Write @outcome("{least}").'
            )
