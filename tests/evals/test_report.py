"""The report: figures, blame, and times kept apart."""

import json
from pathlib import Path

from evals.report import Report, comparison
from evals.scored import Cost, Finding, Scored, Times
from evals.written import markdown, slug, write_reports


def scored(
    case: str, reward: float | None, *, trial: int = 1, split: str = "dev", ended: str = "done", ms: float = 5
) -> Scored:
    says = Finding(check="says", passed=reward == 1, expected="“€7.50”", seen="“no fee”")
    return Scored(
        case=case,
        split=split,
        trial=trial,
        reward=reward,
        findings=() if reward is None else (Finding(check="status", passed=True, expected="x", seen="x"), says),
        ended=ended,
        cost=Cost(model_calls=2, input_tokens=10, output_tokens=3),
        times=(Times(latency_ms=ms, model_ms=1, tool_ms=1),),
        error="The model server is down." if reward is None else None,
    )


def report(*trials: Scored, model: str = "offline", count: int = 1) -> Report:
    return Report("smoke", model, "all", count, trials)


def test_trials_that_could_not_run_are_in_no_rate() -> None:
    found = report(scored("a", 1), scored("b", None)).results()
    assert (found["cases"], found["pass_hat_1"]) == (2, 1.0)
    assert found["errors"] == [{"case": "b", "trial": 1, "error": "The model server is down."}]
    assert found["blame"] == {"infrastructure": 1}


def test_a_failure_names_the_check_and_what_was_seen() -> None:
    (failure,) = report(scored("a", 0)).results()["failures"]
    assert failure["checks"] == [{"check": "says", "expected": "“€7.50”", "seen": "“no fee”"}]
    assert failure["blame"] == "agent"


def test_a_question_that_the_script_cannot_answer_is_blamed_on_the_script() -> None:
    assert report(scored("a", 0, ended="script_ran_out")).results()["blame"] == {"script": 1}


def test_checks_are_counted_over_the_trials_that_name_them() -> None:
    found = report(scored("a", 1), scored("b", 0)).results()["by_check"]
    assert found == {
        "says": {"trials": 2, "passed": 1, "rate": 0.5},
        "status": {"trials": 2, "passed": 2, "rate": 1.0},
    }


def test_splits_have_their_own_figures() -> None:
    found = report(scored("a", 1), scored("b", 0, split="test")).results()["by_split"]
    assert (found["dev"]["pass_hat_1"], found["test"]["pass_hat_1"]) == (1.0, 0.0)
    assert found["dev"]["cases"] == 1


def test_a_split_without_a_scored_trial_has_no_rate() -> None:
    assert report(scored("a", 1), scored("b", None, split="test")).results()["by_split"]["test"]["pass_hat_1"] is None


def test_several_trials_give_pass_hat_k_and_flaky_cases() -> None:
    trials = [scored("a", 1, trial=1), scored("a", 0, trial=2), scored("b", 1, trial=1), scored("b", 1, trial=2)]
    found = report(*trials, count=2).results()
    assert found["pass_hat"] == {"1": 0.75, "2": 0.5}
    assert found["steadiness"] == {"flaky": 1, "steady": 1}


def test_nothing_scored_is_not_a_pass() -> None:
    empty = report(scored("a", None))
    assert empty.pass_hat_1 == 0.0
    assert empty.results()["pass_hat_1"] is None


def test_times_are_in_no_result() -> None:
    slow, fast = report(scored("a", 1, ms=900)), report(scored("a", 1, ms=5))
    assert slow.results() == fast.results()
    assert slow.times()["latency_ms"] == {"p50": 900, "p95": 900}
    assert markdown(slow) == markdown(fast)


def test_models_are_compared_on_the_cases_that_both_ran() -> None:
    (pair,) = comparison([report(scored("a", 1), model="x"), report(scored("a", 0), model="y")])
    assert (pair["first"], pair["second"], pair["difference"]) == ("x", "y", 1.0)
    assert pair["verdict"] == "no difference beyond noise"


def test_one_report_is_written_into_the_folder(tmp_path: Path) -> None:
    write_reports(tmp_path, [report(scored("a", 0))])
    assert json.loads((tmp_path / "report.json").read_text())["suite"] == "smoke"
    assert "FAILED says: expected" not in (tmp_path / "report.md").read_text()
    assert "**says**: expected “€7.50”; seen “no fee”" in (tmp_path / "report.md").read_text()
    assert "FAILED says" in (tmp_path / "transcripts" / "a.md").read_text()
    assert "latency_ms" in json.loads((tmp_path / "times.json").read_text())


def test_no_transcript_of_an_earlier_run_is_left(tmp_path: Path) -> None:
    write_reports(tmp_path, [report(scored("a", 1), scored("b", 1))])
    write_reports(tmp_path, [report(scored("a", 1))])
    assert [path.name for path in (tmp_path / "transcripts").iterdir()] == ["a.md"]


def test_several_reports_are_written_into_folders_of_their_models(tmp_path: Path) -> None:
    write_reports(tmp_path, [report(scored("a", 1)), report(scored("a", 1), model="ollama/qwen3:8b")])
    assert (tmp_path / "offline" / "report.json").exists()
    assert (tmp_path / slug("ollama/qwen3:8b") / "report.json").exists()
    assert json.loads((tmp_path / "comparison.json").read_text())[0]["second"] == "ollama/qwen3:8b"
