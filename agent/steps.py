"""The steps of a turn: how it opens, what is possible next, and what a call's outcome means for the plan."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.types import Overwrite
from typing_extensions import TypedDict

from agent import choices, conditions, requests, situation, support
from agent.clauses import read_clauses
from agent.deciding import Decision, Offer, Turn, record
from agent.matching import MEANT, PLAIN, READERS, near
from agent.prompting import answer_prompt, plan_prompt, step_prompt
from agent.run import Metrics, StepStatus
from agent.state import Awaiting, Effect, Need, PlanStep, Sentence, State
from tools.gateway import Grant, ToolCall
from tools.outcome import Outcome
from tools.principal import Principal, Role
from tools.tool import Risk, Tool

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
class Opening:
    """A turn's beginning: the message, its request, earlier (customer, reply) pairs, the state's update."""

    message: str
    request: str
    history: list[tuple[str, str]]
    effects: list[Effect]
    goes_on: bool
    update: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ordered:
    """A decision turned into a call: what the state keeps of it, and what `act` is sent."""

    update: dict[str, Any]
    payload: Order


def open_turn(state: State) -> Opening:
    """A new request, or the rest of one that waited for the customer's answer: then plan and effects stand."""
    messages = state["messages"]
    message = messages[-1].text
    goes_on = state.get("status") == "needs_input" and not requests.drops(message)
    start = state["turn_at"] if goes_on else len(messages) - 1
    request = f"{state['request']}\n{message}" if goes_on else message
    kept = list(state.get("effects") or []) if goes_on else []
    fresh: dict[str, Any] = {
        "turn_at": start,
        "request": request,
        "use": None,
        "served": [],
        "question": "",
        "status": "completed",
        "effects_at": len(kept),
        "awaiting": Overwrite([]),
        "calls": Overwrite(0),
        "metrics": Overwrite(Metrics()),
        "deciders": Overwrite([]),
    }
    if not goes_on:
        fresh |= {"planned": False, "plan": Overwrite([])}
    return Opening(message, request, history(state, start), kept, goes_on and bool(state.get("plan")), fresh)


def history(state: State, start: int) -> list[tuple[str, str]]:
    """Earlier turns as (customer's words, reply) pairs, oldest first."""
    pairs: list[tuple[str, str]] = []
    said: list[str] = []
    for message in state["messages"][:start]:
        if isinstance(message, HumanMessage):
            said.append(message.text)
        elif isinstance(message, AIMessage) and message.name == "reply":
            pairs.append(("\n".join(said), message.text))
            said = []
    return pairs


def next_offer(state: State, turn: Turn) -> Offer:
    """What may happen now. Touches nothing but the gateway's record of identifiers."""
    if not state.get("planned"):
        return _first(state, turn)
    pending = [step for step in state.get("plan") or [] if step.status == "pending"]
    if not pending or state.get("calls", 0) >= turn.settings.max_calls:
        return _last(state, turn)
    ready = _ready(pending, turn)
    if ready:
        return _at_once(state, ready)
    return _step(state, turn, pending[0])


def _first(state: State, turn: Turn) -> Offer:
    request = state["request"]
    if requests.wants_human(request):
        return Offer(goto="handoff")
    if all(clause.kind == "social" for clause in read_clauses(request)):
        return Offer(update={"planned": True, "use": []})
    tools: Sequence[Tool] = support.narrowed_tools(request, turn.tools, turn.matcher)
    if turn.trusts_model:
        tools = [tool for tool in turn.tools if tool.name not in READERS]
    offered = sentences(state, turn)
    offer = [choices.answer(offered), *_search(state, turn), choices.ask(), choices.hand_off()]
    if tools:
        offer.insert(0, choices.plan(tools, min(turn.settings.max_steps, support.most_steps(request))))
    return Offer(choices=offer, prompt=plan_prompt(request), sentences=offered)


def _last(state: State, turn: Turn) -> Offer:
    offered = sentences(state, turn)
    if not offered:
        return Offer(update={"use": []})
    offer = [choices.answer(offered), *_search(state, turn)]
    return Offer(choices=offer, prompt=answer_prompt(state["request"]), sentences=offered)


