"""`deskmate models`: what there is, how each is run, and a probe that finds out how it is run best."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

import click

from api.commands.options import json_option

if TYPE_CHECKING:
    from rich.console import Console

    from agent.models.probe import Probe
    from agent.models.profile import Profiles

_PROVIDERS = ("ollama/", "openai/")


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def models(context: click.Context, as_json: bool) -> None:
    """List the models that may answer: how each is run, its context and size, and how fit it is.

    The default one is marked with *.
    """
    if context.invoked_subcommand is None:
        asyncio.run(_list(as_json))


async def _list(as_json: bool) -> None:
    from agent.models import probe_record
    from agent.models.ollama_server import OllamaServer
    from agent.models.overview import overview
    from agent.models.profile import Profiles
    from agent.settings import AgentSettings
    from api.local import consoles
    from api.model_tables import models_table
    from api.models import is_allowed
    from api.settings import ApiSettings

    out, _ = consoles()
    settings = AgentSettings()
    server = OllamaServer()
    try:
        found, reason = await overview(
            server, Profiles.load(settings.data_dir), probe_record.load(settings.data_dir), settings.model
        )
    finally:
        await server.close()
    default, allowed = found[0].id, ApiSettings().models
    found = [model for model in found if is_allowed(model.id, allowed, default)]
    if as_json:
        click.echo(json.dumps([model.model_dump() for model in found], indent=2))
        return
    out.print(models_table(found))
    out.print(f"\n{reason} Measure a model: deskmate models probe NAME", style="dim", soft_wrap=True)
    if allowed:
        named = ", ".join(("the default one", *allowed))
        out.print(f"Requests may name {named} (DESKMATE_API_MODELS).", style="dim", markup=False, soft_wrap=True)


@models.command()
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Measure, but write nothing.")
@click.option("--wrong", is_flag=True, help="Also show what was decided wrong.")
@json_option
def probe(name: str, dry_run: bool, wrong: bool, as_json: bool) -> None:
    """Measure in which way the model NAME decides best, and run it that way from now on.

    Two dozen decisions are made from the tools in use and put before the model in four ways: by native tool calls,
    inside a grammar (schema), with examples, and with a reason first. The best is written to profiles.toml in the data
    directory; servers that run already take it up at their next start. Takes some minutes on a slow machine.

    NAME is ollama/NAME, openai/NAME@URL, or a name on the Ollama server alone.
    """
    from api.local import consoles

    asyncio.run(_probe(_spec(name), dry_run, wrong, as_json, *consoles()))


async def _probe(spec: str, dry_run: bool, wrong: bool, as_json: bool, out: "Console", err: "Console") -> None:
    from agent.models import probe_record
    from agent.models.profile import Profiles
    from agent.settings import AgentSettings
    from api.model_tables import probe_table, probed_with_progress, wrong_table

    data_dir = AgentSettings().data_dir
    profiles = Profiles.load(data_dir)
    async with _opened(spec, profiles) as probe, aclosing(probe.run()) as rows:
        await probed_with_progress(err, probe, rows)
    found = probe_record.summary(probe)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    else:
        out.print(probe_table(spec, found))
        if wrong:
            out.print(wrong_table(probe))
    if not dry_run:
        probe_record.keep(data_dir, spec, found)
        path = profiles.write(spec, probe.best.profile)
        err.print(f"{found.best} is kept as the profile of {spec} in {path}.", soft_wrap=True)


@models.command("set")
@click.argument("name")
@click.argument("values", nargs=-1, required=True, metavar="KEY=VALUE...")
def set_profile(name: str, values: tuple[str, ...]) -> None:
    """Change how the model NAME is run, for example: deskmate models set qwen3:8b num_ctx=16384 mode=native

    Keys are those of profiles.toml: mode, think, num_ctx, num_predict, keep_alive, examples, reason_first, floor,
    wording. Servers that run already take it up at their next start.
    """
    from agent.models.profile import Profiles
    from agent.models.profile_change import changed
    from agent.settings import AgentSettings

    profiles = Profiles.load(AgentSettings().data_dir)
    spec = _spec(name)
    path = profiles.write(spec, changed(profiles.of(spec), values))
    click.echo(f"{spec} is run with {', '.join(values)} from now on ({path}).")


@asynccontextmanager
async def _opened(spec: str, profiles: "Profiles") -> "AsyncIterator[Probe]":
    """A probe of the model, whose server is there. Raises ModelUnknown, ModelUnavailable."""
    from agent.errors import ModelUnknown
    from agent.models.ollama_server import OllamaServer
    from agent.models.probe import Probe
    from agent.models.providers import providers

    kind, _, name = spec.partition("/")
    server = OllamaServer()
    known = providers(server)
    try:
        if kind not in known or not name:
            raise ModelUnknown(spec)
        wire = await known[kind].open(name)
        tools = kind != "ollama" or "tools" in (await server.model(name)).capabilities
        yield Probe(spec, wire, profiles.of(spec), tools=tools)
    finally:
        for provider in known.values():
            await provider.close()


def _spec(name: str) -> str:
    """A model string; a name alone is one on the Ollama server."""
    return name if name.startswith(_PROVIDERS) else f"ollama/{name}"
