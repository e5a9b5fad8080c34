"""The `deskmate` command: finds a subcommand, runs it, and turns every error into one sentence on stderr.

Nothing heavy is imported here: `deskmate --help` must answer at once.
"""

import importlib
import os
from dataclasses import dataclass
from typing import Any

import click

DEBUG = "DESKMATE_DEBUG"
ROOMS = frozenset({"agent", "api", "evals", "knowledge", "tools"})


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a subcommand lives, and what `--help` says of it (so that listing it does not import it)."""

    module: str
    name: str
    summary: str


ENTRIES = {
    "serve": Entry("api.commands.serve", "serve", "Start the server: REST API and web page."),
    "chat": Entry("api.commands.talk", "chat", "Talk to the agent in this terminal."),
    "ask": Entry("api.commands.talk", "ask", "Ask one question and print the answer."),
    "demo": Entry("api.commands.demo", "demo", "Watch one conversation of several steps, then end."),
    "demo-orders-server": Entry(
        "api.commands.demo", "orders_server", "Be the demo's order system, for an MCP client to start."
    ),
    "search": Entry("api.commands.wiki", "search", "Search a wiki, without the agent."),
    "ingest": Entry("api.commands.wiki", "ingest", "Read a folder of pages into a wiki."),
    "sync": Entry("api.commands.sync", "sync", "Bring the wikis up to the sources in sources.toml."),
    "rebuild": Entry("api.commands.wiki", "rebuild", "Build the index of the demo wiki anew."),
    "knowledge": Entry(
        "api.commands.knowledge", "knowledge_group", "Care for the wikis' index; see what the wikis lack."
    ),
    "models": Entry(
        "api.commands.models", "models", "List the models that can answer; probe one, change how it is run."
    ),
    "doctor": Entry("api.commands.doctor", "doctor", "Check the model and its server; each trouble with its fix."),
    "mcp": Entry("api.commands.mcp", "mcp", "Tools of MCP servers: see how they stand, approve them."),
    "keys": Entry("api.commands.keys", "keys", "Make, list and revoke API keys."),
    "bench": Entry("api.commands.bench", "bench", "Measure how fast this machine is."),
    "audit": Entry("api.commands.audit", "audit", "Check the log of all decisions and effects; hand it out."),
    "effects": Entry("api.commands.effects", "effects", "List what was done on tickets; take it back."),
    "eval": Entry("evals.commands", "eval_group", "Measure how fit the agent is for service."),
    "reset": Entry("api.commands.reset", "reset", "Delete all data of the demo, after asking."),
}


class Deskmate(click.Group):
    """Loads a subcommand when it is called, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which one meets them."""
        return list(ENTRIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand, imported now."""
        entry = ENTRIES.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = getattr(importlib.import_module(entry.module), entry.name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of subcommands, without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in ENTRIES.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; an error that click does not know becomes one sentence."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if os.environ.get(DEBUG):
                raise
            raise click.ClickException(sentence(error)) from error


def sentence(error: Exception) -> str:
    """What to tell a person about an error: a room's own sentence, or that this one was not foreseen."""
    package = (getattr(error, "name", None) or "").partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and package not in ROOMS:
        if package == "inspect_ai":
            return "`deskmate eval` needs the evaluation extra. Install it with: pip install 'deskmate[evals]'"
        return f"The package {package!r} is not installed. Install Deskmate again."
    from api.families import FAMILIES, settings_sentence

    if isinstance(error, FAMILIES):
        return str(error)
    from_settings = settings_sentence(error)
    if from_settings:
        return from_settings
    kind = type(error).__name__
    return f"Something unforeseen went wrong ({kind}). Run the command again with {DEBUG}=1 to see all of it."


@click.group(cls=Deskmate, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="deskmate", message="deskmate %(version)s")
def cli() -> None:
    """A customer-service agent on open models: it plans, searches your wikis and works tickets.

    Start with `deskmate serve`, or ask right here:

        deskmate ask "How do I reset my Hub 6?"
    """


def main() -> None:
    """Entry point of the installed command."""
    cli(prog_name="deskmate")


if __name__ == "__main__":
    main()
