"""A conversation with the real service, in process, in a world of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent.errors import ThreadWaiting
from agent.run import Run, RunResult
from agent.service import Service
from evals.conversation import Decision, DecisionAwaitedError
from evals.world import World
from tools.principal import Principal


class ServedConversation:
    """One thread of the service. Made by :func:`serve`."""

    def __init__(self, service: Service, thread_id: str, principal: Principal) -> None:
        self._service = service
        self._thread_id = thread_id
        self._principal = principal
        self._last = ""
        self._texts: list[str] = []

    @property
    def thread_id(self) -> str:
        """The thread of this conversation."""
        return self._thread_id

    @property
    def tool_texts(self) -> tuple[str, ...]:
        """The sentences of all tool results."""
        return tuple(self._texts)

    async def say(self, text: str) -> RunResult:
        """Send a message and wait for its run.

        Raises:
            DecisionAwaitedError: the thread waits for somebody's decision that this message does not give.
        """
        try:
            run = await self._service.runs.submit(self._thread_id, text, self._principal)
        except ThreadWaiting as error:
            raise DecisionAwaitedError(str(error)) from error
        return await self._ended(run)

    async def decide(self, decision: Decision, by: Principal) -> RunResult:
        """Decide on all that the last run waits for, and wait for it to go on."""
        view = await self._service.runs.thread(self._thread_id, by)
        actions = view.pending.action_requests if view.pending else ()
        decisions = [{"type": decision} for _ in actions]
        run = await self._service.runs.resume(self._thread_id, self._last, decisions, by)
        return await self._ended(run)

    async def _ended(self, run: Run) -> RunResult:
        """The run's result. A caller who stops waiting stops the run, so that no slow model works on for nobody."""
        self._last = run.run_id
        try:
            async for event in run.events():
                if event.event == "updates" and "tool_call" in event.data:
                    self._texts.append(event.data["tool_call"]["sentence"])
            return await run.result()
        except asyncio.CancelledError:
            await self._service.runs.cancel(self._thread_id, run.run_id, self._principal)
            raise


@asynccontextmanager
async def serve(world: World, model: str) -> AsyncIterator[ServedConversation]:
    """Open the service over a world's database and the shared index, with one thread of the persona.

    Raises:
        AgentError: the model or another part cannot be used; the message says what to do.
    """
    async with await Service.open(data_dir=world.folder, index=world.index, clock=world.clock, model=model) as service:
        thread = await service.runs.create_thread(world.principal, world.collection)
        yield ServedConversation(service, thread.thread_id, world.principal)
