"""The walk of one message, on one page.

    retrieve → decide ⇄ act → verify → reply        exits: ask, approve (interrupt), handoff

`retrieve` searches with the customer's words. `decide` plans a request of several steps, then takes one decision a step
out of what `agent.choices` says is possible now. `act` passes each call through the gateway, reads in parallel, writes
one at a time; a call that needs somebody's decision goes to `approve`, which interrupts the run. `verify` composes the
reply from what was done and what was selected, and checks it. Nothing here trusts a model: `agent.deciding` checks what
it says, and the gateway enforces what may happen.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Literal

from langchain_core.messages import AIMessage, ToolMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Overwrite, Send, interrupt

from agent import checking, choices, composing, evidence, offering, steps, wording
from agent.deciding import Decision, Offer, Turn, choose
from agent.opening import open_turn
from agent.run import Metrics
from agent.state import Awaiting, Effect, State
from agent.steps import Order

Graph = CompiledStateGraph[State, Turn, State, State]


async def retrieve(state: State, runtime: Runtime[Turn]) -> dict[str, Any]:
    """Start a turn, or go on with one that waited for the customer's answer: search for each thing that is asked."""
    turn = runtime.context
    opening = open_turn(state)
    await asyncio.to_thread(turn.gateway.observe, turn.principal, turn.thread_id, opening.message, opening.reply)
    return opening.update | await asyncio.to_thread(evidence.gather, turn, opening)


async def decide(state: State, runtime: Runtime[Turn]) -> Command[Literal["decide", "act", "verify", "ask", "handoff"]]:
    """One decision: the plan, the next step of it, or what the reply stands on."""
    turn = runtime.context
    offer = await asyncio.to_thread(offering.next_offer, state, turn)
    if offer.orders:
        return Command(update=offer.update, goto=[Send("act", order) for order in offer.orders])
    if not offer.choices:
        return Command(update=offer.update, goto=offer.goto)
    decision = await choose(turn, state, offer)
    if decision.name == choices.ASK:
        decision = await _asked(turn, state, offer, decision)
    update = {**offer.update, "metrics": decision.metrics, "deciders": [decision.made_by]}
    match decision.name:
        case choices.PLAN:
            return Command(update=update | steps.planned(state, turn, decision), goto="decide")
        case choices.ANSWER:
            return Command(update=update | {"planned": True, "use": decision.arguments["use"]}, goto="verify")
        case choices.SEARCH:
            order = steps.search(state, turn, decision)
            return Command(update=update | order.update, goto=[Send("act", order.payload)])
        case choices.SKIP:
            return Command(update=update | steps.skipped(offer, decision), goto="decide")
        case choices.ASK:
            return Command(update=update | {"question": decision.arguments["question"]}, goto="ask")
        case choices.HAND_OFF:
            return Command(update=update, goto="handoff")
        case _ if steps.is_repeated(state, decision):
            return Command(update=update | steps.skipped(offer, decision, "done"), goto="decide")
        case _:
            order = steps.order(state, turn, offer, decision)
            return Command(update=update | order.update, goto=[Send("act", order.payload)])


async def _asked(turn: Turn, state: State, offer: Offer, decision: Decision) -> Decision:
    """What becomes of a question: one that may not leave gives way to what the floor would do; one about a step that
    nobody asked for is left out with the step.
    """
    if steps.asks_for_nobody(state, turn, offer):
        left = {"because": "not_asked"}
        return replace(decision, name=choices.SKIP, arguments=left, made_by=turn.floor.spec)
    if await asyncio.to_thread(checking.may_ask, decision.arguments["question"], turn):
        return decision
    floor = await choose(turn, state, replace(offer, trust_floor=True))
    return replace(floor, metrics=decision.metrics + floor.metrics)


