"""Offline as an ordinary tool-calling model, for tools of other programs: call what is asked for, then answer."""

from __future__ import annotations

import hashlib
from typing import Any

from langchain_core.messages import AIMessage

from agent import courtesy
from agent.clauses import Clause
from agent.matching import Matcher
from agent.models.offline import filling
from agent.situation import Situation
from agent.vectors import Embed

_MEANT = 0.35  # a foreign tool is known by its description alone, so the cosine lies lower than with phrases
_NOTHING = "I could not find that."


def decide(now: Situation, offered: dict[str, dict[str, Any]], matcher: Matcher, embed: Embed) -> AIMessage:
    """The next call that the request asks for and that was not made yet; else what the calls have returned."""
    heard = matcher.hear(now.request)
    clauses = [clause for clause in heard if clause.kind != "social"]
    if not clauses:
        return AIMessage(courtesy.reply(courtesy.first(clause.act for clause in heard if clause.act) or "greeting"))
    for clause, row in zip(clauses, matcher.rank([c.text for c in clauses]), strict=True):
        best = next((match for match in row if match.name in offered), None)
        if best is None or best.score < _MEANT or clause.kind == "statement":
            continue
        call = _call(best.name, offered[best.name], clause, now, embed)
        if isinstance(call, str):
            return AIMessage(call)
        if call is not None:
            return call
    said = [result.text.strip() for result in now.results if result.ok and result.text.strip()]
    return AIMessage("\n".join(dict.fromkeys(said)) or _NOTHING)


def _call(name: str, function: dict[str, Any], clause: Clause, now: Situation, embed: Embed) -> AIMessage | str | None:
    """A call, a question for what it lacks, or None where it was made already."""
    filled = filling.fill(function.get("parameters", {}), clause, now, embed)
    if filled.question:
        return filled.question if not now.of(name) else None
    if any(result.arguments == filled.arguments for result in now.of(name)):
        return None
    call_id = f"call_{hashlib.sha256(f'{name}{sorted(filled.arguments.items())}'.encode()).hexdigest()[:12]}"
    return AIMessage("", tool_calls=[{"name": name, "args": filled.arguments, "id": call_id, "type": "tool_call"}])
