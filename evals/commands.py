"""`deskmate eval`: list suites, score models on them, and prove that they can be trusted."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from evals.kept import Kept
    from evals.report import Report
    from evals.scored import Scored
    from evals.settings import EvalsSettings
    from evals.suite import Suite
    from evals.world import Worlds


RETRIEVAL = "retrieval"  # a suite of labelled questions beside those of cases


@click.group()
def eval_group() -> None:
    """Measure how fit the agent is for service.

    A suite holds cases: who asks, what they say, and what must be true afterwards. Each trial has a world of its own.
    """


@eval_group.command("list")
@click.argument("suite", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_command(suite: str | None, as_json: bool) -> None:
    """List the suites, or the cases of one."""
    from evals.shown import show_cases, show_suites
    from evals.suite import load_suite, suite_names

    with _told():
        suites = [load_suite(name) for name in ([suite] if suite else suite_names())]
    if as_json:
        _print_json([_listed(one) for one in suites])
    elif suite:
        show_cases(_console(), suites[0])
    else:
        show_suites(_console(), suites)


@eval_group.command("run")
@click.argument("suite")
@click.option("--model", "models", multiple=True, help="Model to score, e.g. offline or ollama/qwen3:8b. Repeatable.")
@click.option("--trials", default=1, show_default=True, type=click.IntRange(1), help="Times that each case runs.")
@click.option("--split", type=click.Choice(["dev", "test"]), help="Only the cases of this split.")
@click.option("--case", "cases", multiple=True, help="Only the case with this id. Repeatable.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write report and transcripts here.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--fail-under", type=click.FloatRange(0, 1), help="Exit with 1 if pass^1 of a model is below this, 0 to 1."
)
@click.option(
    "--set",
    "sets",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="For the suite retrieval: a folder with queries.jsonl and its corpus. Repeatable.",
)
@click.option("--ablate", is_flag=True, help="For the suite retrieval: also without each part of search.")
@click.option(
    "--searches",
    default=0,
    type=click.IntRange(0, 50),
    help="For the suite retrieval: also in so many searches, each named by what was read before it.",
)
def run_command(
    suite: str,
    models: tuple[str, ...],
    trials: int,
    split: str | None,
    cases: tuple[str, ...],
    out: Path | None,
    as_json: bool,
    fail_under: float | None,
    sets: tuple[Path, ...],
    ablate: bool,
    searches: int,
) -> None:
    """Score models on a suite, or with the suite `retrieval` the search on labelled questions, without a model.

    Exits with 1 if a model is below --fail-under, and with 2 if a trial could not be run, whatever the score is.
    """
    from evals.shown import show_reports
    from evals.written import write_reports

    if suite == RETRIEVAL:
        if models or split or cases or trials > 1 or fail_under is not None:
            raise click.UsageError(
                "The suite retrieval runs without a model: it takes --set, --ablate, --searches, --out and --json."
            )
        _run_retrieval(sets, ablate, searches, out, as_json)
        return
    if sets or ablate or searches:
        raise click.UsageError("--set, --ablate and --searches belong to the suite retrieval.")
    with _told():
        settings, chosen = _loaded(suite, split, cases)
        with _worlds(settings, chosen) as worlds:
            reports = [
                _scored(chosen, model, worlds, settings, trials, split, out)
                for model in dict.fromkeys(models or ("offline",))
            ]
    if out is not None:
        write_reports(out, reports)
    if as_json:
        found = [{**report.results(), **report.times()} for report in reports]
        _print_json(found[0] if len(found) == 1 else found)
    else:
        show_reports(_console(), reports)
    _exit_with(reports, fail_under)


@eval_group.command("compare")
@click.argument("suite")
@click.option(
    "--model", "models", multiple=True, required=True, help="A model, e.g. offline, ollama/NAME, or stock/NAME."
)
@click.option("--trials", default=1, show_default=True, type=click.IntRange(1), help="Times that each case runs.")
@click.option("--split", type=click.Choice(["dev", "test"]), help="Only the cases of this split.")
@click.option("--case", "cases", multiple=True, help="Only the case with this id. Repeatable.")
@click.option(
    "--out",
    default=Path("compared"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep trials and reports here.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compare_command(
    suite: str,
    models: tuple[str, ...],
    trials: int,
    split: str | None,
    cases: tuple[str, ...],
    out: Path,
    as_json: bool,
) -> None:
    """Score models one after the other and print one table.

    stock/NAME is LangChain's create_agent on ChatOllama with the same tools and wiki. A comparison that was broken off
    goes on where it stopped: trials in --out are taken as they are while code, suite and settings are the same. Exits
    with 2 if a trial could not be run.
    """
    from evals.compared import as_json as compared_json
    from evals.compared import show_comparison, write_comparison
    from evals.digest import digest
    from evals.kept import Kept
    from evals.report import comparison
    from evals.written import slug, write_report

    with _told():
        settings, chosen = _loaded(suite, split, cases)
        reports = []
        with _worlds(settings, chosen) as worlds:
            for model in dict.fromkeys(models):
                folder = out / slug(model)
                kept = Kept(folder / "trials.jsonl", digest(chosen, model, settings))
                reports.append(_scored(chosen, model, worlds, settings, trials, split, folder, kept))
                write_report(folder, reports[-1])
                write_comparison(out, reports)
    if as_json:
        _print_json({"models": [compared_json(report) for report in reports], "pairs": comparison(reports)})
    else:
        show_comparison(_console(), reports)
    _exit_with(reports, None)


@eval_group.command("prove")
@click.argument("suite")
@click.option("--split", type=click.Choice(["dev", "test"]), help="Only the cases of this split.")
@click.option("--case", "cases", multiple=True, help="Only the case with this id. Repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def prove_command(suite: str, split: str | None, cases: tuple[str, ...], as_json: bool) -> None:
    """Prove that a suite can be trusted.

    A right agent must score 100%, one that does nothing at most 15%, and every wrong one must be caught, or it exits
    with 1.
    """
    import asyncio

    from evals.prove import prove_suite
    from evals.shown import show_proof

    with _told():
        settings, chosen = _loaded(suite, split, cases)
        with _worlds(settings, chosen) as worlds, _bar(f"proving {chosen.name}", len(chosen.placed)) as step:
            proof = asyncio.run(prove_suite(chosen, worlds, seed=settings.seed, progress=lambda case: step()))
    if as_json:
        _print_json(proof.as_json())
    else:
        show_proof(_console(), proof)
    if not proof.holds:
        sys.exit(1)


def _run_retrieval(folders: tuple[Path, ...], ablate: bool, searches: int, out: Path | None, as_json: bool) -> None:
    from evals.retrieval.corpora import Corpora
    from evals.retrieval.labelled import find_sets
    from evals.retrieval.measured import measure
    from evals.retrieval.shown import show_measured
    from evals.retrieval.written import write_measured
    from evals.settings import EvalsSettings

    settings, console = EvalsSettings(), _console(stderr=True)
    with _told(), console.status("Reading the labelled sets …") as status:
        sets = find_sets(settings, folders)
        with Corpora(
            settings, sets, lambda done, total, what: status.update(f"{done} of {total} pages: {what}")
        ) as found:
            measured = measure(found, sets, ablate=ablate, searches=searches, told=status.update)
    if out is not None:
        write_measured(out, measured)
    if as_json:
        _print_json(measured.as_json())
    else:
        show_measured(_console(), measured)


def _loaded(name: str, split: str | None, cases: tuple[str, ...]) -> tuple[EvalsSettings, Suite]:
    from evals.settings import EvalsSettings
    from evals.suite import load_suite

    settings = EvalsSettings()
    return settings, load_suite(name, settings).only(split=split, ids=cases)


@contextmanager
def _worlds(settings: EvalsSettings, suite: Suite) -> Iterator[Worlds]:
    """The shared index and the worlds over it, after every name in the suite was looked up in them."""
    from agent.models.profile import FILE
    from evals.names import check_names
    from evals.wiki import open_index
    from evals.world import Worlds

    with _console(stderr=True).status("Reading the wiki …"):
        index = open_index(settings)
    with index, closing(Worlds(index, suite.clock, settings.data_dir / FILE)) as worlds:
        check_names(suite, worlds)
        yield worlds


def _scored(
    suite: Suite,
    model: str,
    worlds: Worlds,
    settings: EvalsSettings,
    trials: int,
    split: str | None,
    out: Path | None,
    kept: Kept | None = None,
) -> Report:
    from evals.run import run_suite

    with _bar(f"{suite.name} · {model}", len(suite.placed) * trials) as step:

        def on_trial(scored: Scored | None) -> None:
            if kept:
                kept.add(scored)
            step()

        return run_suite(
            suite,
            model,
            worlds,
            settings,
            trials=trials,
            split=split or "all",
            log_dir=out / "logs" if out else None,
            on_trial=on_trial,
            kept=dict(kept.trials) if kept else {},
        )


def _exit_with(reports: list[Report], fail_under: float | None) -> None:
    console = _console(stderr=True)
    for report in reports:
        if report.errors:
            console.print(
                f"[red]{len(report.errors)} of {len(report.scored)} trials of {report.model} could not be run; "
                "the score leaves them out, so it is no pass. The report gives the reasons.",
                soft_wrap=True,
            )
            sys.exit(2)
    low = [report for report in reports if fail_under is not None and report.pass_hat_1 < fail_under]
    for report in low:
        console.print(
            f"[red]{report.model} is below the bar: pass^1 {report.pass_hat_1:.4f} < {fail_under}", soft_wrap=True
        )
    if low:
        sys.exit(1)


@contextmanager
def _told() -> Iterator[None]:
    """Turn the errors of this room into one sentence; those of the rooms below are told by the command line itself."""
    from evals.errors import EvalsError

    try:
        yield
    except EvalsError as error:
        raise click.ClickException(str(error)) from error
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "inspect_ai":
            raise
        sentence = "`deskmate eval` needs the evaluation extra. Install it with: pip install 'deskmate[evals]'"
        raise click.ClickException(sentence) from error


@contextmanager
def _bar(title: str, total: int) -> Iterator[Any]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = _console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=total)
        yield lambda: progress.advance(task)


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr)


def _print_json(value: object) -> None:
    from tools import pii

    click.echo(json.dumps(pii.masked(value), indent=2, ensure_ascii=False))


def _listed(suite: Suite) -> dict[str, Any]:
    return {
        "suite": suite.name,
        "about": suite.about,
        "clock": suite.clock.isoformat(),
        "cases": [{"id": case.id, "split": case.split, "persona": case.persona.subject} for case in suite.cases],
    }
