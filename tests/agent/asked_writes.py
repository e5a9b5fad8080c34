"""The list of what people say and of the writes that they ask for, and how a conversation is judged by it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from agent.run import RunResult, ToolCallRecord
from agent.service import Service
from tools.catalog import CATALOG
from tools.principal import Principal, Role
from tools.schema import LedgerRow
from tools.seed import DEMO_TENANT
from tools.tool import Risk

WRITES = frozenset(tool.name for tool in CATALOG if tool.risk is not Risk.READ)
_COLLEAGUE = Principal(DEMO_TENANT, "S-03", Role.ADMIN)  # approves whatever waits for staff
_EXACT = ("update_ticket", "link_tickets", "merge_tickets")  # tools of which every argument counts


@dataclass(frozen=True, slots=True)
class Case:
    """Who says what, in turn, and the writes that are right; `measured` are those that no rule was developed on."""

    by: Principal
    say: tuple[str, ...]
    writes: tuple[dict[str, Any], ...]
    measured: bool

    def __str__(self) -> str:
        """The words, for a test's name."""
        return " / ".join(self.say)[:60].replace("\n", " ")


@dataclass(frozen=True, slots=True)
class Judged:
    """Of one conversation: the writes made that were right, those that were not, and those that are missing."""

    right: int
    wrong: tuple[str, ...]
    missing: tuple[str, ...]


def cases() -> list[Case]:
    """The list, in its order."""
    rows = yaml.safe_load((Path(__file__).parent / "asked_writes.yaml").read_text(encoding="utf-8"))
    return [
        Case(principal(row["by"]), tuple(row["say"]), tuple(row["writes"]), n % 2 == 1) for n, row in enumerate(rows)
    ]


def principal(subject: str) -> Principal:
    """Who speaks under this id."""
    return Principal(DEMO_TENANT, subject, Role.STAFF if subject.startswith("S-") else Role.CUSTOMER)


async def held(case: Case, house: Service) -> Judged:
    """Hold the conversation to its end, with a yes to whatever a person has to confirm, and judge what was written."""
    thread = (await house.runs.create_thread(case.by)).thread_id
    calls: dict[int, ToolCallRecord] = {}
    for message in case.say:
        result = await (await house.runs.submit(thread, message, case.by)).result()
        result = await resumed(result, case, house)
        calls |= {len(calls) + n: call for n, call in enumerate(result.tool_calls)}
    made = [call for call in calls.values() if call.name in WRITES and call.status == "ok"]
    with house.database.read() as session:
        effective = Counter(session.scalars(select(LedgerRow.tool).where(LedgerRow.thread_id == thread)))
    assert effective == Counter(call.name for call in made), "the record of a run is not what the database says"
    return judged(case, [(call.name, call.arguments) for call in made])


async def resumed(result: RunResult, case: Case, house: Service) -> RunResult:
    """The run's end, with a yes to whatever a person has to confirm."""
    while result.pending is not None:
        who = case.by if result.pending.approver == "customer" else _COLLEAGUE
        decisions = [{"type": "approve"} for _ in result.pending.action_requests]
        result = await (await house.runs.resume(result.thread_id, result.run_id, decisions, who)).result()
    return result


def judged(case: Case, made: list[tuple[str, dict[str, Any]]]) -> Judged:
    """Hold the writes that were made against those that are right, one for one; changes of one ticket count as one."""
    left = list(case.writes)
    wrong: list[str] = []
    for name, arguments in _joined(made):
        fit = next((one for one in left if _fits(one, name, arguments)), None)
        if fit is None:
            wrong.append(f"{name} {arguments}")
        else:
            left.remove(fit)
    return Judged(len(case.writes) - len(left), tuple(wrong), tuple(map(str, left)))


def _joined(made: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    joined: list[tuple[str, dict[str, Any]]] = []
    for name, arguments in made:
        same = next(
            (a for n, a in joined if n == name == "update_ticket" and a["ticket_id"] == arguments["ticket_id"]), None
        )
        if same is None:
            joined.append((name, dict(arguments)))
        else:
            same.update(arguments)
    return joined


def _fits(right: dict[str, Any], name: str, arguments: dict[str, Any]) -> bool:
    said = " ".join(str(value) for value in arguments.values()).lower()
    wanted = {key: value for key, value in right.items() if key not in ("tool", "has")}
    exact = name not in _EXACT or wanted.keys() == arguments.keys()
    if "visibility" in wanted:  # left out, the tool takes it for internal
        arguments = {"visibility": "internal"} | arguments
    equal = all(str(arguments.get(key)).lower() == str(value).lower() for key, value in wanted.items())
    return right["tool"] == name and exact and equal and all(word in said for word in right.get("has", ()))
