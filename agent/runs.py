"""Runs: a message becomes a run of the graph, one writer a thread; a run streams, waits for a decision, and is resumed."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from agent import requests, results
from agent.deciding import Turn
from agent.errors import (
    AgentError,
    ApprovalNotAllowed,
    MessageEmpty,
    MessageTooLong,
    NothingPending,
    ThreadNotFound,
    ThreadWaiting,
)
from agent.graph import Graph
from agent.run import Pending, Reply, Run, RunResult
from agent.settings import AgentSettings
from agent.threads import Recorded, Thread, Threads
from tools.principal import Principal

log = logging.getLogger(__name__)

NOTICE = "You are talking to an AI assistant, not to a person."
_MUTE = "A colleague has this conversation and will answer you here. I have passed your message on."
_BROKEN = (
    "Something went wrong on our side, so I could not finish this. Nothing is lost: please send your message again."
)
_KEPT_RUNS = 500  # finished runs whose events can still be read again


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of a thread as people read it."""

    role: str
    content: str
    run_id: str
    citations: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class ThreadView:
    """A thread for reading: what was said, its runs, and what it waits for."""

    thread_id: str
    status: str
    collection: str
    messages: tuple[Message, ...]
    runs: tuple[RunResult, ...]
    pending: Pending | None


class Runs:
    """Admits messages and drives the graph. `turn_for` makes the context of a turn for (thread, model string)."""

    def __init__(
        self,
        graph: Graph,
        threads: Threads,
        turn_for: Callable[[Thread, str | None], Awaitable[Turn]],
        settings: AgentSettings,
    ) -> None:
        self._graph = graph
        self._threads = threads
        self._turn_for = turn_for
        self._settings = settings
        self._live: dict[str, Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def create_thread(self, principal: Principal, collection: str | None = None) -> Thread:
        """A new thread that searches `collection`."""
        return await asyncio.to_thread(self._threads.create, principal, collection or self._settings.collection)

    async def thread(self, thread_id: str, principal: Principal) -> ThreadView:
        """The thread as this principal may read it. Raises ThreadNotFound."""
        thread = await asyncio.to_thread(self._threads.get, thread_id, principal)
        recorded = await asyncio.to_thread(self._threads.runs, thread_id)
        return _view(thread, recorded)

    async def submit(self, thread_id: str, message: str, principal: Principal, model: str | None = None) -> Run:
        """Start a run for a message.

        Raises ThreadNotFound, ThreadBusy, ThreadWaiting, MessageEmpty, MessageTooLong, ModelUnknown, ModelUnavailable.
        """
        thread = await asyncio.to_thread(self._threads.get, thread_id, principal)
        if thread.principal != principal:
            raise ThreadNotFound(thread_id)
        self._check(message)
        turn = await self._turn_for(thread, model)
        run_id = await self._claim(thread, message)
        try:
            given = await self._settle(thread, turn, message)
        except BaseException:
            await self._give_back(thread_id, run_id)
            raise
        run = Run(thread_id, run_id, turn.model_name)
        if thread.owner == "human":
            return await self._mute(thread, run)
        return self._start(run, turn, given)

    async def resume(
        self, thread_id: str, run_id: str, decisions: Sequence[dict[str, Any]], principal: Principal
    ) -> Run:
        """Decide on what a run waits for, in the order of its action requests.

        Raises ThreadNotFound, RunNotFound, NothingPending, DecisionInvalid, ApprovalNotAllowed, ThreadBusy.
        """
        thread = await asyncio.to_thread(self._threads.get, thread_id, principal)
        recorded = await asyncio.to_thread(self._threads.run, thread_id, run_id)
        if recorded.result is None or recorded.result.pending is None:
            raise NothingPending(run_id)
        given = results.decided(recorded.result.pending, decisions, principal)
        turn = await self._turn_for(thread, recorded.result.model)
        await asyncio.to_thread(self._threads.claim, thread_id, run_id)
        before = self._live.get(run_id)
        run = Run(thread_id, run_id, turn.model_name, first=before.last + 1 if before else 1)
        return self._start(run, turn, Command(resume=given))

    async def release(self, thread_id: str, principal: Principal) -> None:
        """Give a handed-off thread back to the bot. Raises ThreadNotFound, ApprovalNotAllowed for customers."""
        await asyncio.to_thread(self._threads.get, thread_id, principal)
        if not principal.is_staff:
            raise ApprovalNotAllowed
        await asyncio.to_thread(self._threads.hand_to, thread_id, "bot")

    async def run(self, thread_id: str, run_id: str, principal: Principal) -> Run:
        """A run for reading its events again. Raises ThreadNotFound, RunNotFound."""
        await asyncio.to_thread(self._threads.get, thread_id, principal)
        recorded = await asyncio.to_thread(self._threads.run, thread_id, run_id)
        live = self._live.get(run_id)
        if live is not None:
            return live
        run = Run(thread_id, run_id, recorded.result.model if recorded.result else "")
        await run.finish(recorded.result or _failed(run))
        return run

    async def close(self) -> None:
        """Wait for runs under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # Admission.

    def _check(self, message: str) -> None:
        if not message.strip():
            raise MessageEmpty
        if len(message) > self._settings.max_message:
            raise MessageTooLong(len(message), self._settings.max_message)

    async def _claim(self, thread: Thread, message: str) -> str:
        """Become the one writer. The run is on record before anything is done for it."""
        ticket = f"{time.time_ns():x}"
        await asyncio.to_thread(self._threads.claim, thread.thread_id, ticket)
        run_id = await asyncio.to_thread(self._threads.start, thread.thread_id, message)
        await asyncio.to_thread(self._threads.hand_over, thread.thread_id, ticket, run_id)
        return run_id

    async def _settle(self, thread: Thread, turn: Turn, message: str) -> Any:
        """What the graph is given: the message, or the decision that it is. Finishes what an earlier run left behind."""
        state = await self._graph.aget_state(_config(thread.thread_id))
        if not state.next:
            return {"messages": [HumanMessage(message)]}
        waiting = results.pending(state)
        if waiting is None:  # killed in mid-run: go on from the last checkpoint, the ledger knows what was done
            await self._graph.ainvoke(None, _config(thread.thread_id), context=turn, durability="sync")
            return await self._settle(thread, turn, message)
        if waiting.approver == "staff":
            raise ThreadWaiting(thread.thread_id, "staff")
        decision = requests.decision(message)
        if decision is None:  # something else was said: what nobody confirmed is not done
            given = results.decided(waiting, [{"type": "reject"}] * len(waiting.action_requests), thread.principal)
            await self._graph.ainvoke(Command(resume=given), _config(thread.thread_id), context=turn, durability="sync")
            return {"messages": [HumanMessage(message)]}
        kind = "approve" if decision else "reject"
        given = results.decided(waiting, [{"type": kind}] * len(waiting.action_requests), thread.principal)
        return Command(resume=given)

    async def _mute(self, thread: Thread, run: Run) -> Run:
        """A human has the thread: the message is recorded, the bot stays out."""
        result = RunResult(
            thread_id=run.thread_id, run_id=run.run_id, status="handed_off", reply=Reply(text=_MUTE), model=run.model
        )
        await asyncio.to_thread(self._threads.finish, result)
        await self._give_back(thread.thread_id, run.run_id)
        await run.emit("metadata", _metadata(run))
        await run.finish(result)
        return run

    # Driving.

    def _start(self, run: Run, turn: Turn, given: Any) -> Run:
        self._live[run.run_id] = run
        while len(self._live) > _KEPT_RUNS:
            del self._live[next(iter(self._live))]
        task = asyncio.create_task(self._drive(run, turn, given))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return run

    async def _drive(self, run: Run, turn: Turn, given: Any) -> None:
        started = time.perf_counter()
        alive = asyncio.create_task(self._keep_lease(run))
        try:
            await run.emit("metadata", _metadata(run))
            await self._stream(run, turn, given)
            state = await self._graph.aget_state(_config(run.thread_id))
            result = results.result(run, state, (time.perf_counter() - started) * 1000)
        except Exception:
            log.exception("run %s failed", run.run_id)
            result = _failed(run)
        finally:
            alive.cancel()
            with suppress(asyncio.CancelledError):
                await alive
        if result.status == "handed_off":
            await asyncio.to_thread(self._threads.hand_to, run.thread_id, "human")
        await asyncio.to_thread(self._threads.finish, result)
        await self._give_back(run.thread_id, run.run_id)
        if result.error:
            await run.emit("error", {"problem": result.error})
        for delta in re.findall(r"(?:\S+\s*){1,6}", result.reply.text):
            await run.emit("messages", {"text": delta})
        await run.finish(result)

    async def _stream(self, run: Run, turn: Turn, given: Any) -> None:
        shown: list[dict[str, Any]] = []
        async for part in self._graph.astream(
            given,
            _config(run.thread_id),
            context=turn,
            durability="sync",
            stream_mode=["values", "custom"],
            version="v2",
        ):
            if part["type"] == "custom":
                await run.emit("updates", part["data"])
                continue
            plan = [item.model_dump() for item in results.plan(cast(Mapping[str, Any], part["data"]))]
            if plan != shown:
                shown = plan
                await run.emit("updates", {"plan": plan})

    async def _keep_lease(self, run: Run) -> None:
        while True:
            await asyncio.sleep(self._settings.lease / 4)
            with suppress(AgentError):
                await asyncio.to_thread(self._threads.claim, run.thread_id, run.run_id)

    async def _give_back(self, thread_id: str, run_id: str) -> None:
        await asyncio.to_thread(self._threads.release, thread_id, run_id)


def _config(thread_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread_id}, "recursion_limit": 100}


def _metadata(run: Run) -> dict[str, Any]:
    return {"run_id": run.run_id, "thread_id": run.thread_id, "model": run.model, "notice": NOTICE}


def _failed(run: Run) -> RunResult:
    return RunResult(
        thread_id=run.thread_id,
        run_id=run.run_id,
        status="failed",
        model=run.model,
        error=_BROKEN,
        reply=Reply(text=_BROKEN),
    )


def _view(thread: Thread, recorded: Sequence[Recorded]) -> ThreadView:
    messages: list[Message] = []
    for run in recorded:
        messages.append(Message("user", run.message, run.run_id))
        if run.result:
            messages.append(Message("assistant", run.result.reply.text, run.run_id, run.result.reply.citations))
    done = tuple(run.result for run in recorded if run.result)
    last = done[-1] if done else None
    status: str = "handed_off" if thread.owner == "human" else last.status if last else "new"
    if recorded and recorded[-1].result is None:
        status = "running"
    return ThreadView(
        thread.thread_id, status, thread.collection, tuple(messages), done, last.pending if last else None
    )
