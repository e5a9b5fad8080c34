"""One decision: a model picks out of an offer, its pick is checked; where it fails, `offline` decides (the floor)."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage

from agent.choices import Schema
from agent.errors import AgentError, ModelOutputError
from agent.models.grammar import MisfitError, check
from agent.run import Metrics
from agent.state import PlanStep, State

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
class Turn:
    """What every node may use: who asks, where, and the parts of the house. It is the graph's context, never stored."""

    principal: Principal
    thread_id: str
    collection: str
    gateway: Gateway
    index: Index
    vectors: Vectors
    matcher: Matcher
    model: BaseChatModel
    model_name: str
    floor: BaseChatModel
    floor_name: str
    system: str
    settings: AgentSettings


@dataclass(frozen=True, slots=True)
class Offer:
    """What may happen now: choices to decide among, or orders and a way to go where nothing is left to decide."""

    choices: list[Schema] = field(default_factory=list)
    prompt: str = ""
    step: PlanStep | None = None
    trust_floor: bool = False  # the model's last call for this step was refused as malformed
    update: dict[str, Any] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    goto: Literal["decide", "verify", "handoff"] = "verify"


@dataclass(frozen=True, slots=True)
class Decision:
    """The pick, who made it, and what it cost."""

    name: str
    arguments: dict[str, Any]
    made_by: str
    metrics: Metrics


async def choose(turn: Turn, state: State, offer: Offer) -> Decision:
    """Let the model pick; let the floor pick where the model fails.

    Raises:
        ModelOutputError: the floor's own pick does not fit, which is a defect of this room.
    """
    messages = prompt(state, turn, offer)
    spent = Metrics()
    if not offer.trust_floor and turn.model is not turn.floor:
        try:
            decision = await _pick(turn.model, turn.model_name, messages, offer.choices)
        except AgentError as error:
            log.warning("model %s failed a step, %s decides: %s", turn.model_name, turn.floor_name, error)
            spent = Metrics(model_calls=1)
        else:
            return decision
    decision = await _pick(turn.floor, turn.floor_name, messages, offer.choices)
    return Decision(decision.name, decision.arguments, decision.made_by, _sum(spent, decision.metrics))


def prompt(state: State, turn: Turn, offer: Offer) -> list[AnyMessage]:
    """System prompt (byte-stable for a role), earlier turns, this turn's record, and last what is to be decided now."""
    messages, start = state["messages"], state.get("turn_at", 0)
    earlier = [m for m in messages[:start] if isinstance(m, HumanMessage) or (isinstance(m, AIMessage) and m.name)]
    kept = earlier[-2 * turn.settings.history_turns :] if turn.settings.history_turns else []
    return [SystemMessage(turn.system), *kept, *record(state), HumanMessage(offer.prompt, name="step")]


def record(state: State) -> list[AnyMessage]:
    """The messages of the present turn: the request, and what was done for it so far."""
    return state["messages"][state.get("turn_at", 0) :]


async def _pick(model: BaseChatModel, name: str, messages: Sequence[AnyMessage], offered: list[Schema]) -> Decision:
    started = time.perf_counter()
    message = await model.bind_tools(offered).ainvoke(list(messages))
    took = (time.perf_counter() - started) * 1000
    if not isinstance(message, AIMessage) or not message.tool_calls:
        raise ModelOutputError(f"{name} made no choice.")
    call = message.tool_calls[0]
    try:
        check(call["name"], call["args"], offered)
    except MisfitError as error:
        raise ModelOutputError(f"{name} chose what was not offered: {error}") from error
    usage = message.usage_metadata
    metrics = Metrics(
        model_calls=1,
        model_ms=took,
        input_tokens=usage["input_tokens"] if usage else 0,
        output_tokens=usage["output_tokens"] if usage else 0,
    )
    return Decision(call["name"], call["args"], name, metrics)


def _sum(left: Metrics, right: Metrics) -> Metrics:
    return Metrics(**{name: getattr(left, name) + getattr(right, name) for name in Metrics.model_fields})
