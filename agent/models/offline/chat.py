"""The chat model: what a moment's choices call for, decided from the messages alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, cast

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import PrivateAttr

from agent import choices, situation
from agent.clauses import Clause
from agent.matching import Entry, Matcher
from agent.models.offline import answering, filling, toolloop
from agent.planning import Planner
from agent.situation import Situation


class OfflineChat(BaseChatModel):
    """Deterministic, without a language model. Inside Deskmate's graph it picks among the offered choices; bound to any
    other tools it calls those that the request asks for, one a turn, and answers out of what they return.

    `embed` is the sentence encoder (unit vectors, one row a text); `entries` are the phrases of a known catalog.
    """

    embed: Callable[..., Any]
    entries: tuple[Entry, ...] = ()
    _known: dict[str, Matcher] = PrivateAttr(default_factory=dict)

    @property
    def _llm_type(self) -> str:
        return "offline"

    def bind_tools(self, tools: Sequence[Any], *, tool_choice: Any = None, **kwargs: Any) -> Runnable[Any, AIMessage]:
        """Offer choices for the next call. `foreign`: they are another program's tools, whatever they are called."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = self._decide(
            cast("list[AnyMessage]", messages), kwargs.get("tools") or [], bool(kwargs.get("foreign"))
        )
        message.response_metadata = {"model_name": "offline", "done_reason": "stop"}
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _decide(self, messages: list[AnyMessage], tools: list[dict[str, Any]], foreign: bool) -> AIMessage:
        now = situation.read(messages)
        offered = {tool["function"]["name"]: tool["function"] for tool in tools}
        if foreign:
            return toolloop.decide(now, offered, self._matcher(tools), self.embed)
        if choices.PLAN in offered:
            return self._plan(now, offered)
        if choices.SKIP in offered:
            return self._step(now, offered)
        if choices.ANSWER in offered:
            return _pick(choices.ANSWER, use=self._use(now, offered[choices.ANSWER]))
        return toolloop.decide(now, offered, self._matcher(tools), self.embed)

    def _plan(self, now: Situation, offered: dict[str, dict[str, Any]]) -> AIMessage:
        plan = offered[choices.PLAN]["parameters"]["properties"]["steps"]
        answers = offered[choices.ANSWER]["parameters"]["properties"]["use"]["items"].get("enum")
        steps = self._planner.plan(now, plan["items"]["enum"], answered=bool(answers))
        if steps:
            return _pick(choices.PLAN, steps=[step.tool for step in steps[: plan["maxItems"]]])
        return _pick(choices.ANSWER, use=self._use(now, offered[choices.ANSWER]))

    def _step(self, now: Situation, offered: dict[str, dict[str, Any]]) -> AIMessage:
        """Do the one planned step, or ask for what is missing."""
        name, function = next((n, f) for n, f in offered.items() if n not in choices.CONTROLS)
        known = [entry.name for entry in self._matcher([]).entries]
        plans = (
            self._planner.plan(now, tools) for tools in (known, [name])
        )  # what is said for another tool is not its
        steps = next((own for plan in plans if (own := [s for s in plan if s.tool == name])), [])
        nth = len(now.of(name))
        clause = steps[min(nth, len(steps) - 1)].clause if steps else Clause(text=now.request, kind="command")
        filled = filling.fill(function["parameters"], clause, now, self.embed, nth)
        return _pick(choices.ASK, question=filled.question) if filled.question else _pick(name, **filled.arguments)

    def _use(self, now: Situation, answer: dict[str, Any]) -> list[str]:
        offered = answer["parameters"]["properties"]["use"]["items"].get("enum", [])
        return answering.select(now.results, offered)

    def _matcher(self, tools: Sequence[dict[str, Any]]) -> Matcher:
        """The known catalog's matcher, or one for the tools that are bound."""
        entries = _entries(tools) if tools else self.entries
        key = hashlib.sha256(repr(entries).encode()).hexdigest()
        if key not in self._known:
            self._known[key] = Matcher(self.embed, entries)
        return self._known[key]

    @property
    def _planner(self) -> Planner:
        return Planner(self._matcher([]))


def _entries(tools: Sequence[dict[str, Any]]) -> tuple[Entry, ...]:
    """Tools that nobody described further: their name in words, and their description."""
    functions = [tool["function"] for tool in tools]
    return tuple(
        Entry(f["name"], tuple(filter(None, [f["name"].replace("_", " "), f.get("description", "")])), write=False)
        for f in functions
    )


def _pick(choice: str, /, **arguments: Any) -> AIMessage:
    text = repr((choice, sorted(arguments.items())))
    call_id = f"call_{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    return AIMessage("", tool_calls=[{"name": choice, "args": arguments, "id": call_id, "type": "tool_call"}])
