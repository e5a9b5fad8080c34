"""Models as tables in a terminal: the list, and what a probe has measured."""

from collections.abc import AsyncIterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from agent.models.overview import Shown
from agent.models.probe import Probe, Row
from agent.models.probe_record import Measured, Probed


def models_table(models: Sequence[Shown]) -> Table:
    """The list; the default is marked with *."""
    table = _table("  MODEL", "MODE", "CONTEXT", "SIZE", "FITNESS", numbers=("CONTEXT", "SIZE"))
    for model in models:
        context = f"{model.context:,}" if model.context else "–"
        size = f"{model.size / 1e9:.1f} GB" if model.size else "–"
        name = Text(f"{'*' if model.default else ' '} {model.id}")
        table.add_row(name, model.mode, context, size, Text(model.fitness))
    return table


def probe_table(spec: str, found: Probed) -> Table:
    """Every way of asking with its figures; the one that is kept is marked with *."""
    figures = ("RIGHT", "SECONDS", "PROMPT TOKENS", "OUTPUT TOKENS")
    table = _table(f"  {spec}", *figures, numbers=figures)
    for way in found.ways:
        name = f"{'*' if way.way == found.best else ' '} {way.way}"
        table.add_row(name, *_figures(way, found.of))
    return table


def _figures(way: Measured, of: int) -> tuple[str, ...]:
    if way.failed:
        return ("–", "–", "–", "–")
    return (f"{way.right} of {of}", f"{way.seconds:.0f}", f"{way.prompt_tokens:,}", f"{way.output_tokens:,}")


def wrong_table(probe: Probe) -> Table:
    """What was decided wrong, by way of asking."""
    table = _table("WAY", "KIND", "ASKED", "DECIDED")
    for row in probe.rows:
        for trial in row.trials:
            if not trial.right:
                made = trial.decision
                decided = f"{made.action} {dict(made.arguments)}" if made else "nothing that fits"
                table.add_row(row.way, trial.case.kind, Text(trial.case.said), Text(decided))
    return table


async def probed_with_progress(console: Console, probe: Probe, rows: AsyncIterator[Row]) -> None:
    """Run the probe to its end, with a bar a way of asking (on a terminal); a way that failed says why."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks = {row.way: bar.add_task(row.way, total=len(probe.cases)) for row in probe.rows}
        async for row in rows:
            bar.update(tasks[row.way], completed=len(row.trials))
    for row in probe.rows:
        if row.failed:
            console.print(Text(f"{row.way}: {row.failed}"), soft_wrap=True)


def _table(*columns: str, numbers: Sequence[str] = ()) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name in numbers else "left", overflow="fold")
    return table
