"""What of a model's pick is taken. The built-in model's own pick stands beside it, so that no model makes a turn worse.

A model adds sentences that retrieval ranks near the best, writes that the customer's words command, and look-ups where
the built-in model has nothing. It drops nothing that is planned but a write whose condition nobody looked into, and it
words nothing: what goes into a ticket are the customer's own words. Pure functions over values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent import choices, requests
from agent.clauses import Clause, read_clauses
from agent.matching import MEANT, Matcher, near
from agent.state import Sentence
from agent.words import stems
from tools.tool import Risk, Tool

Pick = tuple[str, Mapping[str, Any]]

_FIRST, _FURTHER = 0.65, 0.8  # share of a need's best score that a model's first sentence, and its others, must have
_MOST_QUOTED = 3  # sentences for one need
_LOOK_UP, _WRITE = MEANT, 0.5  # least cosine of a clause to a tool that a model adds to the plan
_THEIRS = re.compile(
    r"\b(?:her|hers|his|their|theirs)\b|\w's (?:account|order|ticket|invoice|address)\b", re.IGNORECASE
)
_OURS = re.compile(r"\b(?:my|mine|our|ours)\b", re.IGNORECASE)
_SAID = 0.7  # share of a text's words that the customer must have used


@dataclass(frozen=True, slots=True)
class Scene:
    """What a pick is judged by. Where something was looked up in this turn, code has decided what depends on it."""

    request: str
    tools: Sequence[Tool]
    matcher: Matcher
    sentences: Sequence[Sentence]
    step: Tool | None = None
    looked_up: bool = False


def taken(picked: Pick, floor: Pick, scene: Scene) -> Pick | None:
    """The decision that both picks come to; None where nothing of the model's own pick stands."""
    (name, arguments), (own, floor_arguments) = picked, floor
    if name == choices.PLAN:
        kept = floor_arguments["steps"] if own == choices.PLAN else []
        nothing = own == choices.ANSWER and not floor_arguments["use"]
        added = [step for step in arguments["steps"] if step in kept or supported(scene, step, kept, look_ups=nothing)]
        return (choices.PLAN, {"steps": _ordered(added, kept, scene)}) if added else None
    if name == choices.ANSWER and own == choices.ANSWER:
        use = merged(arguments["use"], floor_arguments["use"], scene.sentences)
        return (choices.ANSWER, {"use": use}) if set(use) & set(arguments["use"]) else None
    if scene.step and name == scene.step.name:
        return _call(arguments, floor, scene)
    if name == choices.SKIP and own != choices.ASK and arguments["because"] == "condition":
        writes = scene.step is not None and scene.step.risk is not Risk.READ
        return picked if writes and conditional(scene.request) and not scene.looked_up else None
    return None


def supported(scene: Scene, name: str, planned: Sequence[str] = (), *, look_ups: bool = True) -> bool:
    """Whether a clause that no planned step serves may be meant for a tool that a model wants to use; for a write, a
    command. A look-up more than asked for would be told to the customer, and taken for what a condition speaks of, so
    that `look_ups` are heard only where the built-in model has nothing.
    """
    tool = next(tool for tool in scene.tools if tool.name == name)
    writes = tool.risk is not Risk.READ
    if not (writes or look_ups):
        return False
    found = [c for c in _clauses(scene) if c.kind == "command" or not (writes or requests.is_general(c.text))]
    for clause, row in zip(found, scene.matcher.rank([clause.text for clause in found]), strict=True):
        meant = {match.name: match.score for match in near(row)}
        served = any(meant.get(step, 0.0) >= _LOOK_UP for step in planned)
        if meant.get(name, 0.0) >= (_WRITE if writes else _LOOK_UP) and not served and not _of_another(clause.text):
            return True
    return False


def _clauses(scene: Scene) -> list[Clause]:
    return [clause for clause in scene.matcher.hear(scene.request) if clause.kind != "social"]


def _of_another(text: str) -> bool:
    """Whether a clause speaks of somebody else's affairs: every tool works on the caller's own."""
    return bool(_THEIRS.search(text)) and not _OURS.search(text)


def merged(use: Sequence[str], floor: Sequence[str], sentences: Sequence[Sentence]) -> list[str]:
    """Ids by need: the model's first one that ranks near the best, the built-in model's, then the model's others."""
    known = {sentence.id: sentence for sentence in sentences}
    best: dict[int, float] = {}
    for sentence in sentences:
        best[sentence.need] = max(best.get(sentence.need, 0.0), sentence.score)
    merged: list[str] = []
    for need in sorted(best):
        share = {key: known[key].score / best[need] for key in use if key in known and known[key].need == need}
        first = [key for key in list(share)[:1] if share[key] >= _FIRST]
        others = [key for key in list(share)[1:] if share[key] >= _FURTHER]
        own = [key for key in floor if key in known and known[key].need == need]
        merged += list(dict.fromkeys([*first, *own, *others]))[:_MOST_QUOTED]
    return merged


def _ordered(added: Sequence[str], kept: Sequence[str], scene: Scene) -> list[str]:
    """The model's own look-ups, the built-in model's steps in their order, the model's own writes."""
    reads = {tool.name for tool in scene.tools if tool.risk is Risk.READ}
    new = [step for step in dict.fromkeys(added) if step not in kept]
    return [*(s for s in new if s in reads), *kept, *(s for s in new if s not in reads)]


def _call(arguments: Mapping[str, Any], floor: Pick, scene: Scene) -> Pick | None:
    """The step's call with the built-in model's arguments, which are the customer's own words. Where that would have to
    ask which record is meant, a look-up takes the model's; a write waits for the answer.
    """
    tool = scene.step
    if tool is None or floor[0] == tool.name:
        return floor
    meant = {name: arguments[name] for name in tool.identifiers if name in arguments}
    return (tool.name, meant) if tool.risk is Risk.READ and meant else None


def conditional(request: str) -> bool:
    """Whether the customer has named a case in which something is to be done."""
    return any(clause.condition for clause in read_clauses(request))


def with_commands(name: str, arguments: Mapping[str, Any], commanded: Sequence[str]) -> dict[str, Any]:
    """A plan or an answer with the steps that the built-in model reads in the customer's words and the model left out:
    it may skip them when their turn comes, but not silently.
    """
    steps = [*arguments.get("steps", ()), *(step for step in commanded if step not in arguments.get("steps", ()))]
    if name in (choices.PLAN, choices.ANSWER) and steps:
        return {"name": choices.PLAN, "arguments": {"steps": steps}}
    return {"name": name, "arguments": dict(arguments)}


def worded(arguments: Mapping[str, Any], floor: Mapping[str, Any], tool: Tool, said: str) -> dict[str, Any]:
    """A model's arguments; a free text that is not made of the customer's words gives way to one that is."""
    properties = tool.schema()["function"]["parameters"]["properties"]
    free = [
        name
        for name, schema in properties.items()
        if schema.get("type") == "string" and "enum" not in schema and name not in tool.identifiers
    ]
    strange = [name for name in free if name in arguments and not _said(str(arguments[name]), said)]
    kept = {name: value for name, value in arguments.items() if name not in strange}
    return kept | {name: floor[name] for name in strange if name in floor}


def _said(text: str, said: str) -> bool:
    """Whether a text stands on what was said: most of its words, and every figure in it."""
    words, known = stems(text), stems(said)
    figures = re.findall(r"\d+", text)
    return len(words & known) >= _SAID * len(words) and all(figure in said for figure in figures)
