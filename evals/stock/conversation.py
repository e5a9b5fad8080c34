"""A conversation with a stock agent: what a competent engineer builds in an afternoon, made as strong as it can be.

``create_agent`` on ``ChatOllama`` with native tools, memory over the turns, temperature 0, an honest system prompt. Its
tools are those of the catalog, through the same gateway with the persona bound, so what it does is really done and what
the gateway forbids is forbidden to it as well. Where a case asks for something that such an agent has no form for, it
is read in its favour: pages named in the text are citations, a reply that ends in a question asks for input, a tool
hands the conversation off, and a call that needs consent waits for it (see ``evals.stock.tools``).

It ends like any: after so many steps of its graph, by the limit on the length of an answer, and by the trial's own
limits. A step limit that is reached and a request that the server refuses (a model without tools) are failures of the
agent; a server that is down is not, and is raised.
"""

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from string import Template
from typing import Any

from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langchain_ollama import ChatOllama
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import GraphRecursionError
from langgraph.types import Command
from ollama import ResponseError

from agent import requests
from agent.models.profile import Profile, Profiles
from agent.models.settings import OllamaSettings
from agent.run import ActionRequest, Pending, Reply, ReviewConfig, RunResult, Status
from evals.conversation import Decision, DecisionAwaitedError
from evals.errors import WorldUnavailableError
from evals.stock.citing import cited
from evals.stock.meter import Meter
from evals.stock.tools import Desk, Done
from evals.world import World
from tools.principal import Principal

_STEPS = 25  # LangGraph's own default: about twelve model calls
_LONGEST = 512  # tokens of one answer; ChatOllama sets no limit
_BROKEN = "Sorry, something went wrong. Please try again."
_COURTESY = re.compile(
    r"\b(?:anything else|something else|any other|further|assist|help you|questions)\b", re.IGNORECASE
)


class StockConversation:
    """One thread with a stock agent. Made by :func:`converse`."""

    def __init__(self, world: World, model: str, base_url: str, profile: Profile) -> None:
        self._world = world
        self._model = model
        self._desk = Desk(world, self.thread_id)
        self._meter = Meter()
        self._runs = 0
        self._started = 0.0
        self._waiting: dict[str, dict[str, Any]] = {}  # interrupt id -> what is asked
        self._agent = create_agent(
            ChatOllama(
                model=model,
                base_url=base_url,
                temperature=0,
                seed=1,
                num_ctx=profile.num_ctx,
                num_predict=_LONGEST,
                keep_alive=profile.keep_alive,
            ),
            self._desk.tools(),
            system_prompt=_prompt(world),
            checkpointer=InMemorySaver(),
        )

    @property
    def thread_id(self) -> str:
        """The one thread of this world."""
        return "thread"

    @property
    def tool_texts(self) -> tuple[str, ...]:
        """All that tools have returned."""
        return tuple(self._desk.texts)

    async def say(self, text: str) -> RunResult:
        """Send a message. While something waits for the customer, a plain yes or no decides on it.

        Raises:
            DecisionAwaitedError: the thread waits for a colleague.
        """
        self._world.gateway.observe(self._world.principal, self.thread_id, text)
        if any(item["approver"] == "staff" for item in self._waiting.values()):
            raise DecisionAwaitedError("The thread waits for a colleague's decision.")
        answer = requests.decision(text) if self._waiting else None
        if answer is not None:
            return await self.decide("approve" if answer else "reject", self._world.principal)
        if self._waiting:  # something else was said: what nobody confirmed is not done
            await self.decide("reject", self._world.principal)
        self._desk.done = Done()
        self._meter.start()
        return await self._run({"messages": [{"role": "user", "content": text}]})

    async def decide(self, decision: Decision, by: Principal) -> RunResult:
        """Decide on all that waits, and go on."""
        who = {"tenant": by.tenant, "subject": by.subject, "role": by.role.value}
        given = {key: {"type": decision, **who} for key in self._waiting}
        self._waiting = {}
        return await self._run(Command(resume=given))

    async def _run(self, given: Any) -> RunResult:
        self._runs += 1
        self._started = time.perf_counter()
        config: RunnableConfig = {
            "configurable": {"thread_id": self.thread_id},
            "recursion_limit": _STEPS,
            "callbacks": [self._meter],
        }
        try:
            state = await self._agent.ainvoke(given, config)
        except GraphRecursionError:
            return self._result("failed", _BROKEN, error=f"It went on for {_STEPS} steps without coming to an end.")
        except ResponseError as error:
            if not 400 <= error.status_code < 500:
                raise WorldUnavailableError(f"The Ollama server failed: {error.error}") from error
            return self._result("failed", _BROKEN, error=f"The server refused the request: {error.error}")
        self._waiting = {one.id: one.value for one in state.get("__interrupt__", ())}
        last = state["messages"][-1]
        text = last.text.strip() if isinstance(last, AIMessage) else ""
        if self._waiting:
            asked = " ".join(item["description"] for item in self._waiting.values())
            return self._result("needs_approval", f"{text}\n\n{asked}".strip())
        return self._result(self._status(text), text)

    def _status(self, text: str) -> Status:
        if self._desk.done.handed_off:
            return "handed_off"
        last = re.split(r"(?<=[.!?])\s+", text)[-1]
        asks = last.endswith("?") and not _COURTESY.search(last)
        return "needs_input" if asks else "completed"

    def _result(self, status: Status, text: str, error: str | None = None) -> RunResult:
        done = self._desk.done
        took = {"latency_ms": round((time.perf_counter() - self._started) * 1000, 1), "tool_ms": round(done.tool_ms, 1)}
        return RunResult(
            thread_id=self.thread_id,
            run_id=f"run-{self._runs}",
            status=status,
            reply=Reply(text=text, citations=cited(text, self._world)),
            tool_calls=tuple(done.calls),
            tickets=tuple(dict.fromkeys(done.tickets)),
            evidence=tuple(dict.fromkeys(done.pages)),
            model=f"stock/{self._model}",
            metrics=self._meter.metrics.model_copy(update=took),
            pending=self._pending(),
            error=error,
        )

    def _pending(self) -> Pending | None:
        if not self._waiting:
            return None
        asked = list(self._waiting.values())
        return Pending(
            approver="staff" if any(item["approver"] == "staff" for item in asked) else "customer",
            action_requests=tuple(
                ActionRequest(name=item["name"], args=item["args"], description=item["description"]) for item in asked
            ),
            review_configs=tuple(ReviewConfig(action_name=item["name"]) for item in asked),
        )


@asynccontextmanager
async def converse(world: World, model: str) -> AsyncIterator[StockConversation]:
    """Open a thread with a stock agent on a model of the Ollama server, in a world of its own.

    It runs in the context window that our own agent gives the model, so that the server never loads it anew.
    """
    profile = Profiles.load(world.folder).of(f"ollama/{model}")
    yield StockConversation(world, model, OllamaSettings().base_url, profile)


def _prompt(world: World) -> str:
    who = "a colleague of the service desk" if world.principal.is_staff else "a customer"
    text = files("evals.stock").joinpath("prompt.md").read_text(encoding="utf-8")
    return Template(text.strip()).substitute(who=who, today=f"{world.clock():%A, %d %B %Y}")
