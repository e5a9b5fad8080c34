"""Several wikis asked at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.index import EVERY, Index
from knowledge.ingest import ingest
from knowledge.settings import KnowledgeSettings
from tests.knowledge.conftest import page

WIKIS = {
    "shop": {
        "fees.md": page("Late fees", "The late fee is €7.50 once an invoice is more than 14 days overdue."),
        "hub.md": page("Hub 6", "A steady red light means that the line is down."),
    },
    "garden": {
        "roses.md": page("Roses", "Cut roses in spring, when the forsythia flowers."),
        "frost.md": page("Frost", "Cover young plants when the night is cold. Late frost comes in May."),
    },
}


@pytest.fixture
def wikis(settings: KnowledgeSettings, tmp_path: Path) -> Iterator[Index]:
    with Index.open(settings, writer=True) as index:
        for name, pages in WIKIS.items():
            (tmp_path / name).mkdir()
            for file, text in pages.items():
                (tmp_path / name / file).write_text(text)
            ingest(index, tmp_path / name, collection=name)
        yield index


@pytest.mark.parametrize(
    ("query", "collection", "page_id"),
    [("how much is the late fee", "shop", "fees"), ("when do I cut roses", "garden", "roses")],
)
def test_a_question_goes_to_the_wiki_it_belongs_to(wikis: Index, query: str, collection: str, page_id: str) -> None:
    hit = wikis.search(query, collection=EVERY)[0]
    assert (hit.collection, hit.page_id) == (collection, page_id)


def test_only_the_wikis_that_were_named_are_asked(wikis: Index) -> None:
    assert {hit.collection for hit in wikis.search("late fee", collection=["garden"])} == {"garden"}
    assert {hit.collection for hit in wikis.search("late fee", collection=["garden", "shop"])} == {"garden", "shop"}


def test_the_ranking_is_one(wikis: Index) -> None:
    hits = wikis.search("late frost", collection=EVERY, k=3)
    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_one_wiki_keeps_its_own_scores(wikis: Index) -> None:
    assert wikis.search("late fee", collection=["shop"]) == wikis.search("late fee", collection="shop")
