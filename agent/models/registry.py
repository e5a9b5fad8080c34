"""Opens models by their string, and says which there are."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel

from agent.matching import Entry
from agent.models.auto import OFFLINE, Resolved, list_models, resolve
from agent.models.offline import OfflineChat
from agent.models.ollama import OllamaChat
from agent.models.ollama_server import OllamaServer
from agent.run import Value
from agent.vectors import Embed

NO_MODEL = "no language model: built-in matcher"


class ModelInfo(Value):
    """A model that a run can ask for. `id` is the string to ask for it with."""

    id: str
    kind: str
    note: str
    default: bool = False


class Models:
    """One of each: the offline model, the connection to Ollama, and the chat models that runs have asked for."""

    def __init__(
        self, default: str, embed: Embed, entries: Sequence[Entry], server: OllamaServer | None = None
    ) -> None:
        self._spec = default
        self._server = server or OllamaServer()
        self._chats: dict[str, BaseChatModel] = {}
        self.offline = OfflineChat(embed=embed, entries=tuple(entries))
        self.default = Resolved(OFFLINE, "")

    async def settle(self) -> None:
        """Find out what the default stands for. Raises ModelUnknown, ModelUnavailable."""
        self.default = await resolve(self._spec, self._server)

    async def open(self, spec: str | None) -> tuple[BaseChatModel, str]:
        """(chat model, its full name). Raises ModelUnknown, ModelUnavailable."""
        resolved = self.default if spec in (None, "", self.default.spec) else await resolve(str(spec), self._server)
        if resolved.spec == OFFLINE:
            return self.offline, OFFLINE
        name = resolved.spec.partition("/")[2]
        chat = self._chats.setdefault(resolved.spec, OllamaChat(model=name, server=self._server))
        return chat, resolved.spec

    async def available(self) -> list[ModelInfo]:
        """All that a run can ask for now, the default first."""
        found = [ModelInfo(id=OFFLINE, kind=OFFLINE, note=NO_MODEL, default=self.default.spec == OFFLINE)]
        for model in await list_models(self._server):
            spec = f"ollama/{model.name}"
            able = "calls tools" if "tools" in model.capabilities else "decides inside a grammar"
            found.append(ModelInfo(id=spec, kind="ollama", note=able, default=spec == self.default.spec))
        return sorted(found, key=lambda model: not model.default)

    async def close(self) -> None:
        """Close the connection."""
        await self._server.close()
