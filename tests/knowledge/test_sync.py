"""A sync follows its source, touches no other source's pages, and never takes trouble for deletions."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from knowledge.connectors.connector import Fetched, Listed, Skip
from knowledge.errors import PageNotFound, PageSkipped, SourceNotFound, SourceUnavailable
from knowledge.hit import Hit
from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.page import EVERYONE, Audience
from knowledge.settings import KnowledgeSettings
from knowledge.source import PageRules
from knowledge.sources import Source
from knowledge.sync import SyncResult, chosen, dropped, forget, record, sync
from tests.knowledge.conftest import WriteWiki, page


@dataclass
class Shelf:
    """A source in memory that counts what is asked of it, and breaks where it is told to."""

    name: str = "shelf"
    address: str = "the shelf"
    texts: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    audiences: dict[str, Audience] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    breaks_after: int | None = None  # entries, in the list
    silent: set[str] = field(default_factory=set)  # keys that are listed and not given
    asked: list[str] = field(default_factory=list)
    while_reading: Callable[[], None] = lambda: None

    def open(self, name: str, folder: Path) -> "Shelf":
        return self

    def pages(self) -> Iterator[Listed | Skip]:
        for number, key in enumerate(self.texts):
            if number == self.breaks_after:
                raise SourceUnavailable("the shelf fell down: put it up again.")
            yield Listed(key, self.versions.get(key, ""))

    def read(self, listed: Listed) -> Fetched:
        self.asked.append(listed.key)
        self.while_reading()
        if listed.key in self.silent:
            raise SourceUnavailable("the shelf does not answer.")
        if self.texts[listed.key] == "no page":
            raise PageSkipped("it is no page.")
        text = self.texts[listed.key].encode()
        audience, url = self.audiences.get(listed.key), self.urls.get(listed.key)
        return Fetched(listed.key, text, "text/markdown", audience=audience, url=url)

    def close(self) -> None:
        pass


def source(shelf: Shelf, **more: Any) -> Source:
    """With what a test leaves away filled in."""
    values: dict[str, Any] = {"collection": "home", "rules": PageRules(), "encoder": "", "refresh": None}
    values |= {"max_removed": 0.5, "options": shelf, "name": shelf.name, "kind": "shelf", **more}
    return Source(**values)


def shelf_of(count: int, name: str = "shelf") -> Shelf:
    return Shelf(name, texts={f"{name}{n}.md": page(f"{name} {n}", f"About {name} {n}.") for n in range(count)})


def found_on(hits: Sequence[Hit]) -> set[str]:
    return {page_id for hit in hits for page_id in (hit.page_id, *hit.also)}


def counts(result: SyncResult) -> tuple[int, int, int, int, int]:
    return result.added, result.changed, result.removed, result.unchanged, result.failed


def test_a_page_of_known_version_is_not_read_again(index: Index) -> None:
    shelf = shelf_of(4)
    shelf.versions = dict.fromkeys(shelf.texts, "1")
    home = source(shelf)
    assert counts(sync(index, home, [home])) == (4, 0, 0, 0, 0)
    shelf.asked.clear()
    shelf.versions["shelf2.md"] = "2"
    shelf.texts["shelf2.md"] = page("shelf 2", "Other words.")
    assert counts(sync(index, home, [home])) == (0, 1, 0, 3, 0)
    assert shelf.asked == ["shelf2.md"]


def test_a_new_version_of_the_same_text_is_read_once(index: Index) -> None:
    shelf = shelf_of(2)
    home = source(shelf)
    for version in ("1", "2", "2"):
        shelf.versions = dict.fromkeys(shelf.texts, version)
        result = sync(index, home, [home])
    assert counts(result) == (0, 0, 0, 2, 0)
    assert len(shelf.asked) == 4


def test_a_page_that_moved_embeds_nothing_and_is_never_gone_or_there_twice(index: Index) -> None:
    shelf = shelf_of(3)
    home = source(shelf)
    sync(index, home, [home])
    shelf.texts["else/where.md"] = shelf.texts.pop("shelf1.md")
    result = sync(index, home, [home])
    assert counts(result) == (0, 1, 0, 2, 0)
    assert result.embedded == 0
    assert index.search("shelf 1", collection="home", k=1)[0].page_id == "else/where"
    with pytest.raises(PageNotFound):
        index.page("shelf1", collection="home")


def test_a_source_removes_its_own_pages_alone(index: Index, write_wiki: WriteWiki) -> None:
    ingest(index, write_wiki({"hand.md": page("Hand", "Ingested by hand.")}), collection="home")
    one, two = shelf_of(3, "one"), shelf_of(3, "two")
    both = [source(one), source(two)]
    for each in both:
        sync(index, each, both)
    del one.texts["one2.md"]
    assert counts(sync(index, both[0], both)) == (0, 0, 1, 2, 0)
    assert index.collections()[0].pages == 6
    assert ingest(index, write_wiki({}), collection="home").removed == 0


def test_two_sources_that_claim_one_page_are_told_apart(index: Index) -> None:
    one, two = Shelf("one", texts={"a.md": page("A", "First.")}), Shelf("two", texts={"a.md": page("A", "Second.")})
    two.texts["b.md"] = page("B", "Own.")
    both = [source(one), source(two)]
    sync(index, both[0], both)
    result = sync(index, both[1], both)
    assert result.named == [("a.md", "its page id 'a' is taken by the source 'one'.")]
    assert index.page("a", collection="home").text == "First."


def test_a_source_takes_over_what_was_ingested_by_hand(index: Index, write_wiki: WriteWiki) -> None:
    ingest(index, write_wiki({"a.md": page("A", "By hand.")}), collection="home")
    home = source(Shelf(texts={"a.md": page("A", "From the source.")}))
    assert counts(sync(index, home, [home])) == (0, 1, 0, 0, 0)
    assert index.page("a", collection="home").text == "From the source."


@pytest.mark.parametrize("left", [0, 2])
def test_a_source_that_lost_most_of_its_pages_removes_none_until_that_is_allowed(index: Index, left: int) -> None:
    shelf = shelf_of(6)
    home = source(shelf)
    sync(index, home, [home])
    shelf.texts = dict(list(shelf.texts.items())[:left])
    result = sync(index, home, [home])
    assert result.error is not None
    assert "deskmate sync shelf --allow-removal" in result.error
    assert index.collections()[0].pages == 6
    assert counts(sync(index, home, [home], allow_removal=True)) == (0, 0, 6 - left, left, 0)
    assert index.collections()[0].pages == left


def test_how_much_may_go_unasked_is_the_sources_own(index: Index) -> None:
    shelf = shelf_of(6)
    sync(index, source(shelf), [])
    del shelf.texts["shelf1.md"]
    assert sync(index, source(shelf, max_removed=0.1), []).error
    assert sync(index, source(shelf, max_removed=0.2), []).removed == 1


def test_a_list_that_breaks_off_removes_and_changes_nothing(index: Index) -> None:
    shelf = shelf_of(4)
    home = source(shelf)
    sync(index, home, [home])
    shelf.breaks_after = 3
    shelf.texts["shelf0.md"] = page("New", "New words.")
    result = sync(index, home, [home])
    assert (result.error, counts(result)) == ("the shelf fell down: put it up again.", (0, 0, 0, 0, 0))
    assert index.page("shelf0", collection="home").text == "About shelf 0."


def test_a_page_that_is_not_given_stays_and_counts_as_failed(index: Index) -> None:
    shelf = shelf_of(4)
    home = source(shelf)
    sync(index, home, [home])
    shelf.silent = {"shelf1.md"}
    shelf.texts["shelf2.md"] = "no page"
    result = sync(index, home, [home])
    assert counts(result) == (0, 0, 0, 2, 1)
    assert (result.skipped, result.ok) == (1, False)
    assert result.named[0] == ("shelf1.md", "the shelf does not answer. The version indexed before stays.")
    assert index.collections()[0].pages == 4


def test_a_source_that_falls_silent_is_not_asked_for_every_page(index: Index) -> None:
    shelf = shelf_of(40)
    home = source(shelf)
    sync(index, home, [home])
    shelf.asked.clear()
    shelf.silent = set(shelf.texts)
    result = sync(index, home, [home])
    assert result.error is not None
    assert "gave none of 5 pages in a row" in result.error
    assert len(shelf.asked) == 5
    assert index.collections()[0].pages == 40


def test_a_dry_run_counts_the_same_and_writes_nothing(index: Index, settings: KnowledgeSettings) -> None:
    shelf = shelf_of(5)
    home = source(shelf)
    sync(index, home, [home])
    before = index.collections()
    shelf.texts["new.md"] = page("New", "New.")
    shelf.texts["shelf1.md"] = page("shelf 1", "Changed.")
    shelf.texts["moved.md"] = shelf.texts.pop("shelf2.md")
    del shelf.texts["shelf3.md"]
    with Index.open(settings) as reader:
        dry = sync(reader, home, [home], dry=True)
    assert index.collections() == before
    real = sync(index, home, [home])
    assert counts(dry) == counts(real) == (1, 2, 1, 2, 0)
    assert dry.embedded == real.embedded == 2


def test_internal_wins_whoever_says_it(index: Index) -> None:
    open_page = page("Open", "Words.", audience="public")
    shelf = Shelf(texts={"staff/a.md": open_page, "b.md": open_page, "c.md": page("C", "Words."), "d.md": open_page})
    shelf.audiences = {"b.md": Audience.INTERNAL, "c.md": Audience.PUBLIC}
    home = source(shelf, rules=PageRules(Audience.INTERNAL, ("staff/*",)))
    sync(index, home, [home])
    public = index.search("words", collection="home", k=9)
    assert found_on(public) == {"c", "d"}
    assert found_on(index.search("words", collection="home", k=9, audiences=EVERYONE)) == {"staff/a", "b", "c", "d"}


def test_a_source_gives_no_link_that_could_run_something(index: Index) -> None:
    shelf = shelf_of(2)
    shelf.urls = {"shelf0.md": "javascript:alert(1)", "shelf1.md": "https://wiki.example/1"}
    result = sync(index, source(shelf), [])
    assert [path for path, _ in result.named] == ["shelf0.md"]
    assert index.page("shelf1", collection="home").url == "https://wiki.example/1"


def test_changed_rules_are_followed(index: Index) -> None:
    shelf = shelf_of(2)
    shelf.versions = dict.fromkeys(shelf.texts, "1")
    sync(index, source(shelf), [])
    result = sync(index, source(shelf, rules=PageRules(internal=("shelf1*",), owner="support")), [])
    assert counts(result) == (0, 2, 0, 0, 0)
    assert result.embedded == 0
    assert {hit.page_id for hit in index.search("about", collection="home")} == {"shelf0"}


def test_how_it_went_is_kept_on_record(index: Index, settings: KnowledgeSettings) -> None:
    shelf = shelf_of(2)
    home = source(shelf)
    assert record(settings.folder, home) is None
    good = sync(index, home, [home])
    shelf.breaks_after = 0
    bad = sync(index, home, [home])
    kept = record(settings.folder, home)
    assert kept is not None
    assert (kept.last, kept.last_good) == (bad, good.started)


def test_pages_of_a_source_that_is_no_longer_named_stay_until_they_are_forgotten(index: Index) -> None:
    one, two = source(shelf_of(2, "one")), source(shelf_of(3, "two"))
    for each in (one, two):
        sync(index, each, [one, two])
    assert dropped(index, [one, two]) == {}
    assert dropped(index, [two]) == {("one", "home"): 2}
    with pytest.raises(SourceNotFound):
        forget(index, "two", [two])
    assert forget(index, "one", [two]) == 2
    assert index.collections()[0].pages == 3


def test_a_source_of_another_name_is_not_found() -> None:
    one = source(shelf_of(1, "one"))
    assert chosen([one], []) == [one]
    with pytest.raises(SourceNotFound, match=r"no source 'two'.*it names: one"):
        chosen([one], ["two"])


def test_readers_are_served_while_a_sync_is_under_way(index: Index, settings: KnowledgeSettings) -> None:
    shelf = shelf_of(3)
    home = source(shelf)
    sync(index, home, [home])
    reading, read = threading.Event(), threading.Event()

    def hold() -> None:
        reading.set()
        assert read.wait(30)

    shelf.while_reading = hold
    shelf.texts["shelf0.md"] = page("shelf 0", "Changed.")
    syncing = threading.Thread(target=sync, args=(index, home, [home]))
    syncing.start()
    assert reading.wait(30)
    with Index.open(settings) as reader:
        for served in (index, reader):
            assert served.search("about shelf 0", collection="home", k=1)[0].text == "About shelf 0."
    read.set()
    syncing.join(30)
    assert index.page("shelf0", collection="home").text == "Changed."
