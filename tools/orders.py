"""Orders: which a principal may see, what was paid for them, and the rules for cancelling and paying back."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from tools.errors import NotInThread, Refused
from tools.labels import Integrity, Label, Value
from tools.phrasing import euro, joined, on_day
from tools.principal import Principal
from tools.schema import Invoice, Order, OrderItem, Refund
from tools.vocabulary import OrderStatus, ReturnReason


def visible_orders(principal: Principal) -> Select[Order]:
    """The caller's own orders; all of the tenant for staff."""
    query = select(Order).where(Order.tenant == principal.tenant)
    return query if principal.is_staff else query.where(Order.customer_id == principal.subject)


def order_of(session: Session, principal: Principal, order_id: str) -> Order:
    """The order, locked against other writers where the database can.

    Raises:
        NotInThread: there is none, or it is not this principal's to see.
    """
    order = session.scalar(visible_orders(principal).where(Order.id == order_id).with_for_update())
    if order is None:
        raise NotInThread("order", order_id)
    return order


def items_of(session: Session, order: Order) -> list[OrderItem]:
    """The lines of an order."""
    query = select(OrderItem).where(OrderItem.tenant == order.tenant, OrderItem.order_id == order.id)
    return list(session.scalars(query.order_by(OrderItem.position)))


def label(session: Session, order: Order) -> str:
    """`Hub 6 and 2 x Mesh Pod`."""
    return joined(
        [item.name if item.quantity == 1 else f"{item.quantity} x {item.name}" for item in items_of(session, order)]
    )


def lines_of(session: Session, order: Order) -> Value:
    """The lines of an order are words of the shop system, whose names and notes anybody may have written."""
    label_ = Label.of(order.customer_id, Integrity.EXTERNAL)
    return Value(text=label(session, order), label=label_, source=f"the lines of order {order.id}")


def total_cents(session: Session, order: Order) -> int:
    """The price of all lines and the delivery."""
    return order.delivery_cents + sum(item.quantity * item.unit_cents for item in items_of(session, order))


def refundable_cents(session: Session, order: Order) -> int:
    """What was paid for the order and has not been paid back yet."""
    paid = session.scalar(
        select(func.coalesce(func.sum(Invoice.amount_cents), 0)).where(
            Invoice.tenant == order.tenant, Invoice.order_id == order.id, Invoice.paid_on.is_not(None)
        )
    )
    back = session.scalar(
        select(func.coalesce(func.sum(Refund.amount_cents), 0)).where(
            Refund.tenant == order.tenant, Refund.order_id == order.id
        )
    )
    return int(paid or 0) - int(back or 0)


def must_be_cancellable(order: Order, return_days: int, now: datetime, zone: ZoneInfo) -> None:
    """Raise Refused, with the way out, unless the order is still being processed."""
    status = OrderStatus(order.status)
    if status is OrderStatus.PROCESSING:
        return
    returning = f"Please return it within {return_days} days of delivery instead."
    sentences = {
        OrderStatus.SHIPPED: f"has already been handed to the carrier, so it can no longer be cancelled. {returning}",
        OrderStatus.DELIVERED: (
            f"was delivered{_when(order.delivered_at, now, zone)}, so it can no longer be cancelled. {returning}"
        ),
        OrderStatus.RETURNED: "has been returned, so there is nothing left to cancel.",
        OrderStatus.CANCELLED: "is cancelled already.",
    }
    raise Refused(f"Order {order.id} {sentences[status]}")


def must_be_refundable(order: Order, return_days: int, now: datetime, zone: ZoneInfo) -> None:
    """Raise Refused unless the order came back, or was delivered within the time for returns."""
    status = OrderStatus(order.status)
    if status is OrderStatus.RETURNED:
        return
    if status is OrderStatus.PROCESSING:
        raise Refused(f"Order {order.id} has not been sent yet, so it can be cancelled instead of refunded.")
    if status is OrderStatus.SHIPPED:
        raise Refused(f"Order {order.id} is still on its way. It can be refunded once it has been delivered.")
    if status is OrderStatus.CANCELLED or order.delivered_at is None:
        raise Refused(f"Order {order.id} was cancelled and not paid, so there is nothing to refund.")
    if now - order.delivered_at > timedelta(days=return_days):
        raise Refused(
            f"Order {order.id} was delivered{_when(order.delivered_at, now, zone)}, and refunds are possible within "
            f"{return_days} days of delivery. A device that became faulty later is a case for the warranty."
        )


def refund_amount(order: Order, reason: ReturnReason, wanted: int | None, left: int) -> int:
    """The cents to pay back: what was asked, or all that is due. Delivery is paid back for faulty devices alone.

    Raises:
        Refused: nothing is left, or more is asked than is due.
    """
    limit = left if reason is ReturnReason.FAULTY else left - order.delivery_cents
    if limit <= 0:
        raise Refused(f"Everything paid for order {order.id} has been paid back already, or nothing was paid yet.")
    if wanted is not None and wanted > limit:
        raise Refused(f"For order {order.id} at most {euro(limit)} can be refunded, not {euro(wanted)}.")
    return limit if wanted is None else wanted


def paid_back_by(now: datetime, zone: ZoneInfo, working_days: int) -> date:
    """The last of the working days (Monday to Friday, as banks book) after an approval."""
    day = now.astimezone(zone).date()
    while working_days:
        day += timedelta(days=1)
        working_days -= day.weekday() < 5
    return day


def _when(moment: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    return f" {on_day(moment, now, zone)}" if moment else ""
