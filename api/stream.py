"""A run's events as a server-sent event stream."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from fastapi.sse import format_sse_event
from pydantic_core import to_json
from starlette.responses import StreamingResponse

from agent.run import Event, Run
from api.errors import INTERNAL, problem

EXAMPLE = """event: metadata
data: {"run_id":"run_19c2","model":"offline","notice":"You are talking to an AI assistant."}
id: 1

event: end
data: {"run":{"status":"completed"}}
id: 2
"""
HEARTBEAT = b": heartbeat\n\n"
log = logging.getLogger("deskmate.api")


def stream_response(run: Run, path: str, *, after: int, heartbeat: float) -> StreamingResponse:
    """Answer with the events of ``run`` above the id ``after``; a comment after ``heartbeat`` seconds of silence.

    A reader that goes away ends its stream, not the run.
    """
    return StreamingResponse(
        _wire(run, path, after=after, heartbeat=heartbeat),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


async def _wire(run: Run, path: str, *, after: int, heartbeat: float) -> AsyncIterator[bytes]:
    try:
        async with aclosing(paced(run.events(after), heartbeat)) as events:
            async for event in events:
                yield encode(event) if event else HEARTBEAT
    except Exception:
        # The status line is long gone, so the error travels as an event.
        log.exception("The stream of run %s broke off", run.run_id)
        yield encode_error(problem(INTERNAL, INTERNAL.example, path))


async def paced(events: AsyncIterator[Event], pause: float) -> AsyncGenerator[Event | None]:
    """The events, and None after every ``pause`` seconds without one."""
    upcoming: asyncio.Task[Event | None] | None = None
    try:
        while True:
            # The task is kept over a pause: cancelling it in mid-wait would finish the generator.
            upcoming = upcoming or asyncio.create_task(_next(events))
            done, _ = await asyncio.wait({upcoming}, timeout=pause)
            if not done:
                yield None
                continue
            event = upcoming.result()
            upcoming = None
            if event is None:
                return
            yield event
    finally:
        if upcoming:
            upcoming.cancel()


async def _next(events: AsyncIterator[Event]) -> Event | None:
    return await anext(events, None)


def encode(event: Event) -> bytes:
    """One event on the wire: ``event:``, ``data:`` (JSON on one line) and ``id:``."""
    return format_sse_event(data_str=to_json(event.data).decode(), event=event.event, id=str(event.id))


def encode_error(document: dict[str, object]) -> bytes:
    """An ``error`` event without an id: it is about this connection, so a re-attach must not skip anything for it."""
    return format_sse_event(data_str=to_json(document).decode(), event="error")
