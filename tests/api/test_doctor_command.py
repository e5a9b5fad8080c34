"""`deskmate doctor` as a person meets it, and `/readyz` with a model on Ollama: the server is the double."""

import asyncio
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.agent.test_doctor import ALL, able
from tests.api.conftest import Running, deskmate, serving, url_in
from tests.api.problem import problem
from tests.ollama_double.double import OllamaDouble, ollama_double
from tests.ollama_double.fault import Fault

LLAMA = "ollama/llama3.1:8b"


@contextmanager
def double_apart(*models: str) -> Iterator[OllamaDouble]:
    """A double in a thread of its own, so that this one can wait for processes."""
    started: list[OllamaDouble] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    end = asyncio.Event()

    async def live() -> None:
        async with ollama_double(*models) as double:
            started.append(double)
            ready.set()
            await end.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(live()))
    thread.start()
    try:
        assert ready.wait(10)
        yield started[0]
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(10)
        loop.close()


@pytest.fixture
def double() -> Iterator[OllamaDouble]:
    with double_apart("llama3.1:8b") as double:
        double.script.brain = able
        yield double


def test_a_model_in_good_health_is_green_and_ends_with_0(double: OllamaDouble, tmp_path: Path) -> None:
    done = deskmate(tmp_path, "doctor", "--model", LLAMA, DESKMATE_OLLAMA_BASE_URL=double.base_url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(LLAMA)
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == [["✓", name] for name in ALL]


def test_what_is_red_comes_with_its_command_on_one_line_and_ends_with_1(double: OllamaDouble, tmp_path: Path) -> None:
    narrow = {"COLUMNS": "60", "DESKMATE_OLLAMA_BASE_URL": double.base_url}
    done = deskmate(tmp_path, "doctor", "--model", "ollama/mistral:7b", **narrow)
    assert done.returncode == 1
    assert f"→ OLLAMA_HOST={double.base_url} ollama pull mistral:7b\n" in done.stdout


def test_pull_gets_the_model_and_then_looks_at_it(double: OllamaDouble, tmp_path: Path) -> None:
    double.pullable.add("mistral:7b")
    done = deskmate(
        tmp_path, "doctor", "--model", "ollama/mistral:7b", "--pull", DESKMATE_OLLAMA_BASE_URL=double.base_url
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_as_json_every_check_has_its_fix(double: OllamaDouble, tmp_path: Path) -> None:
    done = deskmate(
        tmp_path, "doctor", "--model", "ollama/mistral:7b,offline", "--json", DESKMATE_OLLAMA_BASE_URL=double.base_url
    )
    found = json.loads(done.stdout)
    assert found["ok"] is False
    assert done.returncode == 1
    assert [model["model"] for model in found["models"]] == ["ollama/mistral:7b", "offline"]
    assert set(found["models"][0]["checks"][-1]) == {"name", "ok", "said", "fix"}
    assert found["models"][1]["checks"][0]["ok"] is True


def test_offline_needs_nothing(tmp_path: Path) -> None:
    done = deskmate(tmp_path, "doctor")
    assert done.returncode == 0
    assert "needs no server and no model" in done.stdout


def test_a_string_that_names_no_model_is_one_sentence(tmp_path: Path) -> None:
    done = deskmate(tmp_path, "doctor", "--model", "gpt")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Model 'gpt' is not known.")


def test_readyz_follows_the_model_on_ollama(server: Running, double: OllamaDouble, tmp_path: Path) -> None:
    shutil.copytree(server.data_dir / "knowledge", tmp_path / "knowledge")
    shutil.copy(server.data_dir / "demo-wiki.ready", tmp_path)
    ollama = {"DESKMATE_AGENT_MODEL": LLAMA, "DESKMATE_OLLAMA_BASE_URL": double.base_url}
    with serving(tmp_path, **ollama) as banner, httpx.Client(base_url=url_in(banner), timeout=30) as client:
        assert client.get("/readyz").json()["checks"]["model"] == {"ok": True, "detail": f"{LLAMA} can be asked."}
        del double.models["llama3.1:8b"]
        assert "(model)" in str(problem(client.get("/readyz"), 503, "unavailable")["detail"])
        double.fail(Fault.REFUSED)
        detail = str(problem(client.get("/readyz"), 503, "unavailable")["detail"])
    assert f"{LLAMA} cannot be asked (server). Find out why: deskmate doctor" in detail
    assert double.base_url not in detail
