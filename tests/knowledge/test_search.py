"""Search finds the right passage, says why, and answers the same every time."""

from datetime import date

import pytest

from knowledge.errors import CollectionNameError, CollectionNotFound, IndexReadOnly
from knowledge.index import Index
from knowledge.page import Trust
from knowledge.settings import KnowledgeSettings
from tests.knowledge.conftest import Fill, page

WIKI = {
    "fees.md": page("Late fees", "## Amount\n\nThe late fee is €7.50 once an invoice is more than 14 days overdue."),
    "hub.md": page(
        "Hub 6",
        "## Lights\n\nA steady red light means that the line is down.\n\n## Reset\n\nHold the pin for 10 seconds.",
    ),
    "returns.md": page("Returns", "## Period\n\nSend a device back within 30 days of delivery."),
    "mobile.md": page("Mobile plans", "## Roaming\n\nAll plans work abroad at no extra cost."),
}


@pytest.mark.parametrize(
    ("query", "page_id", "heading"),
    [
        ("how much do I pay when my invoice is overdue", "fees", "Amount"),
        ("my router glows red", "hub", "Lights"),
        ("can I give the camera back", "returns", "Period"),
        ("using my phone on holiday in another country", "mobile", "Roaming"),
    ],
)
def test_the_right_passage_is_first(index: Index, fill: Fill, query: str, page_id: str, heading: str) -> None:
    fill(WIKI)
    hit = index.search(query, collection="home", k=3)[0]
    assert (hit.page_id, hit.heading) == (page_id, (heading,))


def test_hits_are_literal_and_ordered(index: Index, fill: Fill) -> None:
    fill(WIKI)
    hits = index.search("red light or late fee", collection="home", k=10)
    assert all(hit.text in index.page(hit.page_id, collection="home").text for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.chunk_id for hit in hits}) == len(hits) == 5


def test_k_limits_the_hits(index: Index, fill: Fill) -> None:
    fill(WIKI)
    assert len(index.search("fee", collection="home", k=2)) == 2
    assert index.search("fee", collection="home", k=0) == []


def test_coverage_is_full_where_every_word_stands(index: Index, fill: Fill) -> None:
    fill(WIKI)
    assert index.search("What is the late fee?", collection="home")[0].coverage == pytest.approx(1)


def test_coverage_counts_title_and_headings(index: Index, fill: Fill) -> None:
    fill(WIKI)
    hit = next(h for h in index.search("hub lights red", collection="home") if h.heading == ("Lights",))
    assert hit.coverage == pytest.approx(1)


def test_words_that_no_page_knows_weigh_most(index: Index, fill: Fill) -> None:
    fill(WIKI)
    hit = index.search("late fee helicopter", collection="home")[0]
    assert 0.2 < hit.coverage < 2 / 3


def test_coverage_is_nothing_without_content_words(index: Index, fill: Fill) -> None:
    fill(WIKI)
    assert {hit.coverage for hit in index.search("who are you?", collection="home")} == {0.0}


def test_dense_is_the_cosine_of_query_and_passage(index: Index, fill: Fill) -> None:
    fill(WIKI)
    hit = index.search("late fee", collection="home")[0]
    query, passage = index.encoder("home").embed(["late fee", f"{hit.title} > {hit.heading[0]}\n{hit.text}"])
    assert hit.dense == pytest.approx(float(query @ passage), abs=1e-5)


def test_equal_passages_keep_a_fixed_order(index: Index, fill: Fill) -> None:
    fill({f"copy-{n}.md": page("Copy", "The very same text.") for n in (3, 1, 2)})
    with Index.open(index.settings.model_copy(update={"collapse": False})) as apart:
        found = apart.search("same text", collection="home")
    assert [hit.page_id for hit in found] == ["copy-1", "copy-2", "copy-3"]


def test_passages_that_say_the_same_are_one_hit_that_names_the_other_pages(index: Index, fill: Fill) -> None:
    fill({f"copy-{n}.md": page(f"Copy {n}", "The very same text.") for n in (3, 1, 2)})
    hits = index.search("same text", collection="home")
    assert len(hits) == 1
    assert {hits[0].page_id, *hits[0].also} == {"copy-1", "copy-2", "copy-3"}


@pytest.mark.parametrize(("first", "second"), [("€5.00", "€7.00"), ("Gold", "Silver")])
def test_passages_that_differ_in_an_amount_or_a_name_are_two_hits(
    index: Index, fill: Fill, first: str, second: str
) -> None:
    text = "The yearly fee of the card is due on the first day of March and is never refunded: {}."
    fill({f"{n}.md": page("Card", text.format(what)) for n, what in enumerate((first, second))})
    assert len(index.search("yearly fee of the card", collection="home")) == 2


