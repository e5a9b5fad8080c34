"""The agent inside this process, for the subcommands that need no server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console

from agent.service import Service
from agent.settings import AgentSettings
from api import logs
from api.models import admitted
from api.prepare import prepare
from api.settings import ApiSettings


def consoles() -> tuple[Console, Console]:
    """Standard output for results, standard error for everything else."""
    return Console(highlight=False), Console(stderr=True, highlight=False)


@asynccontextmanager
async def local_service(console: Console, model: str | None = None) -> AsyncIterator[Service]:
    """An open service on the data directory; in demo mode filled on the first use. Raises ModelNotAllowed."""
    logs.install()
    settings = ApiSettings()
    if model and settings.models:  # where nothing is listed, whoever sits at this machine takes what they like
        admitted(model, settings.models, AgentSettings().model)
    await asyncio.to_thread(prepare, settings, console)
    async with await Service.open(model=model) as service:
        yield service
