"""A measurement of retrieval as files: retrieval.json, report.md for reading, the curve of abstention as a picture."""

import json
from pathlib import Path

from evals.retrieval.lines import PICTURE, Section, sections
from evals.retrieval.measured import Measured
from evals.retrieval.plot import svg


def write_measured(folder: Path, measured: Measured) -> None:
    """Write them into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(measured.as_json(), indent=2, ensure_ascii=False)
    (folder / "retrieval.json").write_text(f"{text}\n", encoding="utf-8")
    if measured.abstention:
        (folder / PICTURE).write_text(svg(measured.abstention), encoding="utf-8")
    (folder / "report.md").write_text(markdown(measured), encoding="utf-8")


def markdown(measured: Measured) -> str:
    """Return the report."""
    return "\n".join(["# Retrieval", *(line for section in sections(measured) for line in _lines(section)), ""])


def _lines(section: Section) -> list[str]:
    drawn = ["", f"![{section.picture[0]}]({section.picture[1]})"] if section.picture else []
    rows = (section.head, ("---",) * len(section.head), *section.rows)
    table = [f"| {' | '.join(row)} |" for row in rows]
    return ["", f"## {section.title}", "", section.legend, *drawn, "", *table]