def test_a_superseded_page_ranks_below_its_successor(index: Index, fill: Fill) -> None:
    fill(
        {
            "old.md": page("Late fee", "The late fee is €5.00 for a late invoice.", superseded_by="new"),
            "new.md": page("Charges", "A charge of €7.50 applies when an invoice is overdue."),
        }
    )
    assert [hit.page_id for hit in index.search("late fee for a late invoice", collection="home")] == ["new", "old"]
    assert index.page("old", collection="home").superseded_by == "new"


def test_a_page_past_its_review_ranks_lower_and_says_so(index: Index, fill: Fill) -> None:
    fill({"fees.md": page("Late fee", "The late fee is €5.00.", review_by="2026-03-01")})
    in_time = index.search("late fee", collection="home", today=date(2026, 3, 1))[0]
    late = index.search("late fee", collection="home", today=date(2026, 3, 2))[0]
    assert (in_time.overdue, late.overdue) == (False, True)
    assert late.score < in_time.score


def test_a_hit_says_whose_words_it_holds(index: Index, fill: Fill) -> None:
    fill({"ours.md": page("Fees", "Our fee."), "theirs.md": page("Forum", "Their fee.", trust="external")})
    trust = {hit.page_id: hit.trust for hit in index.search("fee", collection="home")}
    assert trust == {"ours": Trust.REVIEWED, "theirs": Trust.EXTERNAL}


def test_the_shares_of_a_score_add_up(index: Index, fill: Fill) -> None:
    fill({**WIKI, "old.md": page("Fees", "An old late fee.", superseded_by="fees")})
    for hit in index.search("late fee", collection="home", explain=True):
        assert hit.why is not None
        shares = hit.why.cosine + hit.why.chunk + hit.why.page + hit.why.title - hit.why.penalty
        assert hit.score == pytest.approx(shares, abs=1e-5)


def test_pages_that_supersede_each_other_do_no_harm(index: Index, fill: Fill) -> None:
    fill({"a.md": page("A", "One text.", superseded_by="b"), "b.md": page("B", "Text two.", superseded_by="a")})
    assert {hit.page_id for hit in index.search("text", collection="home")} == {"a", "b"}


@pytest.mark.parametrize(
    "query", ['"', "late AND OR NOT fee*", "terms:fee", "fee^2 NEAR(a b)", "💡 €", "' ; DROP TABLE page; --", "\x00fee"]
)
def test_any_characters_may_be_searched(index: Index, fill: Fill, query: str) -> None:
    fill(WIKI)
    assert len(index.search(query, collection="home", k=3)) == 3


def test_an_empty_query_finds_nothing(index: Index, fill: Fill) -> None:
    fill(WIKI)
    assert index.search("  \n", collection="home") == []


def test_a_very_long_query_is_answered(index: Index, fill: Fill) -> None:
    fill(WIKI)
    query = "late fee " + " ".join(f"word{n}" for n in range(5000))
    assert index.search(query, collection="home", k=1)[0].page_id == "fees"


def test_a_long_story_is_looked_up_by_what_it_comes_back_to(index: Index, fill: Fill) -> None:
    fill(WIKI)
    told = [f"I told name{chr(97 + n // 26)}{chr(97 + n % 26)} of the red light." for n in range(100)]
    hit = index.search(" ".join(told), collection="home", k=1)[0]
    assert hit.page_id == "hub"
    why = index.search(" ".join(told), collection="home", k=1, explain=True)[0].why
    assert why is not None
    assert (why.chunk, why.page) == pytest.approx((0.35, 0.2))  # best by the words of chunk and page


def test_the_turn_before_tells_what_a_short_question_is_about(index: Index, fill: Fill) -> None:
    fill({**WIKI, "fibre.md": page("Fibre plans", "## Roaming\n\nFibre plans have no roaming: they end at the wall.")})
    found = [
        index.search("Does it cost extra?", collection="home", history=[before], k=1)[0].page_id
        for before in ("I want to use my mobile plan abroad.", "My invoice is overdue.")
    ]
    assert found == ["mobile", "fees"]


def test_an_unknown_collection_is_named_with_those_there_are(index: Index, fill: Fill) -> None:
    fill(WIKI)
    with pytest.raises(CollectionNotFound, match=r"'work'.*home.*deskmate ingest"):
        index.search("fee", collection="work")


def test_a_collection_name_never_leaves_its_folder(index: Index) -> None:
    with pytest.raises(CollectionNameError):
        index.search("fee", collection="../../etc/passwd")


def test_a_large_collection_is_searched_through_chroma_with_the_same_result(
    index: Index, fill: Fill, settings: KnowledgeSettings
) -> None:
    fill(WIKI)
    exact = index.search("red light", collection="home")
    index.close()
    with Index.open(settings.model_copy(update={"exact_limit": 0}), writer=True) as large:
        assert large.search("red light", collection="home") == exact


def test_a_reader_cannot_write(settings: KnowledgeSettings, fill: Fill) -> None:
    fill(WIKI)
    with Index.open(settings) as reader, pytest.raises(IndexReadOnly, match="writer=True"):
        reader.rebuild()
