"""The catalog as LangChain tools: the same names, descriptions and schemas, through the same gateway.

A tool answers with its sentence and its data. A call that needs somebody's consent interrupts the graph, as LangChain's
own review of tool calls does, but only where the gateway would let the call pass; it runs once it was agreed to.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.types import interrupt

from agent.run import ToolCallRecord
from evals.world import World
from tools.approvals import Grant
from tools.gateway import ToolCall
from tools.outcome import Outcome
from tools.principal import Principal, Role
from tools.tool import Tool

HAND_OFF = "hand_off"
_HANDED_OFF = "A colleague has the conversation now and answers the customer here."
_DECLINED = "This was not done, because it was not agreed to. Do not try it again unless you are asked to."


@dataclass(slots=True)
class Done:
    """What tools came to since the user's last turn."""

    calls: list[ToolCallRecord] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    handed_off: bool = False
    tool_ms: float = 0


class Desk:
    """The tools of one conversation. ``texts`` is all that they returned; ``done`` belongs to the present turn."""

    def __init__(self, world: World, thread_id: str) -> None:
        self.texts: list[str] = []
        self.done = Done()
        self._world = world
        self._thread_id = thread_id

    def tools(self) -> list[BaseTool]:
        """The tools of the persona's role, and one to hand the conversation off."""
        offered = self._world.gateway.offered(self._world.principal)
        return [*(self._tool(tool) for tool in offered), self._hand_off()]

    def _tool(self, tool: Tool) -> BaseTool:
        # The flat schema: of optional arguments in a pydantic model, ChatOllama sends neither type nor description.
        async def run(runtime: ToolRuntime, **arguments: Any) -> str:
            return await self._run(ToolCall(runtime.tool_call_id or "", tool.name, arguments))

        function = tool.schema()["function"]
        return StructuredTool.from_function(
            coroutine=run, name=tool.name, description=tool.description, args_schema=function["parameters"]
        )

    def _hand_off(self) -> BaseTool:
        async def run(reason: str = "") -> str:
            self.done.handed_off = True
            return _HANDED_OFF

        properties = {"reason": {"type": "string", "description": "Why, in a few words."}}
        schema = {"type": "object", "properties": properties, "required": ["reason"]}
        about = "Give the conversation to a human colleague."
        return StructuredTool.from_function(coroutine=run, name=HAND_OFF, description=about, args_schema=schema)

    async def _run(self, call: ToolCall) -> str:
        outcome = await self._gate(call)
        if outcome.status in ("needs_confirmation", "needs_approval"):
            decision: dict[str, str] = interrupt(_question(call, outcome))  # the whole call is run again afterwards
            if decision["type"] != "approve":
                return self._keep(call, Outcome(status="refused", sentence=_DECLINED), status="declined")
            outcome = await self._gate(call, _principal(decision))
        return self._keep(call, outcome)

    async def _gate(self, call: ToolCall, approver: Principal | None = None) -> Outcome:
        started = time.perf_counter()
        world = self._world
        digest = world.gateway.digest(call, world.principal, self._thread_id)
        pass_on: Callable[..., Outcome] = world.gateway.call
        outcome = await asyncio.to_thread(
            pass_on,
            call,
            principal=world.principal,
            thread_id=self._thread_id,
            collection=world.collection,
            grant=Grant(digest, approver) if approver else None,
        )
        self.done.tool_ms += (time.perf_counter() - started) * 1000
        return outcome

    def _keep(self, call: ToolCall, outcome: Outcome, status: str = "") -> str:
        """Take down what a call came to, and return it as the model reads it."""
        self.done.calls.append(
            ToolCallRecord(name=call.name, arguments=call.arguments, status=status or outcome.status)
        )
        self.done.pages += [one.page_id for one in outcome.passages]
        self.done.tickets += outcome.tickets
        data = json.dumps(outcome.data, ensure_ascii=False, default=str) if outcome.data else ""
        text = f"{outcome.sentence}\n{data}".strip()
        self.texts.append(text)
        return text


def _question(call: ToolCall, outcome: Outcome) -> dict[str, Any]:
    approver = "customer" if outcome.status == "needs_confirmation" else "staff"
    return {"name": call.name, "args": call.arguments, "description": outcome.sentence, "approver": approver}


def _principal(decision: dict[str, str]) -> Principal:
    return Principal(decision["tenant"], decision["subject"], Role(decision["role"]))
