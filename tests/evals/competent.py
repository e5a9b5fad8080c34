"""What a competent model writes in a case: the brain of the Ollama double, made of the case's right agent.

It knows which calls and facts the case expects (`gold_script`), and of each request it reads what a model reads: the
actions that are possible now, with their values, and the sentences of the help pages with their ids. It writes what the
mode asks for: the JSON object in schema mode, a tool call in native mode.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from evals.agents.gold import gold_script
from evals.facts import states
from evals.suite import Placed
from evals.world import World
from tests.ollama_double.prompt import Prompt
from tools.gateway import ToolCall

_SENTENCE = re.compile(
    r"^\[(S[\d.]+)\] (.+?)(?=\n(?:\[S[\d.]+\]|Result of|About “|Customer: )|\Z)", re.MULTILINE | re.DOTALL
)
_POSSIBLE = re.compile(r"^Call one of: (.+)\.$", re.MULTILINE)
_VALUES = re.compile(r"^(\w+)\.(\w+): (.+)$", re.MULTILINE)
_LOOK_UPS = ("check_outage", "get_account", "list_orders", "search_tickets")
_ASIDE = "aside"  # a thread of its own: what is looked into here is not shown to the customer

Offer = Mapping[str, Mapping[str, Sequence[Any] | None]]
"""What is possible: action → argument → its values, None where they are free."""


class Competent:
    """Call it with a request's body; `turn` counts the user's turns and is set by who talks."""

    def __init__(self, placed: Placed, world: World, *, native: bool) -> None:
        self.turn = 0
        self.requests = 0
        self._native = native
        self._queries: list[str] = []
        self._world = world
        self._script = gold_script(placed, world.principal, world.snapshot())
        self._left = list(self._script.moves)
        self._turns = sum(turn.say is not None for turn in placed.case.turns)
        self._unplanned = list(self._script.moves)
        self._replies: list[str] = []

    def __call__(self, body: dict[str, Any], prompt: Prompt) -> str:
        self.requests += 1
        offer = _possible(body) if self._native else _grammar(body)
        messages = body["messages"][1:]
        text = "\n".join(str(message.get("content", "")) for message in messages)
        self._replies = [str(message.get("content", "")) for message in messages if message["role"] == "assistant"]
        name, arguments = self._decide(offer, text)
        if not self._native:
            return json.dumps({"action": name, **arguments})
        calls = self._at_once(arguments["steps"], text) if name == "plan" else [(name, arguments)]
        return "\n".join(
            f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"
            for name, arguments in calls
        )

    def _at_once(self, steps: Sequence[str], text: str) -> list[tuple[str, dict[str, Any]]]:
        """The plan as calls, each with its arguments as far as the conversation holds its identifiers."""
        left = list(self._left)
        calls: list[tuple[str, dict[str, Any]]] = []
        for name in steps:
            move = next((move for move in left if move.name == name), None)
            if move:
                left.remove(move)
            known = move is not None and all(str(move.arguments[key]) in text for key in self._identifiers(name))
            calls.append((name, dict(move.arguments) if move and known else {}))
        return calls

    def _identifiers(self, name: str) -> Sequence[str]:
        tool = next(tool for tool in self._world.gateway.offered(self._world.principal) if tool.name == name)
        return [key for key in tool.identifiers if tool.args.model_fields[key].is_required()]

    def _decide(self, offer: Offer, text: str) -> tuple[str, dict[str, Any]]:
        if "plan" in offer or "hand_off" in offer:
            return self._first(offer, text)
        tool = next((name for name in offer if name not in ("skip", "ask", "answer", "search_wiki")), None)
        if tool:
            return self._step(tool, offer)
        return self._search(offer, text) or self._answer(offer, text)

    def _first(self, offer: Offer, text: str) -> tuple[str, dict[str, Any]]:
        if self._script.status == "handed_off" and self.turn == self._turns:
            return "hand_off", dict.fromkeys(offer.get("hand_off", {}), "The customer asks for a person.")
        possible = offer.get("plan", {}).get("steps") or ()
        due = [move.name for move in self._unplanned if move.turn <= self.turn]
        looks = [name for name in due if name in _LOOK_UPS]
        steps = [name for name in [*looks, *self._asides(text, due), *due] if name in possible]
        steps = [name for at, name in enumerate(steps) if name not in _LOOK_UPS or name not in steps[:at]]
        if self.turn <= self._script.asks:
            return self._ask(offer)
        if steps:
            self._unplanned = [move for move in self._unplanned if move.name not in steps]
            return "plan", {"steps": steps}
        return self._search(offer, text) or self._answer(offer, text)

    def _ask(self, offer: Offer) -> tuple[str, dict[str, Any]]:
        return "ask", dict.fromkeys(offer["ask"], "Which one do you mean?")

    def _step(self, tool: str, offer: Offer) -> tuple[str, dict[str, Any]]:
        """The move's arguments, as far as they can be said; a look-up that no move names is made without any."""
        arguments = offer[tool]
        move = next((move for move in self._left if move.name == tool), None)
        if move is None:
            return (tool, {}) if tool in _LOOK_UPS else ("skip", {"because": "not_asked"})
        if any(name in arguments and not _sayable(value, arguments[name]) for name, value in move.arguments.items()):
            return self._ask(offer)
        self._left.remove(move)
        return tool, {name: value for name, value in move.arguments.items() if name in arguments}

    def _search(self, offer: Offer, text: str) -> tuple[str, dict[str, Any]] | None:
        """A further search for a fact that no sentence shown states, in the words of who knows the page."""
        if "search_wiki" not in offer:
            return None
        known = [*_shown(offer, text).values(), *_results(text), *self._replies]
        missing = [ways for ways in self._script.facts if not _any_states(known, ways)]
        for page in filter(None, map(self._world.page, self._script.sources)):
            for sentence in re.split(r"(?<=[.!?])\s+|\n", page.text):
                query = f"{page.title}: {sentence.strip('#*-| ')}"[:300]
                if query not in self._queries and any(_any_states([sentence], ways) for ways in missing):
                    self._queries.append(query)
                    return "search_wiki", {"query": query}
        return None

    def _answer(self, offer: Offer, text: str) -> tuple[str, dict[str, Any]]:
        return "answer", {"use": self._uses(offer, text)}

    def _uses(self, offer: Offer, text: str) -> list[str]:
        """The sentences that state what is still to be said, then one of each page that must be cited."""
        shown = _shown(offer, text)
        chosen: list[str] = []
        for ways in self._script.facts:
            if not _any_states([*_results(text), *(shown[key] for key in chosen)], ways):
                chosen += [key for key, words in shown.items() if _any_states([words], ways)][:1]
        for page in filter(None, map(self._world.page, self._script.cites)):
            flat = " ".join(page.text.split())
            on_page = [key for key, words in shown.items() if words.partition(": ")[2][:60] in flat]
            if on_page and not set(on_page) & set(chosen):
                chosen.append(on_page[0])
        return chosen

    def _asides(self, text: str, due: Sequence[str]) -> list[str]:
        """Look-ups without arguments that tell facts which no sentence of the help pages states."""
        shown = list(_sentences(text).values())
        missing = [ways for ways in self._script.facts if not _any_states(shown, ways)]
        told = {name: self._told(name) for name in _LOOK_UPS if name not in due} if missing and not due else {}
        return [name for name, said in told.items() if any(_any_states([said], ways) for ways in missing)]

    def _told(self, name: str) -> str:
        world = self._world
        call = ToolCall(_ASIDE, name, {})
        return world.gateway.call(call, principal=world.principal, thread_id=_ASIDE).sentence


