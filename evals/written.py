"""The report as files: report.json and report.md (equal from run to run), times.json (not), and a transcript a case."""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from evals.report import Report, comparison
from evals.scored import Scored, Step
from tools import pii


def write_reports(folder: Path, reports: Sequence[Report]) -> None:
    """Write one report into the folder, or several each into a folder named after its model, with a comparison."""
    if len(reports) == 1:
        write_report(folder, reports[0])
        return
    for report in reports:
        write_report(folder / slug(report.model), report)
    _write_json(folder / "comparison.json", comparison(reports))


def write_report(folder: Path, report: Report) -> None:
    """Write report.json, report.md, times.json and transcripts/CASE.md."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(folder / "report.json", report.results())
    _write_json(folder / "times.json", report.times())
    (folder / "report.md").write_text(pii.mask(markdown(report)), encoding="utf-8")
    transcripts = folder / "transcripts"
    transcripts.mkdir(exist_ok=True)
    cases = list(dict.fromkeys(one.case for one in report.scored))
    for stale in transcripts.glob("*.md"):
        if stale.stem not in cases:
            stale.unlink()
    for case in cases:
        trials = [one for one in report.scored if one.case == case]
        (transcripts / f"{case}.md").write_text(pii.mask(transcript(trials)), encoding="utf-8")


def slug(model: str) -> str:
    """Return a model's name as a folder name."""
    return re.sub(r"[^\w.-]+", "-", model).strip("-")


def markdown(report: Report) -> str:
    """Return the report for reading."""
    found = report.results()
    low, high = found["ci95"] or (0.0, 0.0)
    rate = "not scored" if found["pass_hat_1"] is None else f"pass^1 {report.pass_hat_1:.1%}"
    lines = [
        f"# {report.suite}, {report.model}",
        "",
        f"**{rate}** (95% interval {low:.1%} to {high:.1%}, clustered by case), "
        f"{found['cases']} cases, {report.trials} trial{'s' if report.trials > 1 else ''} each, split {report.split}.",
        "",
        *_table(("split", "cases", "pass^1", "95%"), _split_rows(found["by_split"])),
        *_table(("check", "passed", "trials", "rate"), _check_rows(found["by_check"])),
        *_table(("k", "pass^k"), [(k, f"{value:.1%}") for k, value in found["pass_hat"].items()]),
        f"Model calls: {found['model_calls']}. Tokens: {found['tokens']['input']} in, {found['tokens']['output']} out.",
        f"Wrong or doubled writes: {found['harm']['wrong_writes']}. Identifiers made up: "
        f"{found['harm']['made_up_identifiers']}. Ungrounded sentences: {found['harm']['ungrounded_sentences']}.",
        f"Steps decided by: {', '.join(f'{who} {n}' for who, n in found['steps_made_by'].items()) or 'nobody'}.",
        "",
    ]
    if found["harm"]["found"]:
        lines += ["## Harm", ""]
        lines += [f"- `{one['case']}` {one['kind'].replace('_', ' ')}: {one['what']}" for one in found["harm"]["found"]]
        lines.append("")
    if report.errors:
        lines += ["## Not scored", "", "These trials could not be run to their end. They are in no figure above.", ""]
        lines += [f"- `{one.case}` trial {one.trial}: {one.error}" for one in report.errors]
        lines.append("")
    if report.failures:
        lines += ["## Failures", ""]
        lines += [line for one in report.failures for line in _failure_lines(one)]
    return "\n".join(lines).rstrip() + "\n"


def transcript(trials: Iterable[Scored]) -> str:
    """Return what was said and done in the trials of one case, and every verdict."""
    lines: list[str] = []
    for one in trials:
        verdict = {None: "not scored", 1.0: "passed"}.get(one.reward, "failed")
        lines += [f"# {one.case}, trial {one.trial}: {verdict}", ""]
        if one.error:
            lines += [one.error, ""]
        for step in one.steps:
            lines += _step_lines(step)
        if one.changes:
            lines += ["## Changed", "", *(f"- {change}" for change in one.changes), ""]
        if one.findings:
            lines += ["## Verdicts", ""]
            lines += [
                f"- {'ok' if f.passed else 'FAILED'} {f.check}: {f.expected}; seen: {f.seen}" for f in one.findings
            ]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _step_lines(step: Step) -> list[str]:
    lines = [f"**{step.by}**: {step.said or f'[{step.decided}]'}", ""]
    lines += [f"- plan: {item['step']} ({item['status']}, by {item['made_by'] or 'nobody'})" for item in step.plan]
    for call in step.tool_calls:
        arguments = json.dumps(call["arguments"], ensure_ascii=False, sort_keys=True)
        lines.append(f"- call: {call['name']} {arguments} → {call['status']}")
    lines += [f"- waits for: {item['name']}: {item['description']}" for item in step.pending]
    if step.plan or step.tool_calls or step.pending:
        lines.append("")
    lines += [f"**agent** ({step.status}): {step.reply or 'no reply'}", ""]
    lines += [f"> [{n}] {one['page']}: {one['quote']}" for n, one in enumerate(step.citations, 1)]
    return [*lines, ""] if step.citations else lines


def _failure_lines(one: Scored) -> list[str]:
    lines = [f"### {one.case}, trial {one.trial} ({one.split}, {one.blame})", ""]
    lines += [f"- **{f.check}**: expected {f.expected}; seen {f.seen}" for f in one.failed]
    return [*lines, ""]


def _split_rows(by_split: dict[str, Any]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for split, found in by_split.items():
        rate, ci95 = found["pass_hat_1"], found["ci95"]
        shown = ("–", "–") if rate is None else (f"{rate:.1%}", f"{ci95[0]:.1%} to {ci95[1]:.1%}")
        rows.append((split, found["cases"], *shown))
    return rows


def _check_rows(by_check: dict[str, Any]) -> list[tuple[object, ...]]:
    return [(check, one["passed"], one["trials"], f"{one['rate']:.1%}") for check, one in by_check.items()]


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    if not rows:
        return []
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines] + [""]


def _write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(pii.masked(value), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
