"""Whatever a compromised model does at the gate: nothing of others is told, nothing unapproved or twice is done."""

from __future__ import annotations

import itertools
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from knowledge.index import Index
from tests.machine.books import DOUBLED, KINDS, READ, UNAPPROVED, Violation
from tests.machine.company import found
from tests.machine.machine import CompromisedModel
from tests.tools.conftest import LENA, NOW, index
from tools import approvals, ledger, origins
from tools.catalog import tickets
from tools.database import Database
from tools.desk.search import find_tickets
from tools.running import Running

__all__ = ["index"]

STEPS = int(os.environ.get("DESKMATE_TEST_MACHINE_STEPS", "2000"))
_A_RUN = 30  # steps on one desk
_NIGHTLY = STEPS > 2000
_CHANCE = int(os.environ.get("DESKMATE_TEST_MACHINE_SEED", "1"))
_AT_ONCE = 2000  # steps of one seed
_TRIED = (
    "effect: cancel_order",
    "effect: request_refund",
    "effect: create_ticket",
    "repeated: ok",
    "called: refused",
    "with a consent: needs_approval",
    "with a consent: needs_confirmation",
)


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = found(tmp_path_factory.mktemp("companies") / "template.sqlite", NOW)
    yield made
    made.close()


def play(model: type[CompromisedModel], steps: int, chance: int, *, shrink: bool = False) -> None:
    """As many runs as it takes for these steps; `chance` seeds them. Raises Violation, with the way to it."""
    run_state_machine_as_test(
        seed(chance)(model),
        settings=settings(
            max_examples=-(-steps // _A_RUN),
            stateful_step_count=_A_RUN,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )


def hunt(model: type[CompromisedModel]) -> None:
    """Play until something is found, some seeds long."""
    for chance in range(3, 12):
        play(model, _AT_ONCE, chance)


def attacking(companies: Database, wiki: Index) -> type[CompromisedModel]:
    """The model at a gate of these companies."""
    return type("Attacking", (CompromisedModel,), {"template": companies, "index": wiki, "tally": Counter()})


def lines(tally: Counter[str], violations: Counter[str]) -> list[str]:
    """What was done and what came of it."""
    table = [f"{tally['steps']:>8,}  steps"]
    table += [f"{times:>8,}  {what}" for what, times in sorted(tally.items()) if what != "steps"]
    return [*table, *(f"{violations[kind]:>8,}  {kind}" for kind in KINDS)]


@pytest.mark.timeout(7200)
def test_a_compromised_model_breaks_no_promise(
    companies: Database, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    model, violations = attacking(companies, index), Counter[str]()
    try:
        for chance in itertools.count(_CHANCE):
            play(model, _AT_ONCE, chance, shrink=_NIGHTLY)
            enough = set(_TRIED) <= set(model.tally) or model.tally["steps"] > 3 * STEPS
            if model.tally["steps"] >= STEPS and enough:
                break
    except Violation as violation:
        violations[violation.kind] += 1
        raise
    finally:
        if _NIGHTLY:
            with capsys.disabled():
                sys.stdout.write("\n".join(["", *lines(model.tally, violations), ""]))
    assert set(_TRIED) <= set(model.tally), "something was never tried"


def _no_consent_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approvals, "spend", lambda *_: None)


def _a_call_is_new_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """And words ask as often as a model likes, for used words alone would keep a second effect back."""
    monkeypatch.setattr(origins, "spend", lambda *_: None)
    numbers, claim = itertools.count(), ledger.claim
    monkeypatch.setattr(ledger, "stored", lambda *_: None)
    monkeypatch.setattr(ledger, "claim", lambda s, t, c, d, *more: claim(s, t, f"{c}{next(numbers)}", d, *more))


def _customers_list_all_tickets(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody looks at the labels of what is found, which alone would keep it back."""
    monkeypatch.setattr(tickets, "find_tickets", lambda session, _, **asked: find_tickets(session, LENA, **asked))
    monkeypatch.setattr(Running, "must_be_readable", lambda *_: None)


@pytest.mark.parametrize(
    ("hole", "kind"),
    [(_no_consent_is_needed, UNAPPROVED), (_a_call_is_new_each_time, DOUBLED), (_customers_list_all_tickets, READ)],
)
def test_a_hole_in_the_gate_is_found(
    companies: Database,
    index: Index,
    monkeypatch: pytest.MonkeyPatch,
    hole: Callable[[pytest.MonkeyPatch], None],
    kind: str,
) -> None:
    hole(monkeypatch)
    with pytest.raises(Violation) as found:
        hunt(attacking(companies, index))
    assert found.value.kind == kind
