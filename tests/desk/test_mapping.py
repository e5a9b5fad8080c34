"""A mapping is lossless both ways, or it is refused with a sentence."""

from pathlib import Path

import pytest

from tools.desk.backends import BACKENDS
from tools.desk.errors import DeskError, NotMapped
from tools.desk.mapping import DeskMapping, Words
from tools.vocabulary import Priority, Status


@pytest.mark.parametrize("name", list(BACKENDS))
def test_each_word_of_a_mapping_comes_back_as_it_went(name: str) -> None:
    mapping = DeskMapping.load(name, BACKENDS[name].system)
    for words, kind in ((mapping.status, Status), (mapping.priority, Priority)):
        assert {words.back(words.out(word)) for word in kind} == set(kind)  # type: ignore[arg-type]


def test_two_words_with_one_counterpart_are_refused() -> None:
    with pytest.raises(DeskError, match="could not be read back"):
        Words("X", "status", Status, {"solved": "done", "closed": "done"})


def test_a_word_that_deskmate_does_not_have_is_refused() -> None:
    with pytest.raises(DeskError, match="which Deskmate does not have"):
        Words("X", "status", Status, {"parked": "parked"})


def test_a_word_without_a_counterpart_is_refused_in_both_directions() -> None:
    words = Words("X", "status", Status, {"open": "Open"})
    with pytest.raises(NotMapped, match="has no status for 'on hold'"):
        words.out(Status.ON_HOLD)
    with pytest.raises(NotMapped, match="'rejected', which its mapping does not name"):
        words.back("rejected")


def test_a_mapping_with_a_mistake_names_file_and_place(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[status]\nopen = 'open'\n")
    with pytest.raises(DeskError, match=r"mine\.toml is wrong at priority"):
        DeskMapping.load("request_tracker", "Request Tracker", path)
