"""A line to one MCP server: a session that is kept open, opened again after a break, and limited in time."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO, TypeVar

import anyio
import httpx
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import get_default_environment, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import McpError
from mcp.types import CallToolResult, PaginatedRequestParams
from mcp.types import Tool as Described

from tools.loop import Loop
from tools.remote.config import ServerEntry, expanded
from tools.remote.errors import RemoteError, ServerDown, ToolChanged
from tools.remote.pins import pin

_log = logging.getLogger(__name__)
T = TypeVar("T")
_MOST_PAGES = 20  # of a list that never ends no more is read
CALL_ID = "deskmate/call-id"
"""Sent in `_meta` with each call: the same for the same call, so that a server can do a write once."""


class Line:
    """Safe to share between threads. `held` are the approved hashes; a tool that differs is not called."""

    def __init__(self, name: str, entry: ServerEntry, loop: Loop, folder: Path, held: Mapping[str, str]) -> None:
        self._name = name
        self._entry = entry
        self._loop = loop
        self._folder = folder
        self._held = held
        self._described: list[Described] = []
        self._session: ClientSession | None = None
        self._owner: asyncio.Task[None] | None = None
        self._lock: asyncio.Lock | None = None

    def tools(self) -> list[Described]:
        """What the server offers now, as it describes it. Raises ServerDown."""
        self._run(self._open(), self._entry.start_seconds)
        return self._described

    def call(self, tool: str, arguments: dict[str, Any], call_id: str) -> CallToolResult:
        """Call a tool as it was approved. Raises ServerDown, ToolChanged."""
        return self._run(self._call(tool, arguments, call_id), self._entry.seconds)

    def close(self) -> None:
        """End the session, and the process where there is one."""
        with suppress(RemoteError):
            self._run(self._end(), 10)

    def _run(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        try:
            return self._loop.run(work, seconds)
        except RemoteError:
            raise
        except TimeoutError as error:
            self._loop.start(self._probe())
            raise ServerDown(f"The MCP server {self._name} did not answer in {seconds:g} seconds.") from error
        except Exception as error:
            _log.warning("MCP server %s: %s", self._name, _cause(error))
            raise ServerDown(f"The MCP server {self._name} cannot be reached, or broke off.") from error

    async def _call(self, tool: str, arguments: dict[str, Any], call_id: str) -> CallToolResult:
        try:
            return await self._sent(tool, arguments, call_id)
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):  # the session had died: nothing was sent
            return await self._sent(tool, arguments, call_id)

    async def _sent(self, tool: str, arguments: dict[str, Any], call_id: str) -> CallToolResult:
        session = await self._open()
        described = next((one for one in self._described if one.name == tool), None)
        if described is None or pin(described) != self._held.get(tool):
            raise ToolChanged(
                f"The MCP server {self._name} has changed its tool {tool}. Look at it with `deskmate mcp list`, and "
                f"allow it again with `deskmate mcp approve {self._name}`."
            )
        limit = timedelta(seconds=self._entry.seconds)
        try:
            return await session.call_tool(tool, arguments, limit, meta={CALL_ID: call_id})
        except McpError as error:
            if error.error.code != httpx.codes.REQUEST_TIMEOUT:  # so the package marks its own time limit
                await self._end()
            raise
        except Exception:
            await self._end()
            raise

    async def _probe(self) -> None:
        """After a call without an answer: is only that call slow, or is the session dead and to be opened anew?"""
        session = self._session
        if session is None:
            return
        try:
            await asyncio.wait_for(session.send_ping(), self._entry.seconds)
        except Exception as error:  # noqa: BLE001 - whatever it is, the session cannot be used
            _log.warning("MCP server %s does not answer a ping: %s", self._name, _cause(error))
            if self._session is session:
                await self._end()

    async def _open(self) -> ClientSession:
        self._lock = self._lock or asyncio.Lock()
        async with self._lock:
            if self._session and self._owner and not self._owner.done():
                return self._session
            ready: asyncio.Future[ClientSession] = asyncio.get_running_loop().create_future()
            self._owner = asyncio.create_task(self._hold(ready))
            try:
                self._session = await ready
                self._described = await _all_tools(self._session)
            except BaseException:
                self._owner.cancel()
                self._session = None
                raise
            return self._session

    async def _hold(self, ready: "asyncio.Future[ClientSession]") -> None:
        """Own the session: it must be closed by the task that opened it."""
        try:
            async with self._transport() as (read, write), ClientSession(read, write) as session:
                await session.initialize()
                if not ready.done():
                    ready.set_result(session)
                await asyncio.get_running_loop().create_future()  # until it is cancelled
        except asyncio.CancelledError:
            pass
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - whatever broke, the next call opens anew
            _log.warning("MCP server %s: %s", self._name, _cause(error))
        finally:
            if not ready.done():
                ready.set_exception(ServerDown(f"The MCP server {self._name} cannot be reached."))

    async def _end(self) -> None:
        owner, self._owner, self._session = self._owner, None, None
        if owner:
            owner.cancel()
            with suppress(asyncio.CancelledError):
                await owner

    @asynccontextmanager
    async def _transport(self) -> AsyncIterator[tuple[Any, Any]]:
        if self._entry.url:
            headers = {name: expanded(value) for name, value in self._entry.headers.items()}
            async with (
                httpx.AsyncClient(headers=headers, timeout=3 * self._entry.seconds) as http,
                streamable_http_client(self._entry.url, http_client=http) as (read, write, _),
            ):
                yield read, write
            return
        command, *arguments = self._entry.started()
        server = StdioServerParameters(command=command, args=arguments, env=self._environment())
        # What a server prints may hold personal data: it goes nowhere. Run its command by hand to read it.
        with _nowhere() as nowhere:
            async with stdio_client(server, errlog=nowhere) as (read, write):
                yield read, write

    def _environment(self) -> dict[str, str]:
        """A started server sees little: no key of ours stands in it."""
        path = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
        own = {name: expanded(value) for name, value in self._entry.env.items()}
        return {**get_default_environment(), **path, "DESKMATE_DATA_DIR": str(self._folder.absolute()), **own}


async def _all_tools(session: ClientSession) -> list[Described]:
    """Every page of the server's list."""
    page = await session.list_tools()
    found = page.tools
    for _ in range(_MOST_PAGES):
        if page.nextCursor is None:
            break
        page = await session.list_tools(params=PaginatedRequestParams(cursor=page.nextCursor))
        found += page.tools
    return found


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w")


def _cause(error: BaseException) -> str:
    """The kind and words of what lies at the bottom of nested groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}".rstrip(": ")
