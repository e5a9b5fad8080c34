"""HTTP/1.1 on a real socket: one handler for every request, bodies whole or in chunks, connections kept or torn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from http import HTTPStatus

JSON = "application/json; charset=utf-8"
NDJSON = "application/x-ndjson"
_HOST = "127.0.0.1"


class TornError(Exception):
    """The connection breaks here, in the middle of a body."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came."""

    method: str
    path: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. A generator as body is sent in chunks as they come."""

    status: int
    body: bytes | AsyncGenerator[bytes, None]
    content_type: str = JSON


Handler = Callable[[Request], Awaitable[Response]]


class Web:
    """A listening socket. A request whose client goes away is cancelled."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0

    async def start(self) -> None:
        """Listen; on the same port again after `stop`."""
        self._server = await asyncio.start_server(self._connected, _HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Listen no more and break what is open: new connections are refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._connections:
            task.cancel()

    async def close(self) -> None:
        """Stop, and wait until every connection has ended."""
        tasks = list(self._connections)
        self.stop()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._connections.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, TornError, asyncio.CancelledError):
                while (request := await _read(reader)) is not None:
                    await self._watched(request, reader, writer)
        finally:
            self._connections.discard(task)
            writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()

    async def _watched(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer, unless the client goes away first."""
        answer = asyncio.ensure_future(self._answer(request, writer))
        gone = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise ConnectionResetError(f"the client of {request.path} went away")
            await answer
        finally:
            for task in (answer, gone):
                task.cancel()
            await asyncio.gather(answer, gone, return_exceptions=True)

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        response = await self._handler(request)
        head = f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
        head += f"Content-Type: {response.content_type}\r\n"
        if isinstance(response.body, bytes):
            writer.write(f"{head}Content-Length: {len(response.body)}\r\n\r\n".encode())
            writer.write(b"" if request.method == "HEAD" else response.body)
            return
        writer.write(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        async with aclosing(response.body) as pieces:
            async for piece in pieces:
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                await writer.drain()
        writer.write(b"0\r\n\r\n")


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """The next request, or None where the client has hung up."""
    line = await reader.readline()
    if not line:
        return None
    method, path, _ = line.decode("ascii").split()
    length = 0
    while (header := (await reader.readline()).strip()) != b"":
        name, _, value = header.decode("latin-1").partition(":")
        if name.lower() == "content-length":
            length = int(value)
    return Request(method, path, await reader.readexactly(length))
