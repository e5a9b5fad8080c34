"""The agent inside this process, for the subcommands that need no server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console

from agent.service import Service
from api.prepare import prepare
from api.settings import ApiSettings


def consoles() -> tuple[Console, Console]:
    """Standard output for results, standard error for everything else."""
    return Console(highlight=False), Console(stderr=True, highlight=False)


@asynccontextmanager
async def local_service(console: Console, model: str | None = None) -> AsyncIterator[Service]:
    """An open service on the data directory; in demo mode filled on the first use."""
    await asyncio.to_thread(prepare, ApiSettings(), console)
    async with await Service.open(model=model) as service:
        yield service
