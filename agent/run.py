"""What a run is to the outside: its result (the same in REST, command line and evals) and its stream of events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["completed", "needs_approval", "needs_input", "handed_off", "failed"]
EventName = Literal["metadata", "messages", "updates", "error", "end"]
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

    text: str = Field(default="", description="Light Markdown.", examples=["A late fee of €7.50 is charged … [1]"])
    citations: tuple[Citation, ...] = Field(default=(), description="The first one is [1].")


class PlanItem(Value):
    """One step of the plan as a person reads it."""

    step: str = Field(description="What is done.", examples=["Check for an outage in your area"])
    status: StepStatus = Field(description="How far it is.", examples=["done"])
    made_by: str = Field(default="", description="The model that decided on this step.", examples=["offline"])


class ToolCallRecord(Value):
    """One call that passed the gateway."""

    name: str = Field(description="Name of the tool.", examples=["create_ticket"])
    arguments: dict[str, Any] = Field(description="Its arguments.", examples=[{"subject": "Router drops"}])
    status: str = Field(description="ok, refused, invalid, failed or declined.", examples=["ok"])


class Metrics(Value):
    """What the run cost; times in milliseconds."""

    model_calls: int = Field(default=0, description="Decisions that a model made.", examples=[3])
    input_tokens: int = Field(default=0, description="Tokens read by the model.", examples=[612])
    output_tokens: int = Field(default=0, description="Tokens written by the model.", examples=[48])
    latency_ms: float = Field(default=0, description="Wall time of the run.", examples=[143.0])
    model_ms: float = Field(default=0, description="Time in the model.", examples=[12.0])
    tool_ms: float = Field(default=0, description="Time in tools.", examples=[8.0])
    uncached_tokens: int = Field(
        default=0, description="Of the tokens read, those that the prompt before did not begin with.", examples=[204]
    )
    prompt_bytes: int = Field(
        default=0, description="Length of the prompts from a thread's second call on.", examples=[9120]
    )
    reused_bytes: int = Field(
        default=0, description="What of it the thread's prompt before begins with, byte for byte.", examples=[8816]
    )
    repairs: int = Field(default=0, description="Answers that were sent back with what was wrong.", examples=[0])
    floor_steps: int = Field(
        default=0, description="Decisions that the built-in model made because a model failed.", examples=[0]
    )

    wordings: int = Field(default=0, description="Replies that a model was asked to word.", examples=[1])
    wordings_kept: int = Field(
        default=0, description="Of these, replies of which every sentence stood, so that they went out.", examples=[1]
    )
    prefix_reuse: float | None = Field(
        default=None,
        description="reused_bytes / prompt_bytes: what a server's prefix cache can hold. None before the second call.",
        examples=[0.96],
    )

    def __add__(self, other: Metrics) -> Metrics:
        """Costs add up."""
        names = Metrics.model_fields.keys() - {"prefix_reuse"}
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        length = sums["prompt_bytes"]
        return Metrics(**sums, prefix_reuse=round(sums["reused_bytes"] / length, 4) if length else None)


class ActionRequest(Value):
    """One action that waits for a decision."""

    name: str = Field(description="Name of the tool.", examples=["cancel_order"])
    args: dict[str, Any] = Field(description="Its arguments.", examples=[{"order_id": "O-5001"}])
    description: str = Field(description="What is asked.", examples=["Shall I cancel order O-5001?"])


class ReviewConfig(Value):
    """Which decisions an action takes."""

    action_name: str = Field(description="Name of the tool.", examples=["cancel_order"])
    allowed_decisions: tuple[Literal["approve", "reject"], ...] = Field(
        default=("approve", "reject"), description="What may be decided."
    )


class Pending(Value):
    """What an interrupted run waits for, and from whom."""

    approver: Literal["customer", "staff"] = Field(description="Who may approve.", examples=["customer"])
    action_requests: tuple[ActionRequest, ...] = Field(description="What waits, in the order of the decisions.")
    review_configs: tuple[ReviewConfig, ...] = Field(description="One for each action request.")


class RunResult(Value):
    """The run object: the same in REST, `--json` and evals."""

    thread_id: str = Field(description="The conversation.", examples=["th_4c1f0a"])
    run_id: str = Field(description="The run.", examples=["run_9d2e7b"])
    status: Status = Field(description="How the run ended.", examples=["completed"])
    reply: Reply = Field(default=Reply(), description="What the customer reads.")
    plan: tuple[PlanItem, ...] = Field(default=(), description="The steps in order.")
    tool_calls: tuple[ToolCallRecord, ...] = Field(default=(), description="Calls that passed the gateway, in order.")
    tickets: tuple[str, ...] = Field(default=(), description="Tickets that were touched.", examples=[["T-1201"]])
    evidence: tuple[str, ...] = Field(default=(), description="Ids of the pages that were retrieved for this message.")
    unanswered: tuple[str, ...] = Field(
        default=(),
        description="What was looked for in the wiki and not found.",
        examples=[["Do you sell telephones for boats?"]],
    )
    model: str = Field(default="", description="The model that was asked for.", examples=["offline"])
    decided_by: dict[str, int] = Field(
        default_factory=dict, description="Decisions by the model that made them.", examples=[{"offline": 3}]
    )
    metrics: Metrics = Field(default=Metrics(), description="What the run cost.")
    pending: Pending | None = Field(default=None, description="Where the status is needs_approval: what is waited for.")
    error: str | None = Field(default=None, description="Where the status is failed: a sentence for the customer.")


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a run's stream; ids count up from 1 without a gap."""

    id: int
    event: EventName
    data: dict[str, Any]


class Run:
    """A run under way or done. While it is in memory, any number of readers can read its events from any point."""

    def __init__(self, thread_id: str, run_id: str, model: str, first: int = 1) -> None:
        """`first` is the id of its first event: a run that was waiting before a restart counts on."""
        self.thread_id = thread_id
        self.run_id = run_id
        self.model = model
        self._first = first
        self._events: list[Event] = []
        self._more = asyncio.Condition()
        self._result: RunResult | None = None

    async def emit(self, event: EventName, data: dict[str, Any]) -> None:
        """Append an event and wake the readers."""
        async with self._more:
            self._events.append(Event(self.last + 1, event, data))
            self._more.notify_all()

    async def finish(self, result: RunResult) -> None:
        """Set the result and close the stream with its `end` event."""
        self._result = result
        await self.emit("end", {"run": result.model_dump(mode="json")})

    def go_on(self) -> None:
        """Take up a run that waited for a decision: its stream is open again and its events count on."""
        self._result = None

    @property
    def last(self) -> int:
        """The id of the newest event."""
        return self._first + len(self._events) - 1

    @property
    def done(self) -> bool:
        """Whether the result stands."""
        return self._result is not None

    async def events(self, after: int = 0) -> AsyncIterator[Event]:
        """Events with an id above `after`, until the `end`. An `end` that a decision has reopened is passed over."""
        seen = max(after, self._first - 1)
        while True:
            async with self._more:
                while self.last <= seen and not self.done:
                    await self._more.wait()
                fresh, closed = self._events[seen - self._first + 1 :], self.done
            for event in fresh:
                seen = event.id
                if event.event != "end" or (closed and event is fresh[-1]):
                    yield event
            if closed:
                return

    async def result(self) -> RunResult:
        """Wait for the run's end."""
        async with self._more:
            while self._result is None:
                await self._more.wait()
            return self._result
