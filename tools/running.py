"""Running a call that passed its checks: a read, or a write with its ledger row and its grant in one transaction."""

import hashlib
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from tools import approvals, ledger, origins, policy, provenance
from tools.approvals import Consent, Grant
from tools.call import Checked, NotDone, refused
from tools.database import Database
from tools.labels import Value
from tools.outcome import Outcome, OutcomeStatus
from tools.phrasing import quoted
from tools.principal import Principal
from tools.settings import ToolSettings
from tools.tool import ToolContext

if TYPE_CHECKING:
    from knowledge.index import Index

_log = logging.getLogger(__name__)
_UNLABELLED = "I cannot tell where that comes from, so I must not use it."
_NOT_FOR_YOU = "That is not for you to read, so I cannot show it."
_CONSENT: dict[policy.Effect, tuple[OutcomeStatus, str]] = {
    policy.Effect.CONFIRM: ("needs_confirmation", "customer"),
    policy.Effect.APPROVE: ("needs_approval", "staff"),
}


class Running:
    """Reads and writes. Raises NotDone and what tools raise."""

    def __init__(self, database: Database, index: "Index", settings: ToolSettings, version: str) -> None:
        """`version` is that of the policies in force."""
        self._database = database
        self._index = index
        self._settings = settings
        self._version = version

    def read(self, checked: Checked) -> Outcome:
        """Run a look-up, and keep what it read and showed."""
        scene = checked.scene
        with self._database.read() as session:
            outcome = checked.tool.run(checked.args, self._context(checked, session, None))
            values = self.labelled(outcome)
            self.must_be_readable(values, scene.principal)
            new = provenance.unrecorded(session, scene.principal, scene.thread_id, outcome.shown)
            read = origins.unrecorded(session, scene.principal, scene.thread_id, values)
        if new or read:
            with self._database.write() as session:
                provenance.record(session, scene.principal, scene.thread_id, new, scene.now)
                origins.record(session, scene.principal, scene.thread_id, read, scene.now)
        return outcome

    def write(self, checked: Checked, grant: Grant | None) -> Outcome:
        """The effect, what it read and showed, its grant and its ledger row stand or fall together."""
        scene = checked.scene
        with self._database.write() as session:
            key = (scene.thread_id, checked.call.id, checked.digest)
            if stored := ledger.stored(session, *key):
                return stored
            approver = None
            if checked.decision.effect is not policy.Effect.ALLOW:
                consent = self._consent(checked)
                if lacking := approvals.spend(session, consent, grant, scene.now):
                    return self._ask(session, checked, consent, lacking)
                approver = grant.approver if grant else None
            row = ledger.claim(session, *key, checked.tool.name, scene.now)
            origins.spend(session, scene.principal, scene.thread_id, checked.tool.name)
            outcome = checked.tool.run(checked.args, self._context(checked, session, approver))
            if outcome.status != "ok":
                raise NotDone(outcome)
            values = self.labelled(outcome)
            self.must_be_readable(values, scene.principal)
            outcome = outcome.model_copy(update={"question": "", "values": None})
            provenance.record(session, scene.principal, scene.thread_id, outcome.shown, scene.now)
            origins.record(session, scene.principal, scene.thread_id, values, scene.now)
            row.outcome = outcome.model_dump_json()
            return outcome

    def labelled(self, outcome: Outcome) -> tuple[Value, ...]:
        """What was read, each value with its label. A result that nobody has labelled is used for nothing."""
        if outcome.values is None and outcome.status == "ok":
            raise refused(_UNLABELLED)
        return outcome.values or ()

    def must_be_readable(self, values: tuple[Value, ...], principal: Principal) -> None:
        """Every value is one that this principal may read, whatever the tool took care of."""
        if not all(value.label.may_be_read_by(principal) for value in values):
            raise refused(_NOT_FOR_YOU)

    def bound(self, digest: str) -> str:
        """A call's digest with the policies in force. The ledger knows the call without them: an effect stands."""
        return hashlib.sha256(f"{digest}:{self._version}".encode()).hexdigest()

    def _ask(self, session: Session, checked: Checked, consent: Consent, lacking: str) -> Outcome:
        """Rehearse the write and take it back, so that nobody is asked for what cannot be done; then ask."""
        rehearsal = session.begin_nested()
        outcome = checked.tool.run(checked.args, self._context(checked, session, None, rehearsal=True))
        rehearsal.rollback()
        if outcome.status != "ok":
            return outcome
        approvals.ask(session, consent, checked.tool.name, checked.scene.now)
        status, approver = _CONSENT[consent.effect]
        question = outcome.question or (_question(checked) if checked.origin else checked.decision.reason)
        asked = {
            "approver": approver,
            "digest": consent.bound,
            "reason": checked.decision.reason,
            "origin": checked.origin,
            "lacking": lacking,
        }
        return Outcome(status=status, sentence=" ".join(filter(None, [question, checked.origin])), data=asked)

    def _consent(self, checked: Checked) -> Consent:
        confirm = checked.decision.effect is policy.Effect.CONFIRM
        minutes = self._settings.confirmation_minutes if confirm else self._settings.approval_minutes
        return Consent(
            checked.decision.effect,
            checked.scene.principal,
            checked.digest,
            self.bound(checked.digest),
            timedelta(minutes=minutes),
        )

    def _context(
        self, checked: Checked, session: Session, approver: Principal | None, *, rehearsal: bool = False
    ) -> ToolContext:
        return ToolContext(
            principal=checked.scene.principal,
            thread_id=checked.scene.thread_id,
            collection=checked.scene.collection,
            now=checked.scene.now,
            session=session,
            index=self._index,
            settings=self._settings,
            approver=approver,
            call_id=checked.call.id,
            passages=checked.scene.passages,
            rehearsal=rehearsal,
        )


def _question(checked: Checked) -> str:
    """What is to be done, with everything that it would be done with."""
    title = checked.tool.title
    given = checked.args.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    words = (f"{name.removesuffix('_id').replace('_', ' ')} {quoted(str(value))}" for name, value in given.items())
    told = ", ".join(words)
    return f"Shall I {title[0].lower()}{title[1:]}{f' ({told})' if told else ''}?"
