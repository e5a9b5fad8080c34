"""A conversation in the terminal: messages, the steps as they happen, decisions."""

from typing import Any

from rich.console import Console

from agent.run import PlanItem, Run, RunResult
from agent.service import Service
from api import render
from tools.principal import Principal

ENDED = frozenset({"done", "skipped", "refused", "failed", "declined", "waiting"})


class Conversation:
    """One thread of one principal. Steps may be printed while they happen; the reply is left to the caller."""

    def __init__(self, service: Service, principal: Principal, thread_id: str, steps: Console | None) -> None:
        self._service = service
        self._principal = principal
        self._thread_id = thread_id
        self._steps = steps

    @classmethod
    async def start(
        cls,
        service: Service,
        principal: Principal,
        collection: str | None,
        *,
        thread_id: str | None = None,
        steps: Console | None = None,
    ) -> "Conversation":
        """Go on with ``thread_id``, or start a thread; ``steps`` is where steps are printed. Raises AgentError."""
        if thread_id is None:
            thread_id = (await service.runs.create_thread(principal, collection)).thread_id
        return cls(service, principal, thread_id, steps)

    async def say(self, message: str) -> RunResult:
        """Send a message. Raises the agent's errors."""
        run = await self._service.runs.submit(self._thread_id, message, self._principal)
        return await self._follow(run)

    async def decide(self, asked: RunResult, *, approve: bool) -> RunResult:
        """Decide alike on everything that ``asked`` waits for. Raises the agent's errors."""
        count = len(asked.pending.action_requests) if asked.pending else 0
        decision = {"type": "approve" if approve else "reject"}
        run = await self._service.runs.resume(self._thread_id, asked.run_id, [decision] * count, self._principal)
        return await self._follow(run)

    async def _follow(self, run: Run) -> RunResult:
        if self._steps:
            steps = Steps(self._steps)
            async for event in run.events():
                if event.event == "updates":
                    steps.show(event.data)
        return await run.result()


class Steps:
    """Prints each step of a plan once, when it has ended."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: dict[int, str] = {}

    def show(self, update: dict[str, Any]) -> None:
        """Take one `updates` event."""
        for number, data in enumerate(update.get("plan", [])):
            item = PlanItem.model_validate(data)
            if item.status in ENDED and self._shown.get(number) != item.status:
                self._shown[number] = item.status
                self._console.print(render.step(item))
