"""An answer on the wire: one body, or a stream of chunks that ends with `[DONE]`.

Silence is filled with comments, so no chunk carries an id: OpenAI's client takes a comment behind an id for an event.
"""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json
from starlette.responses import JSONResponse, Response, StreamingResponse

from agent.run import Run, RunResult
from agent.runs import NOTICE
from api.completions.bodies import Answer, Behind, ChatCompletion, Choice
from api.completions.errors import openai_error
from api.completions.reply import Reply, reply_of
from api.errors import INTERNAL, RUN_FAILED, ProblemError
from api.stream import HEARTBEAT, paced

DONE = b"data: [DONE]\n\n"
EXAMPLE = """data: {"id":"chatcmpl-run_9d","object":"chat.completion.chunk","created":1764000000,"model":"offline",\
"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

data: {"id":"chatcmpl-run_9d","object":"chat.completion.chunk","created":1764000000,"model":"offline",\
"choices":[{"index":0,"delta":{"content":"A late fee "},"finish_reason":null}]}

data: [DONE]
"""
log = logging.getLogger("deskmate.api")


@dataclass(frozen=True, slots=True)
class Frame:
    """What every chunk of one answer repeats."""

    answer_id: str
    model: str
    usage: bool = False  # whether the stream is to end with it
    created: int = field(default_factory=lambda: int(time.time()))

    def chunk(self, delta: dict[str, Any], finish_reason: str | None = None, **more: Any) -> bytes:
        """One piece of the answer."""
        choices = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}]
        return self._write({"choices": choices, **more} | ({"usage": None} if self.usage else {}))

    def ending(self, reply: Reply) -> bytes:
        """What follows the text: sources, why it ended, where asked for what it cost, and the end itself."""
        parts = []
        if reply.annotations:
            parts.append(self.chunk({"annotations": [note.model_dump() for note in reply.annotations]}))
        more = {"deskmate": reply.behind.model_dump()} if reply.behind else {}
        parts.append(self.chunk({}, reply.finish_reason, **more))
        if self.usage:
            parts.append(self._write({"choices": [], "usage": reply.usage.model_dump()}))
        return b"".join([*parts, DONE])

    def _write(self, content: dict[str, Any]) -> bytes:
        head = {
            "id": self.answer_id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
        }
        return _data(head | content)


def body(frame: Frame, reply: Reply) -> Response:
    """The whole answer at once."""
    message = Answer(
        content=None if reply.tool_calls else reply.text,
        annotations=list(reply.annotations),
        tool_calls=list(reply.tool_calls) or None,
    )
    completion = ChatCompletion(
        id=frame.answer_id,
        created=frame.created,
        model=reply.model,
        choices=[Choice(message=message, finish_reason=reply.finish_reason)],
        usage=reply.usage,
        deskmate=reply.behind,
    )
    document = completion.model_dump()
    if not reply.tool_calls:  # clients ask whether the field is there at all
        del document["choices"][0]["message"]["tool_calls"]
    return JSONResponse(document)


def at_once(frame: Frame, reply: Reply) -> Response:
    """A stream of an answer that is complete already."""

    async def chunks() -> AsyncIterator[bytes]:
        yield frame.chunk({"role": "assistant", "content": None if reply.tool_calls else ""})
        if reply.text and not reply.tool_calls:
            yield frame.chunk({"content": reply.text})
        for number, call in enumerate(reply.tool_calls):
            yield frame.chunk({"tool_calls": [{"index": number, **call.model_dump()}]})
        yield frame.ending(reply)

    return _stream(chunks())


def run_body(frame: Frame, result: RunResult, base_url: str) -> Response:
    """The whole answer of a run. Raises ProblemError for one that failed."""
    if result.status == "failed":
        raise ProblemError(RUN_FAILED, result.error or RUN_FAILED.example)
    return body(frame, reply_of(result, base_url))


def run_stream(
    frame: Frame, run: Run, recorded: Callable[[], Awaitable[RunResult]], *, base_url: str, heartbeat: float
) -> Response:
    """A run's answer as it comes. ``recorded`` waits until the run's end is on record, so that what the client sends
    next finds its thread. A reader that goes away ends its stream, not the run."""

    async def chunks() -> AsyncIterator[bytes]:
        yield frame.chunk(
            {"role": "assistant", "content": ""},
            deskmate=Behind(notice=NOTICE, thread_id=run.thread_id, run_id=run.run_id).model_dump(exclude_none=True),
        )
        said = ""
        try:
            async with aclosing(paced(run.events(), heartbeat)) as events:
                async for event in events:
                    if event is None:
                        yield HEARTBEAT
                    elif event.event == "error":
                        break  # what is said of it is no answer
                    elif event.event == "messages":
                        said += event.data["text"]
                        yield frame.chunk({"content": event.data["text"]})
            result = await recorded()
            if result.status == "failed":
                yield _data(openai_error(RUN_FAILED, result.error or RUN_FAILED.example)) + DONE
                return
            # A run of an earlier process has its end alone; one that a decision has taken further, its last words.
            if not said.endswith(result.reply.text):
                yield frame.chunk({"content": result.reply.text})
            yield frame.ending(reply_of(result, base_url))
        except Exception:
            # The status line is long gone, so the error travels as a chunk.
            log.exception("The stream of run %s broke off", run.run_id)
            yield _data(openai_error(INTERNAL, INTERNAL.example)) + DONE

    return _stream(chunks())


def _stream(chunks: AsyncIterator[bytes]) -> Response:
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(chunks, media_type="text/event-stream", headers=headers)


def _data(document: dict[str, Any]) -> bytes:
    return b"data: " + to_json(document) + b"\n\n"
