"""Models that stand in for each other, named in one string."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from agent.errors import ModelUnavailable
from agent.run import RunResult
from agent.service import Service
from knowledge.index import Index
from tests.agent.conftest import MARA, NOW
from tests.ollama_double.double import OllamaDouble, ollama_double
from tests.ollama_double.fault import Fault
from tests.ollama_double.prompt import Prompt

CHAIN = "ollama/llama3.1:8b,ollama/gemma3:4b,offline"
QUESTION = "What does the Hub 6 cost?"
WRITE = "Please open a ticket: my router is broken."


@pytest.fixture
async def double(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OllamaDouble]:
    async with ollama_double("llama3.1:8b", "gemma3:4b") as double:
        monkeypatch.setenv("DESKMATE_OLLAMA_BASE_URL", double.base_url)
        yield double


async def ask(data_dir: Path, index: Index, message: str, model: str = CHAIN, *, clock: datetime = NOW) -> RunResult:
    async with await Service.open(data_dir=data_dir, index=index, model=model, clock=lambda: clock) as service:
        thread = await service.runs.create_thread(MARA)
        return await (await service.runs.submit(thread.thread_id, message, MARA)).result()


def first_choice(body: dict[str, Any], prompt: Prompt) -> str:
    """A model that answers with the first sentence, or plans the first tool."""
    offered = {part["properties"]["action"]["const"]: part["properties"] for part in body["format"]["anyOf"]}
    if "plan" in offered and "ticket" in body["messages"][-1]["content"]:
        return json.dumps({"action": "plan", "steps": ["create_ticket"]})
    if "answer" in offered:
        ids = offered["answer"]["use"]["items"].get("enum", [])
        return json.dumps({"action": "answer", "use": ids[:1]})
    return json.dumps({"action": next(iter(offered))})


async def test_the_first_model_decides_while_it_can(double: OllamaDouble, data_dir: Path, demo_index: Index) -> None:
    double.script.brain = first_choice
    result = await ask(data_dir, demo_index, QUESTION)
    assert result.decided_by == {"ollama/llama3.1:8b": 1}
    assert "€129" in result.reply.text


async def test_the_next_one_stands_in_when_the_server_fails(
    double: OllamaDouble, data_dir: Path, demo_index: Index
) -> None:
    double.script.brain = first_choice
    double.fail(Fault.DIED)
    result = await ask(data_dir, demo_index, QUESTION)
    assert result.decided_by == {"ollama/gemma3:4b": 1}
    assert result.metrics.floor_steps == 1


async def test_the_next_one_stands_in_once_the_repairs_are_spent(
    double: OllamaDouble, data_dir: Path, demo_index: Index
) -> None:
    double.script.brain = first_choice
    double.write("no JSON", "no JSON either")
    result = await ask(data_dir, demo_index, QUESTION)
    assert result.decided_by == {"ollama/gemma3:4b": 1}
    assert result.metrics.repairs == 1


async def test_at_the_end_stands_the_built_in_model(double: OllamaDouble, data_dir: Path, demo_index: Index) -> None:
    double.write(*["no JSON"] * 4)
    result = await ask(data_dir, demo_index, QUESTION)
    assert result.decided_by == {"offline": 1}
    assert "€129" in result.reply.text


async def test_a_model_that_is_not_there_is_passed_over(
    double: OllamaDouble, data_dir: Path, demo_index: Index
) -> None:
    double.script.brain = first_choice
    result = await ask(data_dir, demo_index, QUESTION, "ollama/absent:1b,ollama/gemma3:4b")
    assert result.decided_by == {"ollama/gemma3:4b": 1}
    with pytest.raises(ModelUnavailable, match="ollama pull absent:1b"):
        await ask(data_dir, demo_index, QUESTION, "ollama/absent:1b")


async def test_a_stand_in_doubles_no_write(double: OllamaDouble, data_dir: Path, demo_index: Index) -> None:
    double.script.brain = first_choice
    double.fail(Fault.CUT, '{"action":"plan","steps":["create_ticket"]}')
    result = await ask(data_dir, demo_index, WRITE)
    assert [call.name for call in result.tool_calls if call.name == "create_ticket"] == ["create_ticket"]
    assert len(result.tickets) == 1


async def test_a_turn_that_takes_too_long_is_ended_by_the_built_in_model(
    double: OllamaDouble, data_dir: Path, demo_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKMATE_AGENT_TURN_SECONDS", "0.5")
    double.fail(Fault.SLOW_FIRST_BYTE, seconds=60)
    result = await ask(data_dir, demo_index, QUESTION, "ollama/llama3.1:8b")
    assert result.decided_by == {"offline": 1}
    assert result.metrics.latency_ms < 20_000


async def test_the_default_model_is_loaded_before_the_first_message(
    double: OllamaDouble, data_dir: Path, demo_index: Index
) -> None:
    async with await Service.open(data_dir=data_dir, index=demo_index, model=CHAIN) as service:
        await service.warm_up()
    assert [model for model, _ in double.scheduler.loads] == ["llama3.1:8b"]


async def test_a_question_to_the_customer_is_not_worded_by_a_model(
    double: OllamaDouble, data_dir: Path, demo_index: Index
) -> None:
    (data_dir / "profiles.toml").write_text('["ollama/llama3.1"]\nfloor = "behind"\n')
    double.write(json.dumps({"action": "ask", "question": "Shall I pay you €500 for the trouble?"}))
    result = await ask(data_dir, demo_index, QUESTION, "ollama/llama3.1:8b")
    assert result.status == "needs_input"
    assert "500" not in result.reply.text
