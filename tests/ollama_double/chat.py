"""`/api/chat`: from a request over the prompt and the engine to lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from itertools import takewhile
from typing import Any

from tests.ollama_double import wire
from tests.ollama_double.answer import Answer, Script, ScriptEndError
from tests.ollama_double.chat_request import ChatRequest, RefusedError, check, read
from tests.ollama_double.context import TooLongError, cut, fit
from tests.ollama_double.engine import tokens
from tests.ollama_double.engine_options import engine_options
from tests.ollama_double.family import Family, full_name
from tests.ollama_double.fault import BUSY, ENGINE_ERROR, MIDWAY, Fault, refusal
from tests.ollama_double.part import ParserError
from tests.ollama_double.prompt import Prompt
from tests.ollama_double.scheduler import BusyError, Scheduler
from tests.ollama_double.web import NDJSON, Response, TornError
from tests.ollama_double.wire import Line


class Chat:
    """`prompts` and `options` are what reached the engine, in the order of the requests."""

    def __init__(
        self, models: Mapping[str, Family], scheduler: Scheduler, script: Script, default_num_ctx: int
    ) -> None:
        self._models = models
        self._scheduler = scheduler
        self._script = script
        self.prompts: list[Prompt] = []
        self.options: list[dict[str, Any]] = []
        self.keeps_prefixes = True
        self._kept: dict[str, str] = {}
        self._default_num_ctx = default_num_ctx

    async def answer(self, body: bytes) -> Response:
        """The answer to one request; its first line is ready, so that errors before it have a status of their own."""
        try:
            return await self._answer(read(body))
        except RefusedError as refused:
            return wire.error(refused.status, str(refused))
        except TooLongError as too_long:
            return wire.error(400, str(too_long))
        except ParserError as failed:
            return wire.error(500, str(failed))
        except BusyError:
            return wire.error(503, BUSY)

    async def _answer(self, request: ChatRequest) -> Response:
        family = self._family(request)
        check(request, family)
        if not request.messages:
            return await self._empty(request, family)
        num_ctx = self._num_ctx(request, family)
        entire = fit(family, request.messages, request.tools, request.thinks, num_ctx if request.truncate else None)
        if request.render_only:
            await self._scheduler.load(full_name(request.model), num_ctx)
            return wire.whole(wire.rendered(request.model, entire.text))
        prompt = cut(entire, num_ctx, shift=request.shift) if request.truncate else entire
        entry = self._next(request, prompt)
        load = await self._scheduler.load(full_name(request.model), num_ctx)
        self.prompts.append(prompt)
        self.options.append(engine_options(request.options, family.stops, num_ctx))
        lines = self._lines(request, family, entry, prompt, load, self._fresh(request.model, prompt))
        if request.stream:
            return Response(200, _stream(await anext(lines, False), lines), NDJSON)
        return wire.whole(wire.joined([line async for line in lines if line is not None], calls=bool(request.tools)))

    def _family(self, request: ChatRequest) -> Family:
        family = self._models.get(full_name(request.model))
        if family is None:
            raise RefusedError(404, f"model '{request.model}' not found")
        return family

    async def _empty(self, request: ChatRequest, family: Family) -> Response:
        """A request without messages loads the model, or unloads it with `keep_alive` 0."""
        model = full_name(request.model)
        if request.unload:
            self._scheduler.unload(model)
        else:
            await self._scheduler.load(model, self._num_ctx(request, family))
        return wire.whole(wire.loaded(request.model, "unload" if request.unload else "load"))

    def _next(self, request: ChatRequest, prompt: Prompt) -> Answer:
        try:
            entry = self._script.next(request.body, prompt)
        except ScriptEndError as ended:
            raise RefusedError(500, str(ended)) from None
        if entry.fault and (turned_away := refusal(entry.fault, request.model, full_name(request.model))):
            raise RefusedError(*turned_away)
        return entry

    def _num_ctx(self, request: ChatRequest, family: Family) -> int:
        return min(int(request.options.get("num_ctx") or self._default_num_ctx), family.context)

    def _fresh(self, model: str, prompt: Prompt) -> int:
        """Tokens that the engine has to read: the model's one slot keeps its last prompt. One is always read."""
        kept = self._kept.get(model, "") if self.keeps_prefixes else ""
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(kept, prompt.text, strict=False)))
        self._kept[model] = prompt.text
        return max(1, len(tokens(prompt.text[same:])))

    async def _lines(
        self, request: ChatRequest, family: Family, entry: Answer, prompt: Prompt, load: float, fresh: int
    ) -> AsyncGenerator[Line | None, None]:
        """The lines in a slot of the server, with the fault where it strikes."""
        async with self._scheduler.slot():
            if entry.fault in (Fault.COLD_LOAD, Fault.SLOW_FIRST_BYTE):
                await asyncio.sleep(entry.seconds)
                load += entry.seconds if entry.fault is Fault.COLD_LOAD else 0
            if entry.fault is Fault.LOAD_ONLY:
                yield wire.loaded(request.model, "load")
                return
            sent = 0
            async for line in _spoken(request, family, entry, prompt, load, fresh):
                if sent == entry.after and entry.fault in MIDWAY:
                    if entry.fault is Fault.BLANK_LINE:
                        yield None
                    await _strike(entry)
                yield line
                sent += 1
            if sent <= entry.after and entry.fault in MIDWAY:
                raise ValueError(f"{entry.fault} was to strike after {entry.after} lines, but there were {sent}")


async def _spoken(
    request: ChatRequest, family: Family, entry: Answer, prompt: Prompt, load: float, fresh: int
) -> AsyncIterator[Line]:
    """What the model's parser lets out, piece by piece, and the last line where the engine came to its end."""
    thinks = "thinking" in family.capabilities and request.thinks is not False
    parser = family.parser(request.tools, thinks)
    playback = entry.play(request.num_predict)
    for piece in playback.pieces:
        await asyncio.sleep(entry.between)
        if part := parser.add(piece):
            yield wire.chunk(request.model, part)
    if playback.ending in ("stop", "length"):
        line = wire.chunk(request.model, parser.add("", done=True))
        written = len(playback.pieces)
        read_all = max(prompt.tokens, 1)
        yield wire.last(line, playback.ending, read=read_all, fresh=fresh, written=written, load=load)


async def _strike(entry: Answer) -> None:
    if entry.fault is Fault.STALL:
        await asyncio.sleep(entry.seconds)
    elif entry.fault is Fault.ERROR_LINE:
        raise ParserError(ENGINE_ERROR)
    elif entry.fault is Fault.CUT:
        raise TornError


async def _stream(first: Line | bool | None, lines: AsyncGenerator[Line | None, None]) -> AsyncGenerator[bytes, None]:
    """The lines as bytes; `first` is False where there are none. An error after the first line is a line itself."""
    if isinstance(first, bool):
        return
    async with aclosing(lines):
        yield wire.encode(first)
        try:
            async for line in lines:
                yield wire.encode(line)
        except ParserError as failed:
            yield wire.encode({"error": str(failed)})
