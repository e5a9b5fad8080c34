"""What counts as the same passage."""

import pytest

from knowledge.duplicates import same_text

TEXT = (
    "The fee of the card is due on the first day of the month and it is never given back to a customer who closes it."
)


def test_blanks_and_marks_make_no_difference() -> None:
    assert same_text(TEXT, f"- {TEXT.replace(' ', '  ')}")


def test_a_small_word_makes_no_difference() -> None:
    assert same_text(TEXT, TEXT.replace("and it is", "and is"))


@pytest.mark.parametrize(("here", "there"), [("first", "1st"), ("The fee", "The Gold fee"), (TEXT, "Another passage.")])
def test_a_figure_a_name_or_other_words_do(here: str, there: str) -> None:
    assert not same_text(TEXT, TEXT.replace(here, there))
