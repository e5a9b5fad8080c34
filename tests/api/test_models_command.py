"""`deskmate models` as a person meets it: the list, the probe, and changes by hand. The server is the double."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.test_probe import SPEC, Scholar
from tests.api.conftest import deskmate
from tests.api.test_doctor_command import double_apart
from tests.ollama_double.double import OllamaDouble


@pytest.fixture
def double() -> Iterator[OllamaDouble]:
    with double_apart("llama3.1:8b", "gemma3:4b") as double:
        double.script.brain = Scholar()
        yield double


def models(double: OllamaDouble, data_dir: Path, *arguments: str, **more: str) -> tuple[int, str, str]:
    done = deskmate(data_dir, "models", *arguments, DESKMATE_OLLAMA_BASE_URL=double.base_url, **more)
    return done.returncode, done.stdout, done.stderr


def test_the_list_has_mode_context_size_and_fitness_and_marks_the_default(double: OllamaDouble, tmp_path: Path) -> None:
    _, listed, _ = models(double, tmp_path, DESKMATE_AGENT_MODEL="auto")
    assert f"* {SPEC}" in listed
    assert "schema" in listed
    assert "16,384" in listed
    assert "4.9 GB" in listed
    assert "not measured" in listed
    assert "offline" in listed


def test_a_default_that_is_not_there_is_listed_as_such(double: OllamaDouble, tmp_path: Path) -> None:
    _, listed, _ = models(double, tmp_path, "--json", DESKMATE_AGENT_MODEL="ollama/nothing:1b")
    first = json.loads(listed)[0]
    assert (first["id"], first["default"]) == ("ollama/nothing:1b", True)
    assert first["fitness"] == "not there: deskmate doctor"


def test_what_no_request_may_name_is_not_listed(double: OllamaDouble, tmp_path: Path) -> None:
    _, listed, _ = models(double, tmp_path, DESKMATE_API_MODELS="ollama/gemma3:*")
    assert "gemma3:4b" in listed
    assert "llama3.1" not in listed
    assert "* offline" in listed


def test_without_a_server_there_is_offline(tmp_path: Path) -> None:
    done = deskmate(tmp_path, "models", DESKMATE_OLLAMA_BASE_URL="http://127.0.0.1:9")
    assert done.returncode == 0
    assert "* offline" in done.stdout
    assert "Ollama at http://127.0.0.1:9 did not answer. Start it (ollama serve)" in done.stdout


def test_a_probe_prints_its_table_and_the_list_shows_what_it_found(double: OllamaDouble, tmp_path: Path) -> None:
    code, table, told = models(double, tmp_path, "probe", "llama3.1:8b")
    assert code == 0, told
    assert "* schema + examples" in table
    assert "24 of 24" in table
    assert "profiles.toml" in told
    assert f'["{SPEC}"]' in (tmp_path / "profiles.toml").read_text()
    _, listed, _ = models(double, tmp_path)
    assert "24 of 24 decisions right (schema + examples)" in listed


def test_a_dry_run_writes_nothing(double: OllamaDouble, tmp_path: Path) -> None:
    code, _, _ = models(double, tmp_path, "probe", SPEC, "--dry-run", "--json")
    assert code == 0
    assert not (tmp_path / "profiles.toml").exists()
    assert not (tmp_path / "probes.json").exists()


def test_a_probe_of_a_model_that_is_not_there_says_how_to_get_it(double: OllamaDouble, tmp_path: Path) -> None:
    code, _, told = models(double, tmp_path, "probe", "mistral:7b")
    assert code == 1
    assert "ollama pull mistral:7b" in told


def test_a_change_by_hand_is_kept(double: OllamaDouble, tmp_path: Path) -> None:
    code, said, _ = models(double, tmp_path, "set", "llama3.1:8b", "num_ctx=12288", "mode=native")
    assert code == 0
    assert "num_ctx=12288" in said
    _, listed, _ = models(double, tmp_path)
    assert "native" in listed
    assert "12,288" in listed
