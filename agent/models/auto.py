"""Which model a run gets: the one that was asked for, or the best that is there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from agent.errors import ModelUnavailable, ModelUnknown
from agent.models.ollama_server import OllamaModel, OllamaServer

OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Resolved:
    """`spec` is `offline` or `ollama/NAME`; `reason` is a sentence for the banner."""

    spec: str
    reason: str


async def resolve(spec: str, server: OllamaServer) -> Resolved:
    """The model that a model string stands for.

    `auto` never fails: it takes Ollama where that answers soon and holds a model that can call tools, else `offline`.
    A model that was named is looked up. Raises `ModelUnknown`, `ModelUnavailable`.
    """
    if spec == OFFLINE:
        return Resolved(OFFLINE, "The built-in matcher is used, as asked for: no language model.")
    if spec == "auto":
        return await _best(server)
    provider, _, name = spec.partition("/")
    if provider != "ollama" or not name:
        raise ModelUnknown(spec)
    model = await server.model(name)
    if "completion" not in model.capabilities:
        raise ModelUnavailable(f"Model {name} cannot chat. Take another one: ollama list")
    return Resolved(spec, f"Model {name} on Ollama at {server.base_url} is used, as asked for.")


async def list_models(server: OllamaServer) -> list[OllamaModel]:
    """The server's models that can chat, best first; none where it does not answer soon."""
    try:
        models = await _soon(server)
    except ModelUnavailable:
        return []
    return sorted(
        (model for model in models if "completion" in model.capabilities), key=lambda model: _rank(model, server)
    )


async def _best(server: OllamaServer) -> Resolved:
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
