"""The task of every row: a look-up, a write that depends on it, and an answer. And what is right about its writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.ollama_double.notation import Intent

MESSAGE = "I have no internet. Check whether there is an outage in my area. If there is none, open an urgent ticket."
"""Said by a customer in whose area there is none."""

LOOK_UP = Intent("check_outage")
WRITE = Intent(
    "create_ticket",
    {"subject": "No internet", "description": "The customer has no internet.", "priority": "urgent"},
)


@dataclass(frozen=True, slots=True)
class Write:
    """A write that took effect: the tool, and what stands on the desk after it."""

    tool: str
    facts: dict[str, Any]

    @property
    def is_right(self) -> bool:
        """Whether the customer asked for it."""
        text = f"{self.facts.get('subject')} {self.facts.get('description')}".lower()
        return self.tool == WRITE.name and self.facts.get("priority") == "urgent" and "internet" in text
