"""The peers, each behind an address."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.adapter.script import fixtures, said_to
from tests.ollama_double.answer import Answer
from tests.ollama_double.double import ollama_double
from tests.ollama_double.fault import Fault
from tests.ollama_double.notation import Intent, as_calls
from tests.ollama_double.prompt import Prompt

URL, MODEL = "DESKMATE_TEST_OLLAMA_URL", "DESKMATE_TEST_OLLAMA_MODEL"
AIMOCK = "@copilotkit/aimock@1.43.0"
_ANY = "llama3.1:8b"
_INSTALL_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Peer:
    """`scripted` peers answer by `script.py`; `whole` ones have every endpoint and count tokens, as a server does."""

    base_url: str
    model: str
    scripted: bool
    whole: bool
    calls_tools: bool = True


@asynccontextmanager
async def double() -> AsyncIterator[Peer]:
    """Our own."""
    async with ollama_double(_ANY) as server:
        server.script.brain = _answer
        yield Peer(server.base_url, _ANY, scripted=True, whole=True)


@asynccontextmanager
async def aimock() -> AsyncIterator[Peer]:
    """A mock server from npm, installed outside this repository once. Skips where that cannot be done."""
    program = await _installed()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script.json"
        path.write_text(fixtures())
        process = await asyncio.create_subprocess_exec(
            "node", str(program), "--port", "0", "--fixtures", str(path), "--strict",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            yield Peer(await _address(process), _ANY, scripted=True, whole=False)
        finally:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def real() -> AsyncIterator[Peer]:
    """A real server, where one is named."""
    url = os.environ.get(URL)
    if not url:
        pytest.skip(f"No real server is named: set {URL} (and {MODEL}), or use make adapter-tests URL=…")
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        held = [model["name"] for model in (await client.get("/api/tags")).json()["models"]]
        model = os.environ.get(MODEL) or held[0]
        shown = (await client.post("/api/show", json={"model": model})).json()
    yield Peer(url, model, scripted=False, whole=True, calls_tools="tools" in shown["capabilities"])


def _answer(body: dict[str, Any], _: Prompt) -> str | Answer:
    said = said_to(body["messages"])
    if said.fails:
        return Answer("", Fault.PARSER)
    if said.breaks:
        return Answer(said.text(), Fault.CUT)
    if said.decision and body.get("tools"):
        return as_calls(_ANY, [Intent(said.decision.action, said.decision.arguments)])
    return said.text()


async def _installed() -> Path:
    """aimock's program, from a folder for temporary files."""
    if not shutil.which("npm") or not shutil.which("node"):
        pytest.skip("aimock needs node and npm, which are not on this machine.")
    folder = Path(tempfile.gettempdir()) / f"deskmate-{re.sub(r'[^a-z0-9.]+', '-', AIMOCK)}"
    program = folder / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
    if program.exists():
        return program
    process = await asyncio.create_subprocess_exec(
        "npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--fetch-retries=0", AIMOCK,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await asyncio.wait_for(process.wait(), _INSTALL_SECONDS)
    except TimeoutError:
        process.kill()
    if not program.exists():
        pytest.skip(f"npm could not install {AIMOCK}; is its registry reached?")
    return program


async def _address(process: asyncio.subprocess.Process) -> str:
    """Where it listens, from what it says at its start."""
    said = ""
    assert process.stdout
    while line := (await process.stdout.readline()).decode():
        said += line
        if found := re.search(r"http://[\w.]+:\d+", line):
            return found.group()
    pytest.fail(f"aimock did not start: {said}")
