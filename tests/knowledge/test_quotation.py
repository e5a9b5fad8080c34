"""Quoted words are found on their page, with the section that they stand in."""

import pytest

from knowledge.errors import PageNotFound
from knowledge.index import Index
from knowledge.page import EVERYONE
from knowledge.quotation import find
from tests.knowledge.conftest import Fill, page

BODY = "Before all.\n\n## Fees\n\nA late fee is charged.\n\n### Objecting\n\nWrite to us.\n\n- By post\n- By e-mail"
WIKI = {"fees.md": page("Fees", BODY), "staff.md": page("Staff", "Only for staff.", audience="internal")}


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("A b. C d. E f.", "C d.", "C d."),
        ("A b.\nC d.", "A b. C d.", "A b.\nC d."),
        ("First\n- one\n- two", "one two", "one\n- two"),
        ("Do:\n1. one\n2. two", "one two", "one\n2. two"),
        ("Costs (about) €5.", " (about) €5. ", "(about) €5."),
        ("A b.", "X y.", None),
        ("A b.", " ", None),
    ],
)
def test_words_are_found_whatever_white_space_and_list_marks_stand_between(
    text: str, words: str, found: str | None
) -> None:
    span = find(text, words)
    assert (text[slice(*span)] if span else None) == found


@pytest.mark.parametrize(
    ("words", "heading", "anchor"),
    [
        ("Before all.", (), ""),
        ("A late fee is charged.", ("Fees",), "#fees"),
        ("Write to us.", ("Fees", "Objecting"), "#objecting"),
        ("Objecting", ("Fees", "Objecting"), "#objecting"),
        ("By post By e-mail", ("Fees", "Objecting"), "#objecting"),
    ],
)
def test_a_place_names_its_section(index: Index, fill: Fill, words: str, heading: tuple[str, ...], anchor: str) -> None:
    fill(WIKI)
    found, place = index.quoted("fees", words, collection="home")
    assert place is not None
    assert " ".join(found.text[place.start : place.end].split()).replace("- ", "") == words
    assert (place.heading, place.url) == (heading, f"/wiki/home/fees{anchor}")


def test_words_that_are_not_there_have_no_place(index: Index, fill: Fill) -> None:
    fill(WIKI)
    assert index.quoted("fees", "Nobody wrote this.", collection="home")[1] is None


def test_a_quote_tells_nothing_of_a_page_that_may_not_be_seen(index: Index, fill: Fill) -> None:
    fill(WIKI)
    with pytest.raises(PageNotFound):
        index.quoted("staff", "Only for staff.", collection="home")
    assert index.quoted("staff", "Only for staff.", collection="home", audiences=EVERYONE)[1] is not None


def test_only_collections_with_a_readable_page_are_listed(index: Index, fill: Fill) -> None:
    fill({"staff.md": WIKI["staff.md"]})
    assert index.readable(frozenset()) == {}
    assert index.readable(EVERYONE) == {"home": 1}
