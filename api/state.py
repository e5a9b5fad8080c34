"""What every route works with: the open agent service and this room's stores, wired once at the start."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from agent.service import Service
from api.answers import AnswerStore
from api.completions.turns import Turns
from api.keys import DemoKeys, KeyStore
from api.models import admitted
from api.schedule import Schedule
from api.settings import ApiSettings
from tools.desk import Desk


@dataclass(frozen=True, slots=True)
class AppState:
    """Lives as long as the server."""

    service: Service
    settings: ApiSettings
    desk: Desk
    collection: str  # the wiki that is searched where none is named
    keys: KeyStore
    answers: AnswerStore
    turns: Turns
    demo: DemoKeys | None
    schedule: Schedule
    time_zone: str  # of business hours and of times shown, an IANA name
    owner: str = field(default_factory=lambda: secrets.token_hex(8))  # names this server process
    started: int = field(default_factory=lambda: int(time.time()))

    def admit(self, model: str | None) -> str | None:
        """The model string to run with, None for the default model. Raises ModelNotAllowed."""
        return admitted(model, self.settings.models, self.service.model)


def app_state(request: Request) -> AppState:
    """The state of the application that serves ``request``."""
    state: AppState = request.app.state.deskmate
    return state


StateDependency = Annotated[AppState, Depends(app_state)]
