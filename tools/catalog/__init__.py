"""The catalog: every tool there is, in the order in which models see them.

To add one, write a function under `@tool` in a file of this folder and name it here. Two tools may share a name if no
role has both: customers and staff then get different forms of the same act.
"""

from collections import Counter
from collections.abc import Mapping

from tools.catalog import account, areas, joining, orders, staff_tickets, tickets, wiki
from tools.errors import CatalogError
from tools.principal import Role
from tools.tool import Tool

CATALOG: tuple[Tool, ...] = (
    wiki.search_wiki,
    wiki.read_page,
    tickets.create_ticket,
    tickets.search_tickets,
    tickets.get_ticket,
    tickets.update_ticket,
    tickets.comment_on_ticket,
    tickets.escalate_ticket,
    staff_tickets.create_ticket,
    staff_tickets.search_tickets,
    staff_tickets.update_ticket,
    staff_tickets.comment_on_ticket,
    joining.link_tickets,
    joining.merge_tickets,
    account.get_account,
    orders.list_orders,
    areas.check_outage,
    orders.cancel_order,
    orders.request_refund,
)

SOURCES: Mapping[str, str] = {"ticket": "search_tickets", "order": "list_orders", "page": "search_wiki"}
"""Where identifiers come from: the look-up that shows those of a kind."""


def must_be_unambiguous(catalog: tuple[Tool, ...]) -> None:
    """Raise CatalogError if a role would see two tools of one name."""
    for role in Role:
        names = Counter(tool.name for tool in catalog if role in tool.roles)
        if doubled := [name for name, times in names.items() if times > 1]:
            raise CatalogError(f"The role {role} would see two tools named {', '.join(doubled)}; rename one.")


must_be_unambiguous(CATALOG)
