"""What a server's prefix cache can hold of our prompts, measured on the prompt as each family's template renders it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.run import RunResult
from agent.service import Service
from knowledge.index import Index
from tests.agent.conftest import MARA, NOW
from tests.ollama_double.double import ollama_double
from tests.ollama_double.prompt import Prompt

QUESTIONS = (
    "What does the Hub 6 cost?",
    "And how long is the warranty on it?",
    "How do I return it?",
    "Is there a late fee?",
    "How do I reset my password?",
    "What do the lights on the Hub 6 mean?",
    "Can I pay by card?",
    "How long does a technician visit take?",
)
SEVERAL_STEPS = (
    "My router drops every evening. Check whether there is an outage, and if there is none open an urgent ticket and "
    "tell me how long a technician visit takes"
)
FAMILIES = ("qwen3:8b", "llama3.1:8b", "mistral:7b", "gemma3:4b")


def competent(body: dict[str, Any], prompt: Prompt) -> str:
    """Answers a question with the first sentence; plans and takes whatever else is offered."""
    offered = {part["properties"]["action"]["const"]: part["properties"] for part in body["format"]["anyOf"]}
    planning = "plan" in offered and "ticket" in body["messages"][-1]["content"].rsplit("Customer:", 1)[-1]
    if planning:
        return json.dumps({"action": "plan", "steps": offered["plan"]["steps"]["items"]["enum"][:1]})
    if "answer" in offered:
        return json.dumps({"action": "answer", "use": offered["answer"]["use"]["items"].get("enum", [])[:1]})
    return json.dumps({"action": next(iter(offered))})


async def talk(
    family: str, messages: tuple[str, ...], data_dir: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> list[RunResult]:
    async with ollama_double(family) as double:
        double.script.brain = competent
        monkeypatch.setenv("DESKMATE_OLLAMA_BASE_URL", double.base_url)
        monkeypatch.setenv("DESKMATE_OLLAMA_RENDER_PROMPTS", "true")
        model = f"ollama/{family}"
        async with await Service.open(data_dir=data_dir, index=index, model=model, clock=lambda: NOW) as service:
            thread = (await service.runs.create_thread(MARA)).thread_id
            return [await (await service.runs.submit(thread, said, MARA)).result() for said in messages]


@pytest.mark.parametrize("family", FAMILIES)
async def test_from_turn_to_turn_nine_tenths_of_a_prompt_are_the_one_before(
    family: str, data_dir: Path, demo_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = await talk(family, QUESTIONS, data_dir, demo_index, monkeypatch)
    assert [run.metrics.model_calls for run in runs] == [1] * len(QUESTIONS)
    assert runs[0].metrics.prefix_reuse is None
    reused = sum(run.metrics.reused_bytes for run in runs)
    assert reused / sum(run.metrics.prompt_bytes for run in runs) >= 0.90


@pytest.mark.parametrize("family", FAMILIES)
async def test_inside_a_turn_nineteen_of_twenty_bytes_are(
    family: str, data_dir: Path, demo_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run,) = await talk(family, (SEVERAL_STEPS,), data_dir, demo_index, monkeypatch)
    assert run.decided_by == {f"ollama/{family}": 3}
    assert run.metrics.prefix_reuse is not None
    assert run.metrics.prefix_reuse >= 0.95
