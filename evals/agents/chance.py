"""An agent that acts at random: plausible calls, a page that a search finds, any ending. Its score is a floor."""

from collections.abc import Mapping
from typing import Any

from agent.run import Status
from evals.agents.script import Move, Script
from evals.case import Case
from evals.trial import Snapshot
from evals.world import World
from tools.demo.dice import Dice
from tools.tool import Tool

_OWNERS = {"order": ("orders", "customer"), "ticket": ("tickets", "requester")}
_ENDS: tuple[Status, ...] = ("completed", "completed", "completed", "completed", "handed_off", "needs_input")
_MOST_CALLS = 3
_MOST_PAGES = 2


def random_script(case: Case, world: World, before: Snapshot, seed: int) -> Script:
    """Return what the random agent does in a case; the same seed gives the same script."""
    dice = Dice(seed)
    words = case.turns[0].say or ""
    tools = world.gateway.offered(world.principal)
    moves = []
    for number in range(dice.below(_MOST_CALLS + 1, case.id, "calls")):
        tool = dice.one_of(tools, case.id, "tool", number)
        moves.append(Move(tool.name, _arguments(tool, words, world, before, dice, f"{case.id}:{number}")))
    hits = world.index.search(words, collection=world.collection, audiences=world.audiences)
    pages = sorted({hit.page_id for hit in hits})
    count = dice.below(min(_MOST_PAGES, len(pages)) + 1, case.id, "pages")
    cites = tuple(dice.shuffled(pages, case.id, "which")[:count])
    return Script(tuple(moves), sources=cites, cites=cites, status=dice.one_of(_ENDS, case.id, "end"))


def owned(kind: str, subject: str, before: Snapshot) -> list[str]:
    """Return the ids of a kind that belong to a customer, in order."""
    table, owner = _OWNERS[kind]
    return [key for key, row in before[table].items() if row[owner] == subject]


def _arguments(tool: Tool, words: str, world: World, before: Snapshot, dice: Dice, label: str) -> Mapping[str, Any]:
    """All required arguments and half of the others."""
    parameters = tool.schema()["function"]["parameters"]
    found: dict[str, Any] = {}
    for name, described in parameters["properties"].items():
        if name not in parameters["required"] and dice.below(2, label, name, "given"):
            continue
        value = _value(name, described, tool, words, world, before, dice, f"{label}:{name}")
        if value is not None:
            found[name] = value
    return found


def _value(
    name: str,
    described: Mapping[str, Any],
    tool: Tool,
    words: str,
    world: World,
    before: Snapshot,
    dice: Dice,
    label: str,
) -> Any:
    if kind := tool.identifiers.get(name):
        ids = owned(kind, world.principal.subject, before) if kind in _OWNERS else []
        return dice.one_of(ids, label) if ids else None
    if "enum" in described:
        return dice.one_of(described["enum"], label)
    if described["type"] == "string":
        return words
    return dice.between(1, 50, label)
