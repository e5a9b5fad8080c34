"""Native mode: choices as tools. The server is sent one stable set of tools, so that its prefix cache holds it; what of
it is possible now stands in the last message, and is enforced when the answer is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent.models.grammar import Choice, Decision, MisfitError, check, names
from agent.models.salvage import salvage
from agent.models.wire import Reply, WireMessage

_PLAN, _STEPS = "plan", "steps"


def tools(choices: Sequence[Choice], catalog: Sequence[Choice]) -> list[dict[str, Any]]:
    """What is sent: the catalog where there is one, else the choices themselves; no keyword that is for code alone."""
    return [_told(tool) for tool in (catalog or choices)]


def possible(transcript: Sequence[WireMessage], choices: Sequence[Choice]) -> list[WireMessage]:
    """The transcript; its last message ends with what may be called now, and the values of what is not free."""
    lines = [f"Call one of: {', '.join(names(choices))}."]
    for choice in choices:
        for name, schema in choice["function"].get("parameters", {}).get("properties", {}).items():
            values = schema.get("enum") or schema.get("items", {}).get("enum")
            if values:
                lines.append(f"{choice['function']['name']}.{name}: {', '.join(map(str, values))}")
    *before, last = transcript
    return [*before, {**last, "content": "\n".join([last["content"], *lines])}]


def as_json(transcript: Sequence[WireMessage]) -> list[WireMessage]:
    """The transcript for a step of this mode that has to be decided inside a grammar."""
    *before, last = transcript
    return [*before, {**last, "content": f'{last["content"]}\nAnswer with one JSON object, "action" first.'}]


def read(reply: Reply, choices: Sequence[Choice], catalog: Sequence[Choice] = ()) -> Decision:
    """The first call that was made; where a plan is due, the tools of the catalog that were called are the plan.

    Raises `MisfitError` where there is none, or where it fits no choice.
    """
    planned = _as_plan(reply.calls, choices, catalog)
    if planned:
        return planned
    for name, arguments in reply.calls:
        return check(name, arguments, choices)  # one decision at a time: the first
    found = salvage(reply.content, choices)
    if found is None:
        raise MisfitError("That is no tool call.")
    return found


def _as_plan(
    calls: Sequence[tuple[str, Mapping[str, Any]]], choices: Sequence[Choice], catalog: Sequence[Choice]
) -> Decision | None:
    """A model that calls tools at once has planned them, and has said what with.

    A call with arguments that its tool does not know is none of the model's: some servers read any object that names a
    tool as a call of it. The same call again is one call.
    """
    plan = next((choice for choice in choices if choice["function"]["name"] == _PLAN), None)
    if plan is None or not calls or calls[0][0] in names(choices):
        return None
    steps = plan["function"].get("parameters", {}).get("properties", {}).get(_STEPS, {})
    known = {tool["function"]["name"]: tool["function"]["parameters"]["properties"] for tool in catalog}
    possible = steps.get("items", {}).get("enum", ())
    meant: list[tuple[str, dict[str, Any]]] = []
    for name, arguments in calls:
        call = (name, dict(arguments))
        if name in possible and set(arguments) <= set(known.get(name, ())) and call not in meant:
            meant.append(call)
    meant = meant[: steps.get("maxItems")]
    return Decision(_PLAN, {_STEPS: [name for name, _ in meant]}, tuple(meant)) if meant else None


def _told(tool: Choice) -> dict[str, Any]:
    function = tool["function"]
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    properties = {
        name: {key: value for key, value in schema.items() if key != "labels"}
        for name, schema in parameters.get("properties", {}).items()
    }
    return {"type": "function", "function": {**function, "parameters": {**parameters, "properties": properties}}}
