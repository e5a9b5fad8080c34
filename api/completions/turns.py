"""Runs the last message of a client's talk, on the thread that the talk belongs to."""

import asyncio

from agent.errors import RunNotFound, ThreadNotFound
from agent.run import Run, RunResult
from agent.service import Service
from api.completions.conversations import Conversations, Place
from api.completions.talk import Talk
from tools.principal import Principal


class Turns:
    """Lives as long as the server: a run's end goes on record whether its reader is still there or not."""

    def __init__(self, service: Service, conversations: Conversations) -> None:
        self._runs = service.runs
        self._conversations = conversations
        self._recording: dict[str, asyncio.Task[RunResult]] = {}

    async def submit(
        self, caller: Principal, talk: Talk, *, model: str | None, chat: str | None = None, again: bool = False
    ) -> Run:
        """The run that answers: a new one, or where the message was run before, that one.

        ``chat`` and ``again`` are as in `Conversations.find`. Raises the errors of `agent.runs.Runs.submit`.
        """
        place = await asyncio.to_thread(self._conversations.find, caller, talk, chat=chat, again=again)
        try:
            if place and place.run_id:
                return await self._runs.run(place.thread_id, place.run_id, caller)
            if place:
                return await self._start(caller, talk, model, chat, place.thread_id)
        except (ThreadNotFound, RunNotFound):
            pass  # the record of threads was begun anew; so is the conversation
        thread = await self._runs.create_thread(caller)
        await self._runs.recall(thread.thread_id, talk.earlier, caller)
        return await self._start(caller, talk, model, chat, thread.thread_id)

    async def attach(self, caller: Principal, run_id: str) -> Run:
        """A run that was started here. Raises ThreadNotFound, RunNotFound."""
        thread_id = await asyncio.to_thread(self._conversations.thread_of, run_id)
        if thread_id is None:
            raise RunNotFound(run_id)
        return await self._runs.run(thread_id, run_id, caller)

    async def ended(self, run: Run) -> RunResult:
        """The run's result, once it is on record."""
        recording = self._recording.get(run.run_id)
        if recording:
            return await asyncio.shield(recording)
        result = await run.result()
        if result.status == "failed":
            await asyncio.to_thread(self._conversations.failed, run.run_id)
        return result

    async def _start(self, caller: Principal, talk: Talk, model: str | None, chat: str | None, thread_id: str) -> Run:
        run = await self._runs.submit(thread_id, talk.message, caller, model=model)
        place = Place(thread_id, run.run_id)
        await asyncio.to_thread(self._conversations.started, caller, talk, chat, place)
        task = asyncio.create_task(self._record(run, talk))
        self._recording[run.run_id] = task
        task.add_done_callback(lambda _: self._recording.pop(run.run_id, None))
        return run

    async def _record(self, run: Run, talk: Talk) -> RunResult:
        result = await run.result()
        if result.status == "failed":
            await asyncio.to_thread(self._conversations.failed, run.run_id)
        else:
            await asyncio.to_thread(self._conversations.answered, run.run_id, talk.answered(result.reply.text))
        return result
