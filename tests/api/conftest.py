"""A real server in a process of its own, on a data directory that is made once, and clients for its principals."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from api.keys import ALL_SCOPES, KeyStore, Scope
from api.store import open_store
from tools.database import Database
from tools.principal import Principal, Role
from tools.schema import Order, OrderItem
from tools.seed import DEMO_TENANT
from tools.settings import ToolSettings

NO_OLLAMA = "http://127.0.0.1:9"  # the port of a service that throws everything away, which nobody runs


@dataclass(frozen=True)
class Running:
    """A server under test: where it answers, the demo keys it showed, where its data is."""

    url: str
    customer_key: str
    staff_key: str
    data_dir: Path
    banner: str

    def client(self, key: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def key_for(self, subject: str, role: Role = Role.CUSTOMER, scopes: frozenset[Scope] = ALL_SCOPES) -> str:
        text, _ = KeyStore(open_store(self.data_dir)).create(Principal(DEMO_TENANT, subject, role), scopes=scopes)
        return text

    def new_order(self, subject: str) -> str:
        """The number of a new order of a customer's, which can be cancelled."""
        database = Database.open(ToolSettings(data_dir=self.data_dir))
        with database.write() as session:
            number = f"O-{9000 + len(session.scalars(select(Order.id)).all())}"
            order = Order(tenant=DEMO_TENANT, id=number, customer_id=subject, status="processing", delivery_cents=0)
            order.placed_at = datetime.now(UTC)
            session.add(order)
            session.flush()
            item = OrderItem(tenant=DEMO_TENANT, order_id=number, position=1, name="Hub 6", quantity=1, unit_cents=9900)
            session.add(item)
        database.close()
        return number


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """What a `deskmate` process is given: this data directory, the built-in model, and no Ollama anywhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DESKMATE_", "OLLAMA_"))}
    given = {
        "DESKMATE_DATA_DIR": str(data_dir),
        "DESKMATE_AGENT_MODEL": "offline",
        "DESKMATE_OLLAMA_BASE_URL": NO_OLLAMA,
        "COLUMNS": "200",
    }
    return {**kept, **given, **more}


def deskmate(data_dir: Path, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a person does."""
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        env=environment(data_dir, **more),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("api") / "data"


@contextmanager
def serving(data_dir: Path, **more: str) -> Iterator[str]:
    """`deskmate serve` on a free port until the block ends; the banner that it showed."""
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment(data_dir, **more), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        shown: list[str] = []
        for line in process.stderr:
            shown.append(line)
            if "Ctrl+C" in line:
                break
        yield "".join(shown)
        process.terminate()
        assert process.wait(30) == 0


def url_in(banner: str) -> str:
    """The address that a banner names."""
    found = re.search(r"http://127\.0\.0\.1:\d+", banner)
    assert found, banner
    return found[0]


@pytest.fixture(scope="session")
def server(data_dir: Path) -> Iterator[Running]:
    """A server in demo mode; its first start fills the data directory."""
    with serving(data_dir) as banner:
        customer, staff = re.findall(r"dm_[\w-]+", banner)
        yield Running(url_in(banner), customer, staff, data_dir, banner)


@pytest.fixture
def customer(server: Running) -> Iterator[httpx.Client]:
    with server.client(server.customer_key) as client:
        yield client


@pytest.fixture
def staff(server: Running) -> Iterator[httpx.Client]:
    with server.client(server.staff_key) as client:
        yield client


@pytest.fixture(scope="session")
def another_key(server: Running) -> str:
    return server.key_for("C-1002")


@pytest.fixture
def another(server: Running, another_key: str) -> Iterator[httpx.Client]:
    """A customer who is not the demo customer."""
    with server.client(another_key) as client:
        yield client


@pytest.fixture
def anybody(server: Running) -> Iterator[httpx.Client]:
    """Somebody without a key."""
    with server.client() as client:
        yield client


@pytest.fixture
def thread_id(customer: httpx.Client) -> str:
    """A new thread of the demo customer."""
    thread: str = customer.post("/v1/threads").json()["thread_id"]
    return thread
