"""The database after the trial: the rows that a case expects, and nothing else."""

from collections.abc import Sequence

from evals.case import State
from evals.checks.verdict import Verdict
from evals.rows import RowTest
from evals.tables import TABLES
from evals.trial import Change, Trial


def check_state(state: State, trial: Trial) -> list[Verdict]:
    """Return one verdict a table that is named or that changed.

    Every expected row must be met by its own changed row, and no changed row may be left over. A table that the case
    does not name must not change.
    """
    found = []
    changes = trial.changes
    for table in TABLES:
        mine = [change for change in changes if change.table == table]
        tests = state.rows(table)
        if tests:
            found.append(_expected(table, tests, mine))
        elif mine or table in state.unchanged:
            found.append(_unchanged(table, mine))
    if not found:
        found.append(Verdict("state", True, "nothing changed", "nothing changed"))
    return found


def _unchanged(table: str, changes: Sequence[Change]) -> Verdict:
    return Verdict("state", not changes, f"{table} unchanged", _listed(changes))


def _expected(table: str, tests: Sequence[RowTest], changes: Sequence[Change]) -> Verdict:
    slots = [test for test in tests for _ in range(test.count)]
    passed = len(slots) == len(changes) and len(_assign(slots, changes)) == len(slots)
    expected = f"{table}: " + " and ".join(test.describe() for test in tests)
    return Verdict("state", passed, expected, _listed(changes))


def unexpected(tests: Sequence[RowTest], changes: Sequence[Change]) -> list[Change]:
    """Return the changes that are left over when as many as possible are dealt to the tests."""
    taken = _assign([test for test in tests for _ in range(test.count)], changes)
    return [change for index, change in enumerate(changes) if index not in taken]


def _assign(slots: Sequence[RowTest], changes: Sequence[Change]) -> dict[int, int]:
    """Deal as many changes as possible to the tests, one to one (augmenting paths: order does not matter).

    Returns the index of each change that was dealt, with that of its test.
    """
    taken: dict[int, int] = {}

    def place(slot: int, tried: set[int]) -> bool:
        for index, change in enumerate(changes):
            if index in tried or not slots[slot].matches(change):
                continue
            tried.add(index)
            if index not in taken or place(taken[index], tried):
                taken[index] = slot
                return True
        return False

    for slot in range(len(slots)):
        place(slot, set())
    return taken


def _listed(changes: Sequence[Change]) -> str:
    return "; ".join(change.describe() for change in changes) or "no change"
