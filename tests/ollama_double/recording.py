"""The recordings of a real server, where they are, and the double's output in their form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "ollama_wire"
SYSTEM = {"role": "system", "content": "You help customers."}
QUESTION = {"role": "user", "content": "Where is order 7?"}

Row = dict[str, Any]


def rows(name: str) -> list[Row]:
    """The lines of one file, none where the recordings are absent."""
    path = FOLDER / name
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def load(name: str) -> Any:
    """One JSON file."""
    return json.loads((FOLDER / name).read_text())


def parameters(name: str, *keys: str) -> list[Any]:
    """One test parameter for each line of a file, named by its keys; one that skips where the file is absent."""
    found = rows(name)
    if not found:
        reason = f"The recordings ({name}) are not beside this repository."
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason), id="absent")]
    return [pytest.param(row, id="-".join(str(row.get(key)) for key in keys)) for row in found]


def streamed(lines: list[Row]) -> list[Row]:
    """Lines as the recordings keep a stream: pieces joined, calls with the line that they came in."""
    out: list[Row] = []
    for line in lines:
        if "error" in line:
            out.append({"error": line["error"]})
            continue
        message = line["message"]
        for key in ("thinking", "content"):
            if not message.get(key):
                continue
            if out and set(out[-1]) == {key}:
                out[-1][key] += message[key]
            else:
                out.append({key: message[key]})
        if message.get("tool_calls"):
            calls = [{**call["function"], "has_id": bool(call.get("id"))} for call in message["tool_calls"]]
            out.append({"tool_calls": calls, "in_done_line": line["done"]})
        if line["done"]:
            out.append({"done_reason": line["done_reason"]})
    return out


def collected(body: Row) -> Row:
    """A body without streaming as the recordings keep it."""
    if "error" in body:
        return {"error": body["error"]}
    message = body["message"]
    out: Row = {key: message[key] for key in ("content", "thinking") if message.get(key)}
    if message.get("tool_calls"):
        functions = [call["function"] for call in message["tool_calls"]]
        out["tool_calls"] = [{"name": function["name"], "arguments": function["arguments"]} for function in functions]
    return {**out, **{key: body[key] for key in ("done", "done_reason") if key in body}}


def neutral(line: Row) -> Row:
    """A line with its ids, times and durations written as the recordings write them."""
    out: Row = {
        key: 0 if key.endswith("_duration") else "T" if key.endswith("_at") else value for key, value in line.items()
    }
    message = out.get("message", {})
    if message.get("tool_calls"):
        out["message"] = {**message, "tool_calls": [{**call, "id": "call_ID"} for call in message["tool_calls"]]}
    return out
