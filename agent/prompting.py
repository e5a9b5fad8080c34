"""The words that go to a model: a byte-stable system prompt, and one short prompt for each kind of decision."""

from __future__ import annotations

from collections.abc import Sequence

from tools.tool import Tool


def system_prompt(tools: Sequence[Tool]) -> str:
    """Rules and the catalog. The same bytes for a role, so that a server's prefix cache holds it."""
    catalog = "\n".join(f"- {tool.name}: {tool.description}" for tool in tools)
    return f"You are a customer service agent. Decide about one step at a time.\n\nTools:\n{catalog}\n"


def plan_prompt(request: str) -> str:
    """The first decision."""
    return "Decide: answer with sentences above, or plan the tools that are needed."


def step_prompt(tool: str, request: str) -> str:
    """One planned step."""
    return f"Step: {tool}. Do it, or skip it."


def answer_prompt(request: str) -> str:
    """The end of a turn."""
    return "Choose the sentences that answer."
