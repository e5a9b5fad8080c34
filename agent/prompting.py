"""The words that go to a model: a byte-stable system prompt, and one short prompt for each kind of decision.

The texts stand in `agent/prompts/`; the examples are made from the catalog itself, so that a new tool is shown like the
others. They hold no identifier: what a small model has read, it writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import cycle, islice, zip_longest
from string import Template
from typing import Any

from agent.models.grammar import Decision, spell
from agent.models.profile import Profile
from agent.models.transcript import result_text
from tools.tool import Risk, Tool

_PER_TOOL = 2  # ways of asking shown for each tool
_MULTI_STEP = 4  # examples of a plan with two steps
_SITUATION = "My fan is noisy."
_PLAIN = Profile()
_WIKI = frozenset({"search_wiki", "read_page"})  # a turn has searched before anything is decided


def system_prompt(tools: Sequence[Tool], profile: Profile = _PLAIN) -> str:
    """Rules, catalog and examples. The same bytes for a role and a profile: a server's prefix cache holds them."""
    shown = [tool for tool in tools if tool.name not in _WIKI]
    if profile.mode == "native":  # the catalog is sent as tools
        return _filled("native.md")
    bare = profile.floor == "beside"
    entries = "\n".join(_entry(tool, bare) for tool in shown)
    text = _filled("system.md", tools=entries, controls=_filled("controls_bare.md" if bare else "controls.md"))
    if not profile.examples:
        return text
    examples = [*_interleaved(_single_plans(shown), [*_answers(), *_double_plans(shown)]), *_steps(shown, bare)]
    return f"{text}\n\n{_filled('examples.md')}\n" + "\n".join(examples)


def plan_prompt(request: str) -> str:
    """The first decision."""
    return _filled("plan.md", request=_one_line(request))


def step_prompt(tool: str, request: str) -> str:
    """One planned step."""
    return _filled("step.md", request=_one_line(request), step=tool)


def answer_prompt(request: str) -> str:
    """The end of a turn."""
    return _filled("answer.md", request=_one_line(request))


def wording_prompt(facts: Sequence[str]) -> str:
    """The parts of a composed reply, to be worded."""
    return _filled("wording.md", facts="\n".join(f"- {_one_line(fact)}" for fact in facts))


def foreign_prompt(actions: str) -> str:
    """The actions of another program's tools; `actions` has a line for each."""
    return _filled("foreign.md", actions=actions)


def _entry(tool: Tool, bare: bool) -> str:
    """One line of the catalog: `- name(argument, argument=value|value): description`; bare, with identifiers alone."""
    arguments = [
        name + ("=" + "|".join(schema["enum"]) if "enum" in schema else "")
        for name, schema in _parameters(tool)["properties"].items()
        if not bare or name in tool.identifiers
    ]
    taken = f"({', '.join(arguments)})" if arguments or not bare else ""
    return f"- {tool.name}{taken}: {tool.description}"


def _single_plans(tools: Sequence[Tool]) -> Iterator[str]:
    """Every tool by the ways in which it is asked for; first one way of each, then another of each."""
    for nth in range(_PER_TOOL):
        for tool in tools:
            yield from (_plan(asked, tool) for asked in tool.asked[nth : nth + 1])


def _double_plans(tools: Sequence[Tool]) -> Iterator[str]:
    """A look-up, and what is to be done depending on it."""
    look_ups = [tool for tool in tools if _is_look_up(tool)]
    acts = [tool for tool in tools if tool.risk is not Risk.READ]
    if not look_ups or not acts:
        return
    pairs = zip(cycle(look_ups), acts, strict=False)
    for nth, (look_up, act) in enumerate(islice(pairs, _MULTI_STEP)):
        yield _plan(_conditional(look_up.asked[nth % len(look_up.asked)], "If not", act.asked[0]), look_up, act)


def _answers() -> Iterator[str]:
    """Questions to the help pages."""
    for nth, question in enumerate(_prompt("questions.md").splitlines()):
        use = [f"S{nth % 3 + 1}"]
        yield plan_prompt(question.removeprefix("- ")) + "\n" + spell(Decision("answer", {"use": use}))


