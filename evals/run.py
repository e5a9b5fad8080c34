"""Scores one model on one suite, from the shared index to the report."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from evals.conduct import Limits
from evals.report import Report
from evals.scored import Scored
from evals.settings import EvalsSettings
from evals.suite import Suite
from evals.world import Worlds


def run_suite(
    suite: Suite,
    model: str,
    worlds: Worlds,
    settings: EvalsSettings,
    *,
    trials: int = 1,
    split: str = "all",
    log_dir: Path | None = None,
    on_trial: Callable[[Scored | None], None] = lambda scored: None,
) -> Report:
    """Run every case of a suite ``trials`` times against the service with one model.

    ``on_trial`` is called after each trial, with None for one that could not be run to its end.
    """
    from evals.inspect_task import Session, run_task
    from evals.served import serve

    limits = Limits(settings.turn_seconds, settings.max_turns)
    session = Session(suite, model, worlds, partial(serve, model=model), limits, on_trial)
    scored = run_task(session, trials=trials, parallel=settings.parallel, log_dir=log_dir or settings.log_dir)
    return Report(suite.name, model, split, trials, tuple(scored))
