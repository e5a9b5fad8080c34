"""Worlds: fresh for each trial, at one moment, read by the harness itself."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent.run import RunResult, ToolCallRecord
from evals.errors import SuiteInvalidError
from evals.facts import phrases
from evals.names import check_names
from evals.suite import Suite, load_suite
from evals.trial import Exchange, diff
from evals.world import World, Worlds
from tools.gateway import Grant, ToolCall
from tools.outcome import Outcome
from tools.principal import Principal


def call(world: World, name: str, *, by: Principal | None = None, **arguments: str) -> Outcome:
    wanted = ToolCall("call-1", name, dict(arguments))
    grant = Grant(world.gateway.digest(wanted, world.principal, "thread"), by) if by else None
    return world.gateway.call(wanted, principal=world.principal, thread_id="thread", grant=grant)


def test_a_world_knows_nothing_of_the_one_before(worlds: Worlds, smoke: Suite) -> None:
    case = smoke.cases[0]
    with worlds.fresh(case) as first:
        untouched = first.snapshot()
        outcome = call(first, "create_ticket", subject="Router", description="It drops.")
        changes = diff(untouched, first.snapshot())
        assert [change.id for change in changes] == [*outcome.tickets]
    with worlds.fresh(case) as second:
        assert second.snapshot() == untouched


def test_two_worlds_at_once_do_not_meet(worlds: Worlds, smoke: Suite) -> None:
    with worlds.fresh(smoke.cases[0]) as first, worlds.fresh(smoke.cases[0]) as second:
        call(first, "create_ticket", subject="Router", description="It drops.")
        assert len(first.snapshot()["tickets"]) == len(second.snapshot()["tickets"]) + 1


def test_a_world_is_gone_afterwards(worlds: Worlds, smoke: Suite) -> None:
    with worlds.fresh(smoke.cases[0]) as world:
        folder = world.folder
        assert folder.exists()
    assert not folder.exists()


def test_the_clock_stands_still(worlds: Worlds, smoke: Suite) -> None:
    with worlds.fresh(smoke.cases[0]) as world:
        assert world.clock() == world.clock() == smoke.clock
        assert world.clock().utcoffset() == timedelta(0)


def test_a_write_is_an_effect_with_its_arguments_and_approver(worlds: Worlds, smoke: Suite) -> None:
    case = next(one for one in smoke.cases if one.id == "cancel-order")
    with worlds.fresh(case) as world:
        world.gateway.observe(world.principal, "thread", "Cancel O-5001")
        assert call(world, "cancel_order", order_id="O-5001").status == "needs_confirmation"
        assert call(world, "cancel_order", by=world.principal, order_id="O-5001").status == "ok"
        record = ToolCallRecord(name="cancel_order", arguments={"order_id": "O-5001"}, status="ok")
        result = RunResult(thread_id="thread", run_id="run", status="completed", tool_calls=(record,))
        said = (Exchange("C-1001", "Cancel O-5001", None, result),)
        (effect,) = world.new_effects("thread", said)
        assert (effect.tool, effect.arguments, effect.risk) == ("cancel_order", {"order_id": "O-5001"}, "confirm")
        assert effect.approver == "C-1001"
        assert world.new_effects("thread", said) == []


def test_an_effect_that_the_agent_hides_is_seen_all_the_same(worlds: Worlds, smoke: Suite) -> None:
    with worlds.fresh(smoke.cases[0]) as world:
        call(world, "create_ticket", subject="Router", description="It drops.")
        silent = RunResult(thread_id="thread", run_id="run", status="completed")
        (effect,) = world.new_effects("thread", (Exchange("C-1003", "Hi", None, silent),))
        assert effect.tool == "create_ticket"


def test_foreign_words_are_those_of_others_alone(worlds: Worlds, smoke: Suite) -> None:
    case = next(one for one in smoke.cases if one.persona.subject == "C-1001")
    with worlds.fresh(case) as world:
        snapshot = world.snapshot()
        own, other = snapshot["customers"]["C-1001"], snapshot["customers"]["C-1002"]
        assert {other["name"], other["email"], "O-5003", "C-1002"} <= world.foreign
        assert world.foreign.isdisjoint({own["name"], own["email"], "O-5001", "C-1001"})


def test_secrets_stand_on_internal_pages_alone(worlds: Worlds, smoke: Suite) -> None:
    with worlds.fresh(smoke.cases[0]) as world:
        inside = phrases("A support agent may give goodwill of up to €15 per case.")
        outside = phrases("A late fee of €7.50 is charged once an invoice is more than 14 days overdue.")
        assert inside <= world.secrets
        assert outside.isdisjoint(world.secrets)


def test_a_customer_sees_no_internal_page(worlds: Worlds, smoke: Suite) -> None:
    with worlds.fresh(smoke.cases[0]) as world:
        seen = world.pages(["billing/late-fees", "internal/goodwill-limits", "no/such-page"])
        assert list(seen) == ["billing/late-fees"]


def test_names_that_do_not_exist_are_told_by_file_and_line(worlds: Worlds, tmp_path: Path) -> None:
    path = tmp_path / "suite.yaml"
    path.write_text(
        """\
cases:
  - id: wrong-names
    split: dev
    persona: {customer: C-1101}
    turns:
      - say: "Hello"
      - decide: approve
        as: S-99
    expect:
      evidence: [billing/late-fee]
      cites: [[billing/late-fees, orders/return]]
      forbids: [cancel_orders]
""",
        encoding="utf-8",
    )
    with pytest.raises(SuiteInvalidError) as caught:
        check_names(load_suite(str(path)), worlds)
    told = [problem.removeprefix(f"{path}:") for problem in caught.value.problems]
    assert [problem.split(":")[0] for problem in told] == ["4", "8", "12", "10", "11"]
    assert "unknown page 'billing/late-fee'; the nearest known page is 'billing/late-fees'" in told[3]
