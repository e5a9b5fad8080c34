"""Decisions to try a model on, made from the tool catalog: what is asked, what is on offer, and which picks are right.

Identifiers are made up from a seed and shown as candidates, as those of a conversation are. What is asked is taken from
the ways of asking that the system prompt does not show as examples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from random import Random
from typing import Any, Literal

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from agent import choices
from agent.choices import ANSWER, ASK, PLAN, SEARCH, SKIP, Schema
from agent.evidence import listing
from agent.matching import READERS
from agent.prompting import plan_prompt, step_prompt
from agent.state import Need, Sentence
from agent.support import most_steps
from tools.outcome import Shown
from tools.tool import Risk, Tool

Kind = Literal["tool", "identifier", "missing identifier", "not asked", "question", "social"]

COUNTS: Mapping[Kind, int] = {
    "tool": 8,
    "identifier": 5,
    "missing identifier": 3,
    "not asked": 3,
    "question": 3,
    "social": 2,
}
"""Two dozen decisions. The order is that of a `Probe`: like ones in a row, so that a server's prefix cache helps."""
SEED = 20260304

_SHOWN_IN_PROMPT = 2  # ways of asking that stand in the system prompt's examples
_PLANNED = 3  # tools that a plan may name
_LABELS = ("Noisy fan", "Broken lamp", "Late parcel", "Wrong colour", "Missing cable", "Second invoice")
_QUESTIONS = (
    ("How long is a gift voucher valid?", "A gift voucher is valid for three years from the day of its purchase."),
    ("Can I collect my parcel from a shop?", "Parcels up to 5 kg can be collected from any of our shops."),
    ("What does an extra cable cost?", "An extra cable costs 4 euros."),
    ("How do I clean the lamp?", "Unplug the lamp and wipe it with a dry cloth."),
)
_SOCIAL = ("Hello!", "Thank you, that was all. Bye!", "You are great!", "Good morning.")


@dataclass(frozen=True, slots=True)
class Case:
    """One decision. A pick is right if it is one of `actions` and has `arguments` (of a set, all members).

    `found` is what a search of the help pages gave, empty where there was none.
    """

    kind: Kind
    said: str
    prompt: str
    offered: tuple[Schema, ...]
    actions: frozenset[str]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    found: str = ""

    def messages(self, system: str) -> list[BaseMessage]:
        """The conversation as the agent would put it before a model."""
        searched: list[BaseMessage] = []
        if self.found:
            call = {"id": "n1", "name": SEARCH, "args": {"query": self.said}, "type": "tool_call"}
            searched = [AIMessage("", tool_calls=[call]), ToolMessage(self.found, tool_call_id="n1", name=SEARCH)]
        return [SystemMessage(system), HumanMessage(self.said), *searched, HumanMessage(self.prompt, name="step")]

    def right(self, action: str, arguments: Mapping[str, Any]) -> bool:
        """Whether this pick is right."""
        wanted = self.arguments.items()
        return action in self.actions and all(_holds(arguments.get(name), value) for name, value in wanted)


def cases(tools: Sequence[Tool], seed: int = SEED, *, bare: bool = False) -> list[Case]:
    """The decisions, fewer than `COUNTS` says where the catalog has no tool of a kind. The same for the same seed.

    `bare` is for models that have the built-in one beside them: they choose, and word nothing.
    """
    random = Random(seed)  # noqa: S311 (a repeatable choice, no secret)
    able = [tool for tool in tools if tool.name not in READERS and tool.asked]
    makers = {
        "tool": _plans,
        "identifier": _identified,
        "missing identifier": _unidentified,
        "not asked": _unasked,
        "question": _questions,
        "social": _greetings,
    }
    made: list[Case] = []
    for kind, count in COUNTS.items():
        made.extend(islice(makers[kind](able, random), count))
    return [_bared(case) for case in made] if bare else made


def _bared(case: Case) -> Case:
    offered = tuple(choices.without_wording(case.offered))
    left = {name for choice in offered for name in choice["function"]["parameters"]["properties"]}
    return replace(
        case, offered=offered, arguments={name: value for name, value in case.arguments.items() if name in left}
    )


def _plans(tools: Sequence[Tool], random: Random) -> Iterator[Case]:
    """A tool by a way of asking; the plan must name it and nothing else."""
    for tool in random.sample(tools, len(tools)):
        said = _asked(tool, random)
        yield Case(
            "tool", said, plan_prompt(said), _opening(tools, random, said, tool), _only(PLAN), {"steps": [tool.name]}
        )


def _identified(tools: Sequence[Tool], random: Random) -> Iterator[Case]:
    """Two candidates, one of them named by the customer."""
    for tool, argument, shown in _with_identifier(tools, random):
        wanted, asked = random.choice(shown), _asked(tool, random)
        said = f"{asked.rstrip('.?!')}: {wanted.id}."
        right = {argument: wanted.id, **_named(tool, asked)}
        yield Case("identifier", said, step_prompt(tool.name, said), _step(tool, shown), _only(tool.name), right)


