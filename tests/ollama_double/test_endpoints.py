"""The other endpoints, errors, options and truncation come out of the double as they came out of a real server."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.ollama_double.double import OllamaDouble
from tests.ollama_double.recording import Row, load, neutral, parameters

LEFT_OUT = {
    "copy_unknown": "the double has no copies",
    **dict.fromkeys(
        ("v1_models", "v1_chat", "v1_chat_tools", "v1_chat_tools_stream", "v1_unknown_model", "v1_json_schema"),
        "the double does not speak OpenAI's protocol: clients of that are tested against Deskmate's own server",
    ),
}
"""Recorded rows that are not replayed, and why."""
OWN_FACTS = ("version", "ps", "tags", "show_llama3.1", "show_qwen3", "show_qwen3.5", "embed_one", "embed_two")
"""Answers that tell facts of a server's own models: their form is compared, not the facts."""
UNCOUNTED = "prompt_eval_count"
"""The recorded engine has another tokenizer."""

ENDPOINTS: list[Any] = [
    pytest.param(
        *parameter.values,
        id=parameter.id,
        marks=[
            *parameter.marks,
            *([pytest.mark.skip(reason=LEFT_OUT[parameter.id])] if parameter.id in LEFT_OUT else []),
        ],
    )
    for parameter in parameters("endpoints.jsonl", "name")
]
LONG = "RULES. system, 60 pairs of Question i (40 words)/Answer i, LAST question."
HUGE = "RULES. system, one user message of 6000 words"


def _messages(described: str) -> list[dict[str, str]]:
    rules = {"role": "system", "content": "RULES."}
    if described == HUGE:
        return [rules, {"role": "user", "content": "word " * 6000}]
    pairs = [
        message
        for number in range(60)
        for message in (
            {"role": "user", "content": f"Question {number}: {'word ' * 40}"},
            {"role": "assistant", "content": f"Answer {number}."},
        )
    ]
    return [rules, *pairs, {"role": "user", "content": "LAST question."}]


def _request(row: Row) -> bytes | None:
    body = row["body"]
    if body is None or isinstance(body, str):
        return body.encode() if body else None
    body = dict(body)
    if body.get("tools") == "tools.json":
        body["tools"] = load("tools.json")
    if body.get("messages") in (LONG, HUGE):
        body = {"model": "llama3.1", **body, "messages": _messages(body["messages"])}
    return json.dumps(body).encode()


def _said(row: Row) -> str:
    """What the recorded model wrote."""
    return "".join(line["message"]["content"] for line in row.get("lines", ()) if "message" in line)


def _form(value: Any) -> Any:
    """Keys and kinds of a value; of a list those of its first item."""
    if isinstance(value, dict):
        return {key: _form(value[key]) for key in sorted(value) if key != "model_info"}
    if isinstance(value, list):
        return [_form(item) for item in value[:1]]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


async def _replayed(row: Row, double: OllamaDouble, http: httpx.AsyncClient) -> httpx.Response:
    double.answers.clear()
    if row["path"] == "/api/chat" and row["status"] == 200 and "_debug_render_only" not in (row["body"] or {}):
        double.write(_said(row))
    if row["name"] == "ps_empty":
        double.scheduler.loaded.clear()
    if row["name"] == "ps":
        await http.post("/api/chat", json={"model": "llama3.1", "messages": []})
    return await http.request(row["method"], row["path"], content=_request(row))


@pytest.mark.parametrize("row", ENDPOINTS)
async def test_an_endpoint_answers_as_recorded(everything: OllamaDouble, http: httpx.AsyncClient, row: Row) -> None:
    answer = await _replayed(row, everything, http)
    assert answer.status_code == row["status"]
    assert answer.headers["content-type"].partition(";")[0] == row["type"].partition(";")[0]
    if "text" in row:
        assert answer.text == row["text"]
        return
    lines = [json.loads(line) for line in answer.text.splitlines()]
    if row["name"] in OWN_FACTS:
        assert _form(lines) == _form(row["lines"])
        return
    if row["name"] == "pull_offline":  # the recorded server had no network
        assert [*map(list, lines)] == [*map(list, row["lines"])]
        return
    if row["name"] == "chat_debug_render_only":
        lines[0]["_debug_info"]["rendered_template"] = row["lines"][0]["_debug_info"]["rendered_template"]
    lines = [neutral(line) for line in lines]
    for line in [*lines, *row["lines"]]:
        line.pop(UNCOUNTED, None)
    assert lines == row["lines"]


@pytest.mark.parametrize(
    "row", [p for p in ENDPOINTS if p.id == "absent" or ("runner_request" in p.values[0] and p.id not in LEFT_OUT)]
)
async def test_a_requests_options_reach_the_engine_as_recorded(
    everything: OllamaDouble, http: httpx.AsyncClient, row: Row
) -> None:
    await _replayed(row, everything, http)
    found = everything.engine_options[-1]
    assert found == {key: value for key, value in row["runner_request"].items() if key in found}


@pytest.mark.parametrize("row", [p for p in ENDPOINTS if p.id == "absent" or "prompt_head" in p.values[0]])
async def test_a_prompt_is_cut_as_recorded(everything: OllamaDouble, http: httpx.AsyncClient, row: Row) -> None:
    before = len(everything.prompts)
    await _replayed(row, everything, http)
    assert len(everything.prompts) - before == (row["status"] == 200)
    if row["status"] == 200:
        head = row["prompt_head"]
        assert everything.prompts[-1].text[: len(head)] == head


@pytest.mark.parametrize("row", [p for p in ENDPOINTS if p.id in ("absent", "chat_tool_schema_extras")])
async def test_a_tools_schema_reaches_the_model_as_recorded(
    everything: OllamaDouble, http: httpx.AsyncClient, row: Row
) -> None:
    await _replayed(row, everything, http)
    (schema,) = [line for line in everything.prompts[-1].text.splitlines() if '"$defs"' in line]
    (recorded,) = [line for line in row["prompt"].splitlines() if '"$defs"' in line]
    assert schema.endswith(recorded)
