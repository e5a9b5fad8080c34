"""Look-ups and orders: what the customer is told, and the company's rules for cancelling and paying back."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.tools.conftest import INES, LENA, MARA, NOW, World
from tests.tools.rows import order
from tools import phrasing
from tools.orders import paid_back_by
from tools.outcome import Outcome
from tools.principal import Principal, Role
from tools.settings import ToolSettings

ZONE = ToolSettings().zone


def customer(number: str) -> Principal:
    """A customer of the demo company."""
    return Principal("demo", number, Role.CUSTOMER)


def refund(world: World, who: Principal, **arguments: object) -> Outcome:
    """See the orders, then ask for a refund."""
    world.call(who, "list_orders")
    return world.call(who, "request_refund", **arguments)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (
            "C-1001",
            "You have Fibre 300 for €39.90 a month in Millbrook. Your contract runs until Sunday 14 March 2027. "
            "Your devices are Hub 6 and Mesh Pod. All your invoices are paid.",
        ),
        (
            "C-1003",
            "You have Fibre 100 and the mobile plan M for €44.80 a month in Kestrel Hill. Your contract has been "
            "open-ended since Sunday 3 May. Your devices are Hub 5 and Talk Handset. "
            "You owe €44.80, due on Friday 27 November.",
        ),
        (
            "C-1005",
            "You have Cable 50 for €24.90 a month in Old Town. Your contract has been open-ended since Sunday "
            "11 October 2020. Your device is a Hub 5. You owe €57.30 for 2 invoices, the first overdue since Saturday "
            "17 October, including a late fee of €7.50.",
        ),
    ],
)
def test_an_account_in_words(world: World, number: str, told: str) -> None:
    outcome = world.call(customer(number), "get_account")
    assert (outcome.sentence, outcome.found) == (told, True)


@pytest.mark.parametrize(
    ("number", "found", "told"),
    [
        ("C-1001", False, "There is no known outage in your area (Millbrook)."),
        (
            "C-1002",
            True,
            "There is an outage in Harbour Quarter: fibre backbone fault. It should be fixed by 18:00 today.",
        ),
        (
            "C-1003",
            False,
            "There is no known outage in your area (Kestrel Hill). Maintenance is planned in Kestrel Hill, from Sunday "
            "29 November, 01:00 until Sunday 29 November, 05:00: the distribution cabinets get new software.",
        ),
    ],
)
def test_outages_of_the_callers_own_area(world: World, number: str, found: bool, told: str) -> None:
    outcome = world.call(customer(number), "check_outage")
    assert (outcome.found, outcome.sentence) == (found, told)


def test_an_outage_that_takes_longer_is_owned_up_to(world: World) -> None:
    world.wait(timedelta(hours=6))
    outcome = world.call(customer("C-1002"), "check_outage")
    assert outcome.sentence.endswith(
        "It should have been fixed by 18:00 today and takes longer; we are still working on it."
    )


def test_maintenance_counts_while_it_runs_and_ends_by_itself(world: World) -> None:
    world.wait(datetime(2026, 11, 29, 2, 0, tzinfo=UTC) - NOW)
    running = world.call(INES, "check_outage")
    assert running.found is True
    assert running.sentence.startswith("There is planned maintenance in Kestrel Hill right now")
    world.wait(timedelta(hours=4))
    assert world.call(INES, "check_outage").found is False


def test_orders_in_words(world: World) -> None:
    assert world.call(MARA, "list_orders").sentence == (
        "You have 3 orders: O-5001 (Mesh Pod, €79.00, processing), O-5040 (2 x Signal Booster, €238.00, shipped "
        "Saturday 21 November) and O-5002 (Hub 6, €129.00, delivered Sunday 15 November)."
    )


def test_orders_of_one_status(world: World) -> None:
    outcome = world.call(MARA, "list_orders", status="Processing")
    assert [one.id for one in outcome.shown] == ["O-5001"]
    assert world.call(MARA, "list_orders", status="returned").sentence == "You have no returned orders."


@pytest.mark.parametrize(
    ("who", "number", "told"),
    [
        (
            "C-1002",
            "O-5003",
            "has already been handed to the carrier, so it can no longer be cancelled. Please return it",
        ),
        ("C-1005", "O-5007", "has been returned, so there is nothing left to cancel."),
        ("C-1010", "O-5013", "is cancelled already."),
    ],
)
def test_only_an_order_in_processing_can_be_cancelled(world: World, who: str, number: str, told: str) -> None:
    world.call(customer(who), "list_orders")
    outcome = world.call(customer(who), "cancel_order", order_id=number)
    assert outcome.status == "refused"
    assert outcome.sentence.startswith(f"Order {number} {told}")


def test_a_cancelled_order_is_told_as_such(world: World) -> None:
    world.call(MARA, "list_orders")
    call = world.make("cancel_order", order_id="O-5001")
    world.run(call, MARA)
    outcome = world.run(call, MARA, world.granted(call, MARA, MARA))
    assert outcome.sentence == (
        "I have cancelled order O-5001 (Mesh Pod). It costs you nothing, and €79.00 will not be charged."
    )
    assert order(world.database, "O-5001").cancelled_at == world.now


@pytest.mark.parametrize(
    ("who", "number", "told"),
    [
        ("C-1001", "O-5001", "has not been sent yet, so it can be cancelled instead of refunded."),
        ("C-1002", "O-5003", "is still on its way. It can be refunded once it has been delivered."),
        ("C-1003", "O-5005", "was delivered on Thursday 15 October, and refunds are possible within 30 days"),
        ("C-1010", "O-5013", "was cancelled and not paid, so there is nothing to refund."),
    ],
)
def test_orders_that_cannot_be_refunded(world: World, who: str, number: str, told: str) -> None:
    outcome = refund(world, customer(who), order_id=number, reason="faulty")
    assert outcome.status == "refused"
    assert outcome.sentence.startswith(f"Order {number} {told}")


def test_a_returned_order_can_be_refunded_after_the_thirty_days(world: World) -> None:
    world.wait(timedelta(days=60))
    assert refund(world, customer("C-1005"), order_id="O-5007", reason="unused").status == "needs_approval"


@pytest.mark.parametrize(("days", "status"), [(30, "needs_approval"), (31, "refused")])
def test_the_last_day_of_a_return_is_the_thirtieth(world: World, days: int, status: str) -> None:
    delivered = order(world.database, "O-5002").delivered_at
    assert delivered
    world.wait(delivered + timedelta(days=days) - NOW)
    assert refund(world, MARA, order_id="O-5002", reason="unused").status == status


def test_no_more_is_paid_back_than_was_paid(world: World) -> None:
    outcome = refund(world, MARA, order_id="O-5002", reason="faulty", amount=129.01)
    assert outcome.sentence == "For order O-5002 at most €129.00 can be refunded, not €129.01."


def test_parts_add_up_to_what_was_paid_and_no_further(world: World) -> None:
    world.call(MARA, "list_orders")
    first = world.make("request_refund", order_id="O-5002", reason="faulty", amount=100)
    world.run(first, MARA)
    assert world.run(first, MARA, world.granted(first, MARA, LENA)).status == "ok"
    again = refund(world, MARA, order_id="O-5002", reason="faulty", amount=30)
    assert again.sentence == "For order O-5002 at most €29.00 can be refunded, not €30.00."


@pytest.mark.parametrize(("reason", "euros"), [("faulty", "€73.90"), ("unused", "€69.00")])
def test_the_delivery_is_paid_back_for_faulty_devices_alone(world: World, reason: str, euros: str) -> None:
    outcome = refund(world, customer("C-1009"), order_id="O-5012", reason=reason)
    assert outcome.sentence == (
        f"A colleague has to approve the refund of {euros} for order O-5012 (Sentry Cam) first. "
        "Nothing has been paid back yet."
    )


@pytest.mark.parametrize("amount", [0, -5, 10.005, "much", 10**9])
def test_amounts_that_are_no_amounts_are_invalid(world: World, amount: object) -> None:
    assert refund(world, MARA, order_id="O-5002", reason="faulty", amount=amount).status == "invalid"


def test_banks_do_not_book_at_the_weekend() -> None:
    assert paid_back_by(datetime(2026, 11, 27, 12, tzinfo=UTC), ZONE, 5) == date(2026, 12, 4)
    assert paid_back_by(datetime(2026, 11, 28, 12, tzinfo=UTC), ZONE, 1) == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("2026-11-24T20:40+00:00", "21:40 today"),
        ("2026-11-24T23:30+00:00", "00:30 tomorrow"),
        ("2026-11-23T11:00+00:00", "12:00 yesterday"),
        ("2026-11-26T09:00+00:00", "Thursday 26 November, 10:00"),
        ("2027-01-04T09:00+00:00", "Monday 4 January 2027, 10:00"),
    ],
)
def test_moments_in_words(when: str, words: str) -> None:
    assert phrasing.moment(datetime.fromisoformat(when), NOW, ZONE) == words


def test_long_lists_are_cut_and_the_rest_is_counted() -> None:
    assert phrasing.listed(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert phrasing.quoted("one two  three", 9) == "“one two…”"
