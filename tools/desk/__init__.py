"""The ticket desk: `Desk` is what people read; `tools.desk.tickets` holds the writes that tools make."""

from tools.desk.desk import Desk
from tools.desk.views import TicketDetail, TicketSummary

__all__ = ["Desk", "TicketDetail", "TicketSummary"]
