"""Which passages a text repeats is told by runs of words, for the audiences that are asked about, in every language."""

import pytest

from knowledge.errors import CollectionNotFound
from knowledge.index import EVERY, Index
from knowledge.page import PUBLIC_ONLY, Audience
from tests.knowledge.conftest import Fill, page

RULE = "A team lead may waive two late fees in any twelve months without a note."
REGEL = "Die Gebühr wird nur erlassen, wenn der Kunde seit mindestens zwei Jahren bei uns ist."
BRIEF = "Ask twice. Never say why. Then offer ten euros."
INTERNAL = frozenset({Audience.INTERNAL})
WIKI = {
    "rules.md": page("Rules", f"Fees are a matter of tact. {RULE}", audience="internal"),
    "regeln.md": page("Regeln", f"Das ist nur für die Kollegen und nicht für den Kunden. {REGEL}", audience="internal"),
    "brief.md": page("Calls", BRIEF, audience="internal"),
    "fees.md": page("Fees", "A late fee of €7.50 is charged once an invoice is more than 14 days overdue."),
}


@pytest.fixture
def filled(index: Index, fill: Fill) -> Index:
    fill(WIKI)
    return index


def repeated(index: Index, text: str, audiences: frozenset[Audience] = INTERNAL, most: int = 10) -> list[str]:
    return index.repeated(text, collection="home", most=most, audiences=audiences)


@pytest.mark.parametrize("told", [RULE, f"I was told: {RULE.upper()}", f"Good news! {RULE[14:60]} as they say"])
def test_who_repeats_a_passage_is_shown_it(filled: Index, told: str) -> None:
    (passage,) = repeated(filled, told)
    assert RULE in passage


def test_a_passage_of_another_language_is_found_in_its_own(filled: Index) -> None:
    (passage,) = repeated(filled, f"There is a rule for that. {REGEL} I hope this helps.")
    assert REGEL in passage


def test_short_sentences_are_found_across_their_ends(filled: Index) -> None:
    (passage,) = repeated(filled, f"It is so. {BRIEF} That is all.")
    assert BRIEF in passage


def test_a_long_text_is_looked_through_to_its_end(filled: Index) -> None:
    words = " ".join(f"word{n}" for n in range(700))
    (passage,) = repeated(filled, f"{words}. {RULE}")
    assert RULE in passage


@pytest.mark.parametrize("told", ["", "A team lead may waive", "Late fees may be waived by whoever leads the team."])
def test_other_words_on_the_same_matter_repeat_nothing(filled: Index, told: str) -> None:
    assert repeated(filled, told) == []


def test_only_the_audiences_asked_about_are_looked_at(filled: Index) -> None:
    assert repeated(filled, RULE, PUBLIC_ONLY) == []
    assert repeated(filled, "It is charged once an invoice is more than 14 days overdue.", INTERNAL) == []


def test_every_wiki_is_looked_at_where_none_is_named(filled: Index) -> None:
    assert len(filled.repeated(RULE, collection=EVERY, most=10, audiences=INTERNAL)) == 1
    with pytest.raises(CollectionNotFound):
        filled.repeated(RULE, collection="nowhere", most=10)


def test_no_more_are_given_than_are_asked_for(filled: Index) -> None:
    assert len(repeated(filled, f"{RULE} {REGEL}")) == 2
    assert len(repeated(filled, f"{RULE} {REGEL}", most=1)) == 1
