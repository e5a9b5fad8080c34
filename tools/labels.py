"""Labels: who wrote what a thread has read, and who may read it. They join along the thread, towards the worse."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from tools.principal import Principal


class Integrity(StrEnum):
    """Who wrote a text, the most trusted first."""

    SYSTEM = "system"  # records and figures of the company
    PRINCIPAL = "principal"  # the one who asks
    STAFF = "staff"
    WIKI = "wiki"
    CUSTOMER = "customer"  # what a customer wrote into a ticket or an account
    EXTERNAL = "external"  # another system: its results, its descriptions, lines of an order


class Confidentiality(StrEnum):
    """Who may read a text, the widest circle first."""

    PUBLIC = "public"
    CUSTOMER = "customer"  # one customer, and staff
    INTERNAL = "internal"  # staff


OWN = frozenset({Integrity.SYSTEM, Integrity.PRINCIPAL})
"""Who may have an instruction: nobody else's words can be one."""

_INTEGRITIES, _CONFIDENTIALITIES = list(Integrity), list(Confidentiality)


class Label(BaseModel):
    """Both labels of a value. `owner` is the number of the customer who may read it."""

    model_config = ConfigDict(frozen=True)

    integrity: Integrity
    confidentiality: Confidentiality
    owner: str = ""

    @classmethod
    def own(cls, principal: Principal, integrity: Integrity = Integrity.SYSTEM) -> Self:
        """Of a value that the principal alone may read, besides staff."""
        return cls.of(principal.subject if not principal.is_staff else None, integrity)

    @classmethod
    def of(cls, customer: str | None, integrity: Integrity) -> Self:
        """Of a value about a customer; None where it is about none, and so for staff alone."""
        if customer is None:
            return cls(integrity=integrity, confidentiality=Confidentiality.INTERNAL)
        return cls(integrity=integrity, confidentiality=Confidentiality.CUSTOMER, owner=customer)

    def may_be_read_by(self, principal: Principal) -> bool:
        """Whether this principal is in the circle of readers."""
        if self.confidentiality is Confidentiality.CUSTOMER:
            return principal.is_staff or principal.subject == self.owner
        return self.confidentiality is Confidentiality.PUBLIC or principal.is_staff


class Value(BaseModel):
    """A text that a tool has read, with its label. `source` names its place to a person: `the page “Returns”`."""

    model_config = ConfigDict(frozen=True)

    text: str
    label: Label
    source: str = Field(max_length=255)


TOP = Label(integrity=Integrity.SYSTEM, confidentiality=Confidentiality.PUBLIC)
"""The label of a thread in which nothing has been read."""


def join(labels: Iterable[Label]) -> Label:
    """The label of all together: the least trusted writer and the smallest circle of readers.

    What belongs to two customers may be read by neither, so it is internal.
    """
    found = [TOP, *labels]
    integrity = max((label.integrity for label in found), key=_INTEGRITIES.index)
    confidentiality = max((label.confidentiality for label in found), key=_CONFIDENTIALITIES.index)
    owners = {label.owner for label in found if label.confidentiality is Confidentiality.CUSTOMER}
    if confidentiality is Confidentiality.CUSTOMER and len(owners) > 1:
        confidentiality = Confidentiality.INTERNAL
    owner = owners.pop() if confidentiality is Confidentiality.CUSTOMER else ""
    return Label(integrity=integrity, confidentiality=confidentiality, owner=owner)
