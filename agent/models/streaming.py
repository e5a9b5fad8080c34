"""A server's stream read to its end within the limits on its pauses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import TypeVar

import httpx

from agent.errors import ModelUnavailable
from agent.models.settings import ServerLimits

Part = TypeVar("Part")


async def timed(parts: AsyncIterator[Part], limits: ServerLimits, model: str, where: str) -> AsyncGenerator[Part, None]:
    """The parts as they come. Raises `ModelUnavailable` where the first or the next one takes too long."""
    limit, waited_for = limits.first_byte_seconds, "begin to answer"
    while True:
        try:
            async with asyncio.timeout(limit):
                part = await anext(parts)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise ModelUnavailable(
                f"Model {model} at {where} did not {waited_for} within {limit:g} seconds. "
                "Try again, or take a smaller model."
            ) from None
        yield part
        limit, waited_for = limits.idle_seconds, "go on answering"


async def drained(parts: AsyncIterator[object], limits: ServerLimits) -> None:
    """Read on to the end of the body, so that the connection serves the next request too."""
    with suppress(StopAsyncIteration, TimeoutError, httpx.TransportError):
        async with asyncio.timeout(limits.idle_seconds):
            await anext(parts)


def broken_off(model: str, where: str) -> ModelUnavailable:
    """The stream ended without the mark of its end."""
    return ModelUnavailable(
        f"The answer of model {model} broke off before its end: the engine of {where} may be dead. "
        "Try again; if it happens again, look into the server's log."
    )


def too_slow(model: str, where: str, limits: ServerLimits, setting: str) -> ModelUnavailable:
    """The whole took too long."""
    return ModelUnavailable(
        f"Model {model} at {where} did not finish within {limits.total_seconds:g} seconds. "
        f"Try again, take a smaller model, or raise {setting}."
    )
