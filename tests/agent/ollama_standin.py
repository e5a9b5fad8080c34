"""A small stand-in for an Ollama server on a real socket: it answers `/api/chat` by script and keeps what it got."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Line = dict[str, Any]
DURATIONS = {
    "total_duration": 9_000_000,
    "load_duration": 1_000_000,
    "prompt_eval_duration": 2_000_000,
    "eval_duration": 6_000_000,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request gets: lines of JSON, then a pause (seconds), then an end that is whole or torn."""

    lines: Sequence[Line] = ()
    status: int = 200
    pause: float = 0
    torn: bool = False


def say(
    *pieces: str,
    done: bool = True,
    done_reason: str = "stop",
    calls: Sequence[Line] = (),
    tokens: int = 20,
    **more: Any,
) -> Answer:
    """A model's answer in pieces, with calls as Ollama sends them, and a last line unless `done` is false; `tokens` is
    how many of the prompt it says to have read."""
    lines: list[Line] = [{"message": {"role": "assistant", "content": piece}, "done": False} for piece in pieces]
    if calls:
        tool_calls = [{"id": "call_x", "function": {"index": 0, **call}} for call in calls]
        lines.append({"message": {"role": "assistant", "content": "", "tool_calls": tool_calls}, "done": False})
    if done:
        counts = {"prompt_eval_count": tokens, "eval_count": 5, **DURATIONS}
        lines.append(
            {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": done_reason, **counts}
        )
    return Answer([{"model": "m", "created_at": "2026-01-01T00:00:00Z", **line} for line in lines], **more)


def refuse(status: int, error: str) -> Answer:
    """An error body."""
    return Answer([{"error": error}], status=status)


@dataclass
class StandIn:
    """`models` maps names to capabilities; `sent` holds the bodies of `/api/chat` in their order."""

    base_url: str
    models: dict[str, Sequence[str]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    answers: deque[Answer] = field(default_factory=deque)
    sent: list[dict[str, Any]] = field(default_factory=list)
    most_at_once: int = 0
    _now: int = 0

    def script(self, *answers: Answer) -> None:
        """What the next requests get, in order."""
        self.answers.extend(answers)

    def options(self) -> list[dict[str, Any]]:
        """The options of each chat request."""
        return [body["options"] for body in self.sent]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until the other side hangs up."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                path = head.split(" ", 2)[1]
                lengths = [
                    line.split(":")[1] for line in head.lower().splitlines() if line.startswith("content-length:")
                ]
                body = json.loads(await reader.readexactly(int(lengths[0]))) if lengths else {}
                self._now += 1
                self.most_at_once = max(self.most_at_once, self._now)
                try:
                    if not await self._write(writer, self._answer(path, body)):
                        break
                finally:
                    self._now -= 1
        writer.close()

    def _answer(self, path: str, body: dict[str, Any]) -> Answer:
        if path == "/api/chat":
            self.sent.append(body)
            return self.answers.popleft()
        if path == "/api/tags":
            return Answer([{"models": [{"name": n, "model": n, "size": self.sizes.get(n, 1)} for n in self.models]}])
        if path == "/api/show" and body["model"] in self.models:
            info = {"qwen2.context_length": 32768}
            return Answer([{"capabilities": list(self.models[body["model"]]), "model_info": info}])
        return refuse(404, f"model '{body.get('model')}' not found")

    async def _write(self, writer: asyncio.StreamWriter, answer: Answer) -> bool:
        """Send the answer in chunks; whether the connection may be used again."""
        head = f"HTTP/1.1 {answer.status} X\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head.encode())
        for line in answer.lines:
            data = json.dumps(line).encode() + b"\n"
            writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            await writer.drain()
        await asyncio.sleep(answer.pause)
        if answer.torn:
            return False
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True


@asynccontextmanager
async def stand_in() -> AsyncIterator[StandIn]:
    """A stand-in that listens on a free port of this machine."""
    double = StandIn("")
    listener = await asyncio.start_server(double.serve, "127.0.0.1", 0)
    host, port = listener.sockets[0].getsockname()
    double.base_url = f"http://{host}:{port}"
    try:
        yield double
    finally:
        listener.close()
