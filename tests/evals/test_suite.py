"""Suites as files: what is wrong is told by file and line."""

from pathlib import Path

import pytest

from evals.errors import CaseNotFoundError, SuiteInvalidError, SuiteNotFoundError
from evals.settings import EvalsSettings
from evals.suite import SUITES, Suite, load_suite, suite_names

GOOD = """\
about: A test.
clock: 2026-03-05 09:00
invariants: [no_foreign_data]
cases:
  - id: late-fee
    split: dev
    persona: {customer: C-1001}
    turns:
      - say: "What is the late fee?"
      - when: asks_confirmation
        decide: approve
        as: S-01
    expect:
      state:
        tickets: [{type: incident, subject~: router, count: 2}]
        unchanged: [orders, customers]
      says: ["€7.50", ["14 days", "two weeks"]]
      invariants: [citations_true]
  - id: returns
    split: test
    persona: {customer: C-1001}
    turns: [{say: "Can I return it?"}]
    expect: {status: [completed, needs_input]}
"""


def load(folder: Path, text: str) -> Suite:
    path = folder / "suite.yaml"
    path.write_text(text, encoding="utf-8")
    return load_suite(str(path))


def problems(folder: Path, old: str, new: str) -> list[str]:
    """What is wrong with GOOD once a part of it is replaced, without the folder."""
    assert old in GOOD
    with pytest.raises(SuiteInvalidError) as caught:
        load(folder, GOOD.replace(old, new, 1))
    return [problem.removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_a_suite_is_read(tmp_path: Path) -> None:
    suite = load(tmp_path, GOOD)
    first, second = suite.cases
    assert suite.about == "A test."
    assert suite.clock.isoformat() == "2026-03-05T09:00:00+01:00"
    assert [turn.by for turn in first.turns] == [None, "S-01"]
    assert first.expect.state.tickets[0].count == 2
    assert first.expect.says == (("€7.50",), ("14 days", "two weeks"))
    assert second.expect.status == ("completed", "needs_input")


def test_a_files_invariants_are_those_of_each_case(tmp_path: Path) -> None:
    first, second = load(tmp_path, GOOD).cases
    assert first.expect.invariants == ("citations_true", "no_foreign_data")
    assert second.expect.invariants == ("no_foreign_data",)


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        (
            "      says:",
            "      sayz:",
            17,
            "cases[0].expect.sayz: unknown key 'sayz'; the nearest known key is 'says'.",
        ),
        ("clock:", "clocks:", 2, "clocks: unknown key 'clocks'; the nearest known key is 'clock'."),
        ("2026-03-05 09:00", "soon", 2, "'soon' is no time; write it like 2026-03-04 10:00 (in Europe/Berlin)."),
        ("split: dev", "split: train", 6, "cases[0].split: 'train' is not known here; write 'dev' or 'test'."),
        (
            "customer: C-1001",
            "customer: 1001",
            7,
            "cases[0].persona.customer: this must be text, not 1001; put it in quotes.",
        ),
        ("{customer: C-1001}", "{}", 7, "cases[0].persona: a persona is one customer or one member of staff"),
        (
            "decide: approve",
            "decide: maybe",
            11,
            "cases[0].turns[1].decide: 'maybe' is not known here; write 'approve' or 'reject'.",
        ),
        ("decide: approve", 'say: "Yes"', 12, "cases[0].turns[1].as: only a decision is made by somebody else;"),
        (
            "type: incident",
            "typ: incident",
            15,
            "cases[0].expect.state.tickets[0].typ: unknown key 'typ'; the nearest known key is 'type'.",
        ),
        (
            "count: 2",
            "count: 0",
            15,
            "cases[0].expect.state.tickets[0].count: count must be a whole number from 1, not 0.",
        ),
        (
            "[orders, customers]",
            "[orders, tickets]",
            16,
            "cases[0].expect.state.unchanged: tickets cannot be unchanged and have expected rows.",
        ),
        ('"€7.50",', "7.50,", 17, "cases[0].expect.says[0]: a fact must be text, not 7.5; put it in quotes."),
        ('"€7.50"', '"/(/"', 17, "cases[0].expect.says[0]: this is not a regular expression: missing )"),
        (
            "[citations_true]",
            "[citation_true]",
            18,
            "cases[0].expect.invariants[0]: 'citation_true' is not known here; write ",
        ),
        (
            "id: returns",
            "id: late-fee",
            19,
            "case 'late-fee': this id is taken by the case at suite.yaml:5; give it another.",
        ),
        (
            'say: "What',
            'when: asks_question\n        say: "What',
            9,
            "cases[0].turns[0]: the first turn opens the conversation: ",
        ),
        ("    persona: {customer: C-1001}\n    turns:\n", "    turns:\n", 5, "cases[0].persona: this key is missing."),
        ("expect: {status: [completed, needs_input]}", "expect:", 23, "cases[1].expect: this must be a mapping"),
        (
            "split: test",
            "split: test\n    split: dev",
            21,
            "the key 'split' stands here a second time; keep one of them.",
        ),
        ("{status: [", "{status: [[", 23, "this is not YAML: "),
    ],
)
def test_what_is_wrong_is_told_by_file_and_line(tmp_path: Path, old: str, new: str, line: int, sentence: str) -> None:
    (told,) = problems(tmp_path, old, new)
    assert told.startswith(f"suite.yaml:{line}: {sentence}")


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("split: dev", "split: train").replace("id: returns", "id: Returns!")
    with pytest.raises(SuiteInvalidError) as caught:
        load(tmp_path, text)
    assert [problem.split(":")[1] for problem in caught.value.problems] == ["6", "19"]


