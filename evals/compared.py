"""Several models on one suite as one table: for a terminal, and as Markdown."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evals.report import Report, comparison
from evals.run import STOCK
from tools import pii

_HEAD = (
    "model",
    "pass^1 (95%)",
    "wrong writes",
    "made up",
    "ungrounded",
    "calls a case",
    "tokens a turn",
    "not cached",
    "seconds a turn",
    "not scored",
)
_WIDE = 116  # columns of the table: a narrower terminal wraps its lines
_LEGEND = """\
wrong writes: changes that the case did not expect, or that took effect twice.
made up: identifiers that nobody typed, nothing showed, and that do not exist for the caller.
ungrounded: sentences with a figure, date, name or address that nothing in the thread holds, or a deed not done.
not cached: tokens read, by the share of each prompt that the one before it in its trial does not begin with.
Calls and tokens are means, seconds the median."""


def show_comparison(console: Console, reports: Sequence[Report]) -> None:
    """Print the table, each pair of models, and why trials could not be scored."""
    table = Table(box=None, pad_edge=False)
    for place, head in enumerate(_HEAD):
        widest = max(map(len, head.split()))
        table.add_column(head, no_wrap=place < 2, justify="left" if place < 2 else "right", min_width=widest)
    for report in reports:
        table.add_row(*map(escape, _row(report)))
    console.width = max(console.width, _WIDE)
    console.print(table)
    console.print(f"\n{_LEGEND}\n", soft_wrap=True, highlight=False)
    for sentence in [*_notes(reports), *_pairs(reports)]:
        console.print(escape(sentence), soft_wrap=True, highlight=False)
    for report in reports:
        for reason in dict.fromkeys(one.error or "no reason given" for one in report.errors):
            console.print(f"[red]not scored[/red] {escape(report.model)}: {escape(reason)}", soft_wrap=True)


def write_comparison(folder: Path, reports: Sequence[Report]) -> None:
    """Write table.md and comparison.json."""
    lines = [_HEAD, ("---",) * len(_HEAD), *(_row(report) for report in reports)]
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    pairs = "\n".join(f"- {sentence}" for sentence in [*_notes(reports), *_pairs(reports)])
    (folder / "table.md").write_text(f"{text}\n\n{_LEGEND}\n\n{pairs}".rstrip() + "\n", encoding="utf-8")
    found = {"models": [as_json(report) for report in reports], "pairs": comparison(reports)}
    (folder / "comparison.json").write_text(
        json.dumps(pii.masked(found), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def as_json(report: Report) -> dict[str, Any]:
    """Return what the table says of one model."""
    found = report.results()
    kept = ("model", "cases", "trials", "pass_hat_1", "ci95", "harm", "effort", "steps_made_by")
    harm = {name: count for name, count in found["harm"].items() if name != "found"}
    times = report.times()["latency_ms"]
    return {**{name: found[name] for name in kept}, "harm": harm, "latency_ms": times, "errors": len(report.errors)}


def _row(report: Report) -> tuple[str, ...]:
    found = report.results()
    harm, effort, tokens = found["harm"], found["effort"], found["effort"]["tokens_per_turn"]
    if found["ci95"] is None:
        return (report.model, "not scored", *["–"] * 7, str(len(report.errors)))
    low, high = found["ci95"]
    calls = report.model != "offline"  # its decisions are no model's
    return (
        report.model,
        f"{report.pass_hat_1:.1%} ({low * 100:.0f} to {high * 100:.0f})",
        str(harm["wrong_writes"]),
        str(harm["made_up_identifiers"]),
        str(harm["ungrounded_sentences"]),
        f"{effort['calls']['per_case']:.1f}" if calls else "–",
        f"{tokens['read']:.0f}" if calls else "–",
        f"{tokens['not_cached']:.0f}" if calls else "–",
        f"{report.times()['latency_ms']['p50'] / 1000:.1f}",
        str(len(report.errors)),
    )


def _notes(reports: Sequence[Report]) -> list[str]:
    """Who decided in runs of our own agent, whether it kept to its model calls, and what a prefix cache can hold."""
    found = []
    for report in reports:
        effort, makers = report.results()["effort"], report.results()["steps_made_by"]
        if report.model.startswith(STOCK) or not report.tallies:
            continue
        total = sum(makers.values())
        shares = ", ".join(f"{who} {count / total:.0%}" for who, count in makers.items())
        plain, planned = effort["calls"]["plain"], effort["calls"]["planned"]
        sentence = (
            f"{report.model}: steps decided by {shares or 'nobody'}; model calls of a plain question {plain['mean']} "
            f"({plain['over']} of {plain['runs']} above 1), of a plan of {planned['steps']} steps {planned['mean']} "
            f"({planned['over']} of {planned['runs']} above steps + 2)"
        )
        if effort["prefix_reuse"] is not None:
            sentence += f"; {effort['floor_steps']} decisions fell to the built-in model"
            sentence += f"; prefix_reuse {effort['prefix_reuse']:.3f}"
        found.append(sentence + ".")
    return found


def _pairs(reports: Sequence[Report]) -> list[str]:
    found = []
    for pair in comparison(reports):
        low, high = pair["ci95"]
        found.append(
            f"{pair['first']} against {pair['second']}: {pair['difference']:+.1%} (95% {low:+.1%} to {high:+.1%}, "
            f"p = {pair['p_value']:.3f}): {pair['verdict']}."
        )
    return found
