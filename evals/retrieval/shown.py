"""A measurement of retrieval on a terminal."""

from rich.console import Console
from rich.table import Table

from evals.retrieval.lines import Section, sections
from evals.retrieval.measured import Measured

_WIDE = 110  # columns: a narrower terminal wraps the lines


def show_measured(console: Console, measured: Measured) -> None:
    """Print every section: its title, its table, and what the columns say."""
    console.width = max(console.width, _WIDE)
    for section in sections(measured):
        console.print(f"\n{section.title}:\n", highlight=False)
        console.print(_table(section))
        console.print(f"\n{section.legend}", highlight=False)


def _table(section: Section) -> Table:
    table = Table(box=None, pad_edge=False)
    for place, name in enumerate(section.head):
        table.add_column(name, no_wrap=True, justify="left" if place < section.texts else "right")
    for row in section.rows:
        table.add_row(*row)
    return table