def test_times_and_plain_words_stay_text(tmp_path: Path) -> None:
    suite = load(tmp_path, GOOD.replace('"€7.50"', "18:00").replace('"14 days"', "no"))
    assert suite.cases[0].expect.says == (("18:00",), ("no", "two weeks"))


def test_a_folder_is_a_suite_of_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "core"
    folder.mkdir()
    (folder / "b.yaml").write_text(GOOD, encoding="utf-8")
    (folder / "a.yaml").write_text(GOOD.replace("late-fee", "x").replace("returns", "y"), encoding="utf-8")
    suite = load_suite("core", EvalsSettings(suites_dir=tmp_path))
    assert [case.id for case in suite.cases] == ["x", "y", "late-fee", "returns"]


def test_files_of_one_suite_cannot_have_two_clocks(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD.replace("late-fee", "x").replace("returns", "y"), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(GOOD.replace("2026-03-05", "2026-03-06"), encoding="utf-8")
    with pytest.raises(SuiteInvalidError, match=r"b\.yaml:2: another file of this suite has another 'clock'"):
        load_suite(str(tmp_path))


def test_an_unknown_suite_names_the_known_ones() -> None:
    with pytest.raises(SuiteNotFoundError, match=r"known: .*smoke"):
        load_suite("smok")


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SuiteInvalidError, match=r"x\.yaml:1: this file cannot be read"):
        load_suite(str(tmp_path / "x.yaml"))


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SuiteInvalidError, match=r"suite\.yaml:1: file: this must be a mapping"):
        load(tmp_path, "")


def test_a_suite_can_be_narrowed(tmp_path: Path) -> None:
    suite = load(tmp_path, GOOD)
    assert [case.id for case in suite.only(split="test").cases] == ["returns"]
    assert [case.id for case in suite.only(ids=["late-fee"]).cases] == ["late-fee"]


def test_a_case_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(CaseNotFoundError, match="did you mean 'returns'"):
        load(tmp_path, GOOD).only(ids=["return"])
    with pytest.raises(CaseNotFoundError, match="no case in split 'test'"):
        load(tmp_path, GOOD).only(split="test", ids=["late-fee"])


@pytest.mark.parametrize("name", suite_names())
def test_every_suite_that_comes_along_can_be_read(name: str) -> None:
    assert load_suite(name).cases


def test_the_example_of_the_guide_can_be_read(tmp_path: Path) -> None:
    guide = (SUITES / "README.md").read_text(encoding="utf-8")
    example = guide.split("```yaml\n")[1].split("```")[0]
    (case,) = load(tmp_path, example).cases
    assert case.expect.invariants == ("one_effect", "citations_true")
    assert case.gold is not None
