"""Threads as people read them: a conversation whole, or one line of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from agent.run import Citation, Pending, RunResult, Value
from agent.threads import Recorded, Thread

ThreadStatus = Literal["new", "running", "completed", "needs_approval", "needs_input", "handed_off", "failed"]


class Message(Value):
    """One entry of a conversation."""

    role: Literal["user", "assistant"] = Field(description="Who speaks.", examples=["assistant"])
    content: str = Field(description="What was said.", examples=["A late fee of €7.50 is charged … [1]"])
    run_id: str = Field(description="The run that it belongs to.", examples=["run_9d2e7b"])
    citations: tuple[Citation, ...] = Field(default=(), description="What the marks of the content count through.")


class ThreadSummary(Value):
    """One line in a list of threads."""

    thread_id: str = Field(description="The conversation.", examples=["th_4c1f0a"])
    customer: str = Field(description="Whose it is.", examples=["C-1001"])
    status: ThreadStatus = Field(description="What it waits for, if for anything.", examples=["needs_approval"])
    subject: str = Field(description="The last message, cut.", examples=["Please refund my Hub 6"])
    run_id: str | None = Field(default=None, description="The last run.", examples=["run_9d2e7b"])
    pending: Pending | None = Field(default=None, description="What waits for a decision.")


class ThreadView(Value):
    """A conversation whole: what was said, its runs, and what it waits for."""

    thread_id: str = Field(description="The conversation.", examples=["th_4c1f0a"])
    status: ThreadStatus = Field(description="What it waits for, if for anything.", examples=["completed"])
    collection: str = Field(description="The wiki that it searches.", examples=["demo"])
    messages: tuple[Message, ...] = Field(description="What was said, oldest first.")
    runs: tuple[RunResult, ...] = Field(description="The results, oldest first.")
    pending: Pending | None = Field(default=None, description="What waits for a decision.")
    handoff: str | None = Field(
        default=None,
        description="For staff, where it was handed over: who, what was asked, done and is open, what next.",
        examples=["Handed over by Deskmate.\nWho: Mara Ellison (C-1001)\nAsked: …"],
    )


def view(thread: Thread, recorded: Sequence[Recorded]) -> ThreadView:
    """The conversation whole."""
    messages: list[Message] = []
    for run in recorded:
        messages.append(Message(role="user", content=run.message, run_id=run.run_id))
        if run.result:
            said = run.result.reply
            messages.append(Message(role="assistant", content=said.text, run_id=run.run_id, citations=said.citations))
    return ThreadView(
        thread_id=thread.thread_id,
        status=_status(thread, recorded),
        collection=thread.collection,
        messages=tuple(messages),
        runs=tuple(run.result for run in recorded if run.result),
        pending=_pending(recorded),
    )


def summary(thread: Thread, recorded: Sequence[Recorded]) -> ThreadSummary:
    """One line."""
    last = recorded[-1] if recorded else None
    return ThreadSummary(
        thread_id=thread.thread_id,
        customer=thread.principal.subject,
        status=_status(thread, recorded),
        subject=" ".join(last.message.split())[:120] if last else "",
        run_id=last.run_id if last else None,
        pending=_pending(recorded),
    )


def _pending(recorded: Sequence[Recorded]) -> Pending | None:
    last = recorded[-1].result if recorded else None
    return last.pending if last else None


def _status(thread: Thread, recorded: Sequence[Recorded]) -> ThreadStatus:
    if thread.owner == "human":
        return "handed_off"
    if not recorded:
        return "new"
    last = recorded[-1].result
    return last.status if last else "running"