def _steps(tools: Sequence[Tool], bare: bool) -> Iterator[str]:
    """Planned steps, done and left out. The act is one that names no identifier; bare, its arguments are left out."""
    look_ups = [tool for tool in tools if _is_look_up(tool)]
    acts = [tool for tool in tools if tool.risk is Risk.WRITE and not tool.identifiers]
    for tool in look_ups:
        asked, chosen = _telling(tool)
        if chosen and not bare:
            yield step_prompt(tool.name, asked) + "\n" + spell(Decision(tool.name, chosen))
    if not look_ups or not acts:
        return
    look_up, act = look_ups[-1], acts[0]
    asked, chosen = _telling(act)
    arguments = {} if bare else {name: chosen.get(name, _SITUATION) for name in _named(act, chosen)}
    do, skip = Decision(act.name, arguments), Decision("skip", {"because": "condition"})
    none, some = "Nothing is known.", "Yes, there is one."
    for condition, result, decision in (
        ("If not", none, do),
        ("If not", some, skip),
        ("If there is", none, skip),
        ("If there is", some, do),
    ):
        request = f"{_SITUATION} {_conditional(look_up.asked[0], condition, asked)}"
        yield f"{result_text(look_up.name, result)}\n{step_prompt(act.name, request)}\n{spell(decision)}"
    unasked = Decision("skip", {"because": "not_asked"})
    yield f"{result_text(look_up.name, none)}\n{step_prompt(act.name, look_up.asked[0])}\n{spell(unasked)}"


def _telling(tool: Tool) -> tuple[str, dict[str, Any]]:
    """The way of asking that names the most values of the tool's word lists, and the arguments read off it."""
    lists = {name: schema["enum"] for name, schema in _parameters(tool)["properties"].items() if "enum" in schema}

    def read_off(asked: str) -> dict[str, Any]:
        words = re.findall(r"\w+", asked.lower())
        found = {name: [value for value in values if value in words] for name, values in lists.items()}
        return {name: values[0] for name, values in found.items() if len(values) == 1}

    return max(((asked, read_off(asked)) for asked in tool.asked), key=lambda pair: len(pair[1]))


def _named(tool: Tool, chosen: dict[str, Any]) -> list[str]:
    """The arguments of an example in the schema's order: those that must be there, and those that were chosen."""
    parameters = _parameters(tool)
    return [name for name in parameters["properties"] if name in parameters["required"] or name in chosen]


def _plan(asked: str, *tools: Tool) -> str:
    return plan_prompt(asked) + "\n" + spell(Decision("plan", {"steps": [tool.name for tool in tools]}))


def _conditional(look_up: str, condition: str, act: str) -> str:
    return f"{look_up.rstrip('.?')}? {condition}: {act[0].lower()}{act[1:].rstrip('.?')}."


def _is_look_up(tool: Tool) -> bool:
    return tool.risk is Risk.READ and not tool.identifiers and not _parameters(tool)["required"]


def _parameters(tool: Tool) -> dict[str, Any]:
    parameters: dict[str, Any] = tool.schema()["function"]["parameters"]
    return parameters


def _interleaved(many: Iterator[str], few: Sequence[str]) -> Iterator[str]:
    """The few spread among the many, so that neither kind stands in a row."""
    singles = list(many)
    gap = max(1, len(singles) // max(1, len(few)))
    groups = [singles[start : start + gap] for start in range(0, len(singles), gap)]
    for group, one in zip_longest(groups, few):
        yield from group or ()
        if one:
            yield one


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _filled(name: str, **values: str) -> str:
    try:
        return Template(_prompt(name)).substitute(values)
    except (KeyError, ValueError) as error:
        raise ValueError(
            f"agent/prompts/{name} cannot be filled in ({error}); it takes ${', $'.join(values)}."
        ) from error


@cache
def _prompt(name: str) -> str:
    return files("agent.prompts").joinpath(name).read_text(encoding="utf-8").strip()
