"""Confluence, Cloud and Data Center, against doubles of their published interfaces on a real socket."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from knowledge.connectors.confluence import ConfluenceOptions
from knowledge.errors import SourceError, SourceUnavailable
from knowledge.index import Index
from tests.connectors.confluence_double import TOKEN, USER, CloudDouble, ConfluenceDouble, DataCenterDouble
from tests.connectors.conftest import Synced
from tests.connectors.site import Answer, serving

Open = Callable[..., Synced]


@pytest.fixture(params=[CloudDouble, DataCenterDouble], ids=["cloud", "datacenter"])
def wiki(request: pytest.FixtureRequest) -> Iterator[ConfluenceDouble]:
    double: ConfluenceDouble = request.param()
    with serving(double):
        yield double


@pytest.fixture
def cloud() -> Iterator[CloudDouble]:
    double = CloudDouble()
    with serving(double):
        yield double


def opener(double: ConfluenceDouble, index: Index, folder: Path) -> Open:
    def make(**options: Any) -> Synced:
        flavour = "cloud" if isinstance(double, CloudDouble) else "datacenter"
        signed = {"user": USER, "token_env": "WIKI_TOKEN", "flavour": flavour}
        chosen = ConfluenceOptions(
            **{"url": double.base(), "spaces": ("HELP",), "retries": 1, "patience": 0.1, **signed, **options}
        )
        return Synced(index, lambda: chosen.open("wiki", folder))

    return make


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIKI_TOKEN", TOKEN)


@pytest.fixture
def opened(wiki: ConfluenceDouble, index: Index, tmp_path: Path) -> Open:
    return opener(wiki, index, tmp_path)


@pytest.fixture
def opened_cloud(cloud: CloudDouble, index: Index, tmp_path: Path) -> Open:
    return opener(cloud, index, tmp_path)


def audiences(synced: Synced) -> dict[str, str]:
    return {name: str(synced.page(name).audience) for name in synced.pages()}


def test_pages_come_with_all_that_is_known_of_them(wiki: ConfluenceDouble, opened: Open) -> None:
    page = wiki.write(
        "Late fees",
        '<div class="toc-macro"><a href="#x">Über</a></div><p>A reminder costs <b>3.00</b>.</p>'
        '<h2 id="Latefees-More">More</h2><ul><li>Ask the <a href="/x">desk</a>.</li></ul>',
    )
    synced = opened()
    assert synced.counts() == "1 added, 0 changed, 0 removed, 0 unchanged"
    indexed = synced.page("HELP/Late-fees")
    assert indexed.text == "A reminder costs 3.00.\n\n## More\n\n- Ask the desk."
    assert (indexed.title, indexed.owner, str(indexed.updated)) == ("Late fees", "Ada Writer", "2026-02-03")
    place = f"/spaces/HELP/pages/{page.id}" if isinstance(wiki, CloudDouble) else f"/display/HELP/{page.id}"
    assert indexed.url == wiki.base() + place
    assert synced.found("ask the desk") == f"{indexed.url}#Latefees-More"


def test_a_long_list_comes_in_parts_and_an_unchanged_one_is_not_read(wiki: ConfluenceDouble, opened: Open) -> None:
    for number in range(5):
        wiki.write(f"Page {number}", f"<p>Text {number}.</p>")
    synced = opened()
    assert synced.counts() == "5 added, 0 changed, 0 removed, 0 unchanged"
    wiki.asked()
    assert synced.counts() == "0 added, 0 changed, 0 removed, 5 unchanged"
    assert not [path for path in wiki.asked() if "body" in path]


def test_edits_renames_and_deletions_are_followed(wiki: ConfluenceDouble, opened: Open) -> None:
    kept, edited, renamed, doomed = (wiki.write(name, f"<p>{name}.</p>") for name in ("A", "B", "C", "D"))
    synced = opened()
    synced.sync()
    wiki.edit(edited, html="<p>New.</p>")
    wiki.edit(renamed, title="Other")
    del wiki.content[doomed.id]
    assert synced.counts() == "0 added, 2 changed, 1 removed, 1 unchanged"
    assert synced.pages() == ["HELP/A", "HELP/B", "HELP/Other"]
    assert synced.page("HELP/B").text == "New."
    assert kept.version == 1


def test_restricted_pages_and_what_is_below_them_are_passed_over(wiki: ConfluenceDouble, opened: Open) -> None:
    wiki.write("Open", "<p>For all.</p>")
    closed = wiki.write("Closed", "<p>For some.</p>", readers=["ada"])
    below = wiki.write("Below", "<p>For some.</p>", parent=closed.id)
    wiki.write("Deep", "<p>For some.</p>", parent=below.id)
    synced = opened()
    synced.sync()
    assert audiences(synced) == {"HELP/Open": "public"}


def test_restricted_pages_can_be_for_staff_and_never_for_customers(wiki: ConfluenceDouble, opened: Open) -> None:
    closed = wiki.write("Closed", "<p>For some.</p>", readers=["ada"])
    wiki.write("Below", "<p>For some.</p>", parent=closed.id)
    synced = opened(restricted="internal")
    synced.sync()
    assert audiences(synced) == {"HELP/Closed": "internal", "HELP/Below": "internal"}


def test_a_page_that_becomes_restricted_leaves_though_its_text_is_the_same(
    wiki: ConfluenceDouble, opened: Open
) -> None:
    wiki.write("Open", "<p>For all.</p>")
    page = wiki.write("Page", "<p>Soon for some.</p>")
    synced, staff = opened(), opened(restricted="internal")
    synced.sync()
    page.readers.append("ada")
    staff.sync()
    assert audiences(synced) == {"HELP/Open": "public", "HELP/Page": "internal"}
    assert synced.counts() == "0 added, 0 changed, 1 removed, 1 unchanged"


def test_labels_choose_pages_and_say_who_may_read(wiki: ConfluenceDouble, opened: Open) -> None:
    wiki.write("Plain", "<p>x</p>", labels=["help"])
    wiki.write("Staff", "<p>x</p>", labels=["help", "staff-only"])
    wiki.write("Draft", "<p>x</p>", labels=["help", "draft"])
    wiki.write("Other", "<p>x</p>")
    synced = opened(labels=("help",), without_labels=("draft",), internal_labels=("Staff-Only",))
    synced.sync()
    assert audiences(synced) == {"HELP/Plain": "public", "HELP/Staff": "internal"}


def test_spaces_choose_pages_and_say_who_may_read(wiki: ConfluenceDouble, opened: Open) -> None:
    wiki.spaces |= {"OPS": "7", "HR": "8"}
    for space in wiki.spaces:
        wiki.write("Page", "<p>x</p>", space=space)
    synced = opened(spaces=("HELP", "OPS"), internal_spaces=("OPS",))
    synced.sync()
    assert audiences(synced) == {"HELP/Page": "public", "OPS/Page": "internal"}


def test_attachments_are_off_unless_asked_for(wiki: ConfluenceDouble, opened: Open) -> None:
    page = wiki.write("Page", "<p>See the file.</p>", labels=["staff"])
    wiki.files[page.id] = [("fees.txt", "text/plain", b"Fees\n\nThree euros."), ("logo.png", "image/png", b"x")]
    assert opened().counts() == "1 added, 0 changed, 0 removed, 0 unchanged"
    synced = opened(attachments=True, internal_labels=("staff",))
    assert synced.counts() == "1 added, 1 changed, 0 removed, 0 unchanged"
    file = synced.page(f"{page.id}/fees.txt")
    assert (file.title, file.text, str(file.audience)) == ("Fees", "Three euros.", "internal")


@pytest.mark.parametrize(
    "fault",
    [
        Answer(
            json.dumps({"code": 429, "message": "Rate limit exceeded"}),
            429,
            "application/json",
            (("Retry-After", "0"),),
        ),
        Answer("<html>Internal Server Error</html>", 500),
        Answer("<html>Confluence is starting up</html>", 503),
        Answer(wait=0.6),
    ],
    ids=["429", "500", "503", "time-out"],
)
def test_a_wiki_that_stays_busy_loses_no_page(wiki: ConfluenceDouble, opened: Open, fault: Answer) -> None:
    wiki.write("A", "<p>Text.</p>")
    synced = opened(seconds=0.3)
    synced.sync()
    wiki.faults = [fault]
    assert synced.counts() == "0 added, 0 changed, 0 removed, 1 unchanged"  # tried again
    wiki.always = fault
    with pytest.raises(SourceUnavailable):
        synced.sync()
    assert synced.pages() == ["HELP/A"]


def test_a_fault_in_the_middle_of_the_list_is_no_end_of_it(wiki: ConfluenceDouble, opened: Open) -> None:
    for number in range(5):
        wiki.write(f"P{number}", "<p>x</p>")
    synced = opened(retries=0)
    synced.sync()
    ordinary, calls = wiki.answer, iter(range(99))
    assert ordinary is not None
    wiki.answer = lambda request: Answer(status=502) if next(calls) == 3 else ordinary(request)
    with pytest.raises(SourceUnavailable):
        synced.sync()
    assert len(synced.pages()) == 5


def test_wrong_credentials_are_said_and_remove_nothing(
    wiki: ConfluenceDouble, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiki.write("A", "<p>x</p>")
    opened().sync()
    monkeypatch.setenv("WIKI_TOKEN", "expired")
    with pytest.raises(SourceUnavailable, match="token"):
        opened().sync()
    monkeypatch.delenv("WIKI_TOKEN")
    with pytest.raises(SourceError, match="environment variable WIKI_TOKEN"):
        opened().sync()
    with pytest.raises(SourceUnavailable):  # as a stranger
        opened(token_env="").sync()
    monkeypatch.setenv("WIKI_TOKEN", TOKEN)
    assert opened().counts() == "0 added, 0 changed, 0 removed, 1 unchanged"


def test_a_space_that_is_empty_or_out_of_sight_empties_nothing(wiki: ConfluenceDouble, opened: Open) -> None:
    page = wiki.write("A", "<p>x</p>")
    synced = opened()
    synced.sync()
    with pytest.raises(SourceUnavailable, match="space"):
        opened(spaces=("HELP", "GONE")).sync()
    del wiki.content[page.id]
    with pytest.raises(SourceError, match="index stays as it is"):
        synced.sync()
    assert synced.pages() == ["HELP/A"]


def test_what_is_no_confluence_is_said(wiki: ConfluenceDouble, opened: Open) -> None:
    with pytest.raises(SourceUnavailable, match=r"check url, spaces and permissions|refuses access"):
        opened(url=f"{wiki.url}/elsewhere").sync()
    wiki.always = Answer("{}", media="application/json")
    with pytest.raises(SourceUnavailable, match="does not know this user"):
        opened().sync()


def test_data_center_takes_a_personal_access_token(index: Index, tmp_path: Path) -> None:
    with serving(DataCenterDouble()) as double:
        assert isinstance(double, DataCenterDouble)
        double.write("A", "<p>x</p>")
        assert opener(double, index, tmp_path)(user="").counts() == "1 added, 0 changed, 0 removed, 0 unchanged"


def test_clouds_folders_close_what_is_in_them(cloud: CloudDouble, opened_cloud: Open) -> None:
    shared = cloud.write("Shared", "", kind="folder")
    closed = cloud.write("Closed", "", kind="folder", readers=["ada"])
    inner = cloud.write("Inner", "", kind="folder", parent=closed.id)
    board = cloud.write("Board", "", kind="whiteboard")
    for name, parent in (("A", shared), ("B", closed), ("C", inner), ("D", board)):
        cloud.write(name, "<p>x</p>", parent=parent.id)
    synced = opened_cloud()
    synced.sync()
    assert audiences(synced) == {"HELP/A": "public"}


def test_clouds_search_may_not_know_a_page_yet(cloud: CloudDouble, opened_cloud: Open) -> None:
    cloud.write("Known", "<p>x</p>")
    cloud.write("New", "<p>x</p>", indexed=False, labels=["staff"])
    cloud.write("Secret", "<p>x</p>", indexed=False, readers=["ada"])
    synced = opened_cloud(internal_labels=("staff",))
    synced.sync()
    assert audiences(synced) == {"HELP/Known": "public", "HELP/New": "internal"}
