"""What the gateway costs: a call through it beside the same tool run without it, on a fresh demo desk."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, quantiles
from typing import Any, cast

from pydantic import BaseModel
from sqlalchemy.orm import Session

from knowledge.index import Index
from tools.catalog import CATALOG
from tools.database import Database
from tools.errors import ToolsError
from tools.gateway import Gateway, ToolCall
from tools.principal import Principal, Role
from tools.seed import DEMO_TENANT, seed
from tools.settings import ToolSettings
from tools.tool import Risk, Tool, ToolContext

_CALLER = Principal(DEMO_TENANT, "C-1001", Role.CUSTOMER)
_TICKET, _ANOTHERS = "T-1186", "T-1189"  # the caller's own, and open; somebody else's
_A_THREAD = 10  # calls in one thread: what a thread has read is looked through at each write


class Spread(BaseModel):
    """Microseconds: the median and the 95th percentile by the clock, and the mean of the processor's time, which other
    work on the machine does not lengthen.
    """

    p50: float
    p95: float
    cpu: float


class CallCost(BaseModel):
    """One kind of call: through the gateway, and the tool alone in a transaction of its own."""

    what: str
    whole: Spread
    alone: Spread | None = None  # None where no tool runs

    @property
    def overhead(self) -> float:
        """What the gateway adds to the median (µs)."""
        return self.whole.p50 - (self.alone.p50 if self.alone else 0)

    @property
    def overhead_cpu(self) -> float:
        """What it adds to the processor's time (µs)."""
        return self.whole.cpu - (self.alone.cpu if self.alone else 0)


def calls(times: int) -> dict[str, CallCost]:
    """Measure so many calls of each kind: `read`, `write`, `repeated` and `refused`."""
    with tempfile.TemporaryDirectory(prefix="deskmate-bench-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'desk.sqlite'}")
        try:
            seed(database)
            return _Bench(database, times).run()
        finally:
            database.close()


class _Bench:
    def __init__(self, database: Database, times: int) -> None:
        self._database = database
        self._times = times
        self._index = cast(Index, None)  # no call here looks into the wiki
        self._settings = ToolSettings(database_url="")
        self._gateway = Gateway(
            database, self._index, settings=self._settings, asks=lambda text, _: {"comment_on_ticket": text}
        )

    def run(self) -> dict[str, CallCost]:
        look, comment = "get_ticket", "comment_on_ticket"
        read, write = self._pair(lambda _: {"ticket_id": _TICKET}, look), self._pair(self._comment, comment)
        again = self._spreads(lambda n: self._call(comment, "w", self._comment(0), n // _A_THREAD * _A_THREAD))[0]
        refused = self._spreads(lambda n: self._call(look, f"x{n}", {"ticket_id": _ANOTHERS}, n, "refused"))[0]
        return {
            "read": CallCost(what="look-up", whole=read[0], alone=read[1]),
            "write": CallCost(what="write", whole=write[0], alone=write[1]),
            "repeated": CallCost(what="same write again", whole=again),
            "refused": CallCost(what="refused", whole=refused),
        }

    def _pair(self, arguments: Callable[[int], dict[str, str]], name: str) -> list[Spread]:
        """The call and the tool alone by turns, so that what else the machine does slows both."""
        return self._spreads(
            lambda n: self._call(name, f"{name}{n}", arguments(2 * n), n),
            lambda n: self._alone(name, arguments(2 * n + 1)),
        )

    def _spreads(self, *acts: Callable[[int], None]) -> list[Spread]:
        took: list[list[tuple[float, float]]] = [[] for _ in acts]
        for number in range(self._times):
            if number % _A_THREAD == 0:
                self._gateway.observe(_CALLER, _thread(number), f"Please write on {_TICKET} that it happened again.")
            for act, found in zip(acts, took, strict=True):
                wall, cpu = time.perf_counter(), time.process_time()
                act(number)
                found.append((time.perf_counter() - wall, time.process_time() - cpu))
        return [_spread(found) for found in took]

    def _call(self, name: str, key: str, arguments: dict[str, str], number: int, expected: str = "ok") -> None:
        call = ToolCall(key, name, arguments)
        outcome = self._gateway.call(call, principal=_CALLER, thread_id=_thread(number))
        if outcome.status != expected:
            raise ToolsError(f"{name} came to {outcome.status!r}, so what was measured is not what was meant.")

    def _alone(self, name: str, arguments: Mapping[str, Any]) -> None:
        tool = _tool(name)
        opened = self._database.read() if tool.risk is Risk.READ else self._database.write()
        with opened as session:
            tool.run(tool.args.model_validate(arguments), self._context(session))

    def _comment(self, number: int) -> dict[str, str]:
        return {"ticket_id": _TICKET, "text": f"It happened again ({number % 1000})."}

    def _context(self, session: Session) -> ToolContext:
        return ToolContext(
            principal=_CALLER,
            thread_id=_thread(0),
            collection="demo",
            now=datetime.now(UTC),
            session=session,
            index=self._index,
            settings=self._settings,
        )


def _thread(number: int) -> str:
    return f"bench-{number // _A_THREAD}"


def _spread(took: Sequence[tuple[float, float]]) -> Spread:
    """Of (clock, processor) seconds."""
    cuts = quantiles((wall * 1e6 for wall, _ in took), n=20)
    return Spread(p50=round(cuts[9], 1), p95=round(cuts[18], 1), cpu=round(fmean(cpu for _, cpu in took) * 1e6, 1))


def _tool(name: str) -> Tool:
    """The caller's own form of a tool."""
    return next(tool for tool in CATALOG if tool.name == name and _CALLER.role in tool.roles)
