"""Whether a wiki has anything on what was asked."""

import pytest

from knowledge.confidence import ENOUGH, confidence
from knowledge.index import Index
from tests.knowledge.conftest import Fill
from tests.knowledge.test_search import WIKI


@pytest.mark.parametrize("query", ["How high is the late fee?", "what does a red light on the hub mean"])
def test_a_question_of_the_wiki_is_likely_answered(index: Index, fill: Fill, query: str) -> None:
    fill(WIKI)
    assert confidence(index.search(query, collection="home")) > ENOUGH


@pytest.mark.parametrize("query", ["Who wrote Hamlet?", "best pasta recipe with basil", "asdf qwer"])
def test_a_question_of_another_world_is_not(index: Index, fill: Fill, query: str) -> None:
    fill(WIKI)
    assert confidence(index.search(query, collection="home")) < 0.2


def test_nothing_found_is_nothing_relevant() -> None:
    assert confidence([]) == 0
