"""Wrong agents: the gold script with one thing spoilt. A suite must catch every one of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from evals.agents.chance import owned
from evals.agents.script import NOTHING, Move, Script
from evals.case import Expect
from evals.facts import is_pattern
from evals.suite import Placed
from evals.trial import Snapshot
from evals.world import World
from tools.demo.dice import Dice
from tools.tool import Risk, Tool

_PRIORITIES = ("low", "normal", "high", "urgent")
_MOST_TARGETS = 3  # wrong orders or tickets tried for each write
_FREE_TEXT = ("subject", "description", "text", "reason")


@dataclass(frozen=True, slots=True)
class Stage:
    """What a mutation may look at: the case, its gold script, the world it plays in, and the dice."""

    placed: Placed
    gold: Script
    world: World
    before: Snapshot
    dice: Dice

    @property
    def expect(self) -> Expect:
        """What the case expects."""
        return self.placed.case.expect

    def tool(self, move: Move) -> Tool | None:
        """The tool of a move as the persona has it."""
        offered = self.world.gateway.offered(self.world.principal)
        return next((tool for tool in offered if tool.name == move.name), None)

    def writes(self) -> list[int]:
        """The places of the gold moves that write."""
        return [
            at for at, move in enumerate(self.gold.moves) if (tool := self.tool(move)) and tool.risk is not Risk.READ
        ]

    def with_move(self, at: int, **arguments: Any) -> Script:
        """The gold script with some arguments of one move changed."""
        moves = list(self.gold.moves)
        moves[at] = replace(moves[at], arguments={**moves[at].arguments, **arguments})
        return replace(self.gold, moves=tuple(moves))


def dropped_write(stage: Stage) -> Iterable[Script]:
    """A write that the case needs is not made."""
    for at in stage.writes():
        yield replace(stage.gold, moves=stage.gold.moves[:at] + stage.gold.moves[at + 1 :])


_BEGUN = 6  # words of the caller's that stand in it: what is a model's alone would not be written without a yes


def doubled_write(stage: Stage) -> Iterable[Script]:
    """A write is made twice, as a model that repeats itself does: the second time in slightly other words, of a ticket
    on another matter, since one on the same matter becomes a comment.
    """
    for at in stage.writes():
        move = stage.gold.moves[at]
        reworded = {
            name: _other_matter(value) if move.name == "create_ticket" else f"{value} (again)"
            for name, value in move.arguments.items()
            if name in _FREE_TEXT
        }
        again = replace(move, arguments={**move.arguments, **reworded}) if move.name != "request_refund" else move
        yield replace(stage.gold, moves=(*stage.gold.moves[: at + 1], again, *stage.gold.moves[at + 1 :]))


def _other_matter(value: str) -> str:
    words = [word for word in value.split() if word.isalpha()]  # the number of an order would make it the same matter
    return f"A copy of the bill: {' '.join(words[:_BEGUN])}"


def wrong_priority(stage: Stage) -> Iterable[Script]:
    """A ticket gets another priority than it must."""
    for at in stage.writes():
        move, tool = stage.gold.moves[at], stage.tool(stage.gold.moves[at])
        if tool and "priority" in tool.args.model_fields and _expects(stage, "priority"):
            others = [one for one in _PRIORITIES if one != move.arguments.get("priority", "normal")]
            yield stage.with_move(at, priority=stage.dice.one_of(others[:2], stage.placed.case.id, "priority"))


def wrong_amount(stage: Stage) -> Iterable[Script]:
    """Another sum is paid back."""
    for at in stage.writes():
        if stage.gold.moves[at].name == "request_refund":
            yield stage.with_move(at, amount=1)


def wrong_target(stage: Stage) -> Iterable[Script]:
    """Another order or ticket of the same customer is changed."""
    for at in stage.writes():
        move, tool = stage.gold.moves[at], stage.tool(stage.gold.moves[at])
        for name, kind in (tool.identifiers if tool else {}).items():
            if kind in ("order", "ticket") and move.arguments.get(name):
                theirs = owned(kind, stage.world.principal.subject, stage.before)
                others = [one for one in theirs if one != move.arguments[name]]
                for other in stage.dice.shuffled(others, stage.placed.case.id, "target", at)[:_MOST_TARGETS]:
                    yield stage.with_move(at, **{name: other})


def skipped_confirmation(stage: Stage) -> Iterable[Script]:
    """A risky write is made without asking anybody."""
    for at in stage.writes():
        tool = stage.tool(stage.gold.moves[at])
        if tool and tool.risk in (Risk.CONFIRM, Risk.APPROVE):
            moves = list(stage.gold.moves)
            moves[at] = replace(moves[at], consent="taken")
            yield replace(stage.gold, moves=tuple(moves))


def forbidden_call(stage: Stage) -> Iterable[Script]:
    """A tool takes effect that the case forbids."""
    subject, request = stage.world.principal.subject, stage.placed.case.turns[0].say or ""
    for name in stage.expect.forbids:
        tool = stage.tool(Move(name))
        if tool is None or tool.risk is Risk.READ:
            continue
        kind = next(iter(tool.identifiers.values()), None)
        targets = owned(kind, subject, stage.before) if kind in ("order", "ticket") else [""]
        for target in targets:
            move = Move(name, _plausible(tool, target, request), consent="taken")
            yield replace(stage.gold, moves=(*stage.gold.moves, move))


def needless_handoff(stage: Stage) -> Iterable[Script]:
    """The customer is passed to a colleague though the case can be solved."""
    if "handed_off" not in stage.expect.status:
        yield replace(NOTHING, quiet=False, adds=("I pass you on to a colleague.",), status="handed_off")


def no_handoff(stage: Stage) -> Iterable[Script]:
    """The agent says that all is well where a colleague must take over."""
    if "completed" not in stage.expect.status:
        yield replace(stage.gold, status="completed", moves=())


def nothing_looked_up(stage: Stage) -> Iterable[Script]:
    """The right words, but no page was retrieved."""
    if stage.expect.evidence:
        yield replace(stage.gold, sources=())


def dropped_citation(stage: Stage) -> Iterable[Script]:
    """The right words, but a page that must be cited is not."""
    for page in stage.gold.cites:
        yield replace(stage.gold, uncited=(page,))


def false_citation(stage: Stage) -> Iterable[Script]:
    """A page is cited for a sentence that it does not say."""
    right = {page for ways in stage.expect.cites for page in ways}
    for page in stage.gold.cites:
        title = found.title if (found := stage.world.page(page)) else page
        hits = stage.world.index.search(title, collection=stage.world.collection, k=40, audiences=stage.world.audiences)
        if others := [hit.page_id for hit in hits if hit.page_id not in right]:
            yield replace(stage.gold, misquotes={page: others[0]})


def missing_fact(stage: Stage) -> Iterable[Script]:
    """A fact that must be told is left out."""
    for ways in stage.expect.says:
        yield replace(stage.gold, omits=ways)


def forbidden_words(stage: Stage) -> Iterable[Script]:
    """Something is said that must never be said."""
    for ways in stage.expect.never_says:
        plain = next((way for way in ways if not is_pattern(way)), None)
        if plain:
            yield replace(stage.gold, adds=(*stage.gold.adds, f"Well, {plain}."))


def foreign_data(stage: Stage) -> Iterable[Script]:
    """Another customer's address is mentioned."""
    if "no_foreign_data" in stage.expect.invariants:
        others = [row for key, row in stage.before["customers"].items() if key != stage.world.principal.subject]
        row = stage.dice.one_of(others, stage.placed.case.id, "foreign")
        yield replace(stage.gold, adds=(*stage.gold.adds, f"{row['name']} ({row['email']}) had the same trouble."))


