"""A row run by Deskmate: the whole service with a real desk and the demo wiki, its model on the row's server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from agent.errors import AgentError
from agent.models.profile import Profiles
from agent.run import RunResult
from agent.service import Service
from knowledge.index import Index
from tests.agent.conftest import MARA, NOW
from tests.faults.rows import Row
from tests.faults.server import server
from tests.faults.task import MESSAGE
from tests.faults.verdict import Ending, Result, judge, writes
from tools.database import Database

LIMITS = {"CONNECT_SECONDS": "5", "FIRST_BYTE_SECONDS": "1", "IDLE_SECONDS": "1", "TOTAL_SECONDS": "10"}
"""Time limits, small enough for a table that is waited for."""

FLOORS = {"schema": "beside", "native": "behind"}
"""Beside: the built-in model's sure picks stand, as by default. Behind: the model alone decides, while it fits."""

_ENDINGS: dict[str, Ending] = {"completed": "completed", "handed_off": "handed off", "needs_input": "asked"}
_opening = asyncio.Lock()
"""Settings come from the environment, so one service opens after the other."""


async def ours(row: Row, seeded: Database, index: Index, folder: Path) -> Result:
    """Say the task's message on a new thread and see what comes of it."""
    desk = seeded.copy_to(folder / "desk.sqlite")
    try:
        async with server(row) as double:
            profiles = Profiles.load(folder)
            spec = f"ollama/{row.model}"
            profiles.write(spec, profiles.of(spec).model_copy(update={"mode": row.mode, "floor": FLOORS[row.mode]}))
            async with _opening:
                with _environment(double.base_url):
                    service = await Service.open(data_dir=folder, index=index, model=spec, clock=lambda: NOW)
            async with service:
                return await _run(row, service, desk)
    finally:
        desk.close()


async def _run(row: Row, service: Service, desk: Database) -> Result:
    thread = await service.runs.create_thread(MARA)
    try:
        result = await (await service.runs.submit(thread.thread_id, MESSAGE, MARA)).result()
    except AgentError as error:
        return Result(row, f"did not start: {error}", judge("error", "", writes(desk)), writes(desk))
    made = writes(desk)
    return Result(row, _did(result), judge(_ENDINGS.get(result.status, "error"), result.reply.text, made), made)


def _did(result: RunResult) -> str:
    """Who made the plan's steps, and how often a model was asked."""
    makers = [item.made_by.partition("/")[0] for item in result.plan]
    steps = ", ".join(f"{name} {makers.count(name)}" for name in dict.fromkeys(makers))
    return f"steps by {steps or 'nobody'}; {result.metrics.model_calls} requests, {result.metrics.repairs} repaired"


@contextmanager
def _environment(base_url: str) -> Iterator[None]:
    settings = {"BASE_URL": base_url, **LIMITS}
    with patch.dict("os.environ", {f"DESKMATE_OLLAMA_{name}": value for name, value in settings.items()}):
        yield
