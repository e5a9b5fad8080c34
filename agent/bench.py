"""How long a turn takes and how many calls of the gateway are in it, with the built-in model on the demo desk."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from agent.models.auto import OFFLINE
from agent.service import Service
from knowledge import DEMO_WIKI
from knowledge.ingest import ingest
from tools.bench import CallCost
from tools.catalog import CATALOG
from tools.principal import Principal, Role
from tools.seed import DEMO_TENANT, seed
from tools.tool import Risk

_CALLER = Principal(DEMO_TENANT, "C-1001", Role.CUSTOMER)
_READS = frozenset(tool.name for tool in CATALOG if tool.risk is Risk.READ)
MESSAGES = (
    "How long can I return a device?",
    "Which orders do I have?",
    "What is the status of my ticket T-1186?",
    "My router drops every evening. Check whether there is an outage, and if there is none open a ticket.",
)


@dataclass(frozen=True, slots=True)
class TurnCost:
    """One message: its milliseconds, and the calls that went through the gateway."""

    message: str
    milliseconds: float
    reads: int
    writes: int


async def share_of_turns(times: int, costs: Mapping[str, CallCost]) -> tuple[float, float]:
    """The gateway's share of the turns (0..1), and the median turn (ms), in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="deskmate-bench-") as folder:
        async with await Service.open(data_dir=Path(folder), model=OFFLINE, writer=True) as service:
            seed(service.database)
            ingest(service.index, DEMO_WIKI, collection="demo")
            found = await turns(service, times)
    spent = sum(one.reads * costs["read"].overhead + one.writes * costs["write"].overhead for one in found) / 1000
    return spent / sum(one.milliseconds for one in found), median(one.milliseconds for one in found)


async def turns(service: Service, times: int) -> list[TurnCost]:
    """Each message so many times, each time on a thread of its own; the first time of each warms up and is left out."""
    found = []
    for message in MESSAGES:
        for number in range(times + 1):
            thread = await service.runs.create_thread(_CALLER)
            result = await (await service.runs.submit(thread.thread_id, message, _CALLER)).result()
            reads = sum(call.name in _READS for call in result.tool_calls)
            if number:
                found.append(TurnCost(message, result.metrics.latency_ms, reads, len(result.tool_calls) - reads))
    return found
