"""What of a query the index knows, and under which terms."""

import pytest

from knowledge.asked import Question, read_question
from knowledge.fulltext import FullText
from knowledge.index import Index
from knowledge.page import PUBLIC_ONLY
from tests.knowledge.conftest import Fill, page

ENGLISH = {
    "db.md": page("Database", "The database keeps every invoice. Call userIdNumber to read the sign up date."),
    "shop.md": page("Business hours", "Our business receives parcels until noon."),
}
GERMAN = {
    "vertrag.md": page("Vertrag kündigen", "Die Frist für eine Kündigung ist im Vertrag und in der Rechnung genannt."),
    "rechnung.md": page("Rechnungen", "Die Rechnung kommt jeden Monat, und der Betrag ist nach 14 Tagen fällig."),
}
FRENCH = {
    "contrat.md": page(
        "Résilier", "Pour résilier l'abonnement, écrivez dans les 14 jours. Les factures sont dans l'app."
    )
}


def asked(index: Index, query: str, *, mend: bool = True) -> Question:
    with index.truth("home").reading() as connection:
        return read_question(query, FullText(connection, PUBLIC_ONLY), mend=mend)


@pytest.mark.parametrize(
    ("query", "found", "terms"),
    [
        ("invoices", "as asked", {"invoic"}),
        ("buisness", "mistyped", {"busi"}),
        ("recieves", "mistyped", {"receiv"}),
        ("businesshours", "written apart", {"busi", "hour"}),
        ("helicopter", "unknown", {"helicopt"}),
        ("info", "unknown", {"info"}),  # too short to be an error for something else
    ],
)
def test_english_words(index: Index, fill: Fill, query: str, found: str, terms: set[str]) -> None:
    fill(ENGLISH)
    word = asked(index, query).words[0]
    assert (word.found, set(word.terms)) == (found, terms)


@pytest.mark.parametrize(("query", "term"), [("data base", "databas"), ("user id number", "useridnumb")])
def test_words_that_the_index_knows_only_together(index: Index, fill: Fill, query: str, term: str) -> None:
    fill(ENGLISH)
    assert all(term in word.terms for word in asked(index, query).words)


def test_words_that_stand_side_by_side_are_not_joined(index: Index, fill: Fill) -> None:
    fill({**ENGLISH, "signup.md": page("Signup", "The signup page.")})
    assert [word.terms for word in asked(index, "sign up").words] == [("sign",)]
    assert asked(index, "sign data").words[0].terms == ("sign",)


def test_nothing_is_mended_where_it_is_not_wanted(index: Index, fill: Fill) -> None:
    fill(ENGLISH)
    assert asked(index, "buisness", mend=False).words[0].found == "unknown"


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("Wie kündige ich meinen Vertrag?", ["kundig", "vertrag"]),
        ("kuendigen", ["kundig"]),  # a keyboard without umlauts
        ("Rechnung bezahlen", ["rechnung", "bezahlen"]),  # nothing tells the language
        ("Kündigungsfrist", ["kundig", "frist"]),
    ],
)
def test_german_words(index: Index, fill: Fill, query: str, terms: list[str]) -> None:
    fill(GERMAN)
    assert [term for word in asked(index, query).words for term in word.terms] == terms


def test_french_words(index: Index, fill: Fill) -> None:
    fill(FRENCH)
    found = asked(index, "Comment résilier mon abonnement ?").words
    assert [(word.word, word.found) for word in found] == [("resilier", "as asked"), ("abonnement", "as asked")]


def test_pairs_stand_side_by_side_in_the_query(index: Index, fill: Fill) -> None:
    fill(ENGLISH)
    assert asked(index, "business hours of the database").pairs == (("busi", "hour"),)


@pytest.mark.parametrize(
    ("query", "page_id"),
    [("Wann ist meine Rechnung fällig?", "rechnung"), ("kuendigungsfrist vertrag", "vertrag"), ("factures", "contrat")],
)
def test_pages_in_other_languages_are_found_by_their_words(index: Index, fill: Fill, query: str, page_id: str) -> None:
    fill({**ENGLISH, **GERMAN, **FRENCH})
    with Index.open(index.settings.model_copy(update={"dense_weight": 0.0})) as words_alone:
        assert words_alone.search(query, collection="home", k=1)[0].page_id == page_id
