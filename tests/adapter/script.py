"""What the scripted peers say to each message. A real server says what its model thinks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from agent.models.grammar import Decision, spell

WORDS = "Say hello."
DECIDE = "Where is order O-1?"
MEND = "Where is my order O-2?"
BREAK = "Tell me everything."
FAIL = "Tell me nothing."

HELLO = "Hello there. How can I help you today?"
DECISION = Decision("get_order", {"order_id": "O-1"})
MENDED = Decision("get_order", {"order_id": "O-2"})
MISFIT = Decision("get_order", {"order_id": "O-9"})


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: words, or a decision (a call where tools were sent, else an object); or a trouble instead."""

    words: str = ""
    decision: Decision | None = None
    breaks: bool = False
    fails: bool = False

    def text(self) -> str:
        """What a model without tools writes."""
        return spell(self.decision) if self.decision else self.words


SCRIPT = {
    "Decide again": Said(decision=MENDED),
    WORDS: Said(HELLO),
    DECIDE: Said(decision=DECISION),
    MEND: Said(decision=MISFIT),
    BREAK: Said(HELLO, breaks=True),
    FAIL: Said(fails=True),
}
"""Words of the last user message → the answer; the first that is found."""


def said_to(messages: list[dict[str, Any]]) -> Said:
    """The answer to a history."""
    last = next(message["content"] for message in reversed(messages) if message["role"] == "user")
    return next(said for words, said in SCRIPT.items() if words in last)


def fixtures() -> str:
    """The script as aimock reads it: calls for requests with tools, else text."""
    found = []
    for words, said in SCRIPT.items():
        match = {"userMessage": words}
        if said.fails:
            found.append({"match": match, "response": {"error": {"message": "the model failed"}, "status": 500}})
            continue
        if said.decision:
            call = {"name": said.decision.action, "arguments": json.dumps(said.decision.arguments)}
            called = {"toolCalls": [call]}
            found.append({"match": {**match, "toolName": said.decision.action}, "response": called})
        cut = {"truncateAfterChunks": 1} if said.breaks else {}
        found.append({"match": match, "response": {"content": said.text()}, **cut})
    return json.dumps({"fixtures": found})
