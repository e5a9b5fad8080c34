"""The ticket systems that Deskmate can stand beside, by the name in DESKMATE_TOOLS_DESK.

To add one: a class over `HttpDesk`, a mapping file, a line here, and a place in `tests/desk/conftest.py`.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass

from tools.desk.errors import DeskError
from tools.desk.mapping import DeskMapping
from tools.desk.ticket_desk import TicketDesk
from tools.desk.wire import Patience
from tools.settings import ToolSettings


@dataclass(frozen=True, slots=True)
class Backend:
    """Where a backend's class is, and the system's name as people know it."""

    module: str
    cls: str
    system: str


BACKENDS: Mapping[str, Backend] = {
    "request_tracker": Backend("request_tracker", "RequestTracker", "Request Tracker"),
    "zammad": Backend("zammad", "Zammad", "Zammad"),
    "github": Backend("github", "GitHub", "GitHub"),
    "jira": Backend("jira", "Jira", "Jira"),
    "zendesk": Backend("zendesk", "Zendesk", "Zendesk"),
}


def open_desk(settings: ToolSettings, patience: Patience | None = None) -> TicketDesk:
    """The ticket system elsewhere that the settings name.

    Raises:
        DeskError: there is no such backend, an address is missing, or the mapping is wrong.
    """
    backend = BACKENDS.get(settings.desk)
    if backend is None:
        raise DeskError(
            f"DESKMATE_TOOLS_DESK={settings.desk} names no ticket system. The names are: {', '.join(BACKENDS)}."
        )
    if not settings.desk_url:
        raise DeskError(f"{backend.system} needs an address: set DESKMATE_TOOLS_DESK_URL.")
    mapping = DeskMapping.load(settings.desk, backend.system, settings.desk_mapping)
    made = getattr(importlib.import_module(f"tools.desk.backends.{backend.module}"), backend.cls)
    waits = patience or Patience(timeout=settings.desk_seconds)
    desk: TicketDesk = made(settings, mapping, waits)
    return desk
