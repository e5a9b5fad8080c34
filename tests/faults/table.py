"""The fault table as text: each row of ours, then how many rows each agent survives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.faults.rows import FAMILIES
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
    """How each agent's rows ended, and how many it survived of each family's, and of those without trouble."""
    both = (("Deskmate", ours), ("create_agent + ChatOllama", stock))
    lines = [f"{'':28}{'rows':>8}{'survived':>10}" + "".join(f"{ending:>12}" for ending in _ENDINGS)]
    for name, results in both:
        ended = Counter(result.ending for result in results)
        lines.append(f"{name:28}{_survived(results)}" + "".join(f"{ended[e]:>12}" for e in _ENDINGS))
    lines += ["", f"{'completed rightly':28}{'no fault':>10}" + "".join(f"{family:>12}" for family in FAMILIES)]
    for name, results in both:
        quiet = [result for result in results if result.row.trouble is None]
        families = [[result for result in results if result.row.family == family] for family in FAMILIES]
        lines.append(f"{name:28}{_completed(quiet):>10}" + "".join(f"{_completed(rows):>12}" for rows in families))
    return lines


def _survived(results: Sequence[Result]) -> str:
    return f"{len(results):>8}{sum(result.survived for result in results):>10}"


def _completed(results: Sequence[Result]) -> str:
    return f"{sum(result.ending == 'completed' for result in results)} of {len(results)}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
