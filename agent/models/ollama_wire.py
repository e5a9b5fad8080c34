"""One model on an Ollama server: requests as `/api/chat` takes them."""

from __future__ import annotations

from typing import Any

from agent.models.ollama_server import OllamaServer
from agent.models.profile import Profile
from agent.models.wire import Reply, Request


class OllamaWire:
    """`model` is a name on the server, such as `qwen3:8b`; `context` what the server says that it was made for."""

    def __init__(self, server: OllamaServer, model: str, context: int = 0) -> None:
        self.server = server
        self.model = model
        self.context = context
        self.address = f"{server.base_url} {model}"

    async def complete(self, request: Request, profile: Profile) -> Reply:
        """The whole answer. Raises `ModelUnavailable` and `ModelOutputError`."""
        return await self.server.chat(self.model, **_body(request, profile))

    async def warm(self, profile: Profile) -> None:
        """Have the server load the model with its own options, so that the first customer does not wait for it."""
        await self.server.chat(self.model, **_body(Request([], profile.num_predict), profile))

    async def rendered(self, request: Request, profile: Profile) -> str | None:
        """The prompt by the server's own template, where `render_prompts` asks for it: one short request more."""
        if not self.server.settings.render_prompts:
            return None
        return await self.server.rendered(self.model, **_body(request, profile))


def _body(request: Request, profile: Profile) -> dict[str, Any]:
    body: dict[str, Any] = {
        "messages": list(request.messages),
        "options": {**profile.options, "num_ctx": profile.num_ctx, "num_predict": request.num_predict},
        "keep_alive": profile.keep_alive,
    }
    if profile.think != "unset":
        body["think"] = profile.think
    if request.grammar is not None:
        body["format"] = dict(request.grammar)
    elif request.tools is not None:
        body["tools"] = list(request.tools)
    return body
