"""What a run is to the outside: its result (the same object in REST, command line and evals) and its stream of events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["completed", "needs_approval", "needs_input", "handed_off", "failed"]
StepStatus = Literal["pending", "done", "skipped", "refused", "failed", "declined", "waiting"]


class Value(BaseModel):
    """A value: equal by content, never changed in place."""

    model_config = ConfigDict(frozen=True)


class Citation(Value):
    """Where a quoted sentence stands."""

    page: str = Field(description="Page id inside its wiki.", examples=["billing/late-fees"])
    title: str = Field(default="", description="The page's title.", examples=["Late fees"])
    heading: str = Field(
        description="Heading path below the title, joined with ' › '.", examples=["When a fee is charged"]
    )
    url: str = Field(
        description="Link to the passage.", examples=["/wiki/demo/billing/late-fees#when-a-fee-is-charged"]
    )
    quote: str = Field(description="The sentence as it stands on the page.")


class Reply(Value):
    """What the customer reads: light Markdown, with marks [1], [2] … that count through `citations`."""

    text: str = ""
    citations: tuple[Citation, ...] = ()


class PlanItem(Value):
    """One step of the plan as a person reads it."""

    step: str = Field(examples=["Check for an outage in your area"])
    status: StepStatus
    made_by: str = Field(default="", description="The model that decided on this step.", examples=["offline"])


class ToolCallRecord(Value):
    """One call that passed the gateway."""

    name: str
    arguments: dict[str, Any]
    status: str


class Metrics(Value):
    """What the run cost; times in milliseconds."""

    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    latency_ms: float = 0
    model_ms: float = 0
    tool_ms: float = 0


class ActionRequest(Value):
    """One action that waits for a decision."""

    name: str
    args: dict[str, Any]
    description: str


class ReviewConfig(Value):
    """Which decisions an action takes."""

    action_name: str
    allowed_decisions: tuple[Literal["approve", "reject"], ...] = ("approve", "reject")


class Pending(Value):
    """What an interrupted run waits for, and from whom."""

    approver: Literal["customer", "staff"]
    action_requests: tuple[ActionRequest, ...]
    review_configs: tuple[ReviewConfig, ...]


class RunResult(Value):
    """The run object: the same in REST, `--json` and evals."""

    thread_id: str
    run_id: str
    status: Status
    reply: Reply = Reply()
    plan: tuple[PlanItem, ...] = ()
    tool_calls: tuple[ToolCallRecord, ...] = ()
    tickets: tuple[str, ...] = ()
    evidence: tuple[str, ...] = Field(default=(), description="Ids of the pages that were retrieved for this message.")
    model: str = ""
    metrics: Metrics = Metrics()
    pending: Pending | None = None
    error: str | None = Field(default=None, description="Where the status is failed: a sentence for the customer.")


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a run's stream; ids count up from 1 without a gap."""

    id: int
    event: Literal["metadata", "messages", "updates", "error", "end"]
    data: dict[str, Any]


class Run:
    """A run under way or done: its events can be read by any number of readers, from any point, while it is in memory."""

    def __init__(self, thread_id: str, run_id: str, model: str, first: int = 1) -> None:
        """`first` is the id of its first event: a resumed run counts on."""
        self.thread_id = thread_id
        self.run_id = run_id
        self.model = model
        self._first = first
        self._events: list[Event] = []
        self._more = asyncio.Condition()
        self._result: RunResult | None = None

    async def emit(
        self, event: Literal["metadata", "messages", "updates", "error", "end"], data: dict[str, Any]
    ) -> None:
        """Append an event and wake the readers."""
        async with self._more:
            self._events.append(Event(self.last + 1, event, data))
            self._more.notify_all()

    async def finish(self, result: RunResult) -> None:
        """Set the result and close the stream with its `end` event."""
        self._result = result
        await self.emit("end", {"run": result.model_dump(mode="json")})

    @property
    def last(self) -> int:
        """The id of the newest event."""
        return self._first + len(self._events) - 1

    @property
    def done(self) -> bool:
        """Whether the result stands."""
        return self._result is not None

    async def events(self, after: int = 0) -> AsyncIterator[Event]:
        """Events with an id above `after`, until the `end` event."""
        seen = max(after, self._first - 1)
        while True:
            async with self._more:
                await self._more.wait_for(lambda: self.last > seen or self.done)
                fresh = self._events[seen - self._first + 1 :]
            for event in fresh:
                yield event
                seen = event.id
                if event.event == "end":
                    return
            if not fresh and self.done:
                return

    async def result(self) -> RunResult:
        """Wait for the run's end."""
        async with self._more:
            await self._more.wait_for(lambda: self._result is not None)
        if self._result is None:  # for the type checker: wait_for has just seen it
            raise RuntimeError(self.run_id)
        return self._result
