"""Risky writes: nothing without a person's consent, and each consent once."""

from datetime import timedelta

import pytest

from tests.tools.conftest import AMARA, INES, LENA, MARA, World
from tests.tools.rows import BUSINESS, Refund, count, dump, order
from tools.approvals import Grant
from tools.gateway import ToolCall
from tools.policy import Effect, may_grant
from tools.principal import Principal, Role

CANCEL = {"order_id": "O-5001"}
REFUND = {"order_id": "O-5002", "reason": "faulty"}


@pytest.fixture
def asked(world: World) -> tuple[World, ToolCall]:
    """Mara has seen her orders and asked for a refund, which waits for approval."""
    world.call(MARA, "list_orders")
    call = world.make("request_refund", **REFUND)
    assert world.run(call, MARA).status == "needs_approval"
    return world, call


def test_cancelling_asks_first_and_writes_nothing(world: World) -> None:
    world.call(MARA, "list_orders")
    before = dump(world.database, without=BUSINESS)
    outcome = world.call(MARA, "cancel_order", **CANCEL)
    assert outcome.status == "needs_confirmation"
    assert outcome.sentence.startswith("Shall I cancel order O-5001 (Mesh Pod, €79.00)?")
    assert outcome.data["approver"] == "customer"
    assert dump(world.database, without=BUSINESS) == before


def test_the_customer_may_confirm_their_own_cancellation(world: World) -> None:
    world.call(MARA, "list_orders")
    call = world.make("cancel_order", **CANCEL)
    world.run(call, MARA)
    outcome = world.run(call, MARA, world.granted(call, MARA, MARA))
    assert outcome.status == "ok"
    assert order(world.database, "O-5001").status == "cancelled"


def test_a_refund_that_staff_approve_is_booked_with_a_task_for_billing(asked: tuple[World, ToolCall]) -> None:
    world, call = asked
    outcome = world.run(call, MARA, world.granted(call, MARA, LENA))
    assert outcome.sentence == (
        "The refund of €129.00 for order O-5002 (Hub 6) is approved. The money goes to your original payment method "
        "within 5 working days, by Tuesday 1 December. Ticket T-1201 keeps track of it."
    )
    task = world.call(MARA, "get_ticket", ticket_id="T-1201").data
    assert (task["group"], task["type"], task["requester"]) == ("billing", "task", "C-1001")
    assert count(world.database, Refund) == 1


@pytest.mark.parametrize(
    "approver",
    [MARA, INES, Principal("other", "S-01", Role.STAFF), Principal("demo", "C-1001", Role.STAFF)],
    ids=["the customer", "another customer", "staff of another tenant", "the caller as staff"],
)
def test_nobody_but_other_staff_of_the_tenant_approves_a_refund(
    asked: tuple[World, ToolCall], approver: Principal
) -> None:
    world, call = asked
    assert world.run(call, MARA, world.granted(call, MARA, approver)).status == "needs_approval"
    assert count(world.database, Refund) == 0


def test_another_customer_cannot_confirm_a_cancellation(world: World) -> None:
    world.call(MARA, "list_orders")
    call = world.make("cancel_order", **CANCEL)
    world.run(call, MARA)
    assert world.run(call, MARA, world.granted(call, MARA, INES)).status == "needs_confirmation"
    assert order(world.database, "O-5001").status == "processing"


def test_a_grant_for_other_arguments_does_not_count(asked: tuple[World, ToolCall]) -> None:
    world, _ = asked
    part = world.make("request_refund", **REFUND, amount=10)
    whole = world.make("request_refund", **REFUND)
    world.run(part, MARA)
    assert world.run(whole, MARA, world.granted(part, MARA, LENA)).status == "needs_approval"
    assert count(world.database, Refund) == 0


def test_a_grant_of_another_thread_does_not_count(asked: tuple[World, ToolCall]) -> None:
    world, call = asked
    other = world.in_thread("thread-2")
    other.call(MARA, "list_orders")
    other.run(call, MARA)
    assert other.run(call, MARA, world.granted(call, MARA, LENA)).status == "needs_approval"


def test_a_grant_that_nobody_asked_for_does_not_count(world: World) -> None:
    world.call(MARA, "list_orders")
    call = world.make("request_refund", **REFUND)
    assert world.run(call, MARA, world.granted(call, MARA, LENA)).status == "needs_approval"


