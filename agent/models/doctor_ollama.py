"""What is looked at on an Ollama server, in its order."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from secrets import token_hex

from agent import choices
from agent.errors import ModelMissing, ModelUnavailable
from agent.models import doctor_decision
from agent.models import doctor_verdicts as verdicts
from agent.models.doctor_verdicts import Check, Speed
from agent.models.ollama_server import OllamaModel, OllamaServer
from agent.models.ollama_wire import OllamaWire
from agent.models.profile import Profile
from agent.models.wire import Reply, Request
from agent.prompting import system_prompt
from tools.catalog import CATALOG
from tools.principal import Role
from tools.tool import Tool

_BYTES_PER_TOKEN = 3
"""Fewer than a token of English has: what fits by this count fits by the model's."""
_CACHE_BYTES = 2_400
"""The part of the system prompt that is read twice, to see whether the server keeps prefixes: some 600 tokens."""
_READINGS = 3
"""How often it is read again at most: on a busy server somebody else's prompt may come in between."""
_COUNT = "Count from one to forty in words."
_WRITTEN = 48
"""Tokens that are written to measure the speed of writing."""


@dataclass(frozen=True, slots=True)
class OllamaPatient:
    """One model as it is run on one server. `max_message` is the longest message of a customer, in characters."""

    server: OllamaServer
    name: str
    profile: Profile
    max_message: int

    @property
    def spec(self) -> str:
        """The model's string."""
        return f"ollama/{self.name}"

    async def write(self, prompt: str, tokens: int, system: str = "") -> Reply:
        """An answer of at most so many tokens, under the options of every other request."""
        messages = [{"role": "system", "content": system}] if system else []
        request = Request([*messages, {"role": "user", "content": prompt}], tokens)
        return await OllamaWire(self.server, self.name).complete(request, self.profile)


async def quick(server: OllamaServer, name: str, profile: Profile) -> list[Check]:
    """Reachable, new enough, pulled: up to the first that is not. No model is loaded for it."""
    try:
        found = await server.version()
    except ModelUnavailable as error:
        return [Check("server", False, str(error), verdicts.serve(server.base_url))]
    checks = [Check("server", True, f"Ollama answers at {server.base_url}."), verdicts.version(found, profile.mode)]
    try:
        model = await server.model(name)
    except ModelMissing:
        fix = verdicts.ollama(f"pull {name}", server.base_url)
        return [*checks, Check("model", False, f"The server does not have {name}.", fix)]
    except ModelUnavailable as error:
        return [*checks, Check("model", False, str(error), verdicts.serve(server.base_url))]
    if "completion" not in model.capabilities:
        return [*checks, Check("model", False, f"{name} cannot chat: it is an embedding model.", "deskmate models")]
    return [*checks, Check("model", True, f"The server has {name}.")]


async def at_work(patient: OllamaPatient) -> AsyncIterator[Check]:
    """The model under load, each check as soon as it stands. Raises `ModelUnavailable` and `ModelOutputError`."""
    profile = patient.profile
    model = await patient.server.model(patient.name)
    yield verdicts.tools(model, profile.mode)
    longest = longest_prompt(patient.max_message, profile)
    greeting = await patient.write("Say yes.", 16)  # loads the model
    room = await _effective_context(patient, model)
    yield verdicts.context(patient.spec, room, model.context, longest + profile.num_predict)
    yield verdicts.thinking(model, profile, greeting)
    yield await doctor_decision.examine(patient.spec, OllamaWire(patient.server, patient.name, room), profile)
    # It begins with what nobody has sent before, so that the first reading finds nothing in the cache.
    system = f"{token_hex(8)}\n{system_prompt(CATALOG)[:_CACHE_BYTES]}"
    fresh = await patient.write(_COUNT, _WRITTEN, system)
    yield await _cache(patient, fresh, system)
    yield verdicts.speed(Speed.of(fresh), longest, profile.num_predict, patient.server.settings)


def longest_prompt(max_message: int, profile: Profile) -> int:
    """Tokens of what no compaction drops: instructions, tools, and the longest message, which stands there twice.

    It is told as what the customer said, and again in the question that ends the prompt.
    """
    longest = max(_instructions([tool for tool in CATALOG if role in tool.roles], profile) for role in Role)
    return -(-(longest + 2 * max_message) // _BYTES_PER_TOKEN)


def _instructions(tools: Sequence[Tool], profile: Profile) -> int:
    """Bytes that stand before every conversation."""
    sent = json.dumps(choices.catalog(tools)) if profile.mode == "native" else ""
    return len(system_prompt(tools, profile).encode()) + len(sent.encode())


async def _cache(patient: OllamaPatient, fresh: Reply, system: str) -> Check:
    """The same prompt again, until it is found in the cache."""
    for _ in range(_READINGS):
        check = verdicts.cache(fresh, await patient.write(_COUNT, 1, system))
        if check.ok:
            break
    return check


async def _effective_context(patient: OllamaPatient, model: OllamaModel) -> int:
    """Tokens that the loaded model has, as the server says; it may have fewer than were asked for."""
    loaded = await patient.server.loaded_context(patient.name)
    asked_for = patient.profile.num_ctx
    return min(asked_for, loaded or model.context or asked_for)
