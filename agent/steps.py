"""The steps of a plan: decided, turned into calls, and what a call's outcome means for the plan."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage
from typing_extensions import TypedDict

from agent import choices, requests, serving, support
from agent.deciding import Decision, Offer, Turn
from agent.run import StepStatus
from agent.state import Awaiting, Effect, Need, PlanStep, State
from tools.gateway import Grant, ToolCall
from tools.outcome import Outcome
from tools.principal import Principal, Role
from tools.tool import Risk

_MOST_ATTEMPTS = 2  # a malformed call is mended once, by the floor


class Order(TypedDict):
    """One call on its way to the gateway. `grant` is the decision that lets a risky call pass; `need` is what a search
    is for, 0 where the call is no search.
    """

    call: dict[str, Any]
    step: PlanStep
    attempt: int
    grant: dict[str, str] | None
    need: int


@dataclass(frozen=True, slots=True)
class Ordered:
    """A decision turned into a call: what the state keeps of it, and what `act` is sent."""

    update: dict[str, Any]
    payload: Order


def search(state: State, turn: Turn, decision: Decision) -> Ordered:
    """A further search, as a step of its own, for the need that its words are nearest to."""
    tool = turn.tool(choices.SEARCH)
    number = len(state.get("plan") or []) + 1
    step = PlanStep(number=number, tool=tool.name, title=tool.title, made_by=decision.made_by)
    ordered = order(state, turn, Offer(step=step), decision)
    needs = state.get("needs") or [Need(number=1, text=state["request"], query=state["request"])]
    vectors = turn.vectors([decision.arguments["query"], *(need.text for need in needs)])
    nearest = needs[int((vectors[1:] @ vectors[0]).argmax())]
    return Ordered(ordered.update, {**ordered.payload, "need": nearest.number})


def planned(state: State, turn: Turn, decision: Decision) -> dict[str, Any]:
    """The plan as steps. A tool stands in it once, or once for each number that the customer names; a write that nobody
    asked for does not.
    """
    steps: list[PlanStep] = []
    before = len(state.get("plan") or [])
    calls = list(decision.calls)
    for name in decision.arguments["steps"]:
        tool = turn.tool(name)
        call = next((call for call in calls if call[0] == name), None)
        if call:
            calls.remove(call)
        most = max(1, len(requests.numbers(state["request"]))) if tool.identifiers else 1
        twice = sum(step.tool == name for step in steps) >= most
        if twice or not support.asks_for(state["request"], tool, turn.matcher, trusted=turn.trusts_model):
            continue
        number, meant = before + len(steps) + 1, call[1] if call else None
        steps.append(PlanStep(number=number, tool=name, title=tool.title, made_by=decision.made_by, meant=meant))
    return {"planned": True, "plan": steps, "served": serving.by_plan(state, turn, {step.tool for step in steps})}


def skipped(offer: Offer, decision: Decision, because: str = "") -> dict[str, Any]:
    """The step left out, with the reason: the decision's own, or another."""
    step = _of(offer)
    why = choices.SKIP_REASONS[because or decision.arguments["because"]]
    return {"plan": [step.model_copy(update={"status": "skipped", "why": why, "made_by": decision.made_by})]}


def asks_for_nobody(state: State, turn: Turn, offer: Offer) -> bool:
    """Whether a question is about a step that a model has planned and no clause of the request speaks of: the customer
    cannot know what it is about.
    """
    step = offer.step
    if step is None or not turn.trusts_model or step.made_by == turn.floor.spec:
        return False
    return not support.speaks_of(state["request"], turn.tool(step.tool), turn.matcher)


def is_repeated(state: State, decision: Decision) -> bool:
    """Whether this very call has been done in this turn: a model that says it again is not heard again."""
    done = (effect for effect in state.get("effects") or [] if effect.status == "ok")
    return any(effect.tool == decision.name and effect.arguments == decision.arguments for effect in done)


