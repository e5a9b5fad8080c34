"""The gate: the only way to run a tool, for the graph, REST, MCP and evals alike.

The model behind a call is taken to be hostile. What it may reach is decided here and in `tools.policy`: the caller is
bound by code, arguments are checked, identifiers must have been seen in the thread, risky writes need a person's
grant, and a write takes effect once.
"""

import difflib
import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from knowledge.errors import KnowledgeError
from tools import approvals, ledger, policy, provenance
from tools.approvals import Consent, Grant
from tools.arguments import mend_sentence
from tools.audit import Audit
from tools.catalog import CATALOG, SOURCES
from tools.database import Database
from tools.errors import Refused, unseen_sentence
from tools.outcome import Outcome, OutcomeStatus, Shown
from tools.policy import Facts, Policies
from tools.principal import Principal
from tools.settings import ToolSettings
from tools.tool import Risk, Tool, ToolContext

if TYPE_CHECKING:
    from knowledge.index import Index

__all__ = ["Gateway", "Grant", "ToolCall"]

_log = logging.getLogger(__name__)
_BUSY = "That did not work just now because the desk's database could not be reached; nothing was changed."
_NO_WIKI = "I cannot look into the help pages just now."
_CONSENT: dict[policy.Effect, tuple[OutcomeStatus, str]] = {
    policy.Effect.CONFIRM: ("needs_confirmation", "customer"),
    policy.Effect.APPROVE: ("needs_approval", "staff"),
}


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as a model wrote it: nothing in it is trusted."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Checked:
    """A call that passed every check that needs no consent."""

    call: ToolCall
    tool: Tool
    args: BaseModel
    decision: policy.Decision
    digest: str
    principal: Principal
    thread_id: str
    collection: str
    now: datetime


