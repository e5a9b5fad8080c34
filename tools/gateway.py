"""The gate: the only way to run a tool, for the graph, REST, MCP and evals alike.

The model behind a call is taken to be hostile. What it may reach is decided here: the caller is bound by code, a call
passes the checks (`tools.checks`: arguments, policies, where it comes from, identifiers seen in the thread), risky
writes need a person's grant, and a write takes effect once (`tools.running`).
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from knowledge.errors import KnowledgeError
from tools import disclosure, ledger, origins, provenance
from tools.approvals import Grant
from tools.audit import Audit
from tools.call import Checked, NotDone, Scene, ToolCall, canonical, digest_of
from tools.catalog import CATALOG, SOURCES
from tools.checks import Checks
from tools.database import Database
from tools.errors import Refused
from tools.outcome import Outcome, Shown
from tools.policy import Policies
from tools.principal import Principal
from tools.running import Running
from tools.settings import ToolSettings
from tools.tool import Risk, Tool

if TYPE_CHECKING:
    from knowledge.index import Index

__all__ = ["Asks", "Gateway", "Grant", "ToolCall"]

Asks = Callable[[str, str], Mapping[str, Sequence[str]]]
"""Reads what a person typed, after our last reply: the tools that it asks for, each with a clause for every call."""

_log = logging.getLogger(__name__)
_BUSY = "That did not work just now because the desk's database could not be reached; nothing was changed."
_NO_WIKI = "I cannot look into the help pages just now."


def asks_nothing(text: str, reply: str) -> Mapping[str, Sequence[str]]:
    """What a text asks for where nobody can read it: nothing."""
    return {}


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
        asks: Asks = asks_nothing,
    ) -> None:
        """`asks` reads what the principal types; without it no write passes as asked for in words."""
        settings = settings or ToolSettings()
        policies = Policies.load(settings.policies, catalog, CATALOG)
        self._database = database
        self._index = index
        self._clock = clock
        self._audit = audit
        self._asks = asks
        self._checks = Checks(database, policies, catalog)
        self._running = Running(database, index, settings, policies.version)

    def offered(self, principal: Principal) -> tuple[Tool, ...]:
        """The tools of this role, in a fixed order. Names are unique within a role."""
        return self._checks.offered(principal)

    def candidates(self, principal: Principal, thread_id: str) -> dict[str, tuple[Shown, ...]]:
        """Identifiers that this principal typed or was shown in this thread, per kind, latest first."""
        with self._database.read() as session:
            return provenance.candidates(session, principal, thread_id)

    def observe(self, principal: Principal, thread_id: str, text: str, reply: str = "") -> None:
        """Record what the principal typed: the words, what they ask for, the identifiers in them, and what these tell.

        Give it the person's own words and nothing else; `reply` is what we said before, which a plain yes takes up.
        """
        asks = self._asks(text, reply)
        with self._database.write() as session:
            origins.heard(session, principal, thread_id, text, asks, self._clock())
            told = provenance.observe(session, principal, thread_id, text, self._clock())
            origins.record(session, principal, thread_id, told, self._clock())

    def unknown(self, principal: Principal, text: str) -> tuple[Shown, ...]:
        """Ticket and order numbers in `text` that do not exist or are not this principal's: the two read the same."""
        with self._database.read() as session:
            return tuple(provenance.unknown(session, principal, text))

    def disclosed(self, principal: Principal, thread_id: str, collection: str, text: str) -> list[str]:
        """What the text would tell this principal that is not theirs to know, by its kind; nothing for staff."""
        with self._database.read() as session:
            typed = origins.typed(session, principal, thread_id)
            own = origins.own_records(session, principal, thread_id)
            found = disclosure.foreign(session, principal, text, typed, own)
            return found + disclosure.internal(session, self._index, principal, collection, text, typed)

    def withheld(self, principal: Principal, thread_id: str, reasons: Sequence[str]) -> None:
        """Put it on record that something was left out of a reply, and for which reasons."""
        _log.warning("Left out of a reply: %s", ", ".join(reasons))
        if self._audit:
            call = (thread_id, "", {"reasons": list(reasons)})
            self._audit.decided(principal, tool="reply", call=call, status="withheld", effect=False)

    def source(self, principal: Principal, kind: str) -> Tool | None:
        """The look-up that shows identifiers of this kind, where the role has it."""
        return next((tool for tool in self.offered(principal) if tool.name == SOURCES.get(kind)), None)

    def digest(self, call: ToolCall, principal: Principal, thread_id: str) -> str:
        """What a grant is bound to: sha256 over tool, canonical arguments, principal, thread, policy version and how
        often this was asked for before.

        Arguments that the tool does not accept are taken as they are; such a call never runs.
        """
        tool = self._checks.tool(principal, call.name)
        try:
            arguments = canonical(tool.args.model_validate(call.arguments)) if tool else call.arguments
        except ValidationError:
            arguments = call.arguments
        return self._running.bound(digest_of(call.name, arguments, principal, thread_id), principal)

    def call(
        self,
        call: ToolCall,
        *,
        principal: Principal,
        thread_id: str,
        collection: str = "demo",
        grant: Grant | None = None,
        passages: int = 0,
    ) -> Outcome:
        """Run a call, or say why not. A bad call never raises: it comes back as `invalid` or `refused`.

        `passages` is how many a search of the wiki returns where it is to be read on; 0 is as the settings say.
        """
        scene = Scene(principal, thread_id, collection, self._clock(), passages)
        try:
            outcome = self._run(self._checks.pass_all(call, scene), grant)
        except NotDone as stop:
            outcome = stop.outcome
        except SQLAlchemyError as error:
            outcome = _failed(call.name, error)
        if self._audit:
            self._note(self._audit, call, scene, outcome, grant)
        return outcome

    def _run(self, checked: Checked, grant: Grant | None) -> Outcome:
        try:
            if checked.tool.risk is Risk.READ:
                return self._running.read(checked)
            return self._running.write(checked, grant)
        except Refused as refusal:
            return Outcome(status="refused", sentence=str(refusal))
        except IntegrityError as error:
            return self._written_meanwhile(checked, error)
        except KnowledgeError as error:
            return _failed(checked.tool.name, error, _NO_WIKI)

    def _note(self, audit: Audit, call: ToolCall, scene: Scene, outcome: Outcome, grant: Grant | None) -> None:
        """Put the decision on the audit log; a name that a model made up is not repeated there."""
        tool = self._checks.tool(scene.principal, call.name)
        audit.decided(
            scene.principal,
            tool=tool.name if tool else "unknown",
            call=(scene.thread_id, call.id, call.arguments),
            status=outcome.status,
            effect=tool is not None and tool.risk is not Risk.READ and outcome.status == "ok",
            approver=grant.approver if grant and outcome.status == "ok" else None,
        )

    def _written_meanwhile(self, checked: Checked, error: IntegrityError) -> Outcome:
        """Another writer of the same call was first (possible where the database does not queue writers)."""
        with self._database.read() as session:
            stored = ledger.stored(session, checked.scene.thread_id, checked.call.id, checked.digest)
        return stored or _failed(checked.tool.name, error)


def _failed(name: str, error: Exception, sentence: str = _BUSY) -> Outcome:
    _log.error("Tool %s failed: %s", name[:60], type(error).__name__, exc_info=error)
    return Outcome(status="failed", sentence=sentence)
