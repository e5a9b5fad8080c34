"""The caller's own account."""

from datetime import date
from typing import Any

from sqlalchemy import select

from tools.desk.access import customer_of
from tools.labels import Integrity, Label, Value
from tools.outcome import Outcome
from tools.phrasing import day, euro, joined
from tools.schema import Customer, Invoice
from tools.tool import CUSTOMER, Risk, ToolContext, tool


@tool(
    "Look at your account",
    risk=Risk.READ,
    roles=CUSTOMER,
    asked=(
        "Which plan do I have?",
        "What is my balance, and do I owe you anything?",
        "Show me my contract",
        "When does my contract end?",
        "Which devices are registered for me?",
        "What is my monthly price?",
        "Is my last invoice paid?",
        "Check my account details",
        "Which tariff am I on?",
        "What am I paying you every month?",
        "How much do I owe you?",
        "Is there still something to pay?",
        "When can I get out of my contract?",
        "How long does my contract still run?",
        "Do you have my new e-mail address on file?",
        "What equipment is listed under my name?",
        "Which address and phone number do you have for me?",
        "Did you get my payment?",
        "Am I behind with my payments?",
        "What is my customer data?",
    ),
)
def get_account(context: ToolContext) -> Outcome:
    """Show the customer's own account: plan, price, area, contract dates, devices, invoices and balance."""
    customer = customer_of(context.session, context.principal)
    today = context.now.astimezone(context.settings.zone).date()
    invoices = list(
        context.session.scalars(
            select(Invoice)
            .where(Invoice.tenant == customer.tenant, Invoice.customer_id == customer.id)
            .order_by(Invoice.issued_on.desc(), Invoice.id)
        )
    )
    unpaid = sorted((one for one in invoices if one.paid_on is None), key=lambda one: one.due_on)
    sentence = " ".join(filter(None, (_contract(customer, today), _devices(customer), _balance(unpaid, today))))
    return Outcome(
        status="ok",
        sentence=sentence,
        data=_data(customer, invoices, unpaid),
        found=True,
        values=(
            Value(text=sentence, label=Label.own(context.principal), source="your account"),
            Value(
                text="\n".join((customer.name, customer.email, customer.phone, *customer.devices)),
                label=Label.own(context.principal, Integrity.CUSTOMER),
                source="the name and the entries of your account",
            ),
        ),
    )


def _contract(customer: Customer, today: date) -> str:
    mobile = f" and the mobile plan {customer.mobile_plan}" if customer.mobile_plan else ""
    term = "runs until" if customer.contract_ends >= today else "has been open-ended since"
    return (
        f"You have {customer.plan}{mobile} for {euro(customer.monthly_cents)} a month in {customer.area}. "
        f"Your contract {term} {day(customer.contract_ends, today)}."
    )


def _devices(customer: Customer) -> str:
    if not customer.devices:
        return "No devices are registered for you."
    one = len(customer.devices) == 1
    return f"Your device{' is' if one else 's are'} {'a ' if one else ''}{joined(customer.devices)}."


def _balance(unpaid: list[Invoice], today: date) -> str:
    if not unpaid:
        return "All your invoices are paid."
    owed = euro(sum(one.amount_cents + one.late_fee_cents for one in unpaid))
    first = unpaid[0]
    fee = sum(one.late_fee_cents for one in unpaid)
    since = f"overdue since {day(first.due_on, today)}" if first.due_on < today else f"due {_by(first.due_on, today)}"
    late = f", including a late fee of {euro(fee)}" if fee else ""
    several = f" for {len(unpaid)} invoices, the first " if len(unpaid) > 1 else ", "
    return f"You owe {owed}{several}{since}{late}."


def _by(when: date, today: date) -> str:
    named = day(when, today)
    return named if named in ("today", "tomorrow") else f"on {named}"


def _data(customer: Customer, invoices: list[Invoice], unpaid: list[Invoice]) -> dict[str, Any]:
    return {
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "area": customer.area,
        "plan": customer.plan,
        "mobile_plan": customer.mobile_plan,
        "monthly_euro": customer.monthly_cents / 100,
        "devices": customer.devices,
        "customer_since": customer.customer_since.isoformat(),
        "contract_ends": customer.contract_ends.isoformat(),
        "balance_due_euro": sum(one.amount_cents + one.late_fee_cents for one in unpaid) / 100,
        "invoices": [
            {
                "invoice": one.id,
                "for": one.text,
                "amount_euro": one.amount_cents / 100,
                "late_fee_euro": one.late_fee_cents / 100,
                "issued_on": one.issued_on.isoformat(),
                "due_on": one.due_on.isoformat(),
                "paid_on": one.paid_on.isoformat() if one.paid_on else None,
            }
            for one in invoices[:6]
        ],
    }
