"""Fresh worlds: each trial has its own copy of the seeded desk, and a clock that stands still; all share the index.

What the harness reads of a world it reads itself, from the database and the index, and not from what the agent reports.
"""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

from sqlalchemy import select, text

from agent.models.profile import FILE
from agent.run import ToolCallRecord
from evals.case import Case
from evals.facts import phrases
from evals.snapshot import take_snapshot
from evals.tables import Table
from evals.trial import Effect, Exchange, Snapshot
from knowledge.errors import PageNotFound
from knowledge.hit import Hit
from knowledge.index import Index
from knowledge.page import EVERYONE, PUBLIC_ONLY, Audience, Page
from tools.catalog import CATALOG
from tools.database import Database
from tools.gateway import Gateway
from tools.principal import Principal, Role
from tools.schema import ApprovalRequest, Customer, LedgerRow, Staff
from tools.seed import DEMO_TENANT, seed
from tools.settings import ToolSettings

_ALL = 1_000_000  # more passages than any wiki of a suite has
_ASKED = 9  # times that a message asks for each tool, more than any script calls it
_OWNERS: dict[Table, str] = {"customers": "id", "orders": "customer", "invoices": "customer", "tickets": "requester"}


class Worlds:
    """Makes worlds: holds the index, and one seeded database from which each world gets its copy."""

    def __init__(self, index: Index, clock: datetime, profiles: Path | None = None) -> None:
        """`profiles` is a file of model profiles for each world, where there is one."""
        self.index = index
        self._profiles = profiles
        self.clock = clock.astimezone(UTC)
        self._folder = Path(tempfile.mkdtemp(prefix="deskmate-worlds-"))
        self._template = Database(f"sqlite:///{self._folder / 'template.sqlite'}")
        self._secrets: dict[str, frozenset[str]] = {}
        self._page_ids: dict[tuple[str, frozenset[Audience]], frozenset[str]] = {}
        self._made = 0
        seed(self._template, now=self.clock)

    @contextmanager
    def fresh(self, case: Case) -> Iterator["World"]:
        """Give a world that is gone afterwards."""
        self._made += 1
        folder = self._folder / f"world-{self._made}"
        settings = ToolSettings(data_dir=folder, database_url="")
        database = self._template.copy_to(folder / "desk.sqlite")
        if self._profiles and self._profiles.is_file():
            shutil.copy(self._profiles, folder / FILE)
        try:
            yield World(self, folder, database, settings, case)
        finally:
            database.close()
            shutil.rmtree(folder, ignore_errors=True)

    def people(self) -> set[str]:
        """Return the numbers of all customers and colleagues."""
        with self._template.read() as session:
            customers = session.scalars(select(Customer.id).where(Customer.tenant == DEMO_TENANT))
            return {*customers, *session.scalars(select(Staff.id).where(Staff.tenant == DEMO_TENANT))}

    def page_ids(self, collection: str, audiences: frozenset[Audience] = EVERYONE) -> frozenset[str]:
        """Return the ids of all pages of a wiki that these may read."""
        key = (collection, audiences)
        if key not in self._page_ids:
            self._page_ids[key] = frozenset(hit.page_id for hit in self._passages(collection, audiences))
        return self._page_ids[key]

    def secrets(self, collection: str) -> frozenset[str]:
        """Return the phrases that stand on internal pages of a wiki and on no public one."""
        if collection not in self._secrets:
            internal, public = (
                self._phrases(collection, audience) for audience in (Audience.INTERNAL, Audience.PUBLIC)
            )
            self._secrets[collection] = internal - public
        return self._secrets[collection]

    def close(self) -> None:
        """Remove what is left of all worlds."""
        self._template.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _phrases(self, collection: str, audience: Audience) -> frozenset[str]:
        hits = self._passages(collection, frozenset({audience}))
        return frozenset().union(*(phrases(line) for hit in hits for line in hit.text.splitlines()))

    def _passages(self, collection: str, audiences: frozenset[Audience]) -> list[Hit]:
        return self.index.search(collection, collection=collection, k=_ALL, audiences=audiences)


def _everything(text: str, reply: str) -> dict[str, list[str]]:
    return {tool.name: [text] * _ASKED for tool in CATALOG}


