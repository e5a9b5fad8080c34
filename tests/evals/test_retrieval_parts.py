"""Parts of search that are measured apart: pages cut otherwise, parts that were tried, questions posed otherwise."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.retrieval import lines, tried
from evals.retrieval.labelled import LabelledSet, Question
from evals.retrieval.metrics import figures
from evals.retrieval.posed import followed, mistyped, reworded, run_together, sampled
from evals.retrieval.ranking import Ranked, among, pages, plainly
from evals.retrieval.recut import CUTS, Recut
from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.settings import KnowledgeSettings

HUB = "# Hub 6\n\n## Lights\n\nA steady red light means no line.\n\n## Reset\n\nHold the pin for ten seconds."
FEES = "# Late fees\n\nThe late fee is €7.50."


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    (tmp_path / "wiki").mkdir()
    (tmp_path / "wiki" / "hub.md").write_text(HUB)
    (tmp_path / "wiki" / "fees.md").write_text(FEES)
    with Index.open(KnowledgeSettings(data_dir=tmp_path / "data"), writer=True) as opened:
        yield opened


def ask(text: str) -> Question:
    return Question(text, frozenset({"hub.md"}))


def some(count: int, pages: int) -> LabelledSet:
    asked = tuple(Question(f"Question number {n}?", frozenset({f"{n % pages}.md"})) for n in range(count))
    return LabelledSet("some", Path(), asked)


def test_a_page_that_is_not_cut_is_one_passage(index: Index, tmp_path: Path) -> None:
    ingest(index, tmp_path / "wiki", collection="uncut", workers=Recut(index.settings, CUTS["cutting pages"]))
    hits = index.search("red light", collection="uncut")
    assert [(hit.page_id, hit.heading) for hit in hits] == [("hub", ()), ("fees", ())]
    assert "Hold the pin" in hits[0].text


def test_without_headings_the_encoder_reads_the_passage_alone(index: Index, tmp_path: Path) -> None:
    bare = Recut(index.settings, CUTS["headings before passages"])
    ingest(index, tmp_path / "wiki", collection="bare", workers=bare)
    hit = index.search("Hold the pin for ten seconds.", collection="bare")[0]
    assert hit.dense == pytest.approx(1, abs=1e-5)


def test_a_page_of_another_wiki_is_never_the_right_one(index: Index, tmp_path: Path) -> None:
    for name in ("one", "two"):
        ingest(index, tmp_path / "wiki", collection=name)
    found = pages(among(["one", "two"])(index, "one", ask("red light")), {"hub": "hub.md", "fees": "fees.md"}, "one")
    assert sorted(found) == ["fees.md", "hub.md", "two: fees", "two: hub"]


@pytest.mark.parametrize("part", tried.TRIED)
def test_what_is_tried_only_orders_what_was_found(index: Index, tmp_path: Path, part: str) -> None:
    ingest(index, tmp_path / "wiki", collection="ours")
    question = ask("What does a red light mean? How is it reset?")
    ours = {hit.chunk_id for hit in plainly(index, "ours", question)}
    found = [hit.chunk_id for hit in tried.TRIED[part](index, "ours", question)]
    assert len(found) == len(ours)
    assert set(found) == ours


@pytest.mark.parametrize("part", tried.TRIED)
def test_what_is_tried_bears_that_nothing_is_there(index: Index, tmp_path: Path, part: str) -> None:
    ingest(index, tmp_path / "wiki", collection="ours")
    assert tried.TRIED[part](index, "ours", ask(" ")) == []


def test_a_word_is_mistyped_in_its_middle() -> None:
    assert mistyped("Where is my invoice now?") == "Where is my inovice now?"
    assert mistyped("Is it so?") == ""


def test_two_words_that_carry_meaning_are_run_together() -> None:
    assert run_together("How do I reset my Data Center router?") == "How do I reset my Datacenter router?"
    assert run_together("Where is it?") == ""


def test_only_questions_that_can_be_changed_are_posed_otherwise() -> None:
    posed = {n: ask("The invoice?" if n % 2 else "Why?") for n in range(80)}
    assert list(reworded(posed, mistyped)) == list(range(1, 80, 2))
    assert reworded({n: posed[n] for n in range(50)}, mistyped) == {}


def test_a_question_follows_one_on_its_page_or_on_another() -> None:
    one = some(40, 4)
    posed = sampled(one, 40)
    same, other = followed(one, posed, same_page=True), followed(one, posed, same_page=False)
    assert same[9].history == ("Question number 5?",)
    assert other[9].history == ("Question number 8?",)
    assert same[9].text == one.questions[9].text
    assert followed(some(40, 40), posed, same_page=True) == {}


def test_a_sample_is_taken_evenly() -> None:
    assert list(sampled(some(10, 2), 5)) == [0, 2, 4, 6, 8]
    assert len(sampled(some(10, 2), 100)) == 10


def test_a_gain_is_told_against_the_same_questions() -> None:
    good, bad = figures({"a"}, ["a"]), figures({"a"}, ["b"])
    ours = Ranked("shop", "ours", (0, 1), (good, bad), (1.0, 1.0))
    half = Ranked("shop", "with luck", (1,), (good,), (1.0,))
    assert "+1.000" in list(lines.ablation([ours], [half]))[1]