def test_a_grant_is_used_up_by_one_effect(world: World) -> None:
    world.call(MARA, "list_orders")
    first, second = (world.make("request_refund", **REFUND, amount=20) for _ in range(2))
    world.run(first, MARA)
    grant = world.granted(first, MARA, LENA)
    assert world.run(first, MARA, grant).status == "ok"
    assert world.run(second, MARA, grant).status == "needs_approval"
    assert count(world.database, Refund) == 1


@pytest.mark.parametrize(("minutes", "status"), [(1439, "ok"), (1441, "needs_approval")])
def test_an_approval_expires(asked: tuple[World, ToolCall], minutes: int, status: str) -> None:
    world, call = asked
    world.wait(timedelta(minutes=minutes))
    assert world.run(call, MARA, world.granted(call, MARA, LENA)).status == status


def test_an_expired_request_can_be_asked_again(asked: tuple[World, ToolCall]) -> None:
    world, call = asked
    world.wait(timedelta(days=2))
    late = world.granted(call, MARA, LENA)
    assert world.run(call, MARA, late).status == "needs_approval"
    assert world.run(call, MARA, late).status == "needs_approval"
    assert world.run(call, MARA, world.granted(call, MARA, LENA)).status == "ok"


def test_a_used_grant_does_not_answer_the_next_request_for_the_same(world: World) -> None:
    world.call(MARA, "list_orders")
    first, second = (world.make("request_refund", **REFUND, amount=20) for _ in range(2))
    world.run(first, MARA)
    grant = world.granted(first, MARA, LENA)
    assert world.run(first, MARA, grant).status == "ok"
    assert [world.run(second, MARA, grant).status for _ in range(2)] == ["needs_approval"] * 2
    assert world.run(second, MARA, world.granted(second, MARA, LENA)).status == "ok"
    assert count(world.database, Refund) == 2


def test_a_forged_digest_does_not_count(asked: tuple[World, ToolCall]) -> None:
    world, call = asked
    assert world.run(call, MARA, Grant("0" * 64, AMARA)).status == "needs_approval"


def test_what_cannot_be_done_is_refused_before_anybody_is_asked(world: World) -> None:
    world.call(MARA, "list_orders")
    outcome = world.call(MARA, "cancel_order", order_id="O-5002")
    assert outcome.status == "refused"
    assert outcome.sentence == (
        "Order O-5002 was delivered on Sunday 15 November, so it can no longer be cancelled. "
        "Please return it within 30 days of delivery instead."
    )


def test_rules_are_checked_again_when_the_grant_comes(world: World) -> None:
    world.call(MARA, "list_orders")
    first, second = (world.make("request_refund", order_id="O-5002", reason=why) for why in ("faulty", "unused"))
    for call in (first, second):
        assert world.run(call, MARA).status == "needs_approval"
    assert world.run(first, MARA, world.granted(first, MARA, LENA)).status == "ok"
    assert world.run(second, MARA, world.granted(second, MARA, LENA)).status == "refused"
    assert count(world.database, Refund) == 1


def test_equal_amounts_written_differently_are_one_call(world: World) -> None:
    spelled = [world.make("request_refund", **REFUND, amount=amount) for amount in (50, 50.0, "50.00")]
    assert len({world.gateway.digest(call, MARA, world.thread_id) for call in spelled}) == 1


def test_the_digest_tells_caller_thread_tool_and_arguments_apart(world: World) -> None:
    call, other = world.make("cancel_order", order_id="O-5001"), world.make("cancel_order", order_id="O-5002")
    digests = {
        world.gateway.digest(call, MARA, "a"),
        world.gateway.digest(call, MARA, "b"),
        world.gateway.digest(call, INES, "a"),
        world.gateway.digest(other, MARA, "a"),
        world.gateway.digest(ToolCall("x", "request_refund", {"order_id": "O-5001"}), MARA, "a"),
    }
    assert len(digests) == 5


def test_staff_confirm_for_a_customer_but_do_not_approve_their_own_wish() -> None:
    assert may_grant(Effect.CONFIRM, MARA, LENA)
    assert may_grant(Effect.APPROVE, MARA, LENA)
    assert not may_grant(Effect.APPROVE, LENA, LENA)
    assert not may_grant(Effect.ALLOW, MARA, LENA)