def _unidentified(tools: Sequence[Tool], random: Random) -> Iterator[Case]:
    """Two candidates, none of them named: a model that picks one acts on the wrong thing every other time."""
    for tool, _, shown in _with_identifier([tool for tool in tools if tool.risk is not Risk.READ], random):
        said = _asked(tool, random)
        right = frozenset({ASK, SKIP})  # what matters is that nothing is done
        yield Case("missing identifier", said, step_prompt(tool.name, said), _step(tool, shown), right)


def _unasked(tools: Sequence[Tool], random: Random) -> Iterator[Case]:
    """A write stands in the plan that the customer did not ask for."""
    look_ups = [tool for tool in tools if tool.risk is Risk.READ]
    writes = [tool for tool in tools if tool.risk is not Risk.READ]
    if not look_ups:
        return
    for write, look_up in zip(random.sample(writes, len(writes)), cycle(look_ups), strict=False):
        said = _asked(look_up, random)
        shown = {kind: _made_up(kind, random, 1) for kind in write.identifiers.values()}
        schema = choices.grounded(write, shown)
        if schema:
            offered = (schema, choices.skip(), choices.ask())
            yield Case("not asked", said, step_prompt(write.name, said), offered, _only(SKIP))


def _questions(tools: Sequence[Tool], random: Random) -> Iterator[Case]:
    """A question that a sentence of the help pages answers, beside one that does not."""
    for said, answer in random.sample(_QUESTIONS, len(_QUESTIONS)):
        other = random.choice([sentence for question, sentence in _QUESTIONS if question != said])
        lines = random.sample([answer, other], 2)
        found = [_sentence(number, line) for number, line in enumerate(lines, 1)]
        right = {"use": frozenset({found[lines.index(answer)].id})}
        offered = _opening(tools, random, said, sentences=found)
        told = listing(Need(number=1, text=said, query=said), found)
        yield Case("question", said, plan_prompt(said), offered, _only(ANSWER), right, told)


def _greetings(tools: Sequence[Tool], random: Random) -> Iterator[Case]:
    """Nothing is asked for, so nothing may be done; small models call a tool on "Hi"."""
    for said in random.sample(_SOCIAL, len(_SOCIAL)):
        yield Case("social", said, plan_prompt(said), _opening(tools, random, said), frozenset({ANSWER, ASK}))


def _with_identifier(tools: Sequence[Tool], random: Random) -> Iterator[tuple[Tool, str, list[Shown]]]:
    """(tool, the argument that names what it acts on, two candidates for it), over and over."""
    able = [tool for tool in tools if tool.identifiers]
    for tool in cycle(random.sample(able, len(able))):
        argument, kind = next(iter(tool.identifiers.items()))
        yield tool, argument, _made_up(kind, random, 2)


def _made_up(kind: str, random: Random, count: int) -> list[Shown]:
    """Identifiers of that kind that nobody has, each with the words that it was shown with."""
    numbers = random.sample(range(1000, 10_000), count)
    labels = random.sample(_LABELS, count)
    return [
        Shown(kind=kind, id=f"{kind[0].upper()}-{number}", label=label)
        for number, label in zip(numbers, labels, strict=True)
    ]


def _opening(
    tools: Sequence[Tool], random: Random, said: str, wanted: Tool | None = None, sentences: Sequence[Sentence] = ()
) -> tuple[Schema, ...]:
    """What is on offer at a turn's beginning: a plan of some tools (the wanted one among them), or no tool at all."""
    others = [tool for tool in tools if tool is not wanted]
    some = random.sample(others, min(_PLANNED - bool(wanted), len(others))) + ([wanted] if wanted else [])
    named = [tool for tool in tools if tool in some]
    return (choices.plan(named, most_steps(said)), choices.answer(sentences), choices.ask(), choices.hand_off())


def _sentence(number: int, text: str) -> Sentence:
    return Sentence(
        id=f"S{number}", need=1, text=text, quote=text, kind="sentence", page="probe", title="Help", heading=(), url="",
        score=1,
    )  # fmt: skip


def _step(tool: Tool, shown: Sequence[Shown]) -> tuple[Schema, ...]:
    schema = choices.grounded(tool, dict.fromkeys(tool.identifiers.values(), shown))
    return tuple(choice for choice in (schema, choices.skip(), choices.ask()) if choice)


def _asked(tool: Tool, random: Random) -> str:
    return random.choice(tool.asked[_SHOWN_IN_PROMPT:] or tool.asked)


def _named(tool: Tool, asked: str) -> dict[str, str]:
    """Values of the tool's word lists that the words name: one of a list, and no other of it."""
    words = set(re.findall(r"\w+", asked.lower()))
    properties = tool.schema()["function"]["parameters"]["properties"]
    found = {name: words & set(schema.get("enum", ())) for name, schema in properties.items()}
    return {name: values.pop() for name, values in found.items() if len(values) == 1}


def _only(action: str) -> frozenset[str]:
    return frozenset({action})


def _holds(given: Any, wanted: Any) -> bool:
    if isinstance(wanted, frozenset):
        return isinstance(given, list) and wanted <= set(given)
    return bool(given == wanted)
