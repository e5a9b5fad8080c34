"""The cap on request bodies."""

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import TOO_LARGE
from api.problems import problem_response


class BodyLimit:
    """ASGI middleware: answers 413 before a route runs. Bodies are small, so each is read whole, up to the limit."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            body = None if self._declared(request) > self.limit else await self._read(request)
        except ClientDisconnect:
            return  # half a request is no request
        if body is None:
            detail = f"The request body may hold at most {self.limit} bytes."
            # The rest of the body is never read, so the connection cannot be used again.
            answer = problem_response(request, TOO_LARGE, detail, headers={"Connection": "close"})
            await answer(scope, receive, send)
            return
        pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return pending.pop() if pending else await receive()

        await self.app(scope, replay, send)

    @staticmethod
    def _declared(request: Request) -> int:
        length = request.headers.get("content-length", "")
        return int(length) if length.isdigit() else 0

    async def _read(self, request: Request) -> bytes | None:
        """The whole body, or None where it is over the limit."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self.limit:
                return None
        return bytes(body)
