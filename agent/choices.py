"""What may happen next: the choices that code offers a model at one moment, as flat function schemas.

A model picks among these and nothing else. Identifiers are enums of what this principal typed or was shown in this
thread (the gateway's own record, which it enforces again); an action whose identifier has no candidate is not offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from agent.clauses import read_clauses
from agent.state import Sentence
from tools.outcome import Shown
from tools.tool import Tool

Schema = dict[str, Any]

_WORD: Schema = {"type": "string"}

PLAN, ANSWER, SKIP, ASK, HAND_OFF = "plan", "answer", "skip", "ask", "hand_off"
CONTROLS = frozenset({PLAN, ANSWER, SKIP, ASK, HAND_OFF})
SEARCH = "search_wiki"
"""The tool that every turn has begun with; a model that words its queries may use it again."""

TELL_MORE = "Could you tell me a little more about what you need?"
"""What is asked where a model wants to ask something and may not word it."""

SKIP_REASONS = {
    "condition": "the case that you named for it does not apply",
    "not_asked": "the customer did not ask for it",
    "done": "it is done already",
    "unclear": "it is not clear what it should apply to",
}


def _control(name: str, description: str, properties: Schema) -> Schema:
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def plan(tools: Iterable[Tool], most: int) -> Schema:
    """The plan: tool names in order. At most `most` steps."""
    steps = {
        "type": "array",
        "items": {"type": "string", "enum": [tool.name for tool in tools]},
        "minItems": 1,
        "maxItems": most,
    }
    return _control(PLAN, "List the tools that this request needs, in order.", {"steps": steps})


def answer(sentences: Sequence[Sentence]) -> Schema:
    """The reply, as the ids of the sentences that it stands on, in order."""
    use: Schema = {"type": "array", "items": {"type": "string", "enum": [s.id for s in sentences]}, "maxItems": 6}
    if not sentences:
        use = {"type": "array", "items": {"type": "string"}, "maxItems": 0}
    return _control(
        ANSWER, "Reply with these sentences of the help pages; none where none of them answers.", {"use": use}
    )


def skip() -> Schema:
    """Not doing the planned step, for one of the known reasons."""
    return _control(SKIP, "Leave this step out.", {"because": {"type": "string", "enum": list(SKIP_REASONS)}})


def ask() -> Schema:
    """A question back to the customer."""
    return _control(ASK, "Ask the customer for a fact that is missing.", {"question": {"type": "string"}})


def hand_off() -> Schema:
    """A human takes the thread."""
    return _control(HAND_OFF, "Give the conversation to a human colleague.", {"reason": {"type": "string"}})


def grounded(tool: Tool, candidates: Mapping[str, Sequence[Shown]]) -> Schema | None:
    """The tool's schema with each identifier as an enum of its candidates; None where a required one has none.

    `labels` (identifier → the words it was shown with) is for the model adapters; JSON Schema knows no such keyword.
    """
    schema = deepcopy(tool.schema())
    parameters = schema["function"]["parameters"]
    for argument, kind in tool.identifiers.items():
        seen = {shown.id: shown.label for shown in candidates.get(kind, ())}
        if seen:
            parameters["properties"][argument] |= {"enum": list(seen), "labels": seen}
        elif argument in parameters.get("required", ()):
            return None
        else:
            del parameters["properties"][argument]
    return schema


def controls() -> list[Schema]:
    """What is no tool, as native mode tells it once and for all: what of it is possible now is told later."""
    return [
        _control(
            PLAN, "List the tools that this request needs, in order.", {"steps": {"type": "array", "items": _WORD}}
        ),
        _control(ANSWER, "Reply with these sentences of the help pages.", {"use": {"type": "array", "items": _WORD}}),
        skip(),
        ask(),
        hand_off(),
    ]


def catalog(tools: Iterable[Tool]) -> list[Schema]:
    """All choices that there ever are, as native mode sends them."""
    return [*controls(), *(tool.schema() for tool in tools)]


def without_wording(offered: Sequence[Schema]) -> list[Schema]:
    """The choices as a small model gets them: nothing to be worded, of a tool its identifiers alone. The arguments are
    then the customer's own words, read by code; those have been searched for already.
    """
    return [_bare(choice) for choice in offered if choice["function"]["name"] != SEARCH]


def properties(choice: Schema) -> Schema:
    """The choice's arguments: name → schema."""
    found: Schema = choice["function"]["parameters"]["properties"]
    return found


def are_open(offered: Sequence[Schema], request: str) -> bool:
    """Whether there is anything to choose: a plan, sentences, one of several records, or whether a case applies."""
    by_name = {choice["function"]["name"]: properties(choice) for choice in offered}
    if PLAN in by_name or ANSWER in by_name:
        return True
    arguments = [schema for name, taken in by_name.items() if name not in CONTROLS for schema in taken.values()]
    free = any(len(schema["enum"]) > 1 if "enum" in schema else schema.get("type") == "string" for schema in arguments)
    return free or any(clause.condition for clause in read_clauses(request))


def _bare(choice: Schema) -> Schema:
    function = choice["function"]
    parameters = function["parameters"]
    kept = {
        name: schema
        for name, schema in parameters["properties"].items()
        if "labels" in schema or (function["name"] in CONTROLS and function["name"] not in (ASK, HAND_OFF))
    }
    required = [name for name in parameters.get("required", ()) if name in kept]
    bare = {**parameters, "properties": kept, "required": required}
    return {"type": "function", "function": {**function, "parameters": bare}}


def needs_no_decision(tool: Tool) -> bool:
    """Whether a look-up takes no argument that must be chosen: it is simply done."""
    return not tool.schema()["function"]["parameters"]["properties"]
