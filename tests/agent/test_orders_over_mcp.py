"""The demo's order system in a process of its own: the agent plans with its tools and works them over MCP."""

from __future__ import annotations

import logging
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

import tools.demo
from agent.service import Service
from knowledge.index import Index
from tests.agent.conftest import MARA, NOW, STAFF, VICTOR
from tools.catalog import CATALOG
from tools.database import Database
from tools.gateway import Gateway, Grant, ToolCall
from tools.principal import Principal, Role
from tools.remote.servers import Servers
from tools.schema import LedgerRow, Order, Refund
from tools.seed import DEMO_TENANT
from tools.tool import Risk

IVO = Principal(DEMO_TENANT, "C-1005", Role.CUSTOMER)  # has sent a Hub back
ENTRY = Path(tools.demo.__path__[0]) / "orders_server.toml"


@pytest.fixture(scope="session")
def pins(tmp_path_factory: pytest.TempPathFactory, seeded: Database) -> Path:
    """The order system, approved once."""
    folder = tmp_path_factory.mktemp("pins")
    seeded.copy_to(folder / "desk.sqlite").close()
    shutil.copy(ENTRY, folder / "mcp.toml")
    servers = Servers.open(folder)
    servers.approve("orders")
    servers.close()
    return folder / "mcp-pins.json"


@pytest.fixture
def order_folder(data_dir: Path, pins: Path) -> Path:
    """A desk whose orders are kept elsewhere."""
    shutil.copy(ENTRY, data_dir / "mcp.toml")
    shutil.copy(pins, data_dir)
    return data_dir


@pytest.fixture
async def service(order_folder: Path, demo_index: Index) -> AsyncIterator[Service]:
    async with await Service.open(
        data_dir=order_folder, index=demo_index, model="offline", clock=lambda: NOW
    ) as service:
        yield service


def status_in(path: Path, order: str) -> str | None:
    database = Database(f"sqlite:///{path}")
    with database.read() as session:
        status = session.scalar(select(Order.status).where(Order.id == order))
    database.close()
    return status


async def said(service: Service, message: str, thread_id: str | None = None) -> tuple[str, str, str]:
    thread = thread_id or (await service.runs.create_thread(MARA)).thread_id
    result = await (await service.runs.submit(thread, message, MARA)).result()
    return thread, result.status, result.reply.text


async def test_an_order_is_cancelled_in_the_order_system_and_not_on_the_desk(
    service: Service, order_folder: Path
) -> None:
    thread, status, asked = await said(service, "Please cancel my order O-5001")
    assert status == "needs_approval"
    assert "O-5001" in asked
    assert status_in(order_folder / "orders.sqlite", "O-5001") == "processing"
    _, status, done = await said(service, "yes", thread)
    assert status == "completed"
    assert "cancelled order O-5001" in done
    assert status_in(order_folder / "orders.sqlite", "O-5001") == "cancelled"
    assert status_in(order_folder / "desk.sqlite", "O-5001") == "processing"
    _, _, listed = await said(service, "Which orders do I have?")
    assert "O-5001 (Mesh Pod, €79.00, cancelled" in listed


async def test_it_stands_in_the_plan_as_the_built_in_tool_does(service: Service) -> None:
    thread = (await service.runs.create_thread(MARA)).thread_id
    result = await (await service.runs.submit(thread, "Cancel my order O-5001 and show me my tickets", MARA)).result()
    assert {item.step for item in result.plan} == {"Cancel an order", "Look through your tickets"}


