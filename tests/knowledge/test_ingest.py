"""Ingest makes a collection equal to its folder and touches only what changed."""

import json
from pathlib import Path

import pytest

from knowledge.errors import PageNotFound
from knowledge.index import Index
from knowledge.ingest import IngestReport, ingest
from knowledge.page import Audience
from knowledge.settings import KnowledgeSettings
from tests.knowledge.conftest import Fill, WriteWiki, nearest, page

WIKI = {
    "billing/late-fees.md": page("Late fees", "## Amount\n\nThe late fee is €7.50.\n\n## Waiver\n\nAsk once a year."),
    "devices/hub.html": "<h1>Hub 6</h1><h2>Lights</h2><p>A red light means no line.</p>",
    "areas.txt": "Service areas\n\nNorthgate, Millbrook and Old Town.",
}


def counts(report: IngestReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.removed, report.unchanged


def test_markdown_html_and_text_become_pages(index: Index, fill: Fill) -> None:
    assert counts(fill(WIKI)) == (3, 0, 0, 0)
    assert index.page("billing/late-fees", collection="home").title == "Late fees"
    assert index.page("devices/hub", collection="home").text == "## Lights\n\nA red light means no line."
    assert index.page("areas", collection="home").title == "Service areas"
    [info] = index.collections()
    assert (info.name, info.pages, info.chunks) == ("home", 3, 4)
    assert info.updated is not None


def test_nothing_changed_costs_no_embedding_and_no_write(index: Index, fill: Fill) -> None:
    fill(WIKI)
    before = index.collections()
    report = fill({})
    assert counts(report) == (0, 0, 0, 3)
    assert report.embedded == 0
    assert index.collections() == before


def test_only_changed_chunks_are_embedded(index: Index, fill: Fill) -> None:
    fill(WIKI)
    report = fill({"billing/late-fees.md": WIKI["billing/late-fees.md"].replace("7.50", "8.50")})
    assert counts(report) == (0, 1, 0, 2)
    assert report.embedded == 1
    assert "€8.50" in index.search("late fee", collection="home", k=1)[0].text


def test_a_deleted_file_is_a_removed_page(index: Index, fill: Fill, write_wiki: WriteWiki) -> None:
    fill(WIKI)
    (write_wiki({}) / "areas.txt").unlink()
    assert counts(fill({})) == (0, 0, 1, 2)
    with pytest.raises(PageNotFound):
        index.page("areas", collection="home")
    assert all(hit.page_id != "areas" for hit in index.search("Northgate Millbrook", collection="home"))


def test_a_moved_file_keeps_the_page_with_its_id(index: Index, fill: Fill, write_wiki: WriteWiki) -> None:
    text = page("Refunds", "Within 5 days.", id="refunds")
    fill({"old.md": text, "other.md": page("Other", "Text.")})
    (write_wiki({}) / "old.md").unlink()
    report = fill({"new.md": text})
    assert counts(report) == (0, 1, 0, 1)
    assert report.embedded == 0
    assert index.page("refunds", collection="home").text == "Within 5 days."


def test_front_matter_reaches_the_page_and_its_hits(index: Index, fill: Fill) -> None:
    matter = {"owner": "billing", "updated": "2026-10-01", "url": "https://wiki.example/fees#top"}
    fill({"fees.md": page("Fees", "## Late fees\n\nThe late fee is €7.50.", **matter)})
    found = index.page("fees", collection="home")
    [hit] = index.search("late fee", collection="home")
    assert (found.owner, str(found.updated), found.url) == ("billing", "2026-10-01", "https://wiki.example/fees#top")
    assert (hit.owner, str(hit.updated), hit.url) == ("billing", "2026-10-01", "https://wiki.example/fees#late-fees")


def test_pages_without_a_url_have_one_inside_deskmate(index: Index, fill: Fill) -> None:
    fill({"a folder/late fees.md": page("Fees", "## How much?\n\nThe late fee is €7.50.")})
    assert index.search("late fee", collection="home")[0].url == "/wiki/home/a%20folder/late%20fees#how-much"


def test_the_default_audience_holds_where_a_page_names_none(index: Index, write_wiki: WriteWiki) -> None:
    source = write_wiki({"a.md": page("A", "Text."), "b.md": page("B", "Text.", audience="public")})
    ingest(index, source, collection="home", default_audience=Audience.INTERNAL)
    assert {hit.page_id for hit in index.search("text", collection="home")} == {"b"}


def test_two_files_that_claim_one_id_are_told_apart(fill: Fill) -> None:
    report = fill({"a.md": page("A", "Text."), "a.txt": "Title\n\nOther text."})
    assert counts(report) == (1, 0, 0, 0)
    assert report.skipped == [("a.txt", "its page id 'a' is taken by a.md.")]


def test_progress_ends_at_the_number_of_files(index: Index, write_wiki: WriteWiki) -> None:
    seen: list[tuple[int, int, str]] = []
    ingest(index, write_wiki(WIKI), collection="home", progress=lambda *now: seen.append(now))
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    assert seen[-1] == (3, 3, "done")


def test_collections_are_kept_apart(index: Index, write_wiki: WriteWiki, tmp_path: Path) -> None:
    ingest(index, write_wiki(WIKI), collection="home")
    other = tmp_path / "other"
    other.mkdir()
    (other / "late.md").write_text(page("Late arrivals", "The late fee does not apply."))
    ingest(index, other, collection="travel")
    assert {hit.page_id for hit in index.search("late fee", collection="travel")} == {"late"}
    assert {hit.collection for hit in index.search("late fee", collection="home")} == {"home"}


def test_small_groups_and_large_groups_make_the_same_index(
    settings: KnowledgeSettings, write_wiki: WriteWiki, tmp_path: Path
) -> None:
    found = []
    for size in (1, 1000):
        small = settings.model_copy(update={"data_dir": tmp_path / str(size), "commit_chunks": size})
        with Index.open(small, writer=True) as index:
            ingest(index, write_wiki(WIKI), collection="home")
            found.append([(hit.chunk_id, hit.text) for hit in index.search("red light fee", collection="home")])
    assert found[0] == found[1]


def test_chroma_holds_exactly_the_chunks_of_the_truth(index: Index, fill: Fill) -> None:
    fill(WIKI)
    fill({"billing/late-fees.md": page("Late fees", "Quite another text.")})
    with index.truth("home").reading() as connection:
        wanted = {row[0] for row in connection.execute("SELECT hash FROM chunk")}
        assert wanted == {row[0] for row in connection.execute("SELECT hash FROM vector")}
    assert set(nearest(index, "text", 100)) == wanted


def test_rebuild_writes_the_vector_index_anew_and_removes_the_old_one(
    index: Index, fill: Fill, settings: KnowledgeSettings
) -> None:
    fill(WIKI)
    before = index.search("late fee", collection="home")
    index.rebuild()
    assert [path.name for path in (settings.folder / "chroma").glob("0*")] == ["000002"]
    assert index.search("late fee", collection="home") == before
    assert len(nearest(index, "fee", 10)) == 4
    assert counts(fill({"new.md": page("New", "More text.")})) == (1, 0, 0, 3)


def test_a_lost_vector_index_comes_back_at_the_next_start(settings: KnowledgeSettings, write_wiki: WriteWiki) -> None:
    with Index.open(settings, writer=True) as index:
        ingest(index, write_wiki(WIKI), collection="home")
    for path in sorted((settings.folder / "chroma").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    with Index.open(settings, writer=True) as index:
        assert len(nearest(index, "fee", 10)) == 4


def test_headings_of_a_chunk_are_stored_as_they_are_written(index: Index, fill: Fill) -> None:
    fill({"a.md": page("A", '## Über "uns" & ŝ\n\nText here.')})
    [hit] = index.search("text", collection="home")
    assert hit.heading == ('Über "uns" & ŝ',)
    assert json.loads(json.dumps(hit.heading)) == list(hit.heading)
