"""The protocol's side: which tools a key sees, and what a call of one answers."""

import logging
from typing import Any, cast

from mcp.server.lowlevel import Server
from mcp.types import CallToolResult, TextContent
from mcp.types import Tool as Described
from starlette.requests import Request

from agent.errors import AgentError
from api.keys import ApiKey, Scope
from api.mcp.asking import ASK, asked
from api.mcp.calls import CALL_ID, called, described, scope_of
from api.problems import explain_to
from api.state import AppState

log = logging.getLogger("deskmate.api")

_INSTRUCTIONS = (
    "Deskmate, a customer-service desk. You act as the person of your API key. Look things up before you name them: "
    "numbers of tickets and orders count once a tool has shown them to this key."
)
_BROKEN = "Something went wrong here. The server's log has the details."


def mcp_server(state: AppState, version: str) -> Server[Any, Any]:
    """The server around the open service. Its requests carry the caller's key as `request.state.api_key`."""
    server: Server[Any, Any] = Server("deskmate", version=version, instructions=_INSTRUCTIONS)

    def key() -> ApiKey:
        request = cast(Request, server.request_context.request)  # there is one over HTTP
        found: ApiKey = request.state.api_key
        return found

    async def list_tools() -> list[Described]:
        return tools_for(state, key())

    async def call_tool(name: str, arguments: dict[str, Any]) -> CallToolResult:
        meta = server.request_context.meta
        call_id = (meta.model_extra or {}).get(CALL_ID) if meta else None
        return await _answer(state, key(), name, arguments, str(call_id)[:200] if call_id else None)

    # The stubs of the package leave its decorators untyped.
    server.list_tools()(list_tools)  # type: ignore[no-untyped-call]  # the library gives no types here
    # Arguments are checked by the gateway, which says in a sentence what to mend.
    server.call_tool(validate_input=False)(call_tool)
    return server


def tools_for(state: AppState, key: ApiKey) -> list[Described]:
    """The tools of the key's role, as far as its scopes go."""
    offered = state.service.gateway.offered(key.principal)
    asking = [ASK] if Scope.CHAT in key.scopes else []
    return [*(described(tool) for tool in offered if scope_of(tool.name) in key.scopes), *asking]


async def _answer(
    state: AppState, key: ApiKey, name: str, arguments: dict[str, Any], call_id: str | None
) -> CallToolResult:
    """The call's result; what goes wrong is a sentence, never an exception's own text."""
    try:
        if name == ASK.name:
            return await asked(state, key.principal, arguments)
        return await called(state.service.gateway, key, state.collection, name, arguments, call_id)
    except AgentError as error:
        explained = explain_to(error, "/mcp/", staff=key.principal.is_staff)
        if explained is None:
            log.exception("MCP: %s failed", name[:60])
        return _failed(explained.detail if explained else _BROKEN)
    except Exception:
        log.exception("MCP: %s failed", name[:60])
        return _failed(_BROKEN)


def _failed(sentence: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=sentence)], isError=True)
