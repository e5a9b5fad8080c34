"""What models do wrong, as it comes out of the server: the same habit looks different in each family."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.ollama_double.double import OllamaDouble
from tests.ollama_double.misbehaviour import Misbehaviour, meant, misbehave
from tests.ollama_double.notation import Intent, as_calls

INTENT = Intent("get_order", {"order_id": "7", "tags": ["late", "gift"]})
TOOL = {
    "type": "function",
    "function": {
        "name": "get_order",
        "parameters": {
            "type": "object",
            "properties": {
                "order_id": {"type": "string"},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
        },
    },
}
FAMILIES = ("llama3.1", "mistral", "qwen3")


async def sent(
    everything: OllamaDouble, http: httpx.AsyncClient, family: str, habit: Misbehaviour
) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    """(content, calls) of one answer with the habit."""
    everything.answers.clear()
    everything.write(misbehave(habit, INTENT, lambda intents: as_calls(family, intents)))
    question = [{"role": "user", "content": "Where is order 7?"}]
    body = {"model": family, "messages": question, "tools": [TOOL], "think": False, "stream": False}
    message = (await http.post("/api/chat", json=body)).json()["message"]
    functions = [call["function"] for call in message.get("tool_calls", ())]
    return message.get("content", ""), [(function["name"], function["arguments"]) for function in functions]


async def test_json_that_names_a_tool_becomes_a_call_on_llama_alone(
    everything: OllamaDouble, http: httpx.AsyncClient
) -> None:
    found = {family: await sent(everything, http, family, Misbehaviour.PHANTOM_CALL) for family in FAMILIES}
    assert [name for name, _ in found["llama3.1"][1]] == ["get_order"]
    assert "order_id" not in found["llama3.1"][1][0][1]
    assert found["mistral"][0] == found["qwen3"][0] != ""
    assert not found["mistral"][1] + found["qwen3"][1]


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_fenced_call_is_text(everything: OllamaDouble, http: httpx.AsyncClient, family: str) -> None:
    content, calls = await sent(everything, http, family, Misbehaviour.FENCED_CALL)
    assert "```json" in content
    assert not calls


async def test_an_unknown_tool_is_text_on_llama_and_nothing_elsewhere(
    everything: OllamaDouble, http: httpx.AsyncClient
) -> None:
    found = {family: await sent(everything, http, family, Misbehaviour.UNKNOWN_TOOL) for family in FAMILIES}
    assert "open_new_case" in found["llama3.1"][0]
    assert found["mistral"] == found["qwen3"] == ("", [])


async def test_of_forty_calls_llama_hands_on_one_and_the_others_all(
    everything: OllamaDouble, http: httpx.AsyncClient
) -> None:
    found = {family: await sent(everything, http, family, Misbehaviour.MANY_CALLS) for family in FAMILIES}
    assert [len(calls) for _, calls in found.values()] == [1, 40, 40]
    assert found["llama3.1"][0].count("get_order") == 39


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("habit", "arguments"),
    [
        (Misbehaviour.STRING_FOR_LIST, {"order_id": ["7"], "tags": "late, gift"}),
        (
            Misbehaviour.BAD_ARGUMENTS,
            {
                "order_id": {"type": "string", "value": "7"},
                "tags": {"type": "string", "value": ["late", "gift"]},
                "input": "now",
            },
        ),
        (Misbehaviour.REPEATED_CALL, INTENT.arguments),
        (Misbehaviour.ENDLESS_LOOP, INTENT.arguments),
    ],
)
async def test_wrong_arguments_go_out_as_they_are(
    everything: OllamaDouble, http: httpx.AsyncClient, family: str, habit: Misbehaviour, arguments: dict[str, Any]
) -> None:
    content, calls = await sent(everything, http, family, habit)
    assert (content, calls) == ("", [("get_order", arguments)])


async def test_thoughts_in_content_hide_a_call_on_llama_alone(
    everything: OllamaDouble, http: httpx.AsyncClient
) -> None:
    found = {family: await sent(everything, http, family, Misbehaviour.THINK_IN_CONTENT) for family in FAMILIES}
    assert all(content.startswith("<think>") for content, _ in found.values())
    assert [len(calls) for _, calls in found.values()] == [0, 1, 1]


FIRST, NEXT = Intent("first"), Intent("next")


def test_a_model_that_repeats_itself_writes_each_call_twice() -> None:
    written: list[Intent] = []
    for intent in (FIRST, NEXT, NEXT, Intent(words="Done."), Intent(words="Done.")):
        written.append(meant(Misbehaviour.REPEATED_CALL, intent, written))
    assert written == [FIRST, FIRST, NEXT, NEXT, Intent(words="Done.")]


def test_a_model_that_loops_comes_back_to_its_first_call() -> None:
    assert meant(Misbehaviour.ENDLESS_LOOP, NEXT, [FIRST, FIRST]) == FIRST
