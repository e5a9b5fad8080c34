"""What the messages say, as values: the request, what came before it, and what the tools have answered so far."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from agent import requests
from agent.clauses import Clause, read_clauses


@dataclass(frozen=True, slots=True)
class Result:
    """One tool's answer in this turn: its sentence and its data. `found` is None where nobody can tell."""

    name: str
    arguments: dict[str, Any]
    text: str
    ok: bool
    found: bool | None
    artifact: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Situation:
    """A turn as the messages show it. `history` holds earlier (customer, reply) pairs, oldest first; `said` the
    customer's messages of this turn, of which there are several where we had to ask."""

    request: str
    history: tuple[tuple[str, str], ...]
    results: tuple[Result, ...]
    said: tuple[str, ...] = ()

    @property
    def clauses(self) -> list[Clause]:
        """The request's clauses."""
        return read_clauses(self.request)

    @property
    def answer(self) -> str:
        """What the customer said last, where it answers a question of ours; else ""."""
        return self.said[-1] if len(self.said) > 1 else ""

    @property
    def before(self) -> str:
        """The customer's words of the turn before, where this one leans on them."""
        return self.history[-1][0] if self.history and requests.leans_back(self.request) else ""

    def of(self, name: str) -> list[Result]:
        """What this tool answered in this turn."""
        return [result for result in self.results if result.name == name]


def read(messages: Sequence[AnyMessage]) -> Situation:
    """Split a conversation into earlier turns and the present one, which begins behind the last plain reply."""
    talk = [m for m in messages if not (isinstance(m, HumanMessage) and m.name == "step")]
    start = _start(talk, next((m.text for m in messages if isinstance(m, HumanMessage) and m.name == "step"), ""))
    said = [m.text for m in talk[start:] if isinstance(m, HumanMessage)]
    return Situation("\n".join(said), tuple(_pairs(talk[:start])), tuple(_results(talk[start:])), tuple(said))


def _start(talk: Sequence[AnyMessage], step: str) -> int:
    """Where the present turn begins: behind the last reply; but a question of ours and its answer stay in one turn.

    That a turn goes on is told by the step's words, which hold its whole request, or by a record of one turn alone.
    """
    if not step and talk and isinstance(talk[0], HumanMessage) and all(m.name == "reply" for m in talk if _is_reply(m)):
        return 0
    start = 1 + max(
        (n for n, m in enumerate(talk) if _is_reply(m) and any(isinstance(x, HumanMessage) for x in talk[n:])),
        default=-1,
    )
    said = [(n, " ".join(m.text.split())) for n, m in enumerate(talk) if isinstance(m, HumanMessage)]
    for first in range(len(said)):
        if said[first][0] < start and " ".join(text for _, text in said[first:]) in " ".join(step.split()):
            return said[first][0]
    return start


def _is_reply(message: AnyMessage) -> bool:
    return isinstance(message, AIMessage) and not message.tool_calls and message.name != "question"


def _pairs(messages: Sequence[AnyMessage]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    said: list[str] = []
    for message in messages:
        if isinstance(message, HumanMessage):
            said.append(message.text)
        elif _is_reply(message) and said:
            pairs.append(("\n".join(said), message.text))
            said = []
    return pairs


def _results(messages: Sequence[AnyMessage]) -> list[Result]:
    calls = {call["id"]: call for m in messages if isinstance(m, AIMessage) for call in m.tool_calls}
    results = []
    for message in messages:
        if isinstance(message, ToolMessage):
            call = calls.get(message.tool_call_id)
            name, arguments = (call["name"], call["args"]) if call else (message.name or "", {})
            artifact = message.artifact if isinstance(message.artifact, dict) else {}
            ok = artifact.get("status", "ok") == "ok" and message.status != "error"
            found = artifact["found"] if "found" in artifact else _found(message.text)
            if artifact.get("status") == "refused":
                found = False  # "if not" may also follow what was asked for and not allowed
            text = f"{message.text}\n{artifact.get('data', '')}".strip()
            results.append(Result(name, arguments, text, ok, found, artifact))
    return results


def _found(text: str) -> bool | None:
    """Whether a foreign tool's JSON answer says that something is there: empty, false and null say that it is not."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if isinstance(value, dict):
        flags = [v for v in value.values() if isinstance(v, bool)]
        return any(flags) if flags else bool(value)
    return bool(value)