class _NotDoneError(Exception):
    """Carries an outcome out of a transaction that must not be kept."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.sentence)


class Gateway:
    """Runs tool calls. Synchronous and safe to share between threads."""

    def __init__(
        self,
        database: Database,
        index: "Index",
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        settings: ToolSettings | None = None,
        catalog: tuple[Tool, ...] = CATALOG,
        audit: Audit | None = None,
    ) -> None:
        self._database = database
        self._index = index
        self._clock = clock
        self._settings = settings or ToolSettings()
        self._catalog = catalog
        self._policies = Policies.load(self._settings.policies, catalog, CATALOG)
        self._audit = audit

    def offered(self, principal: Principal) -> tuple[Tool, ...]:
        """The tools of this role, in a fixed order. Names are unique within a role."""
        return tuple(tool for tool in self._catalog if principal.role in tool.roles)

    def candidates(self, principal: Principal, thread_id: str) -> dict[str, tuple[Shown, ...]]:
        """Identifiers that this principal typed or was shown in this thread, per kind, latest first."""
        with self._database.read() as session:
            return provenance.candidates(session, principal, thread_id)

    def observe(self, principal: Principal, thread_id: str, text: str) -> None:
        """Record the identifiers that the principal typed. Give it the person's own words and nothing else."""
        with self._database.read() as session:
            if not provenance.typed(session, principal, text):
                return
        with self._database.write() as session:
            provenance.observe(session, principal, thread_id, text, self._clock())

    def unknown(self, principal: Principal, text: str) -> tuple[Shown, ...]:
        """Ticket and order numbers in `text` that do not exist or are not this principal's: the two read the same."""
        with self._database.read() as session:
            return tuple(provenance.unknown(session, principal, text))

    def source(self, principal: Principal, kind: str) -> Tool | None:
        """The look-up that shows identifiers of this kind, where the role has it."""
        return next((tool for tool in self.offered(principal) if tool.name == SOURCES.get(kind)), None)

    def digest(self, call: ToolCall, principal: Principal, thread_id: str) -> str:
        """What a grant is bound to: sha256 over tool, canonical arguments, principal, thread and policy version.

        Arguments that the tool does not accept are taken as they are; such a call never runs.
        """
        tool = self._tool(principal, call.name)
        try:
            arguments = _canonical(tool.args.model_validate(call.arguments)) if tool else call.arguments
        except ValidationError:
            arguments = call.arguments
        return self._bound(_digest(call.name, arguments, principal, thread_id))

    def call(
        self,
        call: ToolCall,
        *,
        principal: Principal,
        thread_id: str,
        collection: str = "demo",
        grant: Grant | None = None,
    ) -> Outcome:
        """Run a call, or say why not. A bad call never raises: it comes back as `invalid` or `refused`."""
        outcome = self._outcome(call, principal, thread_id, collection, grant)
        if self._audit:
            self._note(self._audit, call, principal, thread_id, outcome, grant)
        return outcome

    def _outcome(
        self, call: ToolCall, principal: Principal, thread_id: str, collection: str, grant: Grant | None
    ) -> Outcome:
        checked = self._check(call, principal, thread_id, collection)
        if isinstance(checked, Outcome):
            return checked
        try:
            if checked.tool.risk is Risk.READ:
                return self._read(checked)
            return self._write(checked, grant)
        except Refused as refusal:
            return Outcome(status="refused", sentence=str(refusal))
        except _NotDoneError as stop:
            return stop.outcome
        except IntegrityError as error:
            return self._written_meanwhile(checked, error)
        except SQLAlchemyError as error:
            return _failed(checked, error)
        except KnowledgeError as error:
            return _failed(checked, error, _NO_WIKI)

    def _note(
        self,
        audit: Audit,
        call: ToolCall,
        principal: Principal,
        thread_id: str,
        outcome: Outcome,
        grant: Grant | None,
    ) -> None:
        """Put the decision on the audit log; a name that a model made up is not repeated there."""
        tool = self._tool(principal, call.name)
        audit.decided(
            principal,
            tool=tool.name if tool else "unknown",
            call=(thread_id, call.id, call.arguments),
            status=outcome.status,
            effect=tool is not None and tool.risk is not Risk.READ and outcome.status == "ok",
            approver=grant.approver if grant and outcome.status == "ok" else None,
        )

    # The checks, in the order in which a call meets them.

    def _check(self, call: ToolCall, principal: Principal, thread_id: str, collection: str) -> _Checked | Outcome:
        tool = self._tool(principal, call.name)
        if tool is None:
            return self._unavailable(call, principal)
        if principal.role not in tool.roles:
            return Outcome(status="refused", sentence=policy.NOT_HERE)
        try:
            args = tool.args.model_validate(call.arguments)
        except ValidationError as error:
            return Outcome(status="invalid", sentence=mend_sentence(tool.name, tool.args, error))
        decision = self._policies.decide(principal, tool, Facts(args, collection))
        if decision.effect is policy.Effect.DENY:
            return Outcome(status="refused", sentence=decision.reason)
        if unseen := self._unseen(tool, args, principal, thread_id):
            return Outcome(status="refused", sentence=unseen)
        digest = _digest(tool.name, _canonical(args), principal, thread_id)
        return _Checked(call, tool, args, decision, digest, principal, thread_id, collection, self._clock())

    def _tool(self, principal: Principal, name: str) -> Tool | None:
        """The role's own form of a tool, or else another role's, which the policy then refuses."""
        named = [tool for tool in self._catalog if tool.name == name]
        return next((tool for tool in named if principal.role in tool.roles), named[0] if named else None)

    def _unavailable(self, call: ToolCall, principal: Principal) -> Outcome:
        names = [tool.name for tool in self.offered(principal)]
        nearest = difflib.get_close_matches(call.name, names, n=1, cutoff=0.4)
        hint = f"Did you mean {nearest[0]}?" if nearest else f"The tools are: {', '.join(names)}."
        return Outcome(status="invalid", sentence=f"There is no tool named {call.name[:60]!r}. {hint}")

    def _unseen(self, tool: Tool, args: BaseModel, principal: Principal, thread_id: str) -> str | None:
        """The refusal for the first identifier that is not on the thread's record."""
        with self._database.read() as session:
            for argument, kind in tool.identifiers.items():
                value = getattr(args, argument)
                if value is not None and not provenance.seen(session, principal, thread_id, kind, value):
                    return unseen_sentence(kind, value)
        return None

    # Running.

    def _read(self, checked: _Checked) -> Outcome:
        with self._database.read() as session:
            outcome = checked.tool.run(checked.args, self._context(checked, session, None))
            new = provenance.unrecorded(session, checked.principal, checked.thread_id, outcome.shown)
        if new:
            with self._database.write() as session:
                provenance.record(session, checked.principal, checked.thread_id, new, checked.now)
        return outcome

    def _write(self, checked: _Checked, grant: Grant | None) -> Outcome:
        """The effect, what it showed, its grant and its ledger row stand or fall together."""
        with self._database.write() as session:
            key = (checked.thread_id, checked.call.id, checked.digest)
            if stored := ledger.stored(session, *key):
                return stored
            approver = None
            if checked.decision.effect is not policy.Effect.ALLOW:
                consent = self._consent(checked)
                if lacking := approvals.spend(session, consent, grant, checked.now):
                    return self._ask(session, checked, consent, lacking)
                approver = grant.approver if grant else None
            row = ledger.claim(session, *key, checked.tool.name, checked.now)
            outcome = checked.tool.run(checked.args, self._context(checked, session, approver))
            if outcome.status != "ok":
                raise _NotDoneError(outcome)
            outcome = outcome.model_copy(update={"question": ""})
            provenance.record(session, checked.principal, checked.thread_id, outcome.shown, checked.now)
            row.outcome = outcome.model_dump_json()
            return outcome

    def _ask(self, session: Session, checked: _Checked, consent: Consent, lacking: str) -> Outcome:
        """Rehearse the write and take it back, so that nobody is asked for what cannot be done; then ask."""
        rehearsal = session.begin_nested()
        outcome = checked.tool.run(checked.args, self._context(checked, session, None, rehearsal=True))
        rehearsal.rollback()
        if outcome.status != "ok":
            return outcome
        approvals.ask(session, consent, checked.tool.name, checked.now)
        status, approver = _CONSENT[consent.effect]
        asked = {"approver": approver, "digest": consent.bound, "reason": checked.decision.reason, "lacking": lacking}
        return Outcome(status=status, sentence=outcome.question or checked.decision.reason, data=asked)

    def _consent(self, checked: _Checked) -> Consent:
        confirm = checked.decision.effect is policy.Effect.CONFIRM
        minutes = self._settings.confirmation_minutes if confirm else self._settings.approval_minutes
        return Consent(
            checked.decision.effect,
            checked.principal,
            checked.digest,
            self._bound(checked.digest),
            timedelta(minutes=minutes),
        )

    def _bound(self, digest: str) -> str:
        """A call's digest with the policies in force. The ledger knows the call without them: an effect stands."""
        return hashlib.sha256(f"{digest}:{self._policies.version}".encode()).hexdigest()

    def _context(
        self, checked: _Checked, session: Session, approver: Principal | None, *, rehearsal: bool = False
    ) -> ToolContext:
        return ToolContext(
            principal=checked.principal,
            thread_id=checked.thread_id,
            collection=checked.collection,
            now=checked.now,
            session=session,
            index=self._index,
            settings=self._settings,
            approver=approver,
            call_id=checked.call.id,
            rehearsal=rehearsal,
        )

    def _written_meanwhile(self, checked: _Checked, error: IntegrityError) -> Outcome:
        """Another writer of the same call was first (possible where the database does not queue writers)."""
        with self._database.read() as session:
            stored = ledger.stored(session, checked.thread_id, checked.call.id, checked.digest)
        return stored or _failed(checked, error)


def _failed(checked: _Checked, error: Exception, sentence: str = _BUSY) -> Outcome:
    _log.error("Tool %s failed: %s", checked.tool.name, type(error).__name__, exc_info=error)
    return Outcome(status="failed", sentence=sentence)


def _canonical(args: BaseModel) -> dict[str, Any]:
    return args.model_dump(mode="json", exclude_none=True)


def _digest(name: str, arguments: dict[str, Any], principal: Principal, thread_id: str) -> str:
    caller = [principal.tenant, principal.subject, principal.role.value]
    canonical = json.dumps([name, arguments, caller, thread_id], sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
