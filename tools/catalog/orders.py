"""The caller's own orders: list, cancel, get money back."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from sqlalchemy.orm import Session

from tools.arguments import OrderId
from tools.catalog.tickets import edit_of
from tools.desk import tickets
from tools.desk.access import customer_of
from tools.desk.ticket_desk import NewTicket
from tools.orders import (
    label,
    lines_of,
    must_be_cancellable,
    must_be_refundable,
    order_of,
    paid_back_by,
    refund_amount,
    refundable_cents,
    total_cents,
    visible_orders,
)
from tools.outcome import Outcome, Shown
from tools.phrasing import counted, day, euro, listed
from tools.schema import Order, Refund
from tools.tool import CUSTOMER, Risk, ToolContext, tool
from tools.vocabulary import Group, OrderStatus, Priority, ReturnReason, TicketType


def _to_cents(amount: Decimal | None) -> Decimal | None:
    """One spelling for each amount, so that 50 and 50.0 are the same call."""
    return None if amount is None else amount.quantize(Decimal("0.01"))


@tool(
    "Look through your orders",
    risk=Risk.READ,
    roles=CUSTOMER,
    asked=(
        "Where is my order?",
        "Which orders do I have?",
        "Has my parcel been sent yet?",
        "Show me what I bought",
        "What is the status of my delivery?",
        "When did my device arrive?",
        "List the orders I have returned",
        "Where is my parcel?",
        "Did you send my order?",
        "Has my order gone out yet?",
        "Is my parcel on its way?",
        "Is my device still with you or sent already?",
        "My delivery has not arrived",
        "When was my order shipped?",
        "What did I order?",
        "Which things did I purchase?",
        "Track my package",
        "What is happening with the thing I ordered?",
        "Has it been dispatched?",
        "Has the parcel left yet, or is it still with you?",
        "Was the thing I ordered picked up by the carrier?",
        "Which of my orders are still open?",
    ),
)
def list_orders(
    context: ToolContext,
    status: Annotated[
        OrderStatus | None,
        Field(
            description="Only orders of this status: processing (not sent yet), shipped (on its way), delivered, "
            "returned (came back), cancelled"
        ),
    ] = None,
) -> Outcome:
    """List the customer's own orders with items, price, status and dates."""
    customer = customer_of(context.session, context.principal)
    query = visible_orders(context.principal).where(Order.customer_id == customer.id)
    if status is not None:
        query = query.where(Order.status == status.value)
    orders = list(context.session.scalars(query.order_by(Order.placed_at.desc(), Order.id.desc())))
    count = counted(len(orders), f"{status.words} order" if status else "order")
    named = [_told(context, order) for order in orders]
    return Outcome(
        status="ok",
        sentence=f"You have {count}: {listed(named, context.settings.listed)}." if orders else f"You have {count}.",
        data={"count": len(orders), "orders": [_data(context.session, order) for order in orders]},
        shown=tuple(_shown(context.session, order) for order in orders),
        found=bool(orders),
        values=tuple(lines_of(context.session, order) for order in orders),
    )


@tool(
    "Cancel an order",
    risk=Risk.CONFIRM,
    roles=CUSTOMER,
    asked=(
        "Cancel my order",
        "I do not want what I ordered any more",
        "Please stop the delivery of my order",
        "Can I take back the order I placed?",
        "I ordered by mistake, undo it",
        "Withdraw my purchase before it is sent",
        "I have decided against my order",
        "Call off my order",
        "Stop my order",
        "There is no point in sending my order now",
        "Remove my order",
        "I prefer not to get the thing I ordered",
        "Is it too late to take back my order?",
        "Do not send me that order",
        "Scrap my order before it ships",
    ),
)
def cancel_order(context: ToolContext, order_id: OrderId) -> Outcome:
    """Cancel an order that has not been handed to the carrier yet."""
    order = order_of(context.session, context.principal, order_id)
    must_be_cancellable(order, context.settings.return_days, context.now, context.settings.zone)
    items = label(context.session, order)
    price = euro(total_cents(context.session, order))
    order.status = OrderStatus.CANCELLED.value
    order.cancelled_at = context.now
    context.session.flush()
    return Outcome(
        status="ok",
        sentence=f"I have cancelled order {order.id} ({items}). It costs you nothing, and {price} will not be charged.",
        data=_data(context.session, order),
        shown=(_shown(context.session, order),),
        values=(lines_of(context.session, order),),
        question=f"Shall I cancel order {order.id} ({items}, {price})? It is free of charge and cannot be undone.",
    )


