"""One peer after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from agent.models.ollama_server import OllamaServer
from agent.models.settings import OllamaSettings
from tests.adapter import peers
from tests.adapter.peers import Peer

_PEERS = {"double": peers.double, "aimock": peers.aimock, "server": peers.real}


@pytest.fixture(scope="session", params=_PEERS)
async def peer(request: pytest.FixtureRequest) -> AsyncIterator[Peer]:
    """A peer that answers, or a skip that says why not."""
    async with _PEERS[request.param]() as found:
        yield found


@pytest.fixture
async def server(peer: Peer) -> AsyncIterator[OllamaServer]:
    """The adapter's connection to it."""
    connected = OllamaServer(OllamaSettings(base_url=peer.base_url, render_prompts=peer.whole))
    yield connected
    await connected.close()
