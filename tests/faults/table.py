"""The fault table as text: each row of ours, then how many rows each agent survives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.faults.verdict import GOOD, Result

_COLUMNS = ("fault", "when", "family", "mode", "what the agent did", "outcome", "writes")
_ENDINGS = (*GOOD, "silent", "wrong")


def table(results: Sequence[Result]) -> list[str]:
    """One line a row, under a head."""
    cells = [
        (
            str(result.row.trouble or "none"),
            result.row.when if result.row.trouble else "",
            result.row.family,
            result.row.mode,
            result.did,
            result.ending,
            ", ".join(write.tool for write in result.writes) or "none",
        )
        for result in results
    ]
    widths = [max(map(len, column)) for column in zip(_COLUMNS, *cells, strict=True)]
    return [_line(row, widths) for row in (_COLUMNS, tuple("-" * width for width in widths), *cells)]


def side_by_side(ours: Sequence[Result], stock: Sequence[Result]) -> list[str]:
    """How each agent's rows ended, and the rows that only one of the two survived."""
    lines = [f"{'':28}{'rows':>6}{'survived':>10}" + "".join(f"{ending:>12}" for ending in _ENDINGS)]
    for name, results in (("Deskmate", ours), ("create_agent + ChatOllama", stock)):
        ended = Counter(result.ending for result in results)
        survived = sum(result.survived for result in results)
        lines.append(f"{name:28}{len(results):>6}{survived:>10}" + "".join(f"{ended[e]:>12}" for e in _ENDINGS))
    return lines


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
