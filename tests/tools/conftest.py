"""A seeded desk on a real SQLite file, a small real wiki, and a gateway with a clock that the test moves."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.settings import KnowledgeSettings
from tools.approvals import Grant
from tools.catalog import CATALOG
from tools.database import Database
from tools.gateway import Gateway, ToolCall
from tools.outcome import Outcome
from tools.principal import Principal, Role
from tools.seed import DEMO_TENANT, seed
from tools.settings import ToolSettings

NOW = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)  # a Tuesday, 14:00 in Berlin

MARA = Principal(DEMO_TENANT, "C-1001", Role.CUSTOMER)
INES = Principal(DEMO_TENANT, "C-1003", Role.CUSTOMER)
LENA = Principal(DEMO_TENANT, "S-01", Role.STAFF)
AMARA = Principal(DEMO_TENANT, "S-03", Role.ADMIN)

_PAGES = {
    "orders/returns.md": "---\ntitle: Returning a device\naudience: public\n---\n\n# Returning a device\n\n"
    "An unused device can be returned within 30 days of delivery. The label is free of charge.\n",
    "internal/goodwill.md": "---\ntitle: Goodwill limits\naudience: internal\n---\n\n# Goodwill limits\n\n"
    "A support agent may credit up to 20 euros for a returned device without asking anybody.\n",
}


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """Two pages, one of them internal."""
    source = tmp_path_factory.mktemp("wiki")
    for name, text in _PAGES.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text, encoding="utf-8")
    opened = Index.open(KnowledgeSettings(data_dir=tmp_path_factory.mktemp("data")), writer=True)
    ingest(opened, source, collection="demo")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The demo company, seeded once."""
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('desk') / 'template.sqlite'}")
    seed(made, now=NOW)
    yield made
    made.close()


@pytest.fixture
def database(template: Database, tmp_path: Path) -> Iterator[Database]:
    """A fresh copy of the demo company."""
    copy = template.copy_to(tmp_path / "desk.sqlite")
    yield copy
    copy.close()


_TEXTS = ("subject", "description", "text", "reason", "assignee", "tag")  # arguments that are written down in words


@dataclass
class World:
    """A gateway with a clock, and short ways to call it."""

    database: Database
    gateway: Gateway
    now: datetime = NOW
    thread_id: str = "thread-1"
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    asked: set[tuple[Principal, str, str]] = field(default_factory=set)  # who has asked for what is done, and where

    def wait(self, span: timedelta) -> None:
        """Let time pass."""
        self.now += span

    def observe(self, principal: Principal, text: str) -> None:
        """The principal types."""
        self.gateway.observe(principal, self.thread_id, text)

    def call(self, principal: Principal, name: str, **arguments: Any) -> Outcome:
        """A new call."""
        return self.run(self.make(name, **arguments), principal)

    def make(self, name: str, **arguments: Any) -> ToolCall:
        """A call with a number of its own."""
        return ToolCall(f"call-{next(self.numbers)}", name, arguments)

    def run(self, call: ToolCall, principal: Principal, grant: Grant | None = None) -> Outcome:
        """This very call, by somebody who has asked for it and said what is to be written."""
        said = (principal, self.thread_id, asking_for(call.arguments))
        if said not in self.asked:
            self.asked.add(said)
            self.observe(principal, said[2])
        return self.gateway.call(call, principal=principal, thread_id=self.thread_id, grant=grant)

    def granted(self, call: ToolCall, principal: Principal, approver: Principal) -> Grant:
        """A grant for this call."""
        return Grant(self.gateway.digest(call, principal, self.thread_id), approver)

    def in_thread(self, thread_id: str) -> "World":
        """The same world seen from another thread."""
        return replace(self, thread_id=thread_id)


def asking_for(arguments: Mapping[str, Any]) -> str:
    """What somebody types who asks for a call and says what is to be written."""
    return " ".join(["Do all of it.", *(str(arguments[name]) for name in _TEXTS if name in arguments)])


def everything(text: str, reply: str) -> dict[str, list[str]]:
    """A reader for whom words ask for everything, often: what words ask for is tried in `test_origins.py`."""
    return {tool.name: [text] * 1000 for tool in CATALOG}


@pytest.fixture
def make_world(index: Index) -> Callable[[Database], World]:
    """Build a world on a database."""

    def make(database: Database) -> World:
        world: list[World] = []
        gateway = Gateway(database, index, clock=lambda: world[0].now, settings=ToolSettings(), asks=everything)
        world.append(World(database, gateway))
        return world[0]

    return make


@pytest.fixture
def world(database: Database, make_world: Callable[[Database], World]) -> World:
    """A world on a fresh copy of the demo company."""
    return make_world(database)
