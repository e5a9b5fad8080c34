"""`deskmate eval run retrieval`: labelled questions, ways of searching, figures."""

import importlib.util
import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import cli
from evals.retrieval.metrics import figures
from evals.retrieval.parts import WITHOUT
from evals.retrieval.recut import CUTS
from evals.retrieval.tried import TRIED
from evals.settings import EvalsSettings

SHARED = EvalsSettings().retrieval_dir
PAGES = {
    "fees.md": "# Late fees\n\nThe late fee is €7.50 once an invoice is more than 14 days overdue.",
    "hub.md": "# Hub 6\n\n## Lights\n\nA steady red light means that the line is down.",
    "shop/returns.md": "# Returns\n\nSend a device back within 30 days of delivery.",
}
QUESTIONS = [
    {"qid": "1", "text": "How high is the late fee?", "relevant": ["fees.md"]},
    {"qid": "2", "text": "How long may I send a device back?", "relevant": ["shop/returns.md"]},
]


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    folder = tmp_path / "sets" / "shop"
    for name, text in PAGES.items():
        path = folder / "corpus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "queries.jsonl").write_text("\n".join(json.dumps(one) for one in QUESTIONS))
    return folder


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKMATE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DESKMATE_EVALS_RETRIEVAL_DIR", str(tmp_path / "sets"))
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["eval", "run", "retrieval", *arguments])


def test_one_command_scores_every_way_of_searching(labelled: Path) -> None:
    found = json.loads(run("--json").stdout)
    table = found["table"]
    assert [(one["set"], one["method"]) for one in table] == [("shop", m) for m in ("BM25", "dense", "RRF", "ours")]
    assert all(one["R@5"] == 1 and one["questions"] == 2 for one in table)
    assert found["ablation"] == []


def test_each_part_is_switched_off_or_tried_on_its_own(labelled: Path) -> None:
    rows = json.loads(run("--ablate", "--json", "--set", str(labelled)).stdout)["ablation"]
    assert {row["method"] for row in rows} >= {
        "ranks fused in place of scores",
        *(f"without {part}" for part in (*WITHOUT, *CUTS)),
        *(f"with {part}" for part in TRIED),
    }


def test_the_table_is_printed_and_written(labelled: Path, tmp_path: Path) -> None:
    shown = run("--out", "out")
    assert shown.exit_code == 0
    assert "nDCG@10" in shown.stdout
    assert "| shop | 2 | ours | 1.000" in (tmp_path / "out" / "report.md").read_text()
    assert json.loads((tmp_path / "out" / "retrieval.json").read_text())["table"]


def test_the_curve_of_abstention_needs_questions_of_another_wiki(labelled: Path, tmp_path: Path) -> None:
    assert json.loads(run("--json").stdout)["abstention"] is None
    garden = tmp_path / "sets" / "garden"
    (garden / "corpus").mkdir(parents=True)
    (garden / "corpus" / "roses.md").write_text("# Roses\n\nCut roses in spring, when the forsythia flowers.")
    (garden / "queries.jsonl").write_text('{"qid": "1", "text": "When do I cut roses?", "relevant": ["roses.md"]}')
    found = json.loads(run("--json", "--out", "out").stdout)["abstention"]
    assert (found["own"], found["foreign"]) == (3, 3)
    half = next(point for point in found["points"] if point["level"] == 0.5)
    assert (half["coverage"], half["foreign"], half["precision"]) == (1, 0, 1)
    assert "<polyline" in (tmp_path / "out" / "abstention.svg").read_text()


def test_searches_that_build_on_each_other_are_measured_beside_one_search(labelled: Path) -> None:
    (found,) = json.loads(run("--searches", "2", "--json").stdout)["iterated"]
    assert (found["set"], found["kind"], found["questions"]) == ("shop", "all", 2)
    assert found["by"] == [
        {"searches": 1, "read": 1.0, "pages": 3.0, "single": 1.0},
        {"searches": 2, "read": 1.0, "pages": 3.0, "single": 1.0},
    ]
    assert "of one search" in run("--searches", "2").stdout


def test_where_no_set_stands_it_says_so(tmp_path: Path) -> None:
    result = run()
    assert result.exit_code == 1
    assert f"no labelled sets in {tmp_path / 'sets'}" in " ".join(result.stderr.split())


def test_a_line_that_cannot_be_read_is_named(labelled: Path) -> None:
    (labelled / "queries.jsonl").write_text('{"qid": "1", "text": "?"}')
    assert "queries.jsonl:1: each line needs" in run("--set", str(labelled)).stderr


def test_a_missing_corpus_is_named(labelled: Path) -> None:
    (labelled / "META.json").write_text('{"corpus": "../elsewhere"}')
    assert "there is no folder" in " ".join(run("--set", str(labelled)).stderr.split())


@pytest.mark.parametrize(
    "arguments",
    [("run", "smoke", "--ablate"), ("run", "smoke", "--searches", "2"), ("run", "retrieval", "--model", "offline")],
)
def test_options_of_the_other_kind_of_suite_are_refused(arguments: tuple[str, ...]) -> None:
    assert CliRunner().invoke(cli, ["eval", *arguments]).exit_code == 2


def test_figures_of_one_ranking() -> None:
    found = figures({"a", "b"}, ["x", "a", *"cdefghi", "b"])
    assert found["R@5"] == 0.5
    assert found["R@10"] == 1
    assert found["MRR@10"] == 0.5
    assert found["nDCG@10"] == pytest.approx((1 / 1.584963 + 1 / 3.459432) / (1 + 1 / 1.584963), abs=1e-6)


@pytest.mark.skipif(not (SHARED / "score.py").is_file(), reason="the labelled sets are not beside this repository")
def test_figures_agree_with_the_scorer_of_the_labelled_sets() -> None:
    spec = importlib.util.spec_from_file_location("score", SHARED / "score.py")
    assert spec is not None
    assert spec.loader is not None
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    dice = random.Random(7)  # noqa: S311 - nothing secret
    for _ in range(200):
        pages = [str(n) for n in range(40)]
        dice.shuffle(pages)
        relevant = set(dice.sample(pages, dice.randint(1, 15)))
        theirs = score.one(relevant, pages[:20])
        assert {name: theirs[name] for name in figures(relevant, pages)} == figures(relevant, pages[:20])
