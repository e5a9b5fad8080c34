"""A measurement of retrieval as files: retrieval.json, and report.md for reading."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from evals.retrieval import lines
from evals.retrieval.measured import OURS, Measured


def write_measured(folder: Path, measured: Measured) -> None:
    """Write retrieval.json and report.md into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(measured.as_json(), indent=2, ensure_ascii=False)
    (folder / "retrieval.json").write_text(f"{text}\n", encoding="utf-8")
    (folder / "report.md").write_text(markdown(measured), encoding="utf-8")


def markdown(measured: Measured) -> str:
    """Return the report."""
    parts = ["# Retrieval", *_table(lines.HEAD, lines.table(measured.table))]
    if measured.ablation:
        ours = [one for one in measured.table if one.method == OURS]
        parts += ["", "## Ours without one part each", ""]
        parts += _table(lines.ABLATION_HEAD, lines.ablation(ours, measured.ablation))
    return "\n".join(parts) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return ["", *(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))]
