"""SIGKILL at every boundary of a write, and what is left of it after the call is repeated.

`python -m tests.desk.kills URL OUTSIDE TRIALS`: URL is the SQLAlchemy URL of a seeded desk; OUTSIDE is that of another,
or the address of a Request Tracker.
"""

import asyncio
import hashlib
import os
import signal
import sys
import textwrap
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from tests.request_tracker.server import RequestTrackerServer
from tests.tools.conftest import MARA, NOW
from tools.database import Database
from tools.desk.backends import open_desk
from tools.desk.backends.sql import SqlDesk
from tools.desk.dispatch import Dispatcher
from tools.desk.ticket_desk import TicketDesk
from tools.gateway import Gateway, ToolCall
from tools.schema import Ticket
from tools.settings import ToolSettings

POINTS = (
    "before the transaction",
    "inside the transaction",
    "after the transaction",
    "in the next node",
    "dispatch: before sending",
    "dispatch: after sending",
    "dispatch: after recording",
)
SETTLE = timedelta(seconds=60)


def die(*_: object) -> None:
    """What a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL)


def trial(url: str, address: str, point: str, subject: str) -> None:
    """One write, killed at a point in one process, and repeated in the next."""
    if _forked(partial(_write, url, address, subject, point)) != -signal.SIGKILL:
        raise AssertionError(f"the process was not killed {point}")
    if _forked(partial(_write, url, address, subject, None)) != 0:
        raise AssertionError(f"the call could not be repeated after a kill {point}")


def outside(address: str) -> TicketDesk:
    """The system elsewhere."""
    if address.startswith("http"):
        server = RequestTrackerServer(address)
        return open_desk(
            ToolSettings(
                desk="request_tracker",
                desk_url=server.url,
                desk_user=server.user,
                desk_token=SecretStr(server.password),
            )
        )
    return SqlDesk(Database(address), "demo", clock=lambda: NOW, zone=ToolSettings().zone)


def tickets_named(url: str, subject: str) -> int:
    """How many tickets there are of this subject."""
    if url.startswith("http"):
        server = RequestTrackerServer(url)
        asked: dict[str, str | int] = {"query": f"Subject = '{subject}'", "per_page": 100}
        answer = httpx.get(f"{url}/REST/2.0/tickets", params=asked, auth=(server.user, server.password), timeout=30)
        return len(answer.json()["items"])
    database = Database(url)
    with database.read() as session:
        found = session.scalar(select(func.count()).select_from(Ticket).where(Ticket.subject == subject)) or 0
    database.close()
    return found


def _forked(act: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _write(url: str, address: str, subject: str, point: str | None) -> None:
    """The call, then the dispatcher; at `point` this process dies. Without one it is later, and it lives."""
    now = NOW if point else NOW + 10 * SETTLE
    database = Database(url)
    settings = ToolSettings(desk="request_tracker")
    gateway = Gateway(database, None, clock=lambda: now, settings=settings)  # type: ignore[arg-type]  # no wiki is read
    if point == POINTS[0]:
        database.write = die  # type: ignore[method-assign,assignment]
    for index, moment in ((1, "before_commit"), (2, "after_commit")):
        if point == POINTS[index]:
            event.listen(Session, moment, die)
    matter = " ".join(textwrap.wrap(hashlib.sha256(subject.encode()).hexdigest(), 8))  # or it is one matter with others
    call = ToolCall("killed", "create_ticket", {"subject": subject, "description": matter})
    outcome = gateway.call(call, principal=MARA, thread_id=subject)
    if outcome.status != "ok":
        raise AssertionError(outcome.sentence)
    if point == POINTS[3]:
        die()
    asyncio.run(_dispatch(database, address, now, point))


async def _dispatch(database: Database, address: str, now: Any, point: str | None) -> None:
    desk = outside(address)
    create = desk.create

    async def killed(*arguments: Any) -> Any:
        if point == POINTS[4]:
            die()
        made = await create(*arguments)
        if point == POINTS[5]:
            die()
        return made

    desk.create = killed  # type: ignore[method-assign,assignment]
    await Dispatcher(database, desk, clock=lambda: now, settle=SETTLE).run_once()
    if point:
        die()


def run(url: str, outside_url: str, trials: int) -> dict[str, Counter[str]]:
    """All points, `trials` times each: what was lost and what was doubled, here and elsewhere."""
    table: dict[str, Counter[str]] = {}
    for point in POINTS:
        counted = table[point] = Counter()
        for number in range(trials):
            subject = f"{point} {number}"
            trial(url, outside_url, point, subject)
            for place, where in (("here", url), ("elsewhere", outside_url)):
                found = tickets_named(where, subject)
                counted[f"lost {place}"] += found == 0
                counted[f"doubled {place}"] += found > 1
            counted["trials"] += 1
    return table


def lines(table: dict[str, Counter[str]]) -> list[str]:
    """The table in print."""
    columns = ("trials", "lost here", "doubled here", "lost elsewhere", "doubled elsewhere")
    head = f"{'killed':28}" + "".join(f"{name:>19}" for name in columns)
    return [head, *(f"{point:28}" + "".join(f"{row[name]:>19}" for name in columns) for point, row in table.items())]


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines(run(sys.argv[1], sys.argv[2], int(sys.argv[3])))) + "\n")
