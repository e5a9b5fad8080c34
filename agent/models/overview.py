"""The models that there are, as `deskmate models` lists them: how each is run, and how fit it is."""

from __future__ import annotations

from collections.abc import Mapping

from agent.errors import ModelUnavailable
from agent.models.auto import OFFLINE, Resolved, able_to_chat, best
from agent.models.ollama_server import OllamaModel, OllamaServer
from agent.models.probe_record import Probed
from agent.models.profile import Profiles
from agent.run import Value

NO_MODEL = "no language model: built-in matcher"


class Shown(Value):
    """One model. `context` is in tokens, `size` in bytes; 0 where it is not known."""

    id: str
    mode: str
    context: int
    size: int
    fitness: str
    default: bool


async def overview(
    server: OllamaServer, profiles: Profiles, probed: Mapping[str, Probed], spec: str
) -> tuple[list[Shown], str]:
    """(the models, the default first; why it is the default, and why there may be none on a server).

    `spec` is the model string of the settings.
    """
    resolved = await best(server) if spec == "auto" else Resolved(spec, f"{spec} is the model of the settings.")
    first = resolved.spec.partition(",")[0].strip()
    found = [_of_server(model, profiles, probed, first) for model in await able_to_chat(server)]
    found.append(Shown(id=OFFLINE, mode="rules", context=0, size=0, fitness=NO_MODEL, default=first == OFFLINE))
    if all(model.id != first for model in found):
        absent = _fitness(first, probed) if first.startswith("openai/") else "not there: deskmate doctor"
        profile = profiles.of(first)
        found.append(Shown(id=first, mode=profile.mode, context=profile.num_ctx, size=0, fitness=absent, default=True))
    absent = "" if any(model.size for model in found) or spec == "auto" else await _absent(server)
    return sorted(found, key=lambda model: not model.default), f"{resolved.reason} {absent}".strip()


async def _absent(server: OllamaServer) -> str:
    """Why the server shows no model, as a sentence."""
    try:
        await server.version()
    except ModelUnavailable as error:
        return str(error)
    return f"Ollama at {server.base_url} shows no model that can chat. Get one with: ollama pull qwen3:8b"


def _of_server(model: OllamaModel, profiles: Profiles, probed: Mapping[str, Probed], first: str) -> Shown:
    spec = f"ollama/{model.name}"
    profile = profiles.of(spec)
    context = min(profile.num_ctx, model.context or profile.num_ctx)
    return Shown(
        id=spec,
        mode=profile.mode,
        context=context,
        size=model.size,
        fitness=_fitness(spec, probed),
        default=spec == first,
    )


def _fitness(spec: str, probed: Mapping[str, Probed]) -> str:
    return probed[spec].fitness if spec in probed else "not measured"
