"""Runs: a message becomes a run of the graph, one writer a thread; it streams, waits for decisions, is resumed."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, Overwrite
from sqlalchemy.exc import SQLAlchemyError

from agent import handoff, requests, results
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
from agent.models.auto import OFFLINE
from agent.run import Reply, Run, RunResult
from agent.settings import AgentSettings
from agent.threads import Thread, Threads
from agent.views import ThreadSummary, ThreadView, summary, view
from tools import pii
from tools.desk.handoff import HandoffNotes
from tools.principal import Principal

log = logging.getLogger(__name__)

NOTICE = "You are talking to an AI assistant, not to a person."
_MUTE = "A colleague has this conversation and will answer you here. I have passed your message on."
_BROKEN = (
    "Something went wrong on our side, so I could not finish this. Nothing is lost: please send your message again."
)
_STOPPED = "I have stopped, as you asked. What was done until then stands; look at your tickets and orders to see it."
_KEPT_RUNS = 500  # finished runs whose events can still be read again


class Runs:
    """Admits messages and drives the graph. `turn_for` makes the context of a turn for (thread, model string)."""

    def __init__(
        self,
        graph: Graph,
        threads: Threads,
        turn_for: Callable[[Thread, str | None], Awaitable[Turn]],
        settings: AgentSettings,
        notes: HandoffNotes,
    ) -> None:
        self._graph = graph
        self._notes = notes
        self._threads = threads
        self._turn_for = turn_for
        self._settings = settings
        self._live: dict[str, Run] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def create_thread(self, principal: Principal, collection: str | None = None) -> Thread:
        """A new thread that searches `collection`."""
        return await asyncio.to_thread(self._threads.create, principal, collection or self._settings.collection)

    async def thread(self, thread_id: str, principal: Principal) -> ThreadView:
        """The thread as this principal may read it. Raises ThreadNotFound."""
        thread = await asyncio.to_thread(self._threads.get, thread_id, principal)
        recorded = await asyncio.to_thread(self._threads.runs, thread_id)
        seen = view(thread, recorded)
        if thread.owner == "human" and principal.is_staff:
            who = await asyncio.to_thread(self._notes.who, thread.principal)
            return seen.model_copy(update={"handoff": handoff.summary(who, recorded)})
        return seen

    async def threads(self, principal: Principal, *, limit: int = 50) -> tuple[ThreadSummary, ...]:
        """The newest threads that this principal may see: their own, or their tenant's for staff."""
        found = await asyncio.to_thread(self._threads.of, principal, limit)
        return tuple(
            [summary(thread, await asyncio.to_thread(self._threads.runs, thread.thread_id)) for thread in found]
        )

    async def submit(self, thread_id: str, message: str, principal: Principal, model: str | None = None) -> Run:
        """Start a run for a message, without the card numbers and passwords in it: nobody reads or keeps those.

        Raises ThreadNotFound, ThreadBusy, ThreadWaiting, MessageEmpty, MessageTooLong, ModelUnknown, ModelUnavailable.
        """
        thread = await asyncio.to_thread(self._threads.get, thread_id, principal)
        if thread.principal != principal:
            raise ThreadNotFound(thread_id)
        self._check(message)
        message = pii.without_secrets(message)
        turn = await self._turn_for(thread, model)
        run_id = await self._claim(thread, message)
        try:
            given = await self._settle(thread, turn, message)
        except BaseException:
            await self._give_back(thread_id, run_id)
            raise
        run = Run(thread_id, run_id, turn.model)
        if thread.owner == "human":
            return await self._mute(thread, run)
        return self._start(run, turn, given)

    async def recall(self, thread_id: str, said: Sequence[tuple[str, str]], principal: Principal) -> None:
        """Put talk from elsewhere on a thread without runs, as its earlier turns: (`user` or `assistant`, text) each.

        It is context and is never run; of long talk the last turns are kept. Raises ThreadNotFound, CollectionUnknown.
        """
        thread = await asyncio.to_thread(self._threads.get, thread_id, principal)
        turn = await self._turn_for(thread, OFFLINE)
        kept = said[-2 * self._settings.history_turns :] if self._settings.history_turns else ()
        messages: list[AnyMessage] = []
        for role, text in kept:
            words = pii.without_secrets(text[: self._settings.max_message])
            if role == "user":
                await asyncio.to_thread(turn.gateway.observe, principal, thread_id, words)
            messages.append(HumanMessage(words) if role == "user" else AIMessage(words, name="reply"))
        if messages:
            await self._graph.aupdate_state(_config(thread_id), {"messages": messages}, as_node="reply")

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
        run = self._live.get(run_id) or Run(thread_id, run_id, turn.model, first=recorded.last_event + 1)
        run.go_on()
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
        result = recorded.result or _failed(thread_id, run_id, "")
        run = Run(thread_id, run_id, result.model, first=max(1, recorded.last_event))  # only its end is still known
        await run.finish(result)
        return run

    async def cancel(self, thread_id: str, run_id: str, principal: Principal) -> RunResult:
        """Stop a run of one's own. What it has done stands and is said; a run that has ended stays as it is.

        Raises ThreadNotFound, RunNotFound.
        """
        run = await self.run(thread_id, run_id, principal)
        if task := self._tasks.get(run_id):
            task.cancel()
        return await run.result()

    async def close(self) -> None:
        """Wait for runs under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

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
        """What the graph is given: the message, or the decision that it is. Ends what an earlier run left behind."""
        state = await self._graph.aget_state(_config(thread.thread_id))
        waiting = results.pending(state)
        if not state.next or (waiting is None and await self._ended(thread.thread_id)):
            return _request(message)
        if waiting is None:  # killed in mid-run: go on from the last checkpoint, the ledger knows what was done
            await self._graph.ainvoke(None, _config(thread.thread_id), context=turn, durability="sync")
            return await self._settle(thread, turn, message)
        if waiting.approver == "staff":
            raise ThreadWaiting(thread.thread_id, "staff")
        decision = requests.decision(message)
        if decision is None:  # something else was said: what nobody confirmed is not done
            given = results.decided(waiting, [{"type": "reject"}] * len(waiting.action_requests), thread.principal)
            ended = await self._graph.ainvoke(
                Command(resume=given), _config(thread.thread_id), context=turn, durability="sync"
            )
            return _request(message, [effect.sentence for effect in ended["effects"] if effect.status == "declined"])
        kind = "approve" if decision else "reject"
        given = results.decided(waiting, [{"type": kind}] * len(waiting.action_requests), thread.principal)
        return Command(resume=given)

    async def _ended(self, thread_id: str) -> bool:
        """Whether the run before the one that was just admitted has a result: it was stopped, or failed."""
        recorded = await asyncio.to_thread(self._threads.runs, thread_id)
        return len(recorded) < 2 or recorded[-2].result is not None

    async def _mute(self, thread: Thread, run: Run) -> Run:
        """A human has the thread: the message is recorded, the bot stays out."""
        result = RunResult(
            thread_id=run.thread_id, run_id=run.run_id, status="handed_off", reply=Reply(text=_MUTE), model=run.model
        )
        await run.emit("metadata", _metadata(run))
        await self._end(run, result)
        return run

    # Driving.

    def _start(self, run: Run, turn: Turn, given: Any) -> Run:
        self._live[run.run_id] = run
        while len(self._live) > _KEPT_RUNS:
            del self._live[next(iter(self._live))]
        task = asyncio.create_task(self._drive(run, turn, given))
        self._tasks[run.run_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(run.run_id, None))
        return run

    async def _drive(self, run: Run, turn: Turn, given: Any) -> None:
        started = time.perf_counter()
        alive = asyncio.create_task(self._keep_lease(run))
        try:
            await run.emit("metadata", _metadata(run))
            await self._stream(run, turn, given)
            state = await self._graph.aget_state(_config(run.thread_id))
            result = results.result(run, state, (time.perf_counter() - started) * 1000)
            if result.status == "handed_off":
                await asyncio.to_thread(self._note, turn.principal, result)
        except asyncio.CancelledError:
            result = await self._broken_off(run, _STOPPED)
        except Exception:
            log.exception("run %s failed", run.run_id)
            result = await self._broken_off(run, _BROKEN)
        finally:
            alive.cancel()
            with suppress(asyncio.CancelledError):
                await alive
        await self._end(run, result)

    async def _end(self, run: Run, result: RunResult) -> None:
        """Record the result, let the next writer in, and close the stream."""
        if result.status == "handed_off":
            await asyncio.to_thread(self._threads.hand_to, run.thread_id, "human")
        if result.error:
            await run.emit("error", {"problem": result.error})
        for delta in re.findall(r"(?:\S+\s*){1,6}", result.reply.text):
            await run.emit("messages", {"text": delta})
        await asyncio.to_thread(self._threads.finish, result, run.last + 1)
        await self._give_back(run.thread_id, run.run_id)
        await run.finish(result)

    def _note(self, principal: Principal, result: RunResult) -> None:
        """Tell colleagues on the ticket what they take over; where none was touched, the conversation tells it."""
        recorded = self._threads.runs(result.thread_id)
        recorded = [*recorded[:-1], replace(recorded[-1], result=result)]
        try:
            self._notes.leave(
                principal, handoff.touched(recorded), handoff.summary(self._notes.who(principal), recorded)
            )
        except SQLAlchemyError:
            log.exception("the hand-off of run %s could not be noted on its ticket", result.run_id)

    async def _broken_off(self, run: Run, said: str) -> RunResult:
        """End a run where it stands, so that nothing of it is taken up again; `said` is its reply."""
        failed = _failed(run.thread_id, run.run_id, run.model, said)
        try:
            state = await self._graph.aget_state(_config(run.thread_id))
            ended = {
                "status": "failed",
                "awaiting": Overwrite([]),
                "plan": results.abandoned(state.values),
                "messages": [AIMessage(said, name="reply")],
            }
            await self._graph.aupdate_state(_config(run.thread_id), ended, as_node="reply")
            state = await self._graph.aget_state(_config(run.thread_id))
            done = results.result(run, state, 0)
        except Exception:
            log.exception("run %s could not be closed in its state", run.run_id)
            return failed
        return failed.model_copy(
            update={"plan": done.plan, "tool_calls": done.tool_calls, "tickets": done.tickets, "metrics": done.metrics}
        )

    async def _stream(self, run: Run, turn: Turn, given: Any) -> None:
        before = await self._graph.aget_state(_config(run.thread_id))
        shown = [item.model_dump() for item in results.plan(before.values)]  # the last turn's plan, until it is reset
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


def _request(message: str, left: Sequence[str] = ()) -> dict[str, Any]:
    """What a turn starts with: the message, and what the one before left undone, which its reply has to tell."""
    return {"messages": [HumanMessage(message)], "left": list(left)}


def _config(thread_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread_id}, "recursion_limit": 100}


def _metadata(run: Run) -> dict[str, Any]:
    return {"run_id": run.run_id, "thread_id": run.thread_id, "model": run.model, "notice": NOTICE}


def _failed(thread_id: str, run_id: str, model: str, said: str = _BROKEN) -> RunResult:
    return RunResult(
        thread_id=thread_id, run_id=run_id, status="failed", model=model, error=said, reply=Reply(text=said)
    )
