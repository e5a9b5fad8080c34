"""Rows of the demo's orders and invoices."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tools.demo.company import CustomerEntry, OrderEntry, people, wares
from tools.demo.dice import Dice
from tools.demo.moments import Moments
from tools.schema import Invoice, Order, OrderItem
from tools.vocabulary import OrderStatus

_FIRST = 5001
_COUNT = 60
_RETURN_TIME = timedelta(days=8)  # from delivery to the arrival of the returned parcel
_MIX = (
    *[OrderStatus.DELIVERED] * 6,
    OrderStatus.RETURNED,
    OrderStatus.CANCELLED,
    OrderStatus.SHIPPED,
    OrderStatus.PROCESSING,
)


@dataclass(frozen=True, slots=True)
class OrderRows:
    """An order with its lines and, once it was handed to the carrier, its invoice."""

    order: Order
    items: list[OrderItem]
    invoice: Invoice | None


def order_rows(tenant: str, moments: Moments, dice: Dice) -> Iterator[OrderRows]:
    """The orders set by hand, and the rest dealt; oldest numbers first as in the file."""
    dealt = [_deal(dice, number) for number in range(_COUNT - len(wares().orders))]
    for place, entry in enumerate([*wares().orders, *dealt]):
        yield _rows(tenant, f"O-{_FIRST + place}", entry, moments, dice)


def monthly_invoices(tenant: str, customer: CustomerEntry, today: date) -> Iterator[Invoice]:
    """Three months of the plan. Invoices are written on the 3rd and due on the 17th."""
    cents = wares().plans[customer.plan] + (wares().mobile[customer.mobile] if customer.mobile else 0)
    for back in range(3):
        issued = _third_of_month(today, back)
        due = issued + timedelta(days=14)
        open_ = (customer.bill == "due" and back == 0) or (customer.bill == "overdue" and back < 2)
        # An open invoice of this month is due in the future; an overdue one has passed the 14 days of grace.
        due = max(due, today + timedelta(days=3)) if open_ and back == 0 else due
        late = open_ and (today - due).days > 14
        yield Invoice(
            tenant=tenant,
            id=f"I-{issued:%y%m}-{customer.id[2:]}",
            customer_id=customer.id,
            order_id=None,
            text=f"{customer.plan}{f' and Mobile {customer.mobile}' if customer.mobile else ''}, {issued:%B %Y}",
            amount_cents=cents,
            late_fee_cents=wares().late_fee if late else 0,
            issued_on=issued,
            due_on=due,
            paid_on=None if open_ else min(due - timedelta(days=2), today),
        )


def _third_of_month(today: date, back: int) -> date:
    """The 3rd of the latest month that has had one, and of the months before it."""
    months = today.year * 12 + today.month - 1 - back - (today.day < 3)
    return date(months // 12, months % 12 + 1, 3)


def _deal(dice: Dice, number: int) -> OrderEntry:
    customers = people().customers
    customer = customers[(number * 7 + 3) % len(customers)]
    status = dice.one_of(_MIX, "order status", number)
    count = 2 if dice.below(4, "order count", number) == 0 else 1
    items = tuple(dice.one_of(sorted(wares().prices), "order item", number, place) for place in range(count))
    if status is OrderStatus.PROCESSING:
        placed = dice.between(0, 2, "placed", number)
    elif status is OrderStatus.SHIPPED:
        placed = dice.between(2, 4, "placed", number)
    else:
        placed = dice.between(8, 200, "placed", number)
    arrived = placed - dice.between(3, 4, "arrived", number)
    # What came back needed its time to come back.
    placed, arrived = (placed + 12, arrived + 12) if status is OrderStatus.RETURNED else (placed, arrived)
    came = status in (OrderStatus.DELIVERED, OrderStatus.RETURNED)
    return OrderEntry(
        customer=customer.id, items=items, status=status, placed=placed, arrived=arrived if came else None
    )


def _rows(tenant: str, number: str, entry: OrderEntry, moments: Moments, dice: Dice) -> OrderRows:
    goods = sum(wares().prices[item] for item in entry.items)
    delivery = 0 if goods >= wares().delivery.free_from else wares().delivery.cents
    placed = moments.on(entry.placed, time(dice.between(8, 19, number, "hour"), dice.between(0, 59, number, "minute")))
    delivered = None if entry.arrived is None else moments.on(entry.arrived, time(11, 20))
    sent = entry.status in (OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.RETURNED)
    shipped = moments.past(placed + timedelta(hours=22)) if sent else None
    order = Order(
        tenant=tenant,
        id=number,
        customer_id=entry.customer,
        status=entry.status.value,
        delivery_cents=delivery,
        placed_at=placed,
        shipped_at=shipped,
        delivered_at=delivered,
        returned_at=_after(delivered, _RETURN_TIME) if entry.status is OrderStatus.RETURNED else None,
        cancelled_at=placed + timedelta(hours=3) if entry.status is OrderStatus.CANCELLED else None,
    )
    names = list(dict.fromkeys(entry.items))
    items = [
        OrderItem(
            tenant=tenant,
            order_id=number,
            position=place,
            name=name,
            quantity=entry.items.count(name),
            unit_cents=wares().prices[name],
        )
        for place, name in enumerate(names, start=1)
    ]
    return OrderRows(order, items, _invoice(order, goods + delivery, moments) if shipped else None)


def _invoice(order: Order, cents: int, moments: Moments) -> Invoice:
    """Devices are charged when they are handed to the carrier; the payment is there at once."""
    day = moments.day_of(order.shipped_at or order.placed_at)
    return Invoice(
        tenant=order.tenant,
        id=f"I-{order.id}",
        customer_id=order.customer_id,
        order_id=order.id,
        text=f"Order {order.id}",
        amount_cents=cents,
        late_fee_cents=0,
        issued_on=day,
        due_on=day + timedelta(days=14),
        paid_on=day,
    )


def _after(moment: datetime | None, span: timedelta) -> datetime | None:
    return None if moment is None else moment + span
