"""An internal page never shows to a caller who may read public pages only, by any route."""

from collections.abc import Iterator

import pytest

from knowledge.errors import PageNotFound
from knowledge.index import Index
from knowledge.page import EVERYONE, PUBLIC_ONLY, Audience
from tests.knowledge.conftest import Fill, page

SECRET = "Retention discount of 40 percent codenamed marmalade"
WIKI = {
    "public.md": page("Leaving", "You may end your contract with 30 days of notice.", superseded_by="internal"),
    "other.md": page("Prices", "Fibre 100 costs €29.90 a month."),
    "internal.md": page("Staff marmalade", f"## Offers\n\n{SECRET}.", audience="internal"),
}
QUERIES = [SECRET, "marmalade", "internal staff offers", "retention discount", "leaving"]


@pytest.fixture(params=["exact", "chroma"])
def filled(request: pytest.FixtureRequest, index: Index, fill: Fill) -> Iterator[Index]:
    fill(WIKI)
    index.close()
    limit = 20_000 if request.param == "exact" else 0
    with Index.open(index.settings.model_copy(update={"exact_limit": limit}), writer=True) as opened:
        yield opened


@pytest.mark.parametrize("query", QUERIES)
def test_search_never_shows_it(filled: Index, query: str) -> None:
    hits = filled.search(query, collection="home", k=50)
    assert {hit.page_id for hit in hits} == {"public", "other"}
    assert "marmalade" not in str(hits)


def test_staff_find_it(filled: Index) -> None:
    assert filled.search("marmalade", collection="home", audiences=EVERYONE)[0].page_id == "internal"
    only = filled.search("notice", collection="home", audiences=frozenset({Audience.INTERNAL}))
    assert {hit.page_id for hit in only} == {"internal"}


def test_no_audience_sees_nothing(filled: Index) -> None:
    assert filled.search("notice", collection="home", audiences=frozenset()) == []


def test_the_page_looks_as_if_it_did_not_exist(filled: Index) -> None:
    with pytest.raises(PageNotFound) as hidden:
        filled.page("internal", collection="home")
    with pytest.raises(PageNotFound) as missing:
        filled.page("nothing", collection="home")
    assert str(hidden.value).replace("internal", "") == str(missing.value).replace("nothing", "")


def test_its_name_does_not_show_as_a_successor(filled: Index) -> None:
    assert filled.page("public", collection="home").superseded_by is None
    assert filled.page("public", collection="home", audiences=EVERYONE).superseded_by == "internal"


def test_scores_and_coverage_do_not_depend_on_internal_pages(filled: Index, fill: Fill) -> None:
    before = [filled.search(query, collection="home", audiences=PUBLIC_ONLY) for query in QUERIES]
    filled.close()
    with Index.open(filled.settings, writer=True) as index:
        with index.truth("home").writing() as connection:
            connection.execute("DELETE FROM chunk WHERE audience = 'internal'")
            connection.execute("DELETE FROM page WHERE audience = 'internal'")
            connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'generation'")
        assert [index.search(query, collection="home") for query in QUERIES] == before


def test_turning_a_page_internal_hides_it_without_embedding(index: Index, fill: Fill) -> None:
    fill(WIKI)
    report = fill({"other.md": page("Prices", "Fibre 100 costs €29.90 a month.", audience="internal")})
    assert (report.changed, report.embedded) == (1, 0)
    assert {hit.page_id for hit in index.search("Fibre 100", collection="home")} == {"public"}
    with pytest.raises(PageNotFound):
        index.page("other", collection="home")
