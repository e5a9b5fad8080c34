"""`deskmate effects`: what tool calls have done on tickets, and taking it back."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tools.desk.ticket_desk import TicketDesk


@click.group()
def effects() -> None:
    """List what was done on tickets, and take it back where the desk allows it."""


@effects.command("list")
@click.option("--most", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many, the newest first.")
def list_effects(most: int) -> None:
    """List effects, the newest first; STATE is how far they are in the ticket system elsewhere."""
    from rich.console import Console
    from rich.table import Table

    from tools.database import Database
    from tools.desk.effects import latest

    database = Database.open()
    try:
        found = latest(database, most)
    finally:
        database.close()
    table = Table(box=None, pad_edge=False)
    for column in ("EFFECT", "AT (UTC)", "TOOL", "STATE", "WHAT"):
        table.add_column(column)
    for one in found:
        troubles = [step.note for step in one.steps if step.note]
        what = " ".join([one.sentence, *troubles])
        table.add_row(one.name[:12], f"{one.written_at:%Y-%m-%d %H:%M}", one.tool, one.state, what)
    Console(highlight=False).print(table)


@effects.command("undo")
@click.argument("effect", metavar="EFFECT")
def undo_effect(effect: str) -> None:
    """Take back the effect whose name begins with EFFECT (see `effects list`), or say why that cannot be."""
    from tools.database import Database
    from tools.desk.effects import undo
    from tools.settings import ToolSettings

    settings = ToolSettings()
    database = Database.open(settings)
    try:
        now = datetime.now(UTC)
        click.echo(undo(database, effect, now=now, zone=settings.zone, outside=settings.desk_elsewhere))
    finally:
        database.close()


@effects.command("check")
def check_desk() -> None:
    """Look whether the ticket system beside the desk answers, and has what its mapping names.

    Ends with exit code 1 where something is lacking.
    """
    from tools.desk.dispatch import desk_elsewhere
    from tools.settings import ToolSettings

    desk = desk_elsewhere(ToolSettings())
    if desk is None:
        click.echo("No ticket system stands beside the desk; DESKMATE_TOOLS_DESK names one.")
        return
    if lacking := asyncio.run(_lacking(desk)):
        click.echo("\n".join(lacking))
        sys.exit(1)
    click.echo(f"{desk.name} answers, and has everything that the mapping names.")


async def _lacking(desk: "TicketDesk") -> list[str]:
    from tools.desk.errors import DeskError

    try:
        return await desk.check()
    except DeskError as error:
        return [str(error)]
    finally:
        await desk.close()
