"""Every recorded raw text comes out of the double as it came out of a real server, over the socket."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.ollama_double.double import OllamaDouble
from tests.ollama_double.family import FAMILIES
from tests.ollama_double.recording import QUESTION, SYSTEM, Row, collected, load, neutral, parameters, streamed

EXCEPTIONS: dict[tuple[str, str], str] = {}
"""(family, case) → why the double differs from the recording. There is none."""
UNCOUNTED = "prompt_eval_count"
"""Prompts with tools are shorter here: the words that templates put around tools are not repeated."""

CASES = [
    pytest.param(family, *parameter.values, id=f"{family}-{parameter.id}", marks=parameter.marks)
    for family in FAMILIES
    for parameter in parameters(f"{family}.cases.jsonl", "case")
]


def _request(family: str, row: Row, *, stream: bool) -> dict[str, Any]:
    kept: Row = {key: row[key] for key in ("think", "format") if key in row}
    tools = {"tools": load("tools.json")} if row.get("tools") else {}
    return {"model": family, "messages": [SYSTEM, QUESTION], "stream": stream, **tools, **kept}


@pytest.mark.parametrize(("family", "row"), CASES)
async def test_a_raw_text_comes_out_as_recorded(
    everything: OllamaDouble, http: httpx.AsyncClient, family: str, row: Row
) -> None:
    if reason := EXCEPTIONS.get((family, row["case"])):
        pytest.skip(reason)
    everything.answers.clear()
    everything.write(row["raw"], row["raw"])

    answer = await http.post("/api/chat", json=_request(family, row, stream=True))
    assert answer.status_code == row["status"]
    assert streamed([json.loads(line) for line in answer.text.splitlines()]) == row["stream"]

    answer = await http.post("/api/chat", json=_request(family, row, stream=False))
    assert answer.status_code == row["nonstream_status"]
    assert collected(answer.json()) == row["nonstream"]


@pytest.mark.parametrize("row", parameters("verbatim.jsonl", "model", "case"))
async def test_a_stream_is_the_recorded_one_line_by_line(
    everything: OllamaDouble, http: httpx.AsyncClient, row: Row
) -> None:
    everything.answers.clear()
    everything.write(row["raw"])
    answer = await http.post("/api/chat", json=_request(row["model"], {"tools": True}, stream=True))
    assert answer.headers["content-type"] == row["content_type"]
    lines = [neutral(json.loads(line)) for line in answer.text.splitlines()]
    for line in [*lines, *row["lines"]]:
        line.pop(UNCOUNTED, None)
    assert lines == row["lines"]
