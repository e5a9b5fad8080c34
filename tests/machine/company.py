"""Two companies in one database, in which every text says whose it is: what leaks can be told by a mark."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from tools.database import Database
from tools.principal import Principal
from tools.seed import DEMO_TENANT, seed

OTHER_TENANT = "other"
_NOBODY = "0000"  # a text that belongs to no customer
_MARK = re.compile(r"zq([do])(\d{4})([pi])", re.IGNORECASE)

_ON_TICKET = "(SELECT requester FROM tickets t WHERE t.tenant = {0}.tenant AND t.id = {0}.ticket_id)"
_ON_ORDER = "(SELECT customer_id FROM orders o WHERE o.tenant = {0}.tenant AND o.id = {0}.order_id)"
_TEXTS = (  # table, column, whose number, "p" where that customer may read it
    ("customers", "name", "id", "'p'"),
    ("customers", "email", "id", "'p'"),
    ("customers", "phone", "id", "'p'"),
    ("tickets", "subject", "requester", "'p'"),
    ("tickets", "description", "requester", "'p'"),
    ("comments", "text", _ON_TICKET.format("comments"), "CASE visibility WHEN 'public' THEN 'p' ELSE 'i' END"),
    ("changes", "after", _ON_TICKET.format("changes"), "'i'"),
    ("order_items", "name", _ON_ORDER.format("order_items"), "'p'"),
    ("invoices", "text", "customer_id", "'p'"),
)


def found(path: Path, now: datetime) -> Database:
    """A database with both companies, marked."""
    database = Database(f"sqlite:///{path}")
    for tenant in (DEMO_TENANT, OTHER_TENANT):
        seed(database, now=now, tenant=tenant)
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, column, owner, side in _TEXTS:
            mark = f"'zq' || substr(tenant, 1, 1) || coalesce(substr({owner}, -4), '{_NOBODY}') || {side} || ' '"
            connection.execute(f"UPDATE {table} SET {column} = {mark} || {column} WHERE {column} IS NOT NULL")  # noqa: S608 - names above
    return database


def leaks(told: str, reader: Principal) -> list[str]:
    """The marks in what was told to a reader that are not theirs to read."""
    return [mark.group() for mark in _MARK.finditer(told) if not _may_read(reader, *mark.groups())]


def _may_read(reader: Principal, tenant: str, owner: str, side: str) -> bool:
    if tenant.lower() != reader.tenant[0]:
        return False
    return reader.is_staff or (owner == reader.subject[-4:] and side.lower() == "p")
