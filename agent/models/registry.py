"""Opens models by their string, and says which there are.

A string may name several, `ollama/qwen3:8b,ollama/llama3.1:8b,offline`: each stands in for the one before it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from langchain_core.language_models import BaseChatModel

from agent.errors import AgentError, ModelUnavailable, ModelUnknown
from agent.matching import Entry
from agent.models.auto import OFFLINE, Resolved, best
from agent.models.choosing import ChoosingChat
from agent.models.doctor import Doctor
from agent.models.doctor_verdicts import Check
from agent.models.offline import OfflineChat
from agent.models.ollama_server import OllamaServer
from agent.models.ollama_wire import OllamaWire
from agent.models.profile import Profile, Profiles
from agent.models.providers import ModelInfo, providers
from agent.vectors import Embed

log = logging.getLogger(__name__)

NO_MODEL = "no language model: built-in matcher"
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Opened:
    """A model that is there: its string, the chat model, how it is run."""

    spec: str
    chat: BaseChatModel
    profile: Profile


class Models:
    """One of each: the offline model, the connections to servers, and the chat models that runs have asked for."""

    def __init__(
        self,
        default: str,
        embed: Embed,
        entries: Sequence[Entry],
        server: OllamaServer | None = None,
        data_dir: Path | None = None,
    ) -> None:
        self._spec = default
        self.server = server or OllamaServer()
        self.profiles = Profiles.load(data_dir)
        self._providers = providers(self.server)
        self._opened: dict[str, Opened] = {}
        self.offline = Opened(OFFLINE, OfflineChat(embed=embed, entries=tuple(entries)), Profile())
        self.default = Resolved(OFFLINE, "")

    async def settle(self) -> None:
        """Find out what the default stands for. Raises ModelUnknown, ModelUnavailable."""
        if self._spec == AUTO:
            self.default = await best(self.server)
            return
        names = [opened.spec for opened in await self._chain(self._spec)]
        self.default = Resolved(self._spec, f"{' then '.join(names)} is used, as asked for.")
        if names == [OFFLINE]:
            self.default = Resolved(OFFLINE, "The built-in matcher is used, as asked for: no language model.")

    async def open(self, spec: str | None) -> list[Opened]:
        """The models of a string that are there, in its order. Raises ModelUnknown, ModelUnavailable."""
        if spec == AUTO:
            spec = (await best(self.server)).spec
        return await self._chain(spec or self.default.spec)

    async def available(self) -> list[ModelInfo]:
        """All that a run can ask for now, the default first."""
        found = [ModelInfo(id=OFFLINE, kind=OFFLINE, note=NO_MODEL)]
        for provider in self._providers.values():
            found += await provider.listed()
        first = self.default.spec.partition(",")[0]
        if all(model.id != first for model in found):
            found.append(ModelInfo(id=first, kind=first.partition("/")[0], note="named in the settings"))
        marked = [model.model_copy(update={"default": model.id == first}) for model in found]
        return sorted(marked, key=lambda model: not model.default)

    async def warm(self) -> None:
        """Have the default's first model loaded. A server that cannot is told of in the log; the floor answers."""
        try:
            opened = (await self.open(None))[0]
            if isinstance(opened.chat, ChoosingChat) and isinstance(opened.chat.wire, OllamaWire):
                await opened.chat.wire.warm(opened.profile)
        except AgentError as error:
            log.warning("The model could not be warmed up: %s", error)

    async def ready(self) -> list[Check]:
        """The quick checks of the default model: can it be asked now?"""
        return await Doctor(self.server, self.profiles).ready(self.default.spec)

    async def close(self) -> None:
        """Close the connections."""
        for provider in self._providers.values():
            await provider.close()

    async def _chain(self, spec: str) -> list[Opened]:
        """Models that are not there are passed over where another one stands behind them."""
        opened: list[Opened] = []
        absent: ModelUnavailable | None = None
        for name in [part.strip() for part in spec.split(",")]:
            try:
                opened.append(await self._one(name))
            except ModelUnavailable as error:
                log.warning("%s", error)
                absent = absent or error
        if opened:
            return opened
        raise absent or ModelUnknown(spec)

    async def _one(self, spec: str) -> Opened:
        if spec == OFFLINE:
            return self.offline
        kind, _, name = spec.partition("/")
        if not name or kind not in self._providers:
            raise ModelUnknown(spec)
        if spec not in self._opened:
            profile = self.profiles.of(spec)
            wire = await self._providers[kind].open(name)
            self._opened[spec] = Opened(spec, ChoosingChat(spec=spec, wire=wire, run_profile=profile), profile)
        return self._opened[spec]