def order(state: State, turn: Turn, offer: Offer, decision: Decision) -> Ordered:
    """The decided call. Its id is the same whenever the step is run again, so that the ledger knows it."""
    step = _of(offer)
    attempt = sum(1 for effect in state.get("effects") or [] if effect.step == step.number)
    key = call_id(state, step, attempt)
    given = {key: value for key, value in decision.arguments.items() if value is not None}
    arguments = support.narrowed(state["request"], turn.tool(decision.name), given)
    message = AIMessage("", tool_calls=[{"id": key, "name": decision.name, "args": arguments, "type": "tool_call"}])
    return Ordered(
        update={"messages": [message], "plan": [step.model_copy(update={"made_by": decision.made_by})]},
        payload={
            "call": {"id": key, "name": decision.name, "arguments": arguments},
            "step": step.model_copy(update={"made_by": decision.made_by}),
            "attempt": attempt,
            "grant": None,
            "need": 0,
        },
    )


async def run(order: Order, turn: Turn) -> tuple[Outcome, float]:
    """Pass the call through the gateway; (outcome, milliseconds)."""
    started = time.perf_counter()
    grant = order["grant"]
    given = Grant(grant["digest"], Principal(grant["tenant"], grant["subject"], Role(grant["role"]))) if grant else None
    outcome = await asyncio.to_thread(
        turn.gateway.call,
        ToolCall(**order["call"]),
        principal=turn.principal,
        thread_id=turn.thread_id,
        collection=turn.collection,
        grant=given,
    )
    return outcome, (time.perf_counter() - started) * 1000


def effect(order: Order, outcome: Outcome, turn: Turn) -> Effect:
    """The call's record."""
    tool = turn.tool(order["call"]["name"])
    return Effect(
        id=order["call"]["id"],
        step=order["step"].number,
        tool=tool.name,
        arguments=order["call"]["arguments"],
        status=outcome.status,
        sentence=outcome.sentence,
        write=tool.risk is not Risk.READ,
        found=outcome.found,
        tickets=outcome.tickets,
    )


def after(order: Order, effect: Effect) -> list[PlanStep]:
    """The plan's step after its call: a malformed call leaves it pending once more."""
    if effect.status == "invalid" and order["attempt"] + 1 < _MOST_ATTEMPTS:
        return []
    status: StepStatus = "done" if effect.status == "ok" else "refused" if effect.status == "refused" else "failed"
    return [order["step"].model_copy(update={"status": status})]


def waiting(order: Order) -> list[PlanStep]:
    """The plan's step while somebody decides on its call."""
    return [order["step"].model_copy(update={"status": "waiting"})]


def awaiting(order: Order, outcome: Outcome, turn: Turn) -> Awaiting:
    """What the run has to wait for."""
    call = ToolCall(**order["call"])
    return Awaiting(
        step=order["step"],
        call=order["call"],
        approver="customer" if outcome.status == "needs_confirmation" else "staff",
        description=outcome.question or outcome.sentence,
        digest=turn.gateway.digest(call, turn.principal, turn.thread_id),
        unasked=bool((outcome.data or {}).get("origin")),
    )


def granted(item: Awaiting, decision: dict[str, Any]) -> Order:
    """The call again, with the decision that lets it pass."""
    grant = {"digest": item.digest, **decision["approver"]}
    return {"call": item.call, "step": item.step, "attempt": 0, "grant": grant, "need": 0}


def declined(item: Awaiting, decision: dict[str, Any]) -> Effect:
    """The record of a call that was not allowed."""
    said = str(decision.get("message") or "").strip()
    title = f"{item.step.title[0].lower()}{item.step.title[1:]}"
    who = "you did not confirm it" if item.approver == "customer" else "a colleague did not approve it"
    sentence = f"I did not {title}, because {who}." + (
        f" Their note: {said}" if said and item.approver == "staff" else ""
    )
    return Effect(
        id=item.call["id"],
        step=item.step.number,
        tool=item.call["name"],
        arguments=item.call["arguments"],
        status="declined",
        sentence=sentence,
        write=True,
        unasked=item.unasked,
    )


def _of(offer: Offer) -> PlanStep:
    if offer.step is None:
        raise ValueError("A step was decided on that nobody offered.")
    return offer.step


def call_id(state: State, step: PlanStep, attempt: int) -> str:
    """The id of a step's call: the same whenever the step is run again, so that the ledger knows it."""
    return f"t{state['turn_at']}s{step.number}a{attempt}"
