"""Customers and colleagues by their number."""

from api.errors import ApiError
from tools.database import Database
from tools.principal import Principal, Role
from tools.schema import Customer, Staff


class NobodyError(ApiError):
    """No customer and no colleague has this number."""


def principal_of(database: Database, tenant: str, subject: str) -> Principal:
    """Who a customer number (C-…) or staff number (S-…) stands for. Raises NobodyError."""
    number = subject.strip().upper()
    with database.read() as session:
        if session.get(Customer, (tenant, number)):
            return Principal(tenant, number, Role.CUSTOMER)
        colleague = session.get(Staff, (tenant, number))
    if colleague is None:
        raise NobodyError(
            f"Nobody here has the number {subject!r}. Customers are C-1001, C-1002, …; colleagues are S-01, S-02, …"
        )
    return Principal(tenant, number, Role(colleague.role))
