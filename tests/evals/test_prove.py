"""The proof: it holds for a good suite, and tells which case of a bad one lets a wrong agent pass."""

from pathlib import Path

import pytest

from evals.agents.gold import gold_script
from evals.agents.script import Move
from evals.errors import GoldUnderivableError, SuiteInvalidError
from evals.prove import Proof, prove_suite
from evals.suite import Suite, load_suite
from evals.world import Worlds

LAX = """\
cases:
  - id: lax
    split: dev
    persona: {customer: C-1001}
    turns:
      - say: "Please cancel my order O-5001. What is the late fee, by the way?"
      - when: asks_confirmation
        decide: approve
    expect:
      state: {orders: [{id: O-5001, status: [cancelled, processing]}]}
      says: ["€7.50"]
      cites: [billing/late-fees]
    gold:
      calls: [{name: cancel_order, arguments: {order_id: O-5001}}]
"""


@pytest.fixture(scope="module")
async def smoke_proof(smoke: Suite, worlds: Worlds) -> Proof:
    return await prove_suite(smoke, worlds, seed=1)


def written(folder: Path, text: str) -> Suite:
    path = folder / "suite.yaml"
    path.write_text(text, encoding="utf-8")
    return load_suite(str(path))


def test_the_smoke_suite_holds(smoke_proof: Proof) -> None:
    found = smoke_proof.as_json()
    assert (found["gold"], found["do_nothing"], found["failed_gold"], found["escaped"]) == (1.0, 0.0, [], [])
    assert found["caught"] == found["mutants"]
    assert found["holds"]


def test_every_kind_of_mutation_that_the_suite_allows_was_tried(smoke_proof: Proof) -> None:
    tried = {name for name, caught in smoke_proof.mutations.items() if caught.mutants}
    assert tried == set(smoke_proof.mutations)


async def test_the_same_seed_gives_the_same_proof(smoke: Suite, worlds: Worlds) -> None:
    part = smoke.only(ids=["refund-of-a-faulty-hub"])
    first, second = [(await prove_suite(part, worlds, seed=7)).as_json() for _ in range(2)]
    assert first == second


async def test_a_lax_case_is_found_out(tmp_path: Path, worlds: Worlds) -> None:
    proof = await prove_suite(written(tmp_path, LAX), worlds, seed=1)
    escaped = {escape.where.rsplit(": ", 1)[1] for escape in proof.escaped}
    assert escaped == {"skipped confirmation", "false citation"}
    assert all(escape.where.startswith(f"{tmp_path}/suite.yaml:2: ") for escape in proof.escaped)
    assert not proof.holds


async def test_a_case_that_an_idle_agent_passes_is_found_out(tmp_path: Path, worlds: Worlds) -> None:
    idle = LAX.split("    expect:")[0] + "    expect: {state: {unchanged: [orders]}}\n"
    proof = await prove_suite(written(tmp_path, idle), worlds, seed=1)
    assert proof.idle_passes == ["lax"]
    assert not proof.holds


async def test_an_unreachable_fact_fails_gold_and_says_why(tmp_path: Path, worlds: Worlds) -> None:
    proof = await prove_suite(written(tmp_path, LAX.replace("€7.50", "€99999")), worlds, seed=1)
    assert not proof.holds
    assert "€99999" in proof.failed_gold[0].what


async def test_gold_that_cannot_be_derived_is_told_by_file_and_line(tmp_path: Path, worlds: Worlds) -> None:
    text = LAX.split("    gold:")[0].replace("[cancelled, processing]", "delivered")
    with pytest.raises(SuiteInvalidError, match=r"suite\.yaml:10: case 'lax': orders can only be cancelled"):
        await prove_suite(written(tmp_path, text), worlds, seed=1)


# What gold does, derived from what is expected.


def moves(folder: Path, worlds: Worlds, expect: str, persona: str = "{customer: C-1001}") -> list[Move]:
    text = "cases:\n  - id: derived\n    split: dev\n    turns: [{say: It drops}]\n"
    (placed,) = written(folder, f"{text}    persona: {persona}\n    expect: {expect}\n").placed
    with worlds.fresh(placed.case) as world:
        return list(gold_script(placed, world.principal, world.snapshot()).moves)


def test_a_new_ticket_is_opened_as_expected(tmp_path: Path, worlds: Worlds) -> None:
    (move,) = moves(tmp_path, worlds, "{state: {tickets: [{type: incident, priority: high, subject~: Router}]}}")
    assert move.name == "create_ticket"
    assert move.arguments == {
        "subject": "Router",
        "description": "It drops",
        "type": "incident",
        "priority": "high",
    }


def test_a_changed_ticket_is_updated_and_commented(tmp_path: Path, worlds: Worlds) -> None:
    found = moves(tmp_path, worlds, '{state: {tickets: [{id: T-1001, status: solved, comments~: "it works"}]}}')
    assert [(move.name, move.arguments) for move in found] == [
        ("update_ticket", {"ticket_id": "T-1001", "status": "solved"}),
        ("comment_on_ticket", {"ticket_id": "T-1001", "text": "it works"}),
    ]


def test_a_refund_opens_its_own_ticket(tmp_path: Path, worlds: Worlds) -> None:
    rows = "{refunds: [{order: O-5002, reason: faulty}], tickets: [{subject~: Refund}]}"
    assert [move.name for move in moves(tmp_path, worlds, f"{{state: {rows}}}")] == ["request_refund"]


def test_a_colleague_writes_internal_notes(tmp_path: Path, worlds: Worlds) -> None:
    expect = '{state: {tickets: [{id: T-1001, internal_comments~: "called back"}]}}'
    (move,) = moves(tmp_path, worlds, expect, persona="{staff: S-01}")
    assert move.arguments == {"ticket_id": "T-1001", "text": "called back", "visibility": "internal"}


def test_named_reads_are_called(tmp_path: Path, worlds: Worlds) -> None:
    assert [move.name for move in moves(tmp_path, worlds, "{calls: [check_outage]}")] == ["check_outage"]


def test_a_write_that_nothing_describes_is_underivable(tmp_path: Path, worlds: Worlds) -> None:
    with pytest.raises(GoldUnderivableError, match="the arguments of cancel_order are not known"):
        moves(tmp_path, worlds, "{calls: [cancel_order]}")
