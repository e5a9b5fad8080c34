"""`deskmate effects`: what tool calls have done on tickets, and taking it back."""

from datetime import UTC, datetime

import click


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
