"""An MCP server on a real socket whose tools a test describes, changes, slows down and counts."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.types import CallToolResult, TextContent, Tool, ToolAnnotations
from starlette.applications import Starlette
from starlette.routing import Mount


def described(name: str, description: str, *, reads: bool = True, **properties: Any) -> Tool:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    hints = ToolAnnotations(readOnlyHint=True) if reads else None
    return Tool(name=name, description=description, inputSchema=schema, annotations=hints)


@dataclass
class McpDouble:
    """`calls` holds (tool, arguments, call id) in their order; `answer` makes the result of one."""

    tools: list[Tool]
    url: str = ""
    port: int = 0
    calls: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    answer: Callable[[str, dict[str, Any]], CallToolResult] = lambda name, _: said(f"{name} was done")
    pause: float = 0
    authorization: list[str | None] = field(default_factory=list)

    def app(self) -> Starlette:
        server: Server[Any, Any] = Server("double")

        async def list_tools() -> list[Tool]:
            return self.tools

        async def call_tool(name: str, arguments: dict[str, Any]) -> CallToolResult:
            context = server.request_context
            assert context.request is not None
            self.authorization.append(context.request.headers.get("authorization"))
            call_id = (context.meta.model_extra or {}).get("deskmate/call-id", "") if context.meta else ""
            self.calls.append((name, arguments, call_id))
            await asyncio.sleep(self.pause)
            return self.answer(name, arguments)

        server.list_tools()(list_tools)  # type: ignore[no-untyped-call]
        server.call_tool(validate_input=False)(call_tool)
        sessions = StreamableHTTPSessionManager(server, json_response=True, stateless=True)
        return Starlette(routes=[Mount("/", app=sessions.handle_request)], lifespan=lambda _: sessions.run())

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve on the same port as before, if there was one."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        server = uvicorn.Server(uvicorn.Config(self.app(), log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()
            listener.close()


def said(text: str, data: dict[str, Any] | None = None, *, failed: bool = False) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], structuredContent=data, isError=failed)
