"""The checks of a case: each a pure function of what is expected and of the trial.

The reward of a trial is the product of the checks that its case names: 1 where all of them hold, else 0. ``state`` and
``status`` are always checked (what a case does not name must not change, and a run must come to its end), the others
where the case names them.
"""

from evals.case import Case
from evals.checks.invariants import check_invariants
from evals.checks.pages import check_cites, check_evidence
from evals.checks.path import check_calls, check_forbids, check_status
from evals.checks.speech import check_never_says, check_says
from evals.checks.state import check_state
from evals.checks.verdict import Verdict
from evals.trial import Trial

__all__ = ["Verdict", "named_checks", "reward", "verdicts"]


def verdicts(case: Case, trial: Trial) -> list[Verdict]:
    """Return one verdict for each thing that the case names, in a fixed order, also for a trial that ended early."""
    expect = case.expect
    return [
        *check_status(expect.status, trial),
        *check_state(expect.state, trial),
        *check_evidence(expect.evidence, trial),
        *check_cites(expect.cites, trial),
        *check_says(expect.says, trial),
        *check_never_says(expect.never_says, trial),
        *check_forbids(expect.forbids, trial),
        *check_calls(expect.calls, trial),
        *check_invariants(expect.invariants, trial),
    ]


def named_checks(case: Case) -> list[str]:
    """Return the checks that a case names, in the order of their verdicts."""
    expect = case.expect
    optional = ("evidence", "cites", "says", "never_says", "forbids", "calls")
    return ["status", "state", *(name for name in optional if getattr(expect, name)), *expect.invariants]


def reward(found: list[Verdict]) -> float:
    """Return the product of the verdicts: 1.0 where all hold, else 0.0."""
    return float(all(verdict.passed for verdict in found))
