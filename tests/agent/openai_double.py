"""A server of OpenAI's protocol on a real socket that answers by script."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

Delta = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: deltas, then how it ends (None: the stream breaks off), or a status with an error."""

    deltas: tuple[Delta, ...] = ()
    finish: str | None = "stop"
    status: int = 200
    pause: float = 0  # seconds before the first line
    read: int = 21  # tokens of the prompt that it says it has read


@dataclass
class OpenAIDouble:
    """`sent` holds the bodies of the requests in their order; `names` are the models that it lists."""

    base_url: str = ""
    names: tuple[str, ...] = ("m",)
    script: deque[Said] = field(default_factory=deque)
    sent: list[dict[str, Any]] = field(default_factory=list)

    async def chat(self, request: Request) -> Response:
        """One scripted answer."""
        self.sent.append(await request.json())
        said = self.script.popleft()
        if said.status != 200:
            return JSONResponse({"error": {"message": "secret words", "type": "x", "code": None}}, said.status)
        return StreamingResponse(_lines(said), media_type="text/event-stream")

    async def models(self) -> dict[str, Any]:
        """The list of models."""
        data = [{"id": name, "object": "model", "created": 1, "owned_by": "x"} for name in self.names]
        return {"object": "list", "data": data}


async def _lines(said: Said) -> AsyncIterator[str]:
    await asyncio.sleep(said.pause)
    for delta in said.deltas:
        yield _line([{"index": 0, "delta": delta, "finish_reason": None}])
    if said.finish is None:
        return
    yield _line([{"index": 0, "delta": {}, "finish_reason": said.finish}])
    yield _line([], usage={"prompt_tokens": said.read, "completion_tokens": 4, "total_tokens": said.read + 4})
    yield "data: [DONE]\n\n"


def _line(choices: list[dict[str, Any]], **more: Any) -> str:
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices, **more}
    return f"data: {json.dumps(chunk)}\n\n"


def _wait_for(server: uvicorn.Server) -> None:
    while not server.started:
        time.sleep(0.01)


@asynccontextmanager
async def openai_double() -> AsyncIterator[OpenAIDouble]:
    """One that listens on a free port of this machine."""
    double = OpenAIDouble()
    app = FastAPI()
    app.add_api_route("/v1/chat/completions", double.chat, methods=["POST"], response_model=None)
    app.add_api_route("/v1/models", double.models, methods=["GET"])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    serving = asyncio.ensure_future(server.serve())
    await asyncio.to_thread(_wait_for, server)
    double.base_url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1"
    try:
        yield double
    finally:
        server.should_exit = True
        await serving
