"""What may happen next in a turn: the plan, the next step of it, or what the reply stands on."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import AIMessage
from langgraph.types import Overwrite

from agent import choices, conditions, requests, serving, situation, steps, support
from agent.clauses import Clause
from agent.deciding import Offer, Turn, record
from agent.matching import READERS
from agent.opening import history
from agent.prompting import answer_prompt, plan_prompt, step_prompt
from agent.run import StepStatus
from agent.state import PlanStep, Sentence, State
from tools.tool import Risk, Tool


def next_offer(state: State, turn: Turn) -> Offer:
    """What may happen now. Touches nothing but the gateway's record of identifiers."""
    if not state.get("planned"):
        return _first(state, turn)
    pending = [step for step in state.get("plan") or [] if step.status == "pending"]
    if not pending or state.get("calls", 0) >= turn.settings.max_calls:
        if _overreached(state, turn):
            return Offer(update={"planned": False, "stood_in": True}, goto="decide")
        return _last(state, turn)
    ready = _ready(pending, turn)
    if ready:
        return _at_once(state, ready)
    return _step(state, turn, pending[0])


def _first(state: State, turn: Turn) -> Offer:
    request = state["request"]
    clauses = turn.matcher.hear(request)
    if all(clause.kind == "social" for clause in clauses) and not _takes_up(clauses, state):
        return Offer(update={"planned": True, "use": []})
    if requests.wants_human(request):
        return Offer(goto="handoff")
    tools: Sequence[Tool] = support.narrowed_tools(request, turn.tools, turn.matcher)
    if turn.trusts_model:
        tools = [tool for tool in turn.tools if tool.name not in READERS]
    offered = sentences(state, turn, state.get("served") or ())
    offer = [choices.answer(offered), *_search(state, turn), choices.ask(), choices.hand_off()]
    if tools:
        offer.insert(0, choices.plan(tools, min(turn.settings.max_steps, support.most_steps(request))))
    stood_in = state.get("stood_in", False)
    return Offer(choices=offer, prompt=plan_prompt(request), sentences=offered, trust_floor=stood_in)


def _takes_up(clauses: Sequence[Clause], state: State) -> bool:
    """Whether an "ok" says yes to what the last reply has offered to do."""
    earlier = history(state, state.get("turn_at", 0))
    if not (clauses and earlier and requests.offered(earlier[-1][1])):
        return False
    return all(clause.act == "acknowledgement" for clause in clauses) and requests.decision(state["request"]) is True


def _overreached(state: State, turn: Turn) -> bool:
    """Whether nothing came of a model's plan but what nobody had asked for: then the floor plans, once, and makes its
    calls itself.
    """
    if not turn.trusts_model or state.get("stood_in") or state.get("calls", 0) >= turn.settings.max_calls:
        return False
    own = [step for step in state.get("plan") or [] if step.why != LOOK_UP]
    unasked = {effect.step for effect in state.get("effects") or [] if effect.unasked}
    left = (choices.SKIP_REASONS["not_asked"], turn.floor.spec)  # by code: what a model leaves out is its own decision
    return bool(own) and all(step.number in unasked or (step.why, step.made_by) == left for step in own)


def _last(state: State, turn: Turn) -> Offer:
    served = [*(state.get("served") or []), *serving.by_results(state, turn)]
    offered = sentences(state, turn, served)
    if not offered:
        return Offer(update={"served": served, "use": []})
    offer = [choices.answer(offered), *_search(state, turn)]
    return Offer(choices=offer, prompt=answer_prompt(state["request"]), sentences=offered, update={"served": served})


def sentences(state: State, turn: Turn, served: Sequence[int]) -> list[Sentence]:
    """The sentences that the reply may quote, at most `offered` from one search; each need that no tool serves keeps
    its best."""
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


def _ready(pending: list[PlanStep], turn: Turn) -> list[PlanStep]:
    """The look-ups at the head of the plan that take no argument: they are done at once, side by side."""
    ready: list[PlanStep] = []
    for step in pending:
        tool = turn.tool(step.tool)
        simple = choices.needs_no_decision(tool) or (
            step.why == LOOK_UP and not tool.schema()["function"]["parameters"]["required"]
        )
        if tool.risk is not Risk.READ or not simple:
            break
        ready.append(step)
    return ready


def _at_once(state: State, ready: list[PlanStep]) -> Offer:
    calls = [{"id": steps.call_id(state, step, 0), "name": step.tool, "args": {}} for step in ready]
    orders: list[steps.Order] = [
        {"call": {"id": c["id"], "name": c["name"], "arguments": {}}, "step": s, "attempt": 0, "grant": None, "need": 0}
        for c, s in zip(calls, ready, strict=True)
    ]
    message = AIMessage("", tool_calls=[{**call, "type": "tool_call"} for call in calls])
    return Offer(orders=orders, update={"messages": [message]})


def _step(state: State, turn: Turn, step: PlanStep) -> Offer:
    tool = turn.tool(step.tool)
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
        meant=None if condition and tool.risk is not Risk.READ else step.meant,  # what it depends on was not known then
        trust_floor=attempts > 0 or state.get("stood_in", False),
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
