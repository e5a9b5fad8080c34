"""Reads a thread's state as a run's result: plan, calls, tickets, what it waits for. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, cast

from langgraph.types import StateSnapshot

from agent import composing
from agent.errors import ApprovalNotAllowed, DecisionInvalid
from agent.run import ActionRequest, Metrics, Pending, PlanItem, Reply, ReviewConfig, Run, RunResult, ToolCallRecord
from agent.state import Awaiting, Effect, PlanStep, State
from tools import pii
from tools.principal import Principal


def result(run: Run, state: StateSnapshot, latency_ms: float) -> RunResult:
    """The run object. `latency_ms` is the wall time of this run."""
    values = cast(State, state.values)
    waiting = pending(state)
    effects: list[Effect] = values.get("effects", [])[values.get("effects_at", 0) :]
    metrics: Metrics = values.get("metrics") or Metrics()
    status = "needs_approval" if waiting else values.get("status", "completed")
    reply = composing.waiting(values, values["awaiting"]) if waiting else values.get("reply") or Reply()
    return RunResult(
        thread_id=run.thread_id,
        run_id=run.run_id,
        status=status,
        reply=reply,
        plan=tuple(plan(values)),
        tool_calls=tuple(ToolCallRecord(name=e.tool, arguments=e.arguments, status=e.status) for e in effects),
        tickets=tuple(dict.fromkeys(ticket for e in effects for ticket in e.tickets)),
        evidence=tuple(dict.fromkeys(values.get("pages", []))),
        unanswered=tuple(composing.unanswered(values)) if status in ("completed", "handed_off") else (),
        model=run.model,
        decided_by=dict(Counter(values.get("deciders", []))),
        metrics=metrics.model_copy(update={"latency_ms": round(latency_ms, 1)}),
        pending=waiting,
    )


def plan(values: Mapping[str, Any]) -> list[PlanItem]:
    """The plan as a person reads it."""
    return [PlanItem(step=s.title, status=s.status, made_by=s.made_by) for s in values.get("plan") or []]


def abandoned(values: Mapping[str, Any]) -> list[PlanStep]:
    """The steps that a stopped run leaves out."""
    steps: list[PlanStep] = values.get("plan") or []
    return [
        s.model_copy(update={"status": "skipped", "why": "stopped"})
        for s in steps
        if s.status in ("pending", "waiting")
    ]


def pending(state: StateSnapshot) -> Pending | None:
    """What an interrupted thread waits for; None where it waits for nothing."""
    if not state.interrupts:
        return None
    items: list[Awaiting] = state.values["awaiting"]
    requests = tuple(
        ActionRequest(name=i.call["name"], args=i.call["arguments"], description=i.description) for i in items
    )
    configs = tuple(ReviewConfig(action_name=request.name) for request in requests)
    staff = any(item.approver == "staff" for item in items)
    return Pending(approver="staff" if staff else "customer", action_requests=requests, review_configs=configs)


def decided(waiting: Pending, decisions: Sequence[Mapping[str, Any]], by: Principal) -> list[dict[str, Any]]:
    """The decisions as the graph takes them, with who made them. Raises DecisionInvalid, ApprovalNotAllowed."""
    wanted = len(waiting.action_requests)
    if len(decisions) != wanted:
        raise DecisionInvalid(f"{wanted} decision{'s are' if wanted > 1 else ' is'} needed, {len(decisions)} came.")
    for decision in decisions:
        if decision.get("type") not in ("approve", "reject"):
            raise DecisionInvalid(f"A decision is approve or reject, not {str(decision.get('type'))[:40]!r}.")
        if decision["type"] == "approve" and waiting.approver == "staff" and not by.is_staff:
            raise ApprovalNotAllowed
    approver = {"tenant": by.tenant, "subject": by.subject, "role": by.role.value}
    return [
        {"type": d["type"], "message": pii.without_secrets(str(d.get("message") or "")), "approver": approver}
        for d in decisions
    ]
