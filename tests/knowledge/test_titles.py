"""How well a title fits a query."""

import pytest

from knowledge.titles import title_share

WEIGHTS = {"late": 2.0, "fee": 1.0, "pay": 1.0}


def test_a_title_that_says_all_of_the_query_and_no_more_fits_whole() -> None:
    assert title_share("Late fees", {"late": 2.0, "fee": 1.0}) == pytest.approx(1)


def test_a_title_that_says_none_of_it_does_not_fit() -> None:
    assert title_share("Opening hours", WEIGHTS) == 0


def test_further_words_in_the_title_make_it_fit_less() -> None:
    assert title_share("Late fees", WEIGHTS) > title_share("Late fees of the business plan", WEIGHTS)


def test_rarer_words_count_more() -> None:
    assert title_share("Late", WEIGHTS) > title_share("Fee", WEIGHTS)


def test_a_title_without_words_does_not_fit() -> None:
    assert title_share("!", WEIGHTS) == title_share("Late", {}) == 0