def sentences(state: State, turn: Turn) -> list[Sentence]:
    """The sentences that the reply may quote, at most `offered` from one search; each need that no tool serves keeps
    its best."""
    served = state.get("served") or []
    found = [sentence for sentence in state.get("evidence") or [] if sentence.need not in served]
    needs = sorted({s.need for s in found})
    share = max(2, turn.settings.offered // max(1, len(needs)))
    kept: list[Sentence] = []
    for need in needs:
        for search in sorted({s.search for s in found}):
            kept += [s for s in found if (s.need, s.search) == (need, search)][:share]
    return kept


def _search(state: State, turn: Turn) -> list[choices.Schema]:
    """A further search, in a model's own words, as long as some are left."""
    made = sum(step.tool == choices.SEARCH for step in state.get("plan") or [])
    tool = next((tool for tool in turn.tools if tool.name == choices.SEARCH), None)
    return [tool.schema()] if tool and made < turn.settings.searches else []


def search(state: State, turn: Turn, decision: Decision) -> Ordered:
    """A further search, as a step of its own, for the need that its words are nearest to."""
    tool = _tool(turn, choices.SEARCH)
    number = len(state.get("plan") or []) + 1
    step = PlanStep(number=number, tool=tool.name, title=tool.title, made_by=decision.made_by)
    ordered = order(state, turn, Offer(step=step), decision)
    needs = state.get("needs") or [Need(number=1, text=state["request"], query=state["request"])]
    vectors = turn.vectors([decision.arguments["query"], *(need.text for need in needs)])
    nearest = needs[int((vectors[1:] @ vectors[0]).argmax())]
    return Ordered(ordered.update, {**ordered.payload, "need": nearest.number})


def _ready(pending: list[PlanStep], turn: Turn) -> list[PlanStep]:
    """The look-ups at the head of the plan that take no argument: they are done at once, side by side."""
    ready: list[PlanStep] = []
    for step in pending:
        tool = _tool(turn, step.tool)
        simple = choices.needs_no_decision(tool) or (
            step.why == LOOK_UP and not tool.schema()["function"]["parameters"]["required"]
        )
        if tool.risk is not Risk.READ or not simple:
            break
        ready.append(step)
    return ready


def _at_once(state: State, ready: list[PlanStep]) -> Offer:
    calls = [{"id": _call_id(state, step, 0), "name": step.tool, "args": {}} for step in ready]
    orders: list[Order] = [
        {"call": {"id": c["id"], "name": c["name"], "arguments": {}}, "step": s, "attempt": 0, "grant": None, "need": 0}
        for c, s in zip(calls, ready, strict=True)
    ]
    message = AIMessage("", tool_calls=[{**call, "type": "tool_call"} for call in calls])
    return Offer(orders=orders, update={"messages": [message]})


def _step(state: State, turn: Turn, step: PlanStep) -> Offer:
    tool = _tool(turn, step.tool)
    kinds = set(tool.identifiers.values())
    unknown = [m.id for m in turn.gateway.unknown(turn.principal, state["request"]) if m.kind in kinds]
    candidates = turn.gateway.candidates(turn.principal, turn.thread_id)
    schema = choices.grounded(tool, candidates)
    if unknown:
        return _closed(step, "refused", f"I could not find {' or '.join(unknown)} in your account.")
    if schema is None:
        return _look_up_first(state, turn, step, tool)
    condition = support.condition(state["request"], tool, turn.matcher)
    holds = conditions.holds(condition, situation.read(record(state)))
    if not (holds or turn.trusts_model):
        return _closed(step, "skipped", choices.SKIP_REASONS["condition"])
    attempts = sum(1 for effect in state.get("effects") or [] if effect.step == step.number)
    return Offer(
        choices=[schema, choices.skip(), choices.ask()],
        prompt=step_prompt(tool.name, state["request"]),
        step=step,
        holds=holds,
        meant=None if condition else step.meant,  # what a condition depends on was not known then
        trust_floor=attempts > 0,
    )


def _look_up_first(state: State, turn: Turn, step: PlanStep, tool: Tool) -> Offer:
    """No candidate for an identifier: put the look-up that shows some before this step, once."""
    found = (turn.gateway.source(turn.principal, kind) for kind in tool.identifiers.values())
    sources = [source for source in found if source]
    plan = state.get("plan") or []
    done = {other.tool for other in plan if other.number < step.number}
    missing = [source for source in sources if source.name not in done]
    if not missing:
        return _closed(step, "refused", "I found nothing in your account that this could apply to.")
    inserted = [
        PlanStep(number=step.number + n, tool=t.name, title=t.title, why=LOOK_UP) for n, t in enumerate(missing)
    ]
    moved = [s.model_copy(update={"number": s.number + len(missing)}) for s in plan if s.number >= step.number]
    kept = [s for s in plan if s.number < step.number]
    return Offer(update={"plan": Overwrite([*kept, *inserted, *moved])}, goto="decide")


LOOK_UP = "look-up for the next step"


def _closed(step: PlanStep, status: StepStatus, why: str) -> Offer:
    return Offer(update={"plan": [step.model_copy(update={"status": status, "why": why})]}, goto="decide")


def planned(state: State, turn: Turn, decision: Decision) -> dict[str, Any]:
    """The plan as steps. A tool stands in it once, or once for each number that the customer names; a write that nobody
    asked for does not.
    """
    steps: list[PlanStep] = []
    before = len(state.get("plan") or [])
    calls = list(decision.calls)
    for name in decision.arguments["steps"]:
        tool = _tool(turn, name)
        call = next((call for call in calls if call[0] == name), None)
        if call:
            calls.remove(call)
        most = max(1, len(requests.numbers(state["request"]))) if tool.identifiers else 1
        twice = sum(step.tool == name for step in steps) >= most
        if twice or not support.asks_for(state["request"], tool, turn.matcher, trusted=turn.trusts_model):
            continue
        number, meant = before + len(steps) + 1, call[1] if call else None
        steps.append(PlanStep(number=number, tool=name, title=tool.title, made_by=decision.made_by, meant=meant))
    return {"planned": True, "plan": steps, "served": _served(state, turn, {step.tool for step in steps})}


def _served(state: State, turn: Turn, tools: set[str]) -> list[int]:
    """The needs that a planned tool answers, so that no page has to: of questions those on the caller's own affairs."""
    needs = state.get("needs") or []
    rows = turn.matcher.rank([need.text for need in needs])
    served: list[int] = []
    for need, row in zip(needs, rows, strict=True):
        least = MEANT if requests.is_own(need.text) or not need.asked else PLAIN
        if any(match.name in tools and match.score >= least for match in near(row)):
            served.append(need.number)
    return served


def skipped(offer: Offer, decision: Decision, because: str = "") -> dict[str, Any]:
    """The step left out, with the reason: the decision's own, or another."""
    step = _of(offer)
    why = choices.SKIP_REASONS[because or decision.arguments["because"]]
    return {"plan": [step.model_copy(update={"status": "skipped", "why": why, "made_by": decision.made_by})]}


def is_repeated(state: State, decision: Decision) -> bool:
    """Whether this very call has been done in this turn: a model that says it again is not heard again."""
    done = (effect for effect in state.get("effects") or [] if effect.status == "ok")
    return any(effect.tool == decision.name and effect.arguments == decision.arguments for effect in done)


def order(state: State, turn: Turn, offer: Offer, decision: Decision) -> Ordered:
    """The decided call. Its id is the same whenever the step is run again, so that the ledger knows it."""
    step = _of(offer)
    attempt = sum(1 for effect in state.get("effects") or [] if effect.step == step.number)
    call_id = _call_id(state, step, attempt)
    given = {key: value for key, value in decision.arguments.items() if value is not None}
    arguments = support.narrowed(state["request"], _tool(turn, decision.name), given)
    message = AIMessage("", tool_calls=[{"id": call_id, "name": decision.name, "args": arguments, "type": "tool_call"}])
    return Ordered(
        update={"messages": [message], "plan": [step.model_copy(update={"made_by": decision.made_by})]},
        payload={
            "call": {"id": call_id, "name": decision.name, "arguments": arguments},
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
    tool = _tool(turn, order["call"]["name"])
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
    )


def _tool(turn: Turn, name: str) -> Tool:
    return next(tool for tool in turn.gateway.offered(turn.principal) if tool.name == name)


def _of(offer: Offer) -> PlanStep:
    if offer.step is None:
        raise ValueError("A step was decided on that nobody offered.")
    return offer.step


def _call_id(state: State, step: PlanStep, attempt: int) -> str:
    return f"t{state['turn_at']}s{step.number}a{attempt}"
