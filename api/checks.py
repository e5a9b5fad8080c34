"""Checks of a model as a person reads them in a terminal, each line as soon as it stands."""

from collections.abc import AsyncIterator

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table
from rich.text import Text

from agent.models.doctor import Doctor
from agent.models.doctor_verdicts import Check

_NAMES = 8
"""Width of the longest name of a check."""


async def shown(console: Console, spec: str, reason: str, checks: AsyncIterator[Check]) -> AsyncIterator[Check]:
    """The checks as they come, each printed."""
    console.print(Text.assemble((spec, "bold"), f"  {reason}".rstrip()))
    async for check in checks:
        show(console, check)
        yield check


def show(console: Console, check: Check) -> None:
    """A line for the check; where it is red, below it the command that mends it, unbroken."""
    row = Table.grid(padding=(0, 1))
    row.add_column()
    row.add_column(style="dim", width=_NAMES)
    row.add_column(overflow="fold")
    row.add_row(Text("✓", "green") if check.ok else Text("✗", "bold red"), check.name, Text(check.said))
    console.print(row)
    if check.fix:
        margin = " " * (_NAMES + 3)
        console.print(Text.assemble(margin, ("→ ", "dim"), (check.fix, "bold")), soft_wrap=True)


async def pull_with_progress(console: Console, doctor: Doctor, spec: str) -> None:
    """Get the model where its server does not have it, with a bar (on a terminal). Raises `ModelUnavailable`."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks = {}
        async for part in doctor.pull(spec):
            if part.status not in tasks:
                tasks[part.status] = bar.add_task(part.status, total=part.total or None)
            bar.update(tasks[part.status], completed=part.done, total=part.total or None)
