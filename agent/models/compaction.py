"""Cuts a conversation to a budget of tokens: oldest evidence first, never instructions, plan or the open request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolMessage

_EVIDENCE = frozenset({"search_wiki", "read_page"})
_SPARE = 0.75
"""Once something must go, this share of the budget is kept: the next turns then leave the server's prefix alone."""


def compact(
    messages: Sequence[BaseMessage], budget: int, count: Callable[[Sequence[BaseMessage]], int]
) -> list[BaseMessage] | None:
    """The messages that fit, in their order; None where even the least does not fit.

    Dropped in this order, each from the oldest on: evidence of earlier turns, their other results, earlier turns whole,
    evidence of this turn, line by line from the worst. `count` gives a prompt's tokens, `budget` is their limit.
    """
    kept = list(messages)
    if count(kept) <= budget:
        return kept
    goal = budget * _SPARE
    for fewer in _cuts(kept):
        if count(fewer) <= goal:
            return fewer
        kept = fewer
    return kept if count(kept) <= budget else None


def _cuts(messages: list[BaseMessage]) -> Iterator[list[BaseMessage]]:
    """Ever shorter conversations."""
    kept = messages
    for gone in (_is_evidence, _is_result):
        for message in [m for m in _earlier(kept) if gone(m)]:
            kept = [m for m in kept if m is not message]
            yield kept
    while earlier := _earlier(kept):
        turn = earlier[: next(n for n, m in enumerate(earlier) if _ends_turn(m)) + 1]
        kept = [m for m in kept if not any(m is old for old in turn)]
        yield kept
    for message in [m for m in kept if _is_evidence(m)]:
        lines = message.text.split("\n")
        while len(lines) > 1:
            lines = lines[:-1]
            shorter = message.model_copy(update={"content": "\n".join(lines)})
            kept = [shorter if m is message else m for m in kept]
            message = shorter
            yield kept


def _earlier(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """What belongs to turns that have had their reply."""
    last = max((n for n, m in enumerate(messages) if _ends_turn(m)), default=-1)
    return [m for m in messages[: last + 1] if not isinstance(m, SystemMessage)]


def _ends_turn(message: BaseMessage) -> bool:
    return isinstance(message, AIMessage) and not message.tool_calls


def _is_evidence(message: BaseMessage) -> bool:
    return isinstance(message, ToolMessage) and message.name in _EVIDENCE


def _is_result(message: BaseMessage) -> bool:
    return isinstance(message, ToolMessage)
