"""The double: a server on a real socket that answers by script and keeps what it was asked.

    async with ollama_double("qwen3:8b") as double:
        double.write("<tool_call>…")              # what the model writes for the next request
        double.fail(Fault.CUT, '{"action": …}')   # the same, and what goes wrong with it
        … a client at double.base_url …
        double.prompts[-1].order                  # what of the request reached the model

Answers are taken in the order in which requests arrive. A request that finds none goes to `double.script.brain`, a
function of the request's body and prompt; without one it is a 500 that says so.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from tests.ollama_double.answer import Answer, Script
from tests.ollama_double.chat import Chat
from tests.ollama_double.endpoints import Endpoints
from tests.ollama_double.family import family_of, full_name
from tests.ollama_double.fault import Fault
from tests.ollama_double.prompt import Prompt
from tests.ollama_double.scheduler import Scheduler
from tests.ollama_double.web import Request, Response, Web


class OllamaDouble:
    """`models` are the names it holds; `pullable` those that its registry has besides."""

    def __init__(self, models: tuple[str, ...], scheduler: Scheduler, default_num_ctx: int) -> None:
        self.models = {full_name(model): family_of(model) for model in models}
        self.pullable: set[str] = set()
        self.script = Script()
        self.scheduler = scheduler
        self.requests: list[dict[str, Any]] = []
        self.web = Web(self._handle)
        self._chat = Chat(self.models, scheduler, self.script, default_num_ctx)
        self._endpoints = Endpoints(self.models, self.pullable, scheduler)

    def be(self, *, version: str | None = None, keeps_prefixes: bool = True) -> None:
        """Say another version, or read every prompt from its beginning."""
        self._endpoints.version = version or self._endpoints.version
        self._chat.keeps_prefixes = keeps_prefixes

    @property
    def base_url(self) -> str:
        """Where clients find it."""
        return f"http://127.0.0.1:{self.web.port}"

    @property
    def prompts(self) -> list[Prompt]:
        """The prompts that reached the engine."""
        return self._chat.prompts

    @property
    def engine_options(self) -> list[dict[str, Any]]:
        """The options that reached the engine with them."""
        return self._chat.options

    @property
    def answers(self) -> deque[Answer]:
        """The script's entries that no request has taken yet."""
        return self.script.answers

    def hold(self, model: str, *, like: str = "llama3.1", **facts: Any) -> None:
        """Hold one more model, of the family `like` but for these facts (`capabilities`, `size`, `context`)."""
        self.models[full_name(model)] = replace(family_of(like), **facts)

    def write(self, *raw: str, between: float = 0) -> None:
        """Raw texts for the next requests, one each; `between` seconds from piece to piece."""
        self.answers.extend(Answer(text, between=between) for text in raw)

    def fail(self, fault: Fault, raw: str = "", *, seconds: float = 0, after: int = 1) -> None:
        """Let the next request go wrong. A refused connection begins at once and lasts until `recover`."""
        if fault is Fault.REFUSED:
            self.web.stop()
        else:
            self.answers.append(Answer(raw, fault, seconds, after=after))

    async def recover(self) -> None:
        """Listen again."""
        await self.web.start()

    async def _handle(self, request: Request) -> Response:
        if request.path == "/api/chat" and request.method == "POST":
            self.requests.append(_body(request))
            return await self._chat.answer(request.body)
        return await self._endpoints.answer(request)


@asynccontextmanager
async def ollama_double(
    *models: str,
    num_parallel: int = 1,
    max_queue: int = 512,
    load_seconds: float = 0,
    default_num_ctx: int = 4096,
) -> AsyncIterator[OllamaDouble]:
    """A double that listens. The settings are those of the server: OLLAMA_NUM_PARALLEL, OLLAMA_MAX_QUEUE and so on."""
    double = OllamaDouble(models, Scheduler(num_parallel, max_queue, load_seconds), default_num_ctx)
    await double.web.start()
    try:
        yield double
    finally:
        await double.web.close()


def _body(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(request.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
