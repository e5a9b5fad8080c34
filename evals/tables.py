"""The business tables that a case may speak of, and their fields. `evals.snapshot` fills them from the desk's database.

Money is in euro. `comments` are the public ones of a ticket, `internal_comments` those for staff. Times are left out:
the clock of a world stands still.
"""

from typing import Literal

Table = Literal["customers", "invoices", "orders", "refunds", "tickets"]

TABLES: dict[Table, frozenset[str]] = {
    "customers": frozenset({"id", "name", "email", "phone", "area", "plan", "mobile_plan", "devices"}),
    "invoices": frozenset({"id", "customer", "order", "text", "amount", "late_fee", "paid"}),
    "orders": frozenset({"id", "customer", "status", "items", "total"}),
    "refunds": frozenset({"id", "order", "ticket", "amount", "reason", "requested_by", "approved_by"}),
    "tickets": frozenset(
        {
            "id",
            "type",
            "status",
            "priority",
            "subject",
            "description",
            "group",
            "requester",
            "assignee",
            "tags",
            "comments",
            "internal_comments",
        }
    ),
}