def _grammar(body: dict[str, Any]) -> Offer:
    return {
        part["properties"]["action"]["const"]: {
            name: schema.get("enum") or schema.get("items", {}).get("enum")
            for name, schema in part["properties"].items()
            if name != "action"
        }
        for part in body["format"]["anyOf"]
    }


def _possible(body: dict[str, Any]) -> Offer:
    last = body["messages"][-1]["content"]
    names = _POSSIBLE.findall(last)[-1].split(", ")
    values = {(tool, name): found.split(", ") for tool, name, found in _VALUES.findall(last)}
    return {
        tool["function"]["name"]: {
            name: values.get((tool["function"]["name"], name))
            for name in tool["function"]["parameters"].get("properties", {})
        }
        for tool in body["tools"]
        if tool["function"]["name"] in names
    }


def _sentences(text: str) -> dict[str, str]:
    """The sentences that are shown, by id, each behind the heading path that it stands under."""
    return {key: " ".join(words.split()) for key, words in _SENTENCE.findall(text)}


def _shown(offer: Offer, text: str) -> dict[str, str]:
    """Those that may be used now."""
    allowed = offer.get("answer", {}).get("use") or ()
    return {key: words for key, words in _sentences(text).items() if key in allowed}


def _results(text: str) -> list[str]:
    """What the tools have told."""
    return [line for line in text.splitlines() if line.startswith("Result of")]


def _any_states(texts: Sequence[str], ways: Sequence[Any]) -> bool:
    """Whether one of the texts states a fact in one of its ways."""
    return any(states(text, way) for text in texts for way in ways)


def _sayable(value: Any, values: Sequence[Any] | None) -> bool:
    return values is None or value in values
