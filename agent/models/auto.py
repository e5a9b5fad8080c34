"""What `auto` stands for: the best model on Ollama that can call tools, else the built-in matcher; never an error."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from agent.errors import ModelUnavailable
from agent.models.ollama_server import OllamaModel, OllamaServer

OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Resolved:
    """`spec` is a model string without `auto`; `reason` is a sentence for the banner."""

    spec: str
    reason: str


async def best(server: OllamaServer) -> Resolved:
    """Ollama's best model, where it answers soon and holds one that can call tools; else `offline`, and why."""
    try:
        models = await _soon(server)
    except ModelUnavailable:
        return Resolved(OFFLINE, f"Ollama at {server.base_url} did not answer, so the built-in matcher is used.")
    able = sorted((model for model in models if "tools" in model.capabilities), key=lambda model: _rank(model, server))
    if not able:
        return Resolved(
            OFFLINE,
            f"Ollama at {server.base_url} holds no model that can call tools, so the built-in matcher is used. "
            "Get one with: ollama pull qwen3:8b",
        )
    return Resolved(
        f"ollama/{able[0].name}", f"Ollama at {server.base_url} answers, so its model {able[0].name} is used."
    )


async def able_to_chat(server: OllamaServer) -> list[OllamaModel]:
    """The server's models that can chat, best first; none where it does not answer soon."""
    try:
        models = await _soon(server)
    except ModelUnavailable:
        return []
    chatting = (model for model in models if "completion" in model.capabilities)
    return sorted(chatting, key=lambda model: _rank(model, server))


async def _soon(server: OllamaServer) -> list[OllamaModel]:
    try:
        async with asyncio.timeout(server.settings.probe_seconds):
            return await server.models()
    except TimeoutError:
        raise ModelUnavailable(f"Ollama at {server.base_url} did not answer in time. Is it running?") from None


def _rank(model: OllamaModel, server: OllamaServer) -> tuple[int, int]:
    """Smallest is best: the place in the list of preferences, then the larger model."""
    preferred = server.settings.prefer
    place = next((place for place, start in enumerate(preferred) if model.name.startswith(start)), len(preferred))
    return place, -model.size
