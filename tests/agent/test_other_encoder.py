"""A wiki that another encoder built: what the agent measures on minilm still holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.service import Service
from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.settings import KnowledgeSettings
from tests.agent.conftest import MARA, NOW, WIKI
from tests.knowledge.embed_server import EmbedServer, serving


@pytest.fixture
async def house(data_dir: Path, tmp_path: Path) -> AsyncIterator[Service]:
    """The billing pages of the demo wiki, embedded by a server whose cosines are all near 1."""
    server = EmbedServer()
    server.fault = server.alike
    with serving(server):
        settings = KnowledgeSettings(data_dir=tmp_path, ollama_base_url=server.url)
        with Index.open(settings, writer=True) as index:
            ingest(index, WIKI / "billing", collection="demo", encoder="ollama/words")
            async with await Service.open(data_dir=data_dir, index=index, model="offline", clock=lambda: NOW) as opened:
                yield opened


async def reply(house: Service, message: str) -> str:
    thread = await house.runs.create_thread(MARA)
    return (await (await house.runs.submit(thread.thread_id, message, MARA)).result()).reply.text


async def test_a_question_that_the_wiki_answers_is_answered(house: Service) -> None:
    assert "[1]" in await reply(house, "How much is the late fee?")


async def test_a_question_of_another_world_is_not(house: Service) -> None:
    assert "could not find" in await reply(house, "How do I train a falcon to hunt rabbits?")
