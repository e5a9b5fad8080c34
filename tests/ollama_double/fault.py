"""What can go wrong between a client and a model, by name, and how each looks on the wire."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """One request's misfortune. Those with a pause take its length from the answer (seconds)."""

    REFUSED = "refused connection"
    NOT_FOUND = "model not found"
    NO_TOOLS = "model without tools"
    NO_THINKING = "model without thinking"
    PARSER = "parser error"
    ERROR_LINE = "error line in the stream"
    BUSY = "server busy"
    COLD_LOAD = "cold load"
    SLOW_FIRST_BYTE = "slow first byte"
    STALL = "stall"
    CUT = "cut stream"
    UNFINISHED = "stream without its last line"
    DIED = "engine died"
    BLANK_LINE = "blank line"
    LOAD_ONLY = "load-only chunk"
    LENGTH = "length stop"
    EMPTY = "empty message"


BUSY = "server busy, please try again.  maximum pending requests exceeded"
ENGINE_ERROR = "an error was encountered while running the model: unexpected EOF"
MIDWAY = frozenset({Fault.ERROR_LINE, Fault.STALL, Fault.CUT, Fault.BLANK_LINE})
"""Faults that strike after some of the answer is out."""


def refusal(fault: Fault, model: str, full_name: str) -> tuple[int, str] | None:
    """Status and error text of a request that is turned away at once, None for the other faults."""
    return {
        Fault.NOT_FOUND: (404, f"model '{model}' not found"),
        Fault.NO_TOOLS: (400, f"registry.ollama.ai/library/{full_name} does not support tools"),
        Fault.NO_THINKING: (400, f'"{model}" does not support thinking'),
        Fault.PARSER: (500, "error parsing tool call: raw='{\"name\":', err=unexpected end of JSON input"),
        Fault.BUSY: (503, BUSY),
    }.get(fault)
