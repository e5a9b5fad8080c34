"""Every ticket system that Deskmate knows, ready to work: real where it can be had, else a double over a socket."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.connectors.site import serving
from tests.desk.doubles.double import Double
from tests.desk.doubles.github import GitHubDouble
from tests.desk.doubles.jira import JiraDouble
from tests.desk.doubles.zammad import ZammadDouble
from tests.desk.doubles.zendesk import ZendeskDouble
from tests.desk.postgres import Postgres, postgres
from tests.request_tracker.server import RequestTrackerServer, missing, request_tracker
from tests.tools.conftest import NOW, database, index, make_world, template, world
from tools.database import Database
from tools.desk import mapping
from tools.desk.backends import open_desk
from tools.desk.backends.sql import SqlDesk
from tools.desk.ticket_desk import TicketDesk
from tools.desk.wire import Patience
from tools.seed import DEMO_TENANT, seed
from tools.settings import ToolSettings

QUICK = Patience(timeout=10, tries=3, longest_wait=2, pause=0.01)
PAGE = 3  # small, so that lists go over pages
KINDS: Mapping[str, type[Double]] = {
    "github": GitHubDouble,
    "jira": JiraDouble,
    "zammad": ZammadDouble,
    "zendesk": ZendeskDouble,
}
DOUBLES = tuple(KINDS)
DESKS = ("sqlite", "postgresql", "request_tracker", *DOUBLES)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL server of this machine's own, or a plain skip."""
    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RequestTrackerServer]:
    """A real Request Tracker, or a plain skip."""
    if sentence := missing():
        pytest.skip(sentence)
    with request_tracker(tmp_path_factory.mktemp("rt") / "home") as server:
        yield server


@pytest.fixture(scope="session", params=DESKS)
async def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TicketDesk]:
    """One system after the other."""
    async with AsyncExitStack() as stack:
        yield await _open(request.param, request, tmp_path_factory.mktemp("desk"), stack)


async def _open(name: str, request: pytest.FixtureRequest, folder: Path, stack: AsyncExitStack) -> TicketDesk:
    if name == "sqlite":
        return sql_desk(f"sqlite:///{folder / 'desk.sqlite'}", stack)
    if name == "postgresql":
        server: Postgres = request.getfixturevalue("postgresql")
        return sql_desk(server.fresh(), stack)
    if name == "request_tracker":
        settings = tracker_settings(request.getfixturevalue("tracker"))
    else:
        settings = double_settings(name, stack.enter_context(serving(double_of(name))), folder)
    desk = open_desk(settings, QUICK)
    stack.push_async_callback(desk.close)
    return desk


def sql_desk(url: str, stack: AsyncExitStack) -> TicketDesk:
    """The demo company's desk in a database."""
    opened = Database(url)
    stack.callback(opened.close)
    seed(opened, now=NOW)
    return SqlDesk(opened, DEMO_TENANT, clock=lambda: NOW, zone=ToolSettings().zone, page=PAGE)


def tracker_settings(server: RequestTrackerServer) -> ToolSettings:
    """How Deskmate reaches the Request Tracker."""
    return ToolSettings(
        desk="request_tracker",
        desk_url=server.url,
        desk_user=server.user,
        desk_token=SecretStr(server.password),
        desk_page=PAGE,
    )


def double_of(name: str) -> Double:
    """A double of the system, without a ticket."""
    return KINDS[name]()


def double_settings(name: str, double: Double, folder: Path) -> ToolSettings:
    """How Deskmate reaches a double, with a mapping that knows the colleague S-01 there."""
    shipped = (Path(mapping.__file__).parent / "mappings" / f"{name}.toml").read_text(encoding="utf-8")
    mine = folder / f"{name}.toml"
    mine.write_text(f'{shipped}\n"S-01" = {json.dumps(double.colleague)}\n', encoding="utf-8")
    return ToolSettings(
        desk=name,
        desk_url=double.url + double.context,
        desk_user=double.user,
        desk_token=SecretStr(double.token),
        desk_mapping=mine,
        desk_page=PAGE,
    )


__all__ = ["database", "index", "make_world", "template", "world"]
