"""The way in to `/mcp/`: who calls, with which key, and whether that key is good for the tool that is called."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi.security import HTTPAuthorizationCredentials
from fastapi.security.utils import get_authorization_scheme_param
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection

from api.auth import authenticate
from api.errors import FORBIDDEN, METHOD_NOT_ALLOWED, ProblemError
from api.keys import ApiKey, Scope
from api.mcp.calls import scope_of
from api.mcp.server import mcp_server
from api.problems import problem_response
from api.state import AppState


class Door:
    """The ASGI application at `/mcp/`. It serves inside `open()` alone."""

    def __init__(self, state: AppState, version: str) -> None:
        self._state = state
        self._sessions = StreamableHTTPSessionManager(mcp_server(state, version), json_response=True, stateless=True)

    @asynccontextmanager
    async def open(self, _: ASGIApp) -> AsyncIterator[None]:
        """The application's lifespan."""
        async with self._sessions.run():
            yield

    async def __call__(self, connection: Connection, receive: Receive, send: Send) -> None:
        request = Request(connection, receive)
        try:
            body = await self._admit(request)
        except ProblemError as error:
            answer = problem_response(request, error.kind, error.detail, headers=error.headers)
            await answer(connection, receive, send)
            return
        pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return pending.pop() if pending else await receive()

        await self._sessions.handle_request(connection, replay, send)

    async def _admit(self, request: Request) -> bytes:
        """The body of a request that may come in. Raises ProblemError 401, 403, 405."""
        scheme, text = get_authorization_scheme_param(request.headers.get("authorization"))
        sent = HTTPAuthorizationCredentials(scheme=scheme, credentials=text) if scheme.lower() == "bearer" else None
        key = authenticate(request, self._state, sent)
        _same_origin(request)
        if request.method != "POST":
            sentence = "/mcp/ takes POST alone: each request is answered at once, and there are no sessions to follow."
            raise ProblemError(METHOD_NOT_ALLOWED, sentence, headers={"Allow": "POST"})
        body = await request.body()
        _allowed(key, body)
        request.state.api_key = key
        return body


def _same_origin(request: Request) -> None:
    """A page of another site may not talk to a desk on this machine, whatever its name server says."""
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise ProblemError(FORBIDDEN, "Requests from pages of another site are not served.")


def _allowed(key: ApiKey, body: bytes) -> None:
    """Raise ProblemError 403 for a call of a tool that the key's scopes leave out, in the words of RFC 6750."""
    try:
        sent = json.loads(body)
        name = sent["params"]["name"] if sent["method"] == "tools/call" else None
    except (ValueError, TypeError, KeyError):
        return  # the protocol's own answer says what is wrong
    if not isinstance(name, str):
        return
    needed = Scope.CHAT if name == "ask" else scope_of(name)
    if needed not in key.scopes:
        has = ", ".join(sorted(key.scopes)) or "nothing"
        challenge = f'Bearer error="insufficient_scope", scope="{needed.value}"'
        detail = f"This API key may not be used for {needed.value}; it is good for: {has}."
        raise ProblemError(FORBIDDEN, detail, headers={"WWW-Authenticate": challenge})