async def test_without_its_process_the_rest_of_the_house_goes_on(
    order_folder: Path, demo_index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    text = (order_folder / "mcp.toml").read_text()
    (order_folder / "mcp.toml").write_text(text.replace("{python}", "/nowhere/python"))
    async with await Service.open(data_dir=order_folder, index=demo_index, model="offline", clock=lambda: NOW) as down:
        assert "cannot be reached. Deskmate goes on without its tools." in caplog.text
        assert "list_orders" not in [tool.name for tool in down.gateway.offered(MARA)]
        _, status, reply = await said(down, "What is the late fee?")
    assert status == "completed"
    assert "7.50" in reply


# The gateway alone, over the real process.


@pytest.fixture
def servers(order_folder: Path) -> Iterator[Servers]:
    opened = Servers.open(order_folder)
    yield opened
    opened.close()


@pytest.fixture
def gateway(servers: Servers, order_folder: Path, demo_index: Index) -> Iterator[Gateway]:
    database = Database(f"sqlite:///{order_folder / 'desk.sqlite'}")
    yield Gateway(database, demo_index, clock=lambda: NOW, catalog=servers.catalog(CATALOG))
    database.close()


def test_the_catalog_keeps_its_order_names_and_risks(gateway: Gateway) -> None:
    ours = [(tool.name, tool.title, tool.risk) for tool in CATALOG if MARA.role in tool.roles]
    assert [(tool.name, tool.title, tool.risk) for tool in gateway.offered(MARA)] == ours
    assert [tool.name for tool in gateway.offered(MARA) if tool.server] == [
        "list_orders",
        "cancel_order",
        "request_refund",
    ]
    assert all(tool.risk is not Risk.WRITE for tool in gateway.offered(MARA) if tool.server)


def test_its_answers_are_those_of_the_built_in_tools(gateway: Gateway, order_folder: Path, demo_index: Index) -> None:
    database = Database(f"sqlite:///{order_folder / 'desk.sqlite'}")
    built_in = Gateway(database, demo_index, clock=lambda: NOW)
    for number, arguments in enumerate(({}, {"status": "delivered"}, {"status": "returned"})):
        call = ToolCall(f"c{number}", "list_orders", dict(arguments))
        ours, theirs = (one.call(call, principal=MARA, thread_id="t") for one in (built_in, gateway))
        assert (theirs.data, theirs.found) == (ours.data, ours.found)
        assert [one.id for one in theirs.shown] == [one.id for one in ours.shown]
    database.close()


def test_a_customer_gets_nothing_of_another(gateway: Gateway) -> None:
    gateway.call(ToolCall("c1", "list_orders", {}), principal=VICTOR, thread_id="t")
    mine = gateway.call(ToolCall("c2", "list_orders", {}), principal=MARA, thread_id="t")
    assert {one.id for one in mine.shown} >= {"O-5001", "O-5002"}
    assert "O-5003" not in str(mine)
    assert gateway.call(
        ToolCall("c3", "cancel_order", {"order_id": "O-5003"}), principal=MARA, thread_id="t"
    ).status == ("refused")


def test_a_refund_is_booked_once_there_after_a_colleagues_approval(gateway: Gateway, order_folder: Path) -> None:
    gateway.observe(IVO, "t", "order O-5007")
    call = ToolCall("c1", "request_refund", {"order_id": "O-5007", "reason": "faulty"})
    assert gateway.call(call, principal=IVO, thread_id="t").status == "needs_approval"
    grant = Grant(gateway.digest(call, IVO, "t"), STAFF)
    for _ in range(2):
        done = gateway.call(call, principal=IVO, thread_id="t", grant=grant)
        assert "is approved" in done.sentence
        assert "Ticket" not in done.sentence
    database = Database(f"sqlite:///{order_folder / 'orders.sqlite'}")
    with database.read() as session:
        assert len(session.scalars(select(Refund).where(Refund.order_id == "O-5007")).all()) == 1
    database.close()


def test_a_write_whose_record_was_lost_on_the_desk_is_not_done_twice_there(
    gateway: Gateway, order_folder: Path
) -> None:
    """As after a kill between the order system's effect and the desk's commit: the ledger row is gone."""
    gateway.observe(MARA, "t", "order O-5001")
    call = ToolCall("c1", "cancel_order", {"order_id": "O-5001"})
    for _ in range(2):
        gateway.call(call, principal=MARA, thread_id="t")
        done = gateway.call(call, principal=MARA, thread_id="t", grant=Grant(gateway.digest(call, MARA, "t"), MARA))
        assert done.status == "ok"  # a second cancelling would be refused
        database = Database(f"sqlite:///{order_folder / 'desk.sqlite'}")
        with database.write() as session:
            for row in session.scalars(select(LedgerRow)):
                session.delete(row)
        database.close()


def test_a_killed_process_is_started_again_by_the_next_call(gateway: Gateway) -> None:
    assert gateway.call(ToolCall("c1", "list_orders", {}), principal=MARA, thread_id="t").status == "ok"
    for process in children("orders_server"):
        os.kill(process, signal.SIGKILL)
    answers = [gateway.call(ToolCall(f"k{n}", "list_orders", {}), principal=MARA, thread_id="t") for n in range(3)]
    assert answers[-1].status == "ok"


def children(name: str) -> list[int]:
    """Processes that this one has started, whose command holds the name."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
            command = (path / "cmdline").read_text()
        except OSError:
            continue
        if parent == os.getpid() and name in command:
            found.append(int(path.name))
    return found
