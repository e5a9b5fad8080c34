"""Where models come from: one provider a prefix of the model string. A new one is a class here and a line below."""

from __future__ import annotations

from typing import Protocol

from pydantic import Field

from agent.errors import ModelUnavailable, ModelUnknown
from agent.models.auto import able_to_chat
from agent.models.ollama_server import OllamaServer
from agent.models.ollama_wire import OllamaWire
from agent.models.openai_server import OpenAIWire, split
from agent.models.wire import Wire
from agent.run import Value


class ModelInfo(Value):
    """A model that a run can ask for."""

    id: str = Field(description="The string to ask for it with.", examples=["ollama/qwen3:8b"])
    kind: str = Field(description="Its provider.", examples=["ollama"])
    note: str = Field(description="What it is, for people.", examples=["decides inside a grammar"])
    default: bool = Field(default=False, description="Whether runs that name no model get it.")


class Provider(Protocol):
    """Opens models by the part of their string behind the slash."""

    async def open(self, name: str) -> Wire:
        """The wire to a model that is there. Raises `ModelUnknown`, `ModelUnavailable`."""

    async def listed(self) -> list[ModelInfo]:
        """The models that can be asked for now; none where the server does not answer soon."""

    async def close(self) -> None:
        """Close the connections."""


class Ollama:
    """`ollama/NAME`."""

    def __init__(self, server: OllamaServer) -> None:
        self.server = server

    async def open(self, name: str) -> Wire:
        """The model, once the server says that it can chat."""
        model = await self.server.model(name)
        if "completion" not in model.capabilities:
            raise ModelUnavailable(f"Model {name} cannot chat. Take another one: ollama list")
        return OllamaWire(self.server, name, model.context)

    async def listed(self) -> list[ModelInfo]:
        """Those that can chat, best first."""
        return [
            ModelInfo(
                id=f"ollama/{model.name}",
                kind="ollama",
                note="calls tools" if "tools" in model.capabilities else "decides inside a grammar",
            )
            for model in await able_to_chat(self.server)
        ]

    async def close(self) -> None:
        """Close the connection to the server."""
        await self.server.close()


class OpenAI:
    """`openai/NAME@URL`."""

    def __init__(self) -> None:
        self._wires: list[OpenAIWire] = []

    async def open(self, name: str) -> Wire:
        """The model; whether the server has it shows when it is asked."""
        parts = split(name)
        if parts is None:
            raise ModelUnknown(f"openai/{name}")
        wire = OpenAIWire(*parts)
        self._wires.append(wire)
        return wire

    async def listed(self) -> list[ModelInfo]:
        """None: their servers stand in the model string alone."""
        return []

    async def close(self) -> None:
        """Close the connections to all servers."""
        for wire in self._wires:
            await wire.close()


def providers(server: OllamaServer) -> dict[str, Provider]:
    """Every provider by its prefix."""
    return {"ollama": Ollama(server), "openai": OpenAI()}
