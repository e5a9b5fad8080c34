"""`deskmate eval compare`: one table, and a comparison that was broken off goes on where it stopped."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import cli
from evals.digest import digest
from evals.kept import Kept
from evals.scored import Scored
from evals.settings import EvalsSettings
from evals.suite import Suite
from knowledge.index import Index

TWO = ("--case", "late-fee", "--case", "cancel-order")


@pytest.fixture
def home(data_dir: Path, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DESKMATE_DATA_DIR", str(data_dir))
    monkeypatch.setenv("DESKMATE_OLLAMA_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def compare(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["eval", "compare", "smoke", *arguments])


def kept_lines(home: Path) -> list[str]:
    return (home / "compared" / "offline" / "trials.jsonl").read_text().splitlines()


def test_it_prints_one_row_a_model_and_writes_each_report(home: Path) -> None:
    result = compare(*TWO, "--model", "offline")
    assert result.exit_code == 0
    assert "100.0%" in next(line for line in result.stdout.splitlines() if line.startswith("offline"))
    assert (home / "compared" / "table.md").read_text().count("| offline |") == 1
    assert (home / "compared" / "offline" / "report.md").is_file()


def test_a_model_whose_server_is_down_is_told_apart(home: Path) -> None:
    result = compare("--case", "late-fee", "--model", "offline", "--model", "stock/m", "--json")
    offline, stock = json.loads(result.stdout)["models"]
    assert result.exit_code == 2
    assert (offline["pass_hat_1"], offline["errors"]) == (1.0, 0)
    assert (stock["pass_hat_1"], stock["errors"]) == (None, 1)


def test_a_second_start_takes_what_is_kept_and_runs_the_rest(home: Path) -> None:
    compare(*TWO, "--model", "offline")
    head, first, second = kept_lines(home)
    marked = first.replace('"reward":1.0', '"reward":0.0')
    (home / "compared" / "offline" / "trials.jsonl").write_text(f"{head}\n{marked}\n{second[:40]}")
    found = json.loads(compare(*TWO, "--model", "offline", "--json").stdout)
    assert found["models"][0]["pass_hat_1"] == 0.5
    assert json.loads(kept_lines(home)[-1])["reward"] == 1.0


def test_another_digest_starts_anew(tmp_path: Path) -> None:
    scored = Scored(case="late-fee", split="dev", trial=1, reward=1.0)
    Kept(tmp_path / "trials.jsonl", "one").add(scored)
    assert Kept(tmp_path / "trials.jsonl", "one").trials == {("late-fee", 1): scored}
    assert Kept(tmp_path / "trials.jsonl", "two").trials == {}


def test_the_digest_follows_model_settings_and_profiles(
    smoke: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = EvalsSettings(data_dir=tmp_path)
    one = digest(smoke, "offline", settings)
    assert one == digest(smoke, "offline", settings)
    assert one != digest(smoke, "stock/m", settings)
    assert one != digest(smoke, "offline", EvalsSettings(data_dir=tmp_path, turn_seconds=7))
    (tmp_path / "profiles.toml").write_text('[default]\nmode = "native"\n')
    assert one != digest(smoke, "offline", settings)
    (tmp_path / "profiles.toml").unlink()
    monkeypatch.setenv("DESKMATE_AGENT_MAX_STEPS", "3")
    assert one != digest(smoke, "offline", settings)
