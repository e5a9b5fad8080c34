"""How a turn opens: what the request is, and what stands of the turn before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.types import Overwrite

from agent import requests
from agent.run import Metrics
from agent.state import Effect, State


@dataclass(frozen=True, slots=True)
class Opening:
    """A turn's beginning: the message, its request, earlier (customer, reply) pairs, our last reply, and the update of
    the state."""

    message: str
    request: str
    history: list[tuple[str, str]]
    reply: str
    effects: list[Effect]
    goes_on: bool
    update: dict[str, Any]


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
        fresh |= {"planned": False, "stood_in": False, "plan": Overwrite([])}
    said = [m.text for m in messages if isinstance(m, AIMessage) and m.name == "reply"]
    last = said[-1] if said else ""
    return Opening(message, request, history(state, start), last, kept, goes_on and bool(state.get("plan")), fresh)


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
