"""A row run by a stock agent: LangChain's `create_agent` on ChatOllama, with the same tools behind the same gateway."""

from __future__ import annotations

import asyncio
from itertools import count
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from langchain_core.tools import BaseTool, StructuredTool
from langchain_ollama import ChatOllama

from knowledge.index import Index
from tests.agent.conftest import MARA, NOW
from tests.faults.rows import Row
from tests.faults.server import server
from tests.faults.task import MESSAGE
from tests.faults.verdict import Result, judge, writes
from tools.database import Database
from tools.gateway import Gateway, ToolCall
from tools.tool import Tool

PATIENCE = 5
"""Seconds after which whoever waits for a run gives it up; the agent itself has no limit."""

SYSTEM = "You are a customer service agent. Do what the customer asks for with your tools, and say what you did."
_THREAD = "stock"


async def stock(row: Row, seeded: Database, index: Index, folder: Path) -> Result:
    """Say the task's message to a fresh agent and see what comes of it."""
    desk = seeded.copy_to(folder / "desk.sqlite")
    try:
        async with server(row) as double:
            model = ChatOllama(
                model=row.model, base_url=double.base_url, temperature=0, client_kwargs={"trust_env": False}
            )
            gateway = Gateway(desk, index, clock=lambda: NOW)
            agent: Any = create_agent(model, _tools(gateway), system_prompt=SYSTEM)
            return await _run(row, agent, desk)
    finally:
        desk.close()


async def _run(row: Row, agent: Any, desk: Database) -> Result:
    asked = {"messages": [{"role": "user", "content": MESSAGE}]}
    try:
        async with asyncio.timeout(PATIENCE):
            state = await agent.ainvoke(asked)
    except TimeoutError:
        return Result(row, f"not at its end after {PATIENCE} s", judge("silent", "", writes(desk)), writes(desk))
    except Exception as error:  # noqa: BLE001 - whatever it raises is how it ends
        return Result(row, f"raised {type(error).__name__}", judge("error", "", writes(desk)), writes(desk))
    calls = [call["name"] for message in state["messages"] for call in getattr(message, "tool_calls", ())]
    last = state["messages"][-1]
    reply = last.text if isinstance(last, AIMessage) else ""
    made = writes(desk)
    return Result(row, f"{len(calls)} calls", judge("completed", reply, made), made)


def _tools(gateway: Gateway) -> list[BaseTool]:
    numbers = count(1)
    return [_tool(tool, gateway, numbers) for tool in gateway.offered(MARA)]


def _tool(tool: Tool, gateway: Gateway, numbers: count[int]) -> BaseTool:
    def run(**arguments: Any) -> str:
        call = ToolCall(f"call-{next(numbers)}", tool.name, arguments)
        return gateway.call(call, principal=MARA, thread_id=_THREAD).sentence

    return StructuredTool(
        name=tool.name,
        description=tool.description,
        args_schema=tool.schema()["function"]["parameters"],
        func=run,
    )