class World:
    """One copy of the seeded company, for one trial."""

    def __init__(self, worlds: Worlds, folder: Path, database: Database, settings: ToolSettings, case: Case) -> None:
        self.folder = folder
        self.index = worlds.index
        self.database = database
        self.settings = settings
        self.collection = case.collection
        self.principal = self.principal_named(case.persona.subject)
        self._worlds = worlds
        self._seen: set[tuple[str, str]] = set()

    def clock(self) -> datetime:
        """The time of this world, always the same."""
        return self._worlds.clock

    @cached_property
    def gateway(self) -> Gateway:
        """A gateway of this world, for agents that are driven without the service. It takes every write as asked for,
        so that a wrong one comes to pass and the suite's checks have something to catch.
        """
        return Gateway(self.database, self.index, clock=self.clock, settings=self.settings, asks=_everything)

    def principal_named(self, subject: str) -> Principal:
        """Return the customer or the member of staff with a number."""
        role = Role.STAFF if subject.startswith("S-") else Role.CUSTOMER
        return Principal(tenant=DEMO_TENANT, subject=subject, role=role)

    def snapshot(self) -> Snapshot:
        """Return the business tables as they are now."""
        return take_snapshot(self.database, DEMO_TENANT)

    @property
    def secrets(self) -> frozenset[str]:
        """The phrases that this world's persona may not read."""
        return frozenset() if self.principal.is_staff else self._worlds.secrets(self.collection)

    @cached_property
    def foreign(self) -> frozenset[str]:
        """Words that belong to other customers: their numbers, names and addresses, and those of their things."""
        if self.principal.is_staff:
            return frozenset()
        own, others = set[str](), set[str]()
        snapshot = self.snapshot()
        for table, owner in _OWNERS.items():
            for row in snapshot[table].values():
                words = own if row[owner] == self.principal.subject else others
                words.update(str(row[name]) for name in ("id", "name", "email", "phone") if row.get(name))
        return frozenset(others - own)

    def identifiers(self, thread_id: str) -> frozenset[str]:
        """Everything that the persona may name: numbers of their own rows, and what this thread has shown."""
        snapshot = self.snapshot()
        staff = self.principal.is_staff
        mine = {self.principal.subject}
        for table, owner in _OWNERS.items():
            mine.update(key for key, row in snapshot[table].items() if staff or row[owner] == self.principal.subject)
        mine.update(key for key, row in snapshot["refunds"].items() if staff or row["order"] in mine)
        shown = self.gateway.candidates(self.principal, thread_id)
        pages = self._worlds.page_ids(self.collection, self.audiences)
        return frozenset(mine | pages | {one.id for found in shown.values() for one in found})

    def page(self, page_id: str) -> Page | None:
        """Return a page if it exists and the persona may see it."""
        try:
            return self.index.page(page_id, collection=self.collection, audiences=self.audiences)
        except PageNotFound:
            return None

    def pages(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the text of those pages that the persona may see."""
        found = {page_id: self.page(page_id) for page_id in sorted(ids)}
        return {page_id: page.text for page_id, page in found.items() if page}

    @property
    def audiences(self) -> frozenset[Audience]:
        """Whose pages the persona may read."""
        return EVERYONE if self.principal.is_staff else PUBLIC_ONLY

    def new_effects(self, thread_id: str, exchanges: tuple[Exchange, ...]) -> list[Effect]:
        """Return what took effect since the last call: writes by the ledger, reads by the last run's own record.

        The ledger keeps no arguments, so those of a write are taken from the run's record of calls, the latest first.
        """
        number, result = len(exchanges) - 1, exchanges[-1].result
        calls = [call for call in result.tool_calls if call.status == "ok"]
        found = []
        for tool, tickets, approver in reversed(self._new_rows(thread_id)):
            last = next((at for at in reversed(range(len(calls))) if calls[at].name == tool), None)
            arguments = calls.pop(last).arguments if last is not None else {}
            found.append(Effect(tool, arguments, self._risk(tool), number, tickets, approver))
        found.reverse()
        known = {_key(call) for one in exchanges[:-1] for call in one.result.tool_calls}
        reads = [call for call in calls if self._risk(call.name) == "read" and _key(call) not in known]
        return found + [Effect(call.name, call.arguments, "read", number) for call in reads]

    def _new_rows(self, thread_id: str) -> list[tuple[str, tuple[str, ...], str | None]]:
        with self.database.read() as session:
            rows = session.scalars(select(LedgerRow).where(LedgerRow.thread_id == thread_id).order_by(text("rowid")))
            fresh = [row for row in rows if (row.call_id, row.digest) not in self._seen]
            self._seen.update((row.call_id, row.digest) for row in fresh)
            used = select(ApprovalRequest).where(ApprovalRequest.approver.is_not(None))
            approvers = {one.digest: one.approver for one in session.scalars(used)}
            return [(row.tool, tuple(json.loads(row.outcome)["tickets"]), approvers.get(row.digest)) for row in fresh]

    def _risk(self, tool: str) -> Literal["read", "write", "confirm", "approve"]:
        return next((one.risk.value for one in CATALOG if one.name == tool), "read")


def _key(call: ToolCallRecord) -> tuple[str, str]:
    return call.name, json.dumps(call.arguments, sort_keys=True)
