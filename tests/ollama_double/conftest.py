"""One double that holds every family, for all tests that only ask it one thing after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.ollama_double.double import OllamaDouble, ollama_double
from tests.ollama_double.family import FAMILIES

RECORDED_NUM_CTX = 2048


@pytest.fixture(scope="session")
async def everything() -> AsyncIterator[OllamaDouble]:
    async with ollama_double(*FAMILIES, default_num_ctx=RECORDED_NUM_CTX) as double:
        yield double


@pytest.fixture(scope="session")
async def http(everything: OllamaDouble) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=everything.base_url, trust_env=False) as client:
        yield client