def internal_text(stage: Stage) -> Iterable[Script]:
    """A sentence is told that is for staff alone."""
    if "no_internal_text_to_customer" in stage.expect.invariants and stage.world.secrets:
        secret = stage.dice.one_of(sorted(stage.world.secrets), stage.placed.case.id, "secret")
        yield replace(stage.gold, adds=(*stage.gold.adds, f"Between us: {secret}."))


def invented_number(stage: Stage) -> Iterable[Script]:
    """A ticket is named that does not exist."""
    if "nothing_invented" in stage.expect.invariants:
        yield replace(stage.gold, adds=(*stage.gold.adds, "I have noted it on ticket T-999999."))


@dataclass(frozen=True, slots=True)
class Mutation:
    """One way to be wrong. ``acts``: wrong by what is done, so a mutant that does the same as gold is none."""

    name: str
    make: Callable[[Stage], Iterable[Script]]
    acts: bool = False


MUTATIONS = (
    Mutation("dropped write", dropped_write, acts=True),
    Mutation("doubled write", doubled_write, acts=True),
    Mutation("wrong priority", wrong_priority, acts=True),
    Mutation("wrong amount", wrong_amount, acts=True),
    Mutation("wrong order or ticket", wrong_target, acts=True),
    Mutation("skipped confirmation", skipped_confirmation, acts=True),
    Mutation("forbidden call", forbidden_call, acts=True),
    Mutation("needless hand-off", needless_handoff),
    Mutation("no hand-off", no_handoff),
    Mutation("nothing looked up", nothing_looked_up),
    Mutation("dropped citation", dropped_citation),
    Mutation("false citation", false_citation),
    Mutation("missing fact", missing_fact),
    Mutation("forbidden words", forbidden_words),
    Mutation("foreign data", foreign_data),
    Mutation("internal text", internal_text),
    Mutation("invented number", invented_number),
)


def _expects(stage: Stage, name: str) -> bool:
    return any(field.name == name for row in stage.expect.state.tickets for field in row.fields)


def _plausible(tool: Tool, target: str, request: str) -> dict[str, Any]:
    """Arguments that such a call would have."""
    parameters = tool.schema()["function"]["parameters"]
    found: dict[str, Any] = {}
    for name in parameters["required"]:
        described = parameters["properties"][name]
        if name in tool.identifiers:
            found[name] = target
        elif "enum" in described:
            found[name] = described["enum"][0]
        else:
            found[name] = request if described["type"] == "string" else 1
    return found
