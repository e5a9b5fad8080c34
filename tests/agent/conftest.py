"""A house to talk to: the demo wiki's index made once, and for each test its own desk, threads and checkpoints."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.run import RunResult
from agent.service import Service
from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.settings import KnowledgeSettings
from tools.database import Database
from tools.principal import Principal, Role
from tools.seed import DEMO_TENANT, seed
from tools.settings import ToolSettings

WIKI = Path(__file__).parents[2] / "knowledge" / "wiki"
NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Berlin

MARA = Principal(DEMO_TENANT, "C-1001", Role.CUSTOMER)  # Millbrook: no outage
VICTOR = Principal(DEMO_TENANT, "C-1002", Role.CUSTOMER)  # Harbour Quarter: an outage
STAFF = Principal(DEMO_TENANT, "S-01", Role.STAFF)

Talk = Callable[..., Awaitable[RunResult]]


@pytest.fixture(scope="session")
def demo_index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    settings = KnowledgeSettings(data_dir=tmp_path_factory.mktemp("agent-index"))
    with Index.open(settings, writer=True) as writer:
        ingest(writer, WIKI, collection="demo")
    with Index.open(settings) as index:
        yield index


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database.open(ToolSettings(data_dir=tmp_path_factory.mktemp("agent-desk")))
    seed(database, now=NOW)
    yield database
    database.close()


@pytest.fixture
def data_dir(tmp_path: Path, seeded: Database) -> Path:
    seeded.copy_to(tmp_path / "desk.sqlite").close()
    return tmp_path


@pytest.fixture
async def house(data_dir: Path, demo_index: Index) -> AsyncIterator[Service]:
    async with await Service.open(data_dir=data_dir, index=demo_index, model="offline", clock=lambda: NOW) as service:
        yield service


@pytest.fixture
async def talk(house: Service) -> Talk:
    """Say something on a thread (a new one where none is named) and wait for the run's result."""

    async def say(message: str, *, by: Principal = MARA, thread: str | None = None) -> RunResult:
        thread_id = thread or (await house.runs.create_thread(by)).thread_id
        return await (await house.runs.submit(thread_id, message, by)).result()

    return say
