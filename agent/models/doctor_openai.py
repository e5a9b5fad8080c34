"""What is looked at on a server that speaks OpenAI's protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator

from agent.errors import ModelUnavailable
from agent.models import doctor_decision
from agent.models.doctor_verdicts import Check
from agent.models.openai_server import OpenAIWire
from agent.models.profile import Profile


async def quick(wire: OpenAIWire) -> list[Check]:
    """Reachable, and the model among those that it lists."""
    try:
        names = await wire.names()
    except ModelUnavailable as error:
        return [Check("server", False, str(error), f"curl {wire.base_url}/models")]
    reached = Check("server", True, f"A server answers at {wire.base_url}.")
    if wire.model in names:
        return [reached, Check("model", True, f"The server has {wire.model}.")]
    said = f"The server does not have {wire.model}, but {', '.join(names) or 'no model'}."
    fix = f"deskmate doctor --model openai/{names[0]}@{wire.base_url}" if names else f"curl {wire.base_url}/models"
    return [reached, Check("model", False, said, fix)]


async def at_work(spec: str, wire: OpenAIWire, profile: Profile) -> AsyncIterator[Check]:
    """One decision. Raises `ModelUnavailable`."""
    yield await doctor_decision.examine(spec, wire, profile)
