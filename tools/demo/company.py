"""The demo company as data: read from the YAML files beside this module and checked."""

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from tools.errors import SeedError
from tools.vocabulary import Disruption, Group, OrderStatus, Priority, TicketType

_FOLDER = Path(__file__).parent


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StaffEntry(_Entry):
    """A colleague."""

    id: str
    name: str
    group: Group
    role: Literal["staff", "admin"]


class CustomerEntry(_Entry):
    """A customer. `since` and `ends` are days from the day of seeding."""

    id: str
    name: str
    area: str
    plan: str
    mobile: str | None = None
    devices: tuple[str, ...]
    since: int
    ends: int
    bill: Literal["paid", "due", "overdue"]

    def has(self, need: str | None) -> bool:
        """Whether this customer can tell a story that needs a device, or `mobile`, `fibre`, `cable`."""
        if need == "mobile":
            return self.mobile is not None
        if need in ("fibre", "cable"):
            return self.plan.lower().startswith(need)
        return need is None or need in self.devices


class NoticeEntry(_Entry):
    """An outage or maintenance, starting some hours or days from the moment of seeding."""

    id: str
    area: str
    kind: Disruption
    cause: str
    starts_hours: int = 0
    starts_days: int = 0


class People(_Entry):
    """Everybody, and what disturbs them."""

    staff: tuple[StaffEntry, ...]
    customers: tuple[CustomerEntry, ...]
    notices: tuple[NoticeEntry, ...]


class OrderEntry(_Entry):
    """An order; `placed` and `arrived` are days before the day of seeding."""

    customer: str
    items: tuple[str, ...]
    status: OrderStatus
    placed: int
    arrived: int | None = None


class Delivery(_Entry):
    """What delivery costs, in cents, and the value of goods from which it is free."""

    cents: int
    free_from: int


class Wares(_Entry):
    """Prices in cents, and the orders set by hand."""

    prices: dict[str, int]
    plans: dict[str, int]
    mobile: dict[str, int]
    delivery: Delivery
    late_fee: int
    orders: tuple[OrderEntry, ...]


class Line(_Entry):
    """One thing said on a ticket, by exactly one of three voices."""

    staff: str | None = None
    customer: str | None = None
    internal: str | None = None
    asks: bool = False

    @property
    def text(self) -> str:
        """What is said."""
        return self.staff or self.customer or self.internal or ""


class Story(_Entry):
    """What a ticket is about, from the first word to the solution."""

    group: Group
    type: TicketType
    priority: Priority
    needs: str | None = None
    subjects: tuple[str, ...]
    says: tuple[str, ...]
    talk: tuple[Line, ...]
    solved: str


@cache
def people() -> People:
    """Staff, customers and notices."""
    return People.model_validate(_read("people.yaml"))


@cache
def wares() -> Wares:
    """Prices and orders."""
    return Wares.model_validate(_read("orders.yaml"))


@cache
def stories() -> tuple[Story, ...]:
    """What tickets are about."""
    entries = _read("stories.yaml")
    try:
        return tuple(Story.model_validate(entry) for entry in entries)
    except ValidationError as error:
        raise SeedError(f"stories.yaml does not hold stories of the right form: {error}") from error


def _read(name: str) -> list[dict[str, object]] | dict[str, object]:
    entries: list[dict[str, object]] | dict[str, object] = yaml.safe_load((_FOLDER / name).read_text("utf-8"))
    return entries