async def act(state: Order, runtime: Runtime[Turn]) -> Command[Literal["decide", "approve"]]:
    """One tool call through the gateway. It is safe to run again: the gateway's ledger knows the call."""
    order, turn = state, runtime.context
    outcome, took = await steps.run(order, turn)
    outcome = await asyncio.to_thread(checking.outcome, outcome, turn)
    if outcome.status in ("needs_confirmation", "needs_approval"):
        return Command(
            update={"awaiting": [steps.awaiting(order, outcome, turn)], "plan": steps.waiting(order)}, goto="approve"
        )
    effect = steps.effect(order, outcome, turn)
    get_stream_writer()({"tool_call": {"name": effect.tool, "status": effect.status, "sentence": effect.sentence}})
    found = await asyncio.to_thread(evidence.further, turn, order, outcome)
    update = {
        "messages": [composing.result_message(effect, outcome)],
        "effects": [effect],
        "plan": steps.after(order, effect),
        "calls": 1,
        "metrics": Metrics(tool_ms=took),
    } | found
    return Command(update=update, goto="decide")


async def approve(state: State, runtime: Runtime[Turn]) -> Command[Literal["act", "decide"]]:
    """Wait for the customer's or a colleague's decision. What stands before the interrupt is pure: it runs twice."""
    waiting: list[Awaiting] = state["awaiting"]
    decisions: list[dict[str, Any]] = interrupt([item.model_dump() for item in waiting])
    decided = list(zip(waiting, decisions, strict=True))
    granted = [steps.granted(item, decision) for item, decision in decided if decision["type"] == "approve"]
    refused = [item for item, decision in decided if decision["type"] != "approve"]
    declined = [steps.declined(item, decision) for item, decision in decided if item in refused]
    update: dict[str, Any] = {
        "awaiting": Overwrite([]),
        "messages": [ToolMessage(e.sentence, tool_call_id=e.id, name=e.tool) for e in declined],
        "effects": declined,
        "plan": [item.step.model_copy(update={"status": "declined"}) for item in refused],
    }
    return Command(update=update, goto=[Send("act", order) for order in granted] or "decide")


async def verify(state: State, runtime: Runtime[Turn]) -> Command[Literal["reply", "handoff"]]:
    """Compose the reply, and leave out what may not leave; a model's own wording is checked once more."""
    turn = runtime.context
    blocks = await asyncio.to_thread(checking.released, composing.blocks(state, turn.matcher), turn)
    answer, spent = await wording.word(blocks, turn)
    answer = await asyncio.to_thread(checking.worded, answer, blocks, turn)
    update = {"reply": answer, "status": "completed", "metrics": spent}
    return Command(update=update, goto="reply" if answer.text else "handoff")


async def ask(state: State, runtime: Runtime[Turn]) -> dict[str, Any]:
    """A question back to the customer; the next message goes on from here."""
    question = await asyncio.to_thread(checking.question, state["question"], runtime.context)
    return {"reply": composing.question(state, question), "status": "needs_input"}


async def handoff(state: State, runtime: Runtime[Turn]) -> dict[str, Any]:
    """A human takes the thread: the bot is mute until it is released."""
    return {"reply": composing.farewell(state), "status": "handed_off"}


async def reply(state: State, runtime: Runtime[Turn]) -> dict[str, Any]:
    """Put the reply on the thread's record."""
    return {"messages": [AIMessage(state["reply"].text, name="reply")], "awaiting": Overwrite([])}


def build(checkpointer: BaseCheckpointSaver[Any]) -> Graph:
    """The compiled graph."""
    graph = StateGraph(State, context_schema=Turn)
    graph.add_node("retrieve", retrieve)
    graph.add_node("decide", decide)
    graph.add_node("act", act, input_schema=Order)
    graph.add_node("approve", approve)
    graph.add_node("verify", verify)
    graph.add_node("ask", ask)
    graph.add_node("handoff", handoff)
    graph.add_node("reply", reply)
    graph.add_edge(START, "retrieve")
    graph.add_edge("retrieve", "decide")
    graph.add_edge("ask", "reply")
    graph.add_edge("handoff", "reply")
    graph.add_edge("reply", END)
    return graph.compile(checkpointer=checkpointer)


__all__ = ["Effect", "Graph", "build"]
