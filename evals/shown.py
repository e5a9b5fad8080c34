"""The report on a terminal: figures, then each failed case with the check that failed, what it expected and saw."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evals.prove import IDLE_BAR, Proof, kinds_used
from evals.report import Report, comparison
from evals.scored import Scored
from evals.suite import Suite

_MOST = 40  # failures shown; the report file has all
_NOTES = {
    "script": "; the script has no turn for what the agent asked",
    "crash": "; a run of the agent broke down, see the log",
}
_LONGEST = 240  # characters of an expected or seen text


def show_suites(console: Console, suites: Sequence[Suite]) -> None:
    """Print the suites and how many cases each split has."""
    table = Table("suite", "dev", "test", "about", box=None, pad_edge=False)
    for suite in suites:
        splits = [case.split for case in suite.cases]
        table.add_row(suite.name, str(splits.count("dev")), str(splits.count("test")), escape(suite.about))
    console.print(table)


def show_cases(console: Console, suite: Suite) -> None:
    """Print the cases of one suite."""
    table = Table("case", "split", "persona", "turns", "opens with", box=None, pad_edge=False)
    for case in suite.cases:
        opening = " ".join((case.turns[0].say or "").split())
        table.add_row(case.id, case.split, case.persona.subject, str(len(case.turns)), escape(opening[:90]))
    console.print(table)


def show_reports(console: Console, reports: Sequence[Report]) -> None:
    """Print the reports, and how the models compare."""
    for report in reports:
        _show_report(console, report)
    for pair in comparison(reports):
        low, high = pair["ci95"]
        console.print(
            f"{escape(pair['first'])} against {escape(pair['second'])}: {pair['difference']:+.1%} "
            f"(95% {low:+.1%} to {high:+.1%}, p = {pair['p_value']:.3f}): {pair['verdict']}.",
            soft_wrap=True,
        )


def show_proof(console: Console, proof: Proof) -> None:
    """Print what the suite gives to right, idle and wrong agents."""
    found = proof.as_json()
    table = Table("agent", "score", "must be", box=None, pad_edge=False)
    table.add_row("gold", f"{found['gold']:.1%}", "100%", style=None if found["gold"] == 1 else "red")
    idle_style = None if found["do_nothing"] <= IDLE_BAR else "red"
    table.add_row("do nothing", f"{found['do_nothing']:.1%}", f"at most {IDLE_BAR:.0%}", style=idle_style)
    table.add_row("random", f"{found['random']:.1%}", "a floor")
    console.print(f"[bold]{escape(proof.suite)}[/bold], {proof.cases} cases", table, "", sep="\n")
    kinds = Table("mutation of gold", "mutants", "caught", box=None, pad_edge=False)
    for name, caught in kinds_used(proof):
        style = "red" if caught.escaped else None
        kinds.add_row(name, str(caught.mutants), str(caught.mutants - len(caught.escaped)), style=style)
    kinds.add_row("all", str(found["mutants"]), str(found["caught"]), style="bold")
    console.print(kinds, "", sep="\n")
    for escaped in (*proof.failed_gold, *proof.escaped):
        console.print(f"[red]{escape(escaped.where)}[/red]\n  {escape(escaped.what)}", highlight=False, soft_wrap=True)
    if found["do_nothing"] > IDLE_BAR:
        console.print(f"Doing nothing passes: {', '.join(proof.idle_passes)}")


def _show_report(console: Console, report: Report) -> None:
    found, times = report.results(), report.times()
    trials = f"{report.trials} trial{'s' if report.trials > 1 else ''} each"
    console.print(
        f"[bold]{escape(report.suite)}[/bold] · {escape(report.model)} · {found['cases']} cases, {trials}\n"
        f"{_headline(report, found)}"
        f"   latency p50 {times['latency_ms']['p50']:.0f} ms, p95 {times['latency_ms']['p95']:.0f} ms"
        f"   model calls {found['model_calls']}",
        highlight=False,
        soft_wrap=True,
    )
    harm = found["harm"]
    console.print(
        f"wrong or doubled writes {harm['wrong_writes']}, identifiers made up {harm['made_up_identifiers']}, "
        f"ungrounded sentences {harm['ungrounded_sentences']}",
        highlight=False,
    )
    figures = Table("split or check", "passed", box=None, pad_edge=False)
    for split, one in found["by_split"].items():
        rate = "not scored" if one["pass_hat_1"] is None else f"{one['pass_hat_1']:.1%}"
        figures.add_row(f"{split} ({one['cases']} cases)", rate)
    for check, one in found["by_check"].items():
        figures.add_row(f"  {check}", f"{one['passed']} of {one['trials']}")
    console.print(figures, "", sep="\n")
    if len(found["steps_made_by"]) > 1:
        makers = ", ".join(f"{escape(who)} {count}" for who, count in found["steps_made_by"].items())
        console.print(f"steps decided by: {makers}", soft_wrap=True, highlight=False)
    for one in report.failures[:_MOST]:
        _show_failure(console, one, report.trials)
    if len(report.failures) > _MOST:
        console.print(f"… and {len(report.failures) - _MOST} more failures; --out DIR writes all.")
    reasons: dict[str, list[str]] = {}
    for one in report.errors:
        reasons.setdefault(one.error or "no reason given", []).append(one.case)
    for reason, cases in reasons.items():
        named = ", ".join(dict.fromkeys(cases))
        console.print(f"[red]not scored[/red] {escape(named)}: {escape(reason)}", soft_wrap=True, highlight=False)


def _headline(report: Report, found: Mapping[str, Any]) -> str:
    if found["ci95"] is None:
        return "no trial could be scored"
    low, high = found["ci95"]
    passed = sum(one.reward == 1 for one in report.scored)
    scored = len(report.scored) - len(report.errors)
    return f"pass^1 [bold]{report.pass_hat_1:.1%}[/bold] ({passed} of {scored} trials), 95% {low:.1%} to {high:.1%}"


def _show_failure(console: Console, one: Scored, trials: int) -> None:
    number = f", trial {one.trial}" if trials > 1 else ""
    note = _NOTES.get(one.blame or "", "")
    console.print(f"[red]failed[/red] [bold]{escape(one.case)}[/bold] ({one.split}{number}{note})")
    lines = Table.grid(padding=(0, 1), pad_edge=True)
    before = ""
    for finding in one.failed:
        lines.add_row(f" {finding.check}", "expected", escape(_cut(finding.expected)))
        if finding.seen != before:
            lines.add_row("", "seen", escape(_cut(finding.seen)))
        before = finding.seen
    console.print(lines)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
