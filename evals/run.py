"""Scores one model on one suite, from the shared index to the report."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from evals.conduct import Limits
from evals.errors import StockMissingError
from evals.report import Report
from evals.scored import Scored
from evals.settings import EvalsSettings
from evals.suite import Suite
from evals.world import Worlds

if TYPE_CHECKING:
    from evals.inspect_task import Opener


STOCK = "stock/"


def opener(model: str) -> "Opener":
    """What opens a conversation: the service with a model, or for ``stock/NAME`` a stock agent on the same server.

    Raises:
        StockMissingError: the stock agent's packages are not installed.
    """
    from evals.served import serve

    if not model.startswith(STOCK):
        return partial(serve, model=model)
    try:
        from evals.stock.conversation import converse
    except ModuleNotFoundError as error:
        raise StockMissingError(
            f"A {STOCK}… model needs LangChain. Install it with: pip install 'deskmate[dev]'"
        ) from error
    return partial(converse, model=model.removeprefix(STOCK))


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
    kept: Mapping[tuple[str, int], Scored] = MappingProxyType({}),
) -> Report:
    """Run every case of a suite ``trials`` times against the service with one model, or against a stock agent.

    ``on_trial`` is called after each trial, with None for one that could not be run to its end. Trials in ``kept`` (by
    case and number) are taken as they are.
    """
    from evals.inspect_task import Session, run_task

    limits = Limits(settings.turn_seconds, settings.trial_seconds, settings.max_turns)
    session = Session(suite, model, worlds, opener(model), limits, on_trial, dict(kept))
    scored = run_task(session, trials=trials, parallel=settings.parallel, log_dir=log_dir or settings.log_dir)
    return Report(suite.name, model, split, trials, tuple(scored))
