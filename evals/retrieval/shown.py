"""A measurement of retrieval on a terminal."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from evals.retrieval import lines
from evals.retrieval.measured import OURS, Measured

_WIDE = 110  # columns: a narrower terminal wraps the lines


def show_measured(console: Console, measured: Measured) -> None:
    """Print the table, and what else was measured."""
    console.width = max(console.width, _WIDE)
    console.print(_table(lines.HEAD, lines.table(measured.table), texts=3))
    console.print(f"\n{lines.LEGEND}", highlight=False)
    if measured.ablation:
        ours = [one for one in measured.table if one.method == OURS]
        console.print("\nWhat each part is worth:\n", highlight=False)
        console.print(_table(lines.ABLATION_HEAD, lines.ablation(ours, measured.ablation), texts=2))
        console.print(f"\n{lines.ABLATION_LEGEND}", highlight=False)
    if measured.iterated:
        console.print("\nSearches that build on what was read:\n", highlight=False)
        console.print(_table(lines.ITERATED_HEAD, lines.iterated(measured.iterated), texts=2))
        console.print(f"\n{lines.ITERATED_LEGEND}", highlight=False)
    if measured.abstention:
        console.print(f"\n{lines.ABSTENTION_LEGEND}\n", highlight=False)
        console.print(_table(lines.ABSTENTION_HEAD, lines.abstention(measured.abstention), texts=1))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], texts: int) -> Table:
    table = Table(box=None, pad_edge=False)
    for place, name in enumerate(head):
        table.add_column(name, no_wrap=True, justify="left" if place < texts else "right")
    for row in rows:
        table.add_row(*row)
    return table
