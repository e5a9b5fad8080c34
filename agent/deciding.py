"""One decision: a model picks out of an offer, its pick is checked; where it fails, the next one decides, and in the
end `offline` (the floor).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, SystemMessage

from agent import choices, taking
from agent.choices import Schema
from agent.errors import AgentError, ModelOutputError, ModelUnavailable
from agent.models.choosing import THREAD
from agent.models.grammar import MisfitError, check
from agent.models.profile import Profile
from agent.run import Metrics
from agent.state import PlanStep, Sentence, State
from tools.tool import Risk, Tool

if TYPE_CHECKING:
    from agent.matching import Matcher
    from agent.settings import AgentSettings
    from agent.steps import Order
    from agent.vectors import Vectors
    from knowledge.index import Index
    from tools.gateway import Gateway
    from tools.principal import Principal

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mind:
    """A model as a turn uses it: its string, the chat model, how it is run, its system prompt."""

    spec: str
    chat: BaseChatModel
    profile: Profile
    system: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What every node may use: who asks, where, and the parts of the house. It is the graph's context, never stored.

    `minds` stand in for each other in their order, and `floor` for all of them; `down` are those that did not answer in
    this turn, and past `deadline` (monotonic seconds) none is asked any more.
    """

    principal: Principal
    thread_id: str
    collection: str
    gateway: Gateway
    index: Index
    vectors: Vectors
    matcher: Matcher
    minds: tuple[Mind, ...]
    floor: Mind
    deadline: float
    settings: AgentSettings
    down: set[str] = field(default_factory=set)

    @property
    def model(self) -> str:
        """The model that is asked first."""
        return self.minds[0].spec

    @property
    def trusts_model(self) -> bool:
        """Whether the model that is asked first plans alone, the built-in one only standing behind it."""
        return self.minds[0].profile.floor == "behind"

    @property
    def tools(self) -> Sequence[Tool]:
        """What this principal may use."""
        return self.gateway.offered(self.principal)

    def tool(self, name: str) -> Tool:
        """One of those tools."""
        return next(tool for tool in self.tools if tool.name == name)


@dataclass(frozen=True, slots=True)
class Offer:
    """What may happen now: choices to decide among, or orders and a way to go where nothing is left to decide.

    `meant` are the arguments that a model gave for this step with its plan: it is not asked again. `holds` is what code
    says of the step's condition: a model that plans alone may know better, the floor never.
    """

    choices: list[Schema] = field(default_factory=list)
    prompt: str = ""
    step: PlanStep | None = None
    sentences: Sequence[Sentence] = ()
    meant: dict[str, Any] | None = None
    holds: bool = True
    trust_floor: bool = False  # the model's last call for this step was refused as malformed
    update: dict[str, Any] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    goto: Literal["decide", "verify", "handoff"] = "verify"


@dataclass(frozen=True, slots=True)
class Decision:
    """The pick, who made it, and what it cost; with a plan the calls that were made of it."""

    name: str
    arguments: dict[str, Any]
    made_by: str
    metrics: Metrics
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()


async def choose(turn: Turn, state: State, offer: Offer) -> Decision:
    """The first model whose pick stands decides, else the floor.

    Raises:
        ModelOutputError: the floor's own pick does not fit, which is a defect of this room.
    """
    floor = await _pick(turn, turn.floor, state, offer, offer.choices)
    spent = Metrics()
    for mind in [] if offer.trust_floor else turn.minds:
        if mind is turn.floor:
            break
        offered = choices.without_wording(offer.choices) if mind.profile.floor == "beside" else offer.choices
        if mind.spec in turn.down or not choices.are_open(offered, state["request"]):
            continue
        try:
            picked = await _in_time(turn, mind, state, offer, offered)
            decision = _taken(turn, mind, state, offer, picked, floor)
        except AgentError as error:
            if isinstance(error, ModelUnavailable):
                turn.down.add(mind.spec)
            log.warning("model %s failed a step: %s", mind.spec, error)
            spent += _failed(error)
            continue
        return replace(decision, metrics=spent + decision.metrics)
    alone = turn.minds[0] is turn.floor  # as a stand-in it costs no model call
    stood = _conditioned(floor, offer)
    return Decision(stood.name, stood.arguments, stood.made_by, spent + stood.metrics if alone else spent)


def _conditioned(floor: Decision, offer: Offer) -> Decision:
    """The floor's pick where code says that the step's condition does not hold: it is left out."""
    return floor if offer.holds else replace(floor, name=choices.SKIP, arguments={"because": "condition"})


