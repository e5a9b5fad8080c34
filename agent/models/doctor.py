"""Is a model fit to run here? Checks as values: `deskmate doctor` prints them all, `/readyz` takes the quick ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from agent.errors import AgentError, ModelMissing, ModelUnavailable, ModelUnknown
from agent.models import doctor_ollama, doctor_openai
from agent.models.auto import OFFLINE, best
from agent.models.doctor_ollama import OllamaPatient
from agent.models.doctor_verdicts import Check
from agent.models.ollama_server import OllamaServer, Pulling
from agent.models.openai_server import OpenAIWire, split
from agent.models.profile import Profiles


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found on one model."""

    model: str
    checks: list[Check]

    @property
    def ok(self) -> bool:
        """Whether all of it is green."""
        return all(check.ok for check in self.checks)


class Doctor:
    """Examines models by their string: `offline`, `ollama/NAME`, `openai/NAME@URL`."""

    def __init__(self, server: OllamaServer, profiles: Profiles, max_message: int = 8_000) -> None:
        """`max_message` is the longest message of a customer, in characters."""
        self._server = server
        self._profiles = profiles
        self._max_message = max_message

    async def models(self, spec: str) -> list[tuple[str, str]]:
        """(model, why it) for each model that a string names, in its order; `auto` is the one that it stands for."""
        if spec == "auto":
            found = await best(self._server)
            return [(found.spec, found.reason)]
        return [(part.strip(), "") for part in spec.split(",")]

    async def ready(self, spec: str) -> list[Check]:
        """The quick checks of the first of the named models that can be asked now, else of the first; quickly."""
        every: list[list[Check]] = []
        for name, _ in await self.models(spec):
            try:
                async with asyncio.timeout(2 * self._server.settings.probe_seconds):
                    checks = await self.quick(name)
            except TimeoutError:
                checks = [Check("server", False, f"The server of {name} did not answer in time.", "deskmate doctor")]
            if all(check.ok for check in checks):
                return checks
            every.append(checks)
        return every[0]

    async def quick(self, spec: str) -> list[Check]:
        """What shows at once whether one model can be asked: server, version, model. Raises `ModelUnknown`."""
        kind, _, name = spec.partition("/")
        if spec == OFFLINE:
            return [Check("model", True, "The built-in matcher needs no server and no model.")]
        if kind == "ollama" and name:
            return await doctor_ollama.quick(self._server, name, self._profiles.of(spec))
        wire = _openai(spec)
        try:
            return await doctor_openai.quick(wire)
        finally:
            await wire.close()

    async def pull(self, spec: str) -> AsyncGenerator[Pulling, None]:
        """Get an Ollama model where the server does not have it. Raises `ModelUnavailable`."""
        kind, _, name = spec.partition("/")
        if kind != "ollama":
            return
        try:
            await self._server.model(name)
        except ModelMissing:
            async for part in self._server.pull(name):
                yield part
        except ModelUnavailable:
            return  # the examination tells it

    async def examine(self, spec: str) -> AsyncGenerator[Check, None]:
        """All that there is to look at on one model, each check as soon as it stands. Raises `ModelUnknown`.

        Where the quick checks are not all green, there is nothing more to look at.
        """
        quickly = await self.quick(spec)
        for check in quickly:
            yield check
        if spec == OFFLINE or not all(check.ok for check in quickly):
            return
        try:
            async for check in self._at_work(spec):
                yield check
        except AgentError as error:  # the server failed in the middle: its sentence says what to do
            yield Check("answer", False, str(error), f"deskmate doctor --model {spec}")

    async def _at_work(self, spec: str) -> AsyncGenerator[Check, None]:
        profile = self._profiles.of(spec)
        kind, _, name = spec.partition("/")
        if kind == "ollama":
            patient = OllamaPatient(self._server, name, profile, self._max_message)
            async for check in doctor_ollama.at_work(patient):
                yield check
            return
        wire = _openai(spec)
        try:
            async for check in doctor_openai.at_work(spec, wire, profile):
                yield check
        finally:
            await wire.close()


def _openai(spec: str) -> OpenAIWire:
    kind, _, name = spec.partition("/")
    parts = split(name) if kind == "openai" else None
    if parts is None:
        raise ModelUnknown(spec)
    return OpenAIWire(*parts)
