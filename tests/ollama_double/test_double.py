"""What the double does beside the recordings: it queues, loads, renders, thinks by a brain, and fails by name."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.ollama_double.answer import Answer
from tests.ollama_double.double import OllamaDouble, ollama_double
from tests.ollama_double.fault import BUSY, ENGINE_ERROR, Fault
from tests.ollama_double.prompt import Prompt

QUESTION = {"role": "user", "content": "Where is order 7?"}
TOOL = {
    "type": "function",
    "function": {"name": "get_order", "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}}},
}
TEXT = "It is on its way."


@pytest.fixture
async def double() -> AsyncIterator[OllamaDouble]:
    async with ollama_double("llama3.1:8b", "qwen3:8b", "gemma3:4b") as double:
        yield double


async def chat(double: OllamaDouble, model: str = "llama3.1:8b", **request: Any) -> httpx.Response:
    body = {"model": model, "messages": [QUESTION], **request}
    async with httpx.AsyncClient(base_url=double.base_url, trust_env=False, timeout=10) as client:
        return await client.post("/api/chat", json=body)


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.text.splitlines() if line]


def said(answer: httpx.Response) -> str:
    return "".join(line["message"]["content"] for line in lines(answer) if "message" in line)


async def test_requests_wait_for_a_free_slot() -> None:
    async with ollama_double("llama3.1:8b", num_parallel=2) as double:
        double.write(*[TEXT] * 6, between=0.01)
        answers = await asyncio.gather(*(chat(double) for _ in range(6)))
        assert [said(answer) for answer in answers] == [TEXT] * 6
        assert double.scheduler.most_at_once == 2


async def test_the_load_queue_is_bounded() -> None:
    async with ollama_double("llama3.1:8b", max_queue=1, load_seconds=0.3) as double:
        double.write(*[TEXT] * 3)
        answers = await asyncio.gather(*(chat(double) for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [200, 503, 503]
        assert {answer.json()["error"] for answer in answers if answer.status_code == 503} == {BUSY}


async def test_another_context_loads_the_model_again(double: OllamaDouble) -> None:
    double.write(*[TEXT] * 3)
    for num_ctx in (2048, 2048, 4096):
        await chat(double, options={"num_ctx": num_ctx})
    assert double.scheduler.loads == [("llama3.1:8b", 2048), ("llama3.1:8b", 4096)]


async def test_a_rendered_prompt_is_the_one_that_the_model_reads(double: OllamaDouble) -> None:
    double.write(TEXT)
    await chat(double, "qwen3:8b", think=False, tools=[TOOL])
    shown = await chat(double, "qwen3:8b", think=False, tools=[TOOL], _debug_render_only=True)
    assert shown.json()["_debug_info"]["rendered_template"] == double.prompts[-1].text
    assert "/no_think" in double.prompts[-1].text


async def test_a_brain_answers_by_the_request_and_what_its_template_left_of_it(double: OllamaDouble) -> None:
    def brain(body: dict[str, Any], prompt: Prompt) -> str | Answer:
        if body["options"]["seed"] == 2:
            return Answer("", Fault.BUSY)
        return f"seed {body['options']['seed']}, {', '.join(prompt.lost)} lost"

    double.script.brain = brain
    history = [QUESTION, {"role": "tool", "tool_name": "get_order", "content": "shipped"}]
    answer = await chat(double, messages=history, tools=[TOOL], options={"seed": 1})
    assert said(answer) == "seed 1, TOOLS lost"
    assert (await chat(double, options={"seed": 2})).status_code == 503


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        (Fault.NOT_FOUND, 404, "model 'llama3.1:8b' not found"),
        (Fault.NO_TOOLS, 400, "registry.ollama.ai/library/llama3.1:8b does not support tools"),
        (Fault.NO_THINKING, 400, '"llama3.1:8b" does not support thinking'),
        (Fault.PARSER, 500, "error parsing tool call: raw='{\"name\":', err=unexpected end of JSON input"),
        (Fault.BUSY, 503, BUSY),
    ],
)
async def test_a_fault_that_turns_a_request_away(double: OllamaDouble, fault: Fault, status: int, error: str) -> None:
    double.fail(fault)
    answer = await chat(double)
    assert (answer.status_code, answer.json()) == (status, {"error": error})


async def test_a_refused_connection_lasts_until_the_server_recovers(double: OllamaDouble) -> None:
    double.fail(Fault.REFUSED)
    with pytest.raises(httpx.ConnectError):
        await chat(double)
    await double.recover()
    double.write(TEXT)
    assert said(await chat(double)) == TEXT


async def test_an_error_line_ends_a_stream_that_has_begun(double: OllamaDouble) -> None:
    double.fail(Fault.ERROR_LINE, TEXT, after=2)
    answer = await chat(double)
    assert answer.status_code == 200
    assert lines(answer)[2:] == [{"error": ENGINE_ERROR}]


async def test_a_cut_stream_breaks_the_connection(double: OllamaDouble) -> None:
    double.fail(Fault.CUT, TEXT)
    with pytest.raises(httpx.RemoteProtocolError):
        await chat(double)


async def test_a_blank_line_stands_between_the_others(double: OllamaDouble) -> None:
    double.fail(Fault.BLANK_LINE, TEXT)
    assert "" in (await chat(double)).text.splitlines()


@pytest.mark.parametrize("fault", [Fault.COLD_LOAD, Fault.SLOW_FIRST_BYTE, Fault.STALL])
async def test_a_pause_is_as_long_as_it_was_told_to_be(double: OllamaDouble, fault: Fault) -> None:
    double.fail(fault, TEXT, seconds=0.2)
    before = time.monotonic()
    answer = await chat(double)
    assert time.monotonic() - before >= 0.2
    assert said(answer) == TEXT
    assert (lines(answer)[-1]["load_duration"] >= 2e8) == (fault is Fault.COLD_LOAD)


async def test_a_load_only_answer_says_nothing(double: OllamaDouble) -> None:
    double.fail(Fault.LOAD_ONLY)
    (line,) = lines(await chat(double))
    assert (line["message"]["content"], line["done_reason"]) == ("", "load")


async def test_an_answer_stops_at_its_limit(double: OllamaDouble) -> None:
    double.write(TEXT)
    answer = await chat(double, options={"num_predict": 2})
    assert (said(answer), lines(answer)[-1]["done_reason"]) == ("It is", "length")


@pytest.mark.parametrize(
    ("fault", "last"), [(Fault.LENGTH, "length"), (Fault.EMPTY, "stop"), (Fault.UNFINISHED, None), (Fault.DIED, None)]
)
async def test_how_an_answer_ends(double: OllamaDouble, fault: Fault, last: str | None) -> None:
    double.fail(fault, TEXT)
    answer = await chat(double)
    assert answer.status_code == 200
    ends = [line["done_reason"] for line in lines(answer) if line["done"]]
    assert ends == ([last] if last else [])
    assert said(answer) == ("" if fault in (Fault.EMPTY, Fault.DIED) else TEXT)


async def test_a_model_can_be_held_with_facts_of_its_own(double: OllamaDouble) -> None:
    double.hold("embedder", capabilities=("embedding",), size=7)
    async with httpx.AsyncClient(base_url=double.base_url, trust_env=False) as client:
        tags = (await client.get("/api/tags")).json()["models"]
        shown = (await client.post("/api/show", json={"model": "embedder"})).json()
    assert (tags[-1]["name"], tags[-1]["size"]) == ("embedder:latest", 7)
    assert shown["capabilities"] == ["embedding"]


async def test_what_stands_in_the_cache_costs_no_time_but_counts(double: OllamaDouble) -> None:
    double.write(TEXT, TEXT)
    first, again = [lines(await chat(double))[-1] for _ in range(2)]
    assert again["prompt_eval_count"] == first["prompt_eval_count"]
    assert again["prompt_eval_duration"] < first["prompt_eval_duration"] / 2


async def test_a_server_may_keep_nothing_and_be_of_another_version(double: OllamaDouble) -> None:
    double.be(version="0.12.5", keeps_prefixes=False)
    double.write(TEXT, TEXT)
    first, again = [lines(await chat(double))[-1] for _ in range(2)]
    assert again["prompt_eval_duration"] == first["prompt_eval_duration"]
    async with httpx.AsyncClient(base_url=double.base_url, trust_env=False) as client:
        assert (await client.get("/api/version")).json() == {"version": "0.12.5"}
