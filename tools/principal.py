"""Who is asking: the verified caller to whom every call is bound."""

from dataclasses import dataclass
from enum import StrEnum

from knowledge.page import EVERYONE, PUBLIC_ONLY, Audience


class Role(StrEnum):
    """What the caller is to the company."""

    CUSTOMER = "customer"
    STAFF = "staff"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified caller. `subject` is a customer number ("C-…") or a staff number ("S-…"), unique in its tenant."""

    tenant: str
    subject: str
    role: Role

    @property
    def is_staff(self) -> bool:
        """True for staff and admins: those who see the whole desk of their tenant."""
        return self.role in (Role.STAFF, Role.ADMIN)

    @property
    def audiences(self) -> frozenset[Audience]:
        """Whose wiki pages the caller may read: internal ones are for staff."""
        return EVERYONE if self.is_staff else PUBLIC_ONLY
