"""`deskmate eval` as it is called: real service, real index, real Inspect."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from inspect_ai.log import list_eval_logs, read_eval_log

from api.cli import cli
from knowledge.index import Index


@pytest.fixture
def deskmate(data_dir: Path, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Deskmate":
    monkeypatch.setenv("DESKMATE_DATA_DIR", str(data_dir))
    monkeypatch.chdir(tmp_path)
    return Deskmate()


class Deskmate:
    """The command line."""

    def eval(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, ["eval", *arguments])


FIGURES = {"suite", "model", "cases", "trials", "pass_hat_1", "ci95", "by_check", "by_split", "model_calls", "tokens"}


def test_list_names_the_suites(deskmate: Deskmate) -> None:
    listed = json.loads(deskmate.eval("list", "--json").stdout)
    assert {"core", "smoke"} <= {suite["suite"] for suite in listed}
    assert "late-fee" in deskmate.eval("list", "smoke").stdout


def test_run_prints_one_object_for_one_model(deskmate: Deskmate) -> None:
    result = deskmate.eval("run", "smoke", "--case", "late-fee", "--trials", "2", "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert found.keys() >= FIGURES | {"latency_ms"}
    assert (found["model"], found["cases"], found["trials"]) == ("offline", 1, 2)
    assert found["latency_ms"]["p95"] >= found["latency_ms"]["p50"] > 0


def test_two_runs_write_the_same_but_for_times(deskmate: Deskmate, tmp_path: Path) -> None:
    chosen = ["--case", "cancel-order", "--case", "late-fee", "--trials", "2"]
    files = []
    for name in ("first", "second"):
        assert deskmate.eval("run", "smoke", *chosen, "--out", name).exit_code == 0
        folder = tmp_path / name
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and "logs" not in path.parts]
        files.append({str(path.relative_to(folder)): path.read_bytes() for path in paths})
    first, second = files
    assert first.keys() == second.keys() >= {"report.json", "report.md", "times.json", "transcripts/late-fee.md"}
    assert [name for name in first if first[name] != second[name]] in ([], ["times.json"])


def test_inspect_can_read_the_log(deskmate: Deskmate, tmp_path: Path) -> None:
    deskmate.eval("run", "smoke", "--case", "late-fee", "--case", "cancel-order", "--out", "out")
    (info,) = list_eval_logs(str(tmp_path / "out" / "logs"))
    log = read_eval_log(info)
    assert log.status == "success"
    assert log.results is not None
    assert {"passed", "says", "state", "citations_true"} <= {score.name for score in log.results.scores}
    assert log.samples is not None
    said = {sample.id: sample.messages[0].text for sample in log.samples}
    assert said["cancel-order"] == "Please cancel my order O-5001."


def test_a_score_below_the_bar_fails(deskmate: Deskmate, tmp_path: Path) -> None:
    suite = tmp_path / "hard.yaml"
    suite.write_text(
        """\
cases:
  - id: hard
    split: dev
    persona: {customer: C-1001}
    turns: [{say: "What is the late fee?"}]
    expect: {says: ["€8888"]}
""",
        encoding="utf-8",
    )
    below = deskmate.eval("run", str(suite), "--fail-under", "0.5")
    assert below.exit_code == 1
    assert "hard" in below.stdout
    assert "€8888" in below.stdout
    assert "below the bar: pass^1 0.0000 < 0.5" in below.stderr
    assert deskmate.eval("run", str(suite), "--fail-under", "0").exit_code == 0


def test_trials_that_could_not_run_fail_the_gate_whatever_the_bar(deskmate: Deskmate) -> None:
    result = deskmate.eval("run", "smoke", "--case", "late-fee", "--model", "nonsense", "--fail-under", "0", "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 2
    assert found["pass_hat_1"] is None
    assert found["blame"] == {"infrastructure": 1}
    assert "Model 'nonsense' is not known" in found["errors"][0]["error"]


def test_several_models_print_a_list(deskmate: Deskmate) -> None:
    result = deskmate.eval("run", "smoke", "--case", "late-fee", "--model", "offline", "--model", "nonsense", "--json")
    assert [one["model"] for one in json.loads(result.stdout)] == ["offline", "nonsense"]


def test_prove_prints_what_was_caught(deskmate: Deskmate) -> None:
    result = deskmate.eval("prove", "smoke", "--case", "late-fee", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["holds"] is True
    assert "gold" in deskmate.eval("prove", "smoke", "--case", "late-fee").stdout


def test_a_wrong_suite_is_told_in_one_sentence_a_problem(deskmate: Deskmate, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("cases:\n  - id: x\n    splt: dev\n", encoding="utf-8")
    result = deskmate.eval("run", "bad.yaml")
    assert result.exit_code == 1
    assert "bad.yaml:3: cases[0].splt: unknown key 'splt'; the nearest known key is 'split'." in result.stderr


def test_a_run_that_takes_too_long_is_a_failure_of_the_agent(
    deskmate: Deskmate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKMATE_EVALS_TURN_SECONDS", "0.0001")
    found = json.loads(deskmate.eval("run", "smoke", "--case", "late-fee", "--json").stdout)
    assert found["blame"] == {"agent": 1}
    (status,) = [one for one in found["failures"][0]["checks"] if one["check"] == "status"]
    assert "longer than its limit" in status["seen"]
