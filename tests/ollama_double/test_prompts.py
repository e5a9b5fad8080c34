"""What reaches the model: order and losses of every recorded history, and for most families the exact prompt."""

from __future__ import annotations

import httpx
import pytest

from tests.ollama_double.double import OllamaDouble
from tests.ollama_double.family import FAMILIES
from tests.ollama_double.recording import Row, load, parameters

ANOTHER_TEXT = {
    "llama3.2": "its template begins every prompt with a fixed date line, which is not repeated here",
    "gemma4": "its renderer is held by order and losses alone",
    "qwen3.5": "its renderer is held by order and losses alone",
}
"""Family → why the text of its prompts is not compared."""
WITH_TOOLS = {"mistral"}
"""Families whose template puts no words of its own around tools, so that prompts with tools are compared too."""

HISTORIES = [
    pytest.param(family, *parameter.values, id=f"{family}-{parameter.id}", marks=parameter.marks)
    for family in FAMILIES
    for parameter in parameters(f"{family}.prompts.jsonl", "history", "tools", "think")
]


@pytest.mark.parametrize(("family", "row"), HISTORIES)
async def test_a_history_reaches_the_model_as_recorded(
    everything: OllamaDouble, http: httpx.AsyncClient, family: str, row: Row
) -> None:
    everything.answers.clear()
    everything.write("OK.")
    think = {"think": row["think"]} if "think" in row else {}
    tools = {"tools": load("tools.json")} if row["tools"] else {}
    request = {"model": family, "messages": load("histories.json")[row["history"]], **tools, **think}
    answer = await http.post("/api/chat", json=request)
    assert answer.status_code == row["status"]
    if row["status"] != 200:
        assert answer.json()["error"] == row["error"]
        return
    prompt = everything.prompts[-1]
    assert list(prompt.order) == row["order"]
    assert list(prompt.lost) == row["lost"]
    if family not in ANOTHER_TEXT and (family in WITH_TOOLS or not row["tools"]):
        assert prompt.text == row["prompt"]
