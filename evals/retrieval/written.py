"""A measurement of retrieval as files: retrieval.json, report.md for reading, the curve of abstention as a picture."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from evals.retrieval import lines
from evals.retrieval.measured import OURS, Measured
from evals.retrieval.plot import svg


def write_measured(folder: Path, measured: Measured) -> None:
    """Write them into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(measured.as_json(), indent=2, ensure_ascii=False)
    (folder / "retrieval.json").write_text(f"{text}\n", encoding="utf-8")
    if measured.abstention:
        (folder / "abstention.svg").write_text(svg(measured.abstention), encoding="utf-8")
    (folder / "report.md").write_text(markdown(measured), encoding="utf-8")


def markdown(measured: Measured) -> str:
    """Return the report."""
    parts = ["# Retrieval", *_table(lines.HEAD, lines.table(measured.table)), "", lines.LEGEND]
    if measured.ablation:
        ours = [one for one in measured.table if one.method == OURS]
        parts += ["", "## What each part is worth", "", lines.ABLATION_LEGEND]
        parts += _table(lines.ABLATION_HEAD, lines.ablation(ours, measured.ablation))
    if measured.iterated:
        parts += ["", "## Searches that build on what was read", "", lines.ITERATED_LEGEND]
        parts += _table(lines.ITERATED_HEAD, lines.iterated(measured.iterated))
    if measured.abstention:
        parts += ["", "## When to say that nothing is relevant", "", lines.ABSTENTION_LEGEND]
        parts += ["", "![Coverage against precision](abstention.svg)"]
        parts += _table(lines.ABSTENTION_HEAD, lines.abstention(measured.abstention))
    return "\n".join(parts) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return ["", *(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))]