def _taken(turn: Turn, mind: Mind, state: State, offer: Offer, picked: Decision, floor: Decision) -> Decision:
    """What of a model's pick stands. Raises `ModelOutputError` where nothing does."""
    tool = next((tool for tool in turn.tools if offer.step and tool.name == offer.step.tool), None)
    if mind.profile.floor == "behind":
        said = "\n".join(message.text for message in state["messages"] if isinstance(message, HumanMessage))
        if tool and picked.name == tool.name and mind.profile.wording == "composed":
            own = floor.arguments if floor.name == tool.name else {}
            return replace(picked, arguments=taking.worded(picked.arguments, own, tool, said))
        if picked.name == choices.ASK and mind.profile.wording == "composed":
            question = floor.arguments["question"] if floor.name == choices.ASK else choices.TELL_MORE
            return replace(picked, arguments={"question": question})
        if floor.name == choices.PLAN and not offer.step:
            writes = {tool.name for tool in turn.tools if tool.risk is not Risk.READ}
            commanded = [step for step in floor.arguments["steps"] if step in writes]
            return replace(picked, **taking.with_commands(picked.name, picked.arguments, commanded))
        return picked
    looked_up = any(effect.step and not effect.write for effect in state.get("effects") or [])
    scene = taking.Scene(state["request"], turn.tools, turn.matcher, offer.sentences, tool, looked_up)
    floor = _conditioned(floor, offer)
    taken = taking.taken((picked.name, picked.arguments), (floor.name, floor.arguments), scene)
    if taken is None:
        raise ModelOutputError(
            f"{mind.spec} picked {picked.name}, which nothing supports.", picked.metrics.model_dump()
        )
    return replace(picked, name=taken[0], arguments=dict(taken[1]))


async def _in_time(turn: Turn, mind: Mind, state: State, offer: Offer, offered: list[Schema]) -> Decision:
    """The pick, within what is left of the turn's time. Raises `ModelUnavailable` past it."""
    if (said := _said_with_the_plan(mind, offer, offered)) is not None:
        return said
    left = turn.deadline - time.monotonic()
    try:
        async with asyncio.timeout(max(0.0, left)):
            return await _pick(turn, mind, state, offer, offered)
    except TimeoutError:
        raise ModelUnavailable(
            f"Model {mind.spec} was not done when the time for this message was over. "
            "Take a smaller model, or raise DESKMATE_AGENT_TURN_SECONDS."
        ) from None


def _said_with_the_plan(mind: Mind, offer: Offer, offered: Sequence[Schema]) -> Decision | None:
    """The step's call as the model has made it with its plan, as far as it fits what is possible now."""
    step = offer.step
    if step is None or offer.meant is None or step.made_by != mind.spec:
        return None
    known = next(choices.properties(choice) for choice in offered if choice["function"]["name"] == step.tool)
    arguments = {name: value for name, value in offer.meant.items() if name in known}
    try:
        check(step.tool, arguments, offered)
    except MisfitError:
        return None
    return Decision(step.tool, arguments, mind.spec, Metrics())


def prompt(state: State, turn: Turn, mind: Mind, offer: Offer) -> list[AnyMessage]:
    """System prompt (byte-stable for a role), earlier turns, this turn's record, and last what is to be decided now.

    Earlier turns stand as they stood, so that a server's prefix cache holds them; they are dropped many at a time.
    """
    messages, start = state["messages"], state.get("turn_at", 0)
    ends = [n + 1 for n, m in enumerate(messages[:start]) if isinstance(m, AIMessage) and m.name == "reply"]
    block = max(1, turn.settings.history_turns // 2)
    surplus = len(ends) - turn.settings.history_turns
    dropped = -(-surplus // block) * block if surplus > 0 else 0
    first = ends[min(dropped, len(ends)) - 1] if dropped and ends else 0
    return [SystemMessage(mind.system), *messages[first:], HumanMessage(offer.prompt, name="step")]


def record(state: State) -> list[AnyMessage]:
    """The messages of the present turn: the request, and what was done for it so far."""
    return state["messages"][state.get("turn_at", 0) :]


async def _pick(turn: Turn, mind: Mind, state: State, offer: Offer, offered: list[Schema]) -> Decision:
    started = time.perf_counter()
    messages: list[BaseMessage] = list(prompt(state, turn, mind, offer))
    bound = mind.chat.bind_tools(offered, catalog=choices.catalog(turn.tools))
    message = await bound.ainvoke(messages, {"metadata": {THREAD: turn.thread_id}})
    took = (time.perf_counter() - started) * 1000
    if not isinstance(message, AIMessage) or not message.tool_calls:
        raise ModelOutputError(f"{mind.spec} made no choice.")
    call, *calls = message.tool_calls
    try:
        check(call["name"], call["args"], offered)
    except MisfitError as error:
        raise ModelOutputError(f"{mind.spec} chose what was not offered: {error}") from error
    meant = tuple((further["name"], further["args"]) for further in calls)
    return Decision(call["name"], call["args"], mind.spec, cost(message.response_metadata, took), meant)


def cost(metadata: dict[str, Any], took: float) -> Metrics:
    """What one answer has cost, by its metadata; `took` in milliseconds."""
    return Metrics(
        model_calls=metadata.get("requests", 1),
        model_ms=took,
        input_tokens=metadata.get("prompt_eval_count", 0),
        output_tokens=metadata.get("eval_count", 0),
        **{name: metadata.get(name, 0) for name in ("uncached_tokens", "prompt_bytes", "reused_bytes", "repairs")},
    )


def _failed(error: AgentError) -> Metrics:
    """What a failed pick has cost."""
    spent = error.spent if isinstance(error, ModelOutputError) else {}
    known = {name: value for name, value in spent.items() if name in Metrics.model_fields}
    return (Metrics(**known) if "model_calls" in spent else cost(spent, 0)) + Metrics(floor_steps=1)
