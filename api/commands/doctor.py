"""`deskmate doctor`."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from api.commands.options import json_option, model_option

if TYPE_CHECKING:
    from rich.console import Console

    from agent.models.doctor import Doctor, Found


@click.command()
@model_option
@click.option("--pull", is_flag=True, help="Get an Ollama model that the server does not have.")
@json_option
def doctor(model: str | None, pull: bool, as_json: bool) -> None:
    """Check the model and its server; every trouble is shown with the command that mends it.

    Looks at: the server and its version, whether it has the model, tools, context, the thinking switch, one decision,
    the prefix cache and the speed. Takes a minute on a slow machine; ends with exit code 1 if anything is red.
    """
    from api.local import consoles

    out, err = consoles()
    found = asyncio.run(_found(model, pull, None if as_json else out, err))
    ok = all(one.ok for one in found)
    if as_json:
        click.echo(json.dumps({"ok": ok, "models": [asdict(one) for one in found]}, indent=2, ensure_ascii=False))
    if not ok:
        sys.exit(1)


async def _found(spec: str | None, pull: bool, out: "Console | None", err: "Console") -> "list[Found]":
    """Examine each model of the string, and show it on the way where there is a console for it."""
    from agent.models.doctor import Found
    from api.checks import pull_with_progress, shown

    done = []
    async with _open() as (doctor, default):
        for name, reason in await doctor.models(spec or default):
            if pull:
                await pull_with_progress(err, doctor, name)
            async with aclosing(doctor.examine(name)) as examined:
                checks = shown(out, name, reason, examined) if out else examined
                done.append(Found(name, [check async for check in checks]))
    return done


@asynccontextmanager
async def _open() -> "AsyncIterator[tuple[Doctor, str]]":
    """The doctor, and the model of the settings."""
    from agent.models.doctor import Doctor
    from agent.models.ollama_server import OllamaServer
    from agent.models.profile import Profiles
    from agent.settings import AgentSettings

    settings = AgentSettings()
    server = OllamaServer()
    try:
        yield Doctor(server, Profiles.load(settings.data_dir), settings.max_message), settings.model
    finally:
        await server.close()
