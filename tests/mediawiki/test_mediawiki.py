"""A real MediaWiki from Debian's packages, filled, changed and broken while it is synced.

`tests/mediawiki/install.sh` puts it on the machine; without it these tests are skipped.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from knowledge.connectors import mediawiki
from knowledge.connectors.mediawiki import MediaWikiOptions
from knowledge.errors import PageNotFound, SourceError, SourceUnavailable
from knowledge.index import Index
from knowledge.page import Audience
from tests.connectors.conftest import Synced
from tests.mediawiki.conftest import SAW
from tests.mediawiki.wiki import BOT, BOT_PASSWORD, RealWiki, home

pytestmark = pytest.mark.skipif(
    home() is None, reason="needs MediaWiki and PHP: run tests/mediawiki/install.sh as root"
)

Open = Callable[..., Synced]


@pytest.fixture(scope="module")
def wiki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWiki]:
    running = RealWiki(tmp_path_factory.mktemp("mediawiki"))
    try:
        yield running
    finally:
        running.close()


@pytest.fixture
def opened(wiki: RealWiki, index: Index, tmp_path: Path) -> Open:
    """A source that reads the pages of one category, so that no test sees the pages of another."""

    def make(category: str, **options: Any) -> Synced:
        chosen = {"url": wiki.api, "categories": (category,), "retries": 1, "patience": 0.1, **options}
        return Synced(index, lambda: MediaWikiOptions(**chosen).open("help", tmp_path / "help"))

    return make


@pytest.fixture
def bot(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("HELP_PASSWORD", BOT_PASSWORD)
    return {"user": BOT, "password_env": "HELP_PASSWORD"}


def test_pages_are_as_their_readers_see_them(wiki: RealWiki, opened: Open) -> None:
    wiki.edit("Template:Fee", "3.00 euros")
    wiki.edit(
        "Late fees", "A reminder costs {{Fee}}.\n\n== Über uns ==\n* [[Main Page|Start]]\n* Ask.\n\n[[Category:Seen]]"
    )
    wiki.edit("Fees", "#REDIRECT [[Late fees]]\n\n[[Category:Seen]]")
    synced = opened("Seen")
    assert synced.counts() == "1 added, 0 changed, 0 removed, 0 unchanged"
    page = synced.page("Late_fees")
    assert page.text == "A reminder costs 3.00 euros.\n\n## Über uns\n\n- Start\n- Ask."
    assert (page.title, page.owner, page.audience) == ("Late fees", "Admin", Audience.PUBLIC)
    assert page.updated is not None
    assert page.url == f"http://127.0.0.1:{wiki.port}/index.php/Late_fees"
    assert synced.found("über uns ask") == f"{page.url}#%C3%9Cber_uns"
    SAW.append(f"{wiki.version()} gave {page}")


def test_an_unchanged_wiki_costs_one_request(wiki: RealWiki, opened: Open) -> None:
    for number in range(7):
        wiki.edit(f"Quiet {number}", f"Text {number}. [[Category:Quiet]]")
    wiki.work()
    synced = opened("Quiet")
    before = wiki.requests()
    assert synced.counts() == "7 added, 0 changed, 0 removed, 0 unchanged"
    first = wiki.requests()
    assert synced.counts() == "0 added, 0 changed, 0 removed, 7 unchanged"
    assert wiki.requests() - first == 1
    SAW.append(f"{first - before} requests for the first sync of 7 pages, {wiki.requests() - first} for the second")


def test_a_long_list_comes_in_parts(wiki: RealWiki, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mediawiki._LIST, "gaplimit", "2")
    monkeypatch.setitem(mediawiki._LIST, "cllimit", "1")
    for number in range(5):
        wiki.edit(f"Part {number}", f"Text {number}. [[Category:Parts]] [[Category:Secret parts]]")
    synced = opened("Parts", internal_categories=("Secret parts",))
    assert synced.counts() == "5 added, 0 changed, 0 removed, 0 unchanged"
    assert {synced.page(name).audience for name in synced.pages()} == {Audience.INTERNAL}


def test_edits_moves_and_deletions_are_followed(wiki: RealWiki, opened: Open) -> None:
    for name in ("Kept", "Edited", "Old name", "Doomed"):
        wiki.edit(name, f"{name}: first text. [[Category:Followed]]")
    synced = opened("Followed")
    synced.sync()
    wiki.edit("Edited", "Second text. [[Category:Followed]]")
    assert synced.counts() == "0 added, 1 changed, 0 removed, 3 unchanged"
    assert synced.page("Edited").text == "Second text."
    wiki.move("Old name", "New name")
    wiki.delete("Doomed")
    assert synced.counts() == "0 added, 1 changed, 1 removed, 2 unchanged"
    SAW.append(f"after an edit, a move and a deletion: {synced.pages()}")
    assert synced.pages() == ["Edited", "Kept", "New_name"]
    assert synced.page("New_name").url.endswith("/New_name")
    wiki.edit("Kept", "#REDIRECT [[Edited]]")
    assert synced.counts() == "0 added, 0 changed, 1 removed, 2 unchanged"


def test_an_edited_template_changes_its_pages(wiki: RealWiki, opened: Open) -> None:
    wiki.edit("Template:Hours", "9 to 5")
    wiki.edit("Opening", "We are open {{Hours}}. [[Category:Templates]]")
    synced = opened("Templates")
    synced.sync()
    wiki.next_second()
    wiki.edit("Template:Hours", "10 to 6")
    assert synced.counts() == "0 added, 0 changed, 0 removed, 1 unchanged"  # the wiki itself does not know it yet
    wiki.work()
    assert synced.counts() == "0 added, 1 changed, 0 removed, 0 unchanged"
    assert synced.page("Opening").text == "We are open 10 to 6."


def test_namespaces_and_categories_say_who_may_read(wiki: RealWiki, opened: Open) -> None:
    wiki.edit("Helpdesk:Fraud", "Staff only. [[Category:Rules]]")
    wiki.edit("Goodwill", "Up to ten. [[Category:Rules]] [[Category:For staff]]")
    wiki.edit("Public rule", "For all. [[Category:Rules]]")
    wiki.edit("Draft rule", "Not yet. [[Category:Rules]] [[Category:Drafts]]")
    synced = opened(
        "Rules",
        namespaces=("0", "Helpdesk"),
        internal_namespaces=("Helpdesk",),
        internal_categories=("For staff",),
        without_categories=("Category:Drafts",),
    )
    synced.sync()
    assert {name: str(synced.page(name).audience) for name in synced.pages()} == {
        "Goodwill": "internal",
        "Helpdesk:Fraud": "internal",
        "Public_rule": "public",
    }
    wiki.edit("Public rule", "For all. [[Category:Rules]] [[Category:For staff]]")
    synced.sync()
    assert synced.page("Public_rule").audience is Audience.INTERNAL


def test_a_closed_wiki_opens_with_a_bot_password(wiki: RealWiki, opened: Open, bot: dict[str, str]) -> None:
    wiki.edit("Closed", "Behind the door. [[Category:Closed]]")
    wiki.private(on=True)
    try:
        with pytest.raises(SourceUnavailable, match="name user and password_env"):
            opened("Closed").sync()
        synced = opened("Closed", **bot)
        assert synced.counts() == "1 added, 0 changed, 0 removed, 0 unchanged"
        assert synced.page("Closed").text == "Behind the door."
    finally:
        wiki.private(on=False)


def test_a_wrong_password_is_said_and_removes_nothing(
    wiki: RealWiki, opened: Open, bot: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wiki.edit("Guarded", "Text. [[Category:Guarded]]")
    synced = opened("Guarded", **bot)
    synced.sync()
    monkeypatch.setenv("HELP_PASSWORD", "f" * 32)
    with pytest.raises(SourceUnavailable, match="does not let Admin@deskmate in") as raised:
        synced.sync()
    SAW.append(f"a wrong password: {raised.value}")
    monkeypatch.delenv("HELP_PASSWORD")
    with pytest.raises(SourceError, match="environment variable HELP_PASSWORD"):
        synced.sync()
    assert synced.pages() == ["Guarded"]


@pytest.mark.parametrize("status", [429, 500, 503, 0])
def test_a_wiki_that_is_busy_or_silent_loses_no_page(wiki: RealWiki, opened: Open, status: int) -> None:
    wiki.edit("Sturdy", "Text. [[Category:Sturdy]]")
    synced = opened("Sturdy", seconds=0.5 if status == 0 else 20)
    synced.sync()
    wiki.fault(status)
    try:
        with pytest.raises(SourceUnavailable, match="busy or down" if status else "did not answer within") as raised:
            synced.sync()
        SAW.append(f"answers of status {status or 'none'}: {raised.value}")
    finally:
        wiki.fault(None)
    assert synced.pages() == ["Sturdy"]


def test_a_category_that_lost_its_pages_empties_nothing(wiki: RealWiki, opened: Open) -> None:
    wiki.edit("Last", "Text. [[Category:Fading]]")
    synced = opened("Fading")
    synced.sync()
    wiki.edit("Last", "Text.")
    with pytest.raises(SourceError, match="index stays as it is"):
        synced.sync()
    assert synced.pages() == ["Last"]


def test_what_is_not_set_up_rightly_is_said(wiki: RealWiki, opened: Open) -> None:
    with pytest.raises(SourceError, match="namespace 'Handbook'"):
        opened("Any", namespaces=("Handbook",)).sync()
    with pytest.raises(SourceUnavailable, match=r"no api\.php"):
        opened("Any", url=f"http://127.0.0.1:{wiki.port}/w/api.php").sync()
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        opened("Any", url="http://127.0.0.1:9/api.php").sync()


def test_internal_pages_stay_out_of_a_customers_sight(wiki: RealWiki, opened: Open, index: Index) -> None:
    wiki.edit("Secret", "The goodwill limit. [[Category:Hidden]]")
    synced = opened("Hidden", internal_categories=("Hidden",))
    synced.sync()
    with pytest.raises(PageNotFound):
        index.page("Secret", collection="home")
