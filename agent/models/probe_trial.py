"""A model tried on one decision after the other, in one way of asking."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property

from agent import choices
from agent.errors import ModelOutputError
from agent.models.choosing import ChoosingChat
from agent.models.grammar import Decision
from agent.models.probe_cases import Case
from agent.models.profile import Profile
from agent.models.wire import Wire
from agent.prompting import system_prompt
from tools.catalog import CATALOG
from tools.principal import Role
from tools.tool import Tool


@dataclass(frozen=True, slots=True)
class Trial:
    """One decision, None where the model made none that stands; `failed` says why in a sentence.

    Tokens are those of the prompt and those written.
    """

    case: Case
    decision: Decision | None
    seconds: float
    prompt_tokens: int
    output_tokens: int
    failed: str = ""

    @property
    def right(self) -> bool:
        """Whether the decision is right."""
        return self.decision is not None and self.case.right(self.decision.action, self.decision.arguments)


@dataclass(frozen=True)
class Subject:
    """A model as it is run, with the tools that a customer's agent has."""

    spec: str
    wire: Wire
    profile: Profile

    @property
    def bare(self) -> bool:
        """Whether it words nothing, since the built-in model does."""
        return self.profile.floor == "beside"

    @cached_property
    def tools(self) -> list[Tool]:
        """The catalog in use."""
        return [tool for tool in CATALOG if Role.CUSTOMER in tool.roles]

    @cached_property
    def chat(self) -> ChoosingChat:
        """The chat model that the agent would use."""
        return ChoosingChat(spec=self.spec, wire=self.wire, run_profile=self.profile)

    @cached_property
    def system(self) -> str:
        """Its system prompt."""
        return system_prompt(self.tools, self.profile)

    async def decide(self, case: Case) -> Trial:
        """Put the case before the model. Raises `ModelUnavailable`."""
        bound = self.chat.bind_tools(list(case.offered), catalog=choices.catalog(self.tools))
        started = time.perf_counter()
        decision, failed = None, ""
        try:
            message = await bound.ainvoke(case.messages(self.system))
        except ModelOutputError as error:
            cost, failed = error.spent, str(error)
        else:
            call, cost = message.tool_calls[0], message.response_metadata
            decision = Decision(call["name"], call["args"])
        took = time.perf_counter() - started
        return Trial(case, decision, took, cost.get("prompt_eval_count", 0), cost.get("eval_count", 0), failed)