@tool(
    "Refund an order",
    risk=Risk.APPROVE,
    roles=CUSTOMER,
    asked=(
        "I want my money back",
        "Please refund my order",
        "Can I get a refund for the device?",
        "I sent it back, when do you pay me?",
        "The device is faulty, give me back what I paid",
        "Request a reimbursement for this purchase",
        "Pay back a part of the price",
        "Pay me the money back",
        "I have returned the device and want my money",
        "My order went back to you unused and I have not been paid",
        "I sent the device back because it was broken, refund it",
        "Where is the money for the device that I returned? Pay it out",
        "I want what I paid for my order refunded",
        "Give me back the price of my order",
        "The parcel with the return has reached you, pay me what it cost",
    ),
)
def request_refund(
    context: ToolContext,
    order_id: OrderId,
    reason: Annotated[
        ReturnReason,
        Field(
            description="faulty (broken, damaged, defective or not working) or unused (not wanted, not used, unopened, "
            "never plugged in)"
        ),
    ],
    amount: Annotated[
        Decimal | None,
        Field(description="Euros, if only a part is wanted; leave out for all.", gt=0, max_digits=8, decimal_places=2),
        AfterValidator(_to_cents),
    ] = None,
) -> Outcome:
    """Ask for the money back for an order that was delivered or returned; a colleague must approve it."""
    order = order_of(context.session, context.principal, order_id)
    must_be_refundable(order, context.settings.return_days, context.now, context.settings.zone)
    wanted = None if amount is None else int(amount * 100)
    cents = refund_amount(order, reason, wanted, refundable_cents(context.session, order))
    items = label(context.session, order)
    ticket_id, refund_id = _book(context, order, cents, reason, items)
    today = context.now.astimezone(context.settings.zone).date()
    days = context.settings.refund_working_days
    paid = day(paid_back_by(context.now, context.settings.zone, days), today)
    return Outcome(
        status="ok",
        sentence=f"The refund of {euro(cents)} for order {order.id} ({items}) is approved. The money goes to your "
        f"original payment method within {days} working days, by {paid}. Ticket {ticket_id} keeps track of it.",
        data={"refund": refund_id, "order": order.id, "amount_euro": cents / 100, "ticket": ticket_id},
        shown=(
            _shown(context.session, order),
            Shown(kind="ticket", id=ticket_id, label=f"Refund for order {order.id}"),
        ),
        tickets=(ticket_id,),
        values=(lines_of(context.session, order),),
        question=f"A colleague has to approve the refund of {euro(cents)} for order {order.id} ({items}) first. "
        "Nothing has been paid back yet.",
    )


def _book(context: ToolContext, order: Order, cents: int, reason: ReturnReason, items: str) -> tuple[str, str]:
    """Write the refund and the task for billing; returns their numbers."""
    edit = edit_of(context)
    approver = context.approver.subject if context.approver else "nobody yet"
    new = NewTicket(
        subject=f"Refund for order {order.id}",
        description=f"Pay back {euro(cents)} for order {order.id} ({items}, {reason.words}). Approved by {approver}.",
        type=TicketType.TASK,
        priority=Priority.NORMAL,
        group=Group.BILLING,
        requester=order.customer_id,
        tags=("refund",),
    )
    ticket = tickets.open_ticket(edit, new)
    refund = Refund(
        tenant=order.tenant,
        id=f"R-{tickets.next_number(context.session, order.tenant, 'refund')}",
        order_id=order.id,
        ticket_id=ticket.id,
        amount_cents=cents,
        reason=reason.value,
        requested_by=context.principal.subject,
        approved_by=approver,
        created_at=context.now,
    )
    context.session.add(refund)
    context.session.flush()
    return ticket.id, refund.id


def _shown(session: Session, order: Order) -> Shown:
    return Shown(kind="order", id=order.id, label=f"{label(session, order)}, {order.status}")


def _told(context: ToolContext, order: Order) -> str:
    today = context.now.astimezone(context.settings.zone).date()
    at = {
        OrderStatus.PROCESSING: None,
        OrderStatus.SHIPPED: order.shipped_at,
        OrderStatus.DELIVERED: order.delivered_at,
        OrderStatus.RETURNED: order.returned_at,
        OrderStatus.CANCELLED: order.cancelled_at,
    }[OrderStatus(order.status)]
    when = f" {day(at.astimezone(context.settings.zone).date(), today)}" if at else ""
    price = euro(total_cents(context.session, order))
    return f"{order.id} ({label(context.session, order)}, {price}, {order.status}{when})"


def _data(session: Session, order: Order) -> dict[str, Any]:
    dates = ("placed_at", "shipped_at", "delivered_at", "returned_at", "cancelled_at")
    return {
        "order": order.id,
        "items": label(session, order),
        "total_euro": total_cents(session, order) / 100,
        "status": order.status,
        **{name: value.isoformat() for name in dates if (value := getattr(order, name))},
    }
