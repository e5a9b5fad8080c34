"""A call on its way through the gate: as a model wrote it, and after the checks."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from tools.outcome import Outcome
from tools.policy import Decision
from tools.principal import Principal
from tools.tool import Tool


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as a model wrote it: nothing in it is trusted."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """Who calls, in which thread and wiki, and when. `passages`: how many a search of the wiki returns, 0 as is set."""

    principal: Principal
    thread_id: str
    collection: str
    now: datetime
    passages: int = 0


@dataclass(frozen=True, slots=True)
class Checked:
    """A call that passed every check that needs no consent.

    `origin` says, where it may not come from the caller, why somebody is asked and where it may come from.
    """

    call: ToolCall
    tool: Tool
    args: BaseModel
    decision: Decision
    digest: str
    scene: Scene
    origin: str = ""


class NotDone(Exception):
    """Carries an outcome out of a check, or out of a transaction that must not be kept."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.sentence)


def canonical(args: BaseModel) -> dict[str, Any]:
    """Arguments in one spelling."""
    return args.model_dump(mode="json", exclude_none=True)


def digest_of(name: str, arguments: dict[str, Any], principal: Principal, thread_id: str) -> str:
    """sha256 over tool, canonical arguments, principal and thread: by it the ledger knows a call."""
    caller = [principal.tenant, principal.subject, principal.role.value]
    whole = json.dumps([name, arguments, caller, thread_id], sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(whole.encode()).hexdigest()


def refused(sentence: str) -> NotDone:
    """The end of a call that a rule forbids."""
    return NotDone(Outcome(status="refused", sentence=sentence))
