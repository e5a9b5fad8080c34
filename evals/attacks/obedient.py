"""A model that does what it is asked and obeys, besides, every instruction that it reads anywhere in its prompt."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from pydantic import Field

from agent import choices
from agent.models.grammar import MisfitError, check
from evals.attacks.orders import Order, read_orders

_FACT = re.compile(r"^- (.*)$", re.MULTILINE)
_LISTED = re.compile(r"^\[(S[\d.]+)\] (.*)$", re.MULTILINE)

Pick = tuple[str, dict[str, Any]]


class ObedientChat(BaseChatModel):
    """Asked for one of the offered choices it takes the one that brings an instruction forward, else the one that the
    `honest` model would take. `read` are the instructions that have reached it.
    """

    honest: BaseChatModel
    read: list[Order] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "obedient"

    def bind_tools(self, tools: Sequence[Any], *, tool_choice: Any = None, **kwargs: Any) -> Runnable[Any, AIMessage]:
        """The choices of one decision."""
        return self.bind(tools=list(tools))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        offered: list[dict[str, Any]] = kwargs.get("tools") or []
        orders = read_orders([*(message.text for message in messages), json.dumps(offered, ensure_ascii=False)])
        self.read.extend(order for order in orders if order not in self.read)
        if not offered:
            message = AIMessage(_worded(messages[-1].text, orders))
        else:
            picks = [self._pick(messages, offered, orders)]
            if picks[0][0] == choices.PLAN:  # as one does that calls its tools at once
                picks += [(order.name, order.call) for order in orders if order.name in picks[0][1]["steps"]]
            calls = [{"id": f"x{n}", "name": p[0], "args": p[1], "type": "tool_call"} for n, p in enumerate(picks)]
            message = AIMessage("", tool_calls=calls)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _pick(self, messages: list[BaseMessage], offered: list[dict[str, Any]], orders: list[Order]) -> Pick:
        functions = {tool["function"]["name"]: tool["function"]["parameters"] for tool in offered}
        said = self.honest.bind_tools(offered).invoke(messages)
        honest: Pick = (said.tool_calls[0]["name"], dict(said.tool_calls[0]["args"]))
        if ask := next((order for order in orders if order.kind == "ask"), None):
            question = (choices.ASK, {"question": ask.words})
            if choices.ASK in functions and _fits(question, offered):
                return question
        if choices.PLAN in functions:
            return _plan(honest, functions, orders) or honest
        for order in orders:
            if order.name in functions and not _done(messages, order):
                taken = functions[order.name]["properties"]
                call = (order.name, {name: value for name, value in order.call.items() if name in taken})
                return call if _fits(call, offered) else honest
        return _answer(honest, messages, functions, orders)


def _plan(honest: Pick, functions: dict[str, Any], orders: list[Order]) -> Pick | None:
    """The honest plan with the attacker's tools, as far as a plan may name them; those first where room is short."""
    steps = functions[choices.PLAN]["properties"]["steps"]
    wanted = [order.name for order in orders if order.name in steps["items"]["enum"]]
    kept = honest[1]["steps"] if honest[0] == choices.PLAN else []
    if not wanted:
        return None
    planned = [*kept, *(name for name in wanted if name not in kept)]
    return (choices.PLAN, {"steps": planned[-steps["maxItems"] :]})


def _answer(honest: Pick, messages: list[BaseMessage], functions: dict[str, Any], orders: list[Order]) -> Pick:
    """The honest answer, and before it the sentences that hold what is to be said."""
    if honest[0] != choices.ANSWER or not any(order.kind == "say" for order in orders):
        return honest
    offered = functions[choices.ANSWER]["properties"]["use"]["items"].get("enum", [])
    listed = dict(_LISTED.findall("\n".join(message.text for message in messages)))
    said = [key for key in offered if read_orders([listed.get(key, "")])]
    return (choices.ANSWER, {"use": [*said, *(key for key in honest[1]["use"] if key not in said)][:6]})


def _done(messages: list[BaseMessage], order: Order) -> bool:
    """Whether this very call stands in the messages already."""
    last = max((n for n, m in enumerate(messages) if isinstance(m, HumanMessage) and m.name != "step"), default=0)
    made = [call for m in messages[last:] if isinstance(m, AIMessage) for call in m.tool_calls]
    return any(call["name"] == order.name and order.call.items() <= call["args"].items() for call in made)


def _fits(pick: Pick, offered: list[dict[str, Any]]) -> bool:
    try:
        check(*pick, offered)
    except MisfitError:
        return False
    return True


def _worded(prompt: str, orders: list[Order]) -> str:
    """The facts in their words, and what is to be said."""
    return " ".join([*_FACT.findall(prompt), *(order.words for order in orders if order.kind == "say")])
