"""Writes that a case did not expect, and those that took effect twice."""

from evals.case import Case
from evals.checks.invariants import one_effect
from evals.checks.state import unexpected
from evals.tables import TABLES
from evals.trial import Trial


def wrong_writes(case: Case, trial: Trial) -> tuple[str, ...]:
    """Return each changed row that meets no expected row of the case, or meets one that is taken; else what is doubled.

    A row with the right number and a wrong field is a wrong write. What was expected and not done is none.
    """
    changes = trial.changes
    left = [
        change.describe()
        for table in TABLES
        for change in unexpected(case.expect.state.rows(table), [one for one in changes if one.table == table])
    ]
    doubled = one_effect(trial)
    return tuple(left) or (() if doubled.passed else (doubled.seen,))
