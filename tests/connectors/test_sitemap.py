"""A help centre on a real socket, synced through its sitemap."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from knowledge.connectors.sitemap import SitemapOptions
from knowledge.errors import SourceError, SourceUnavailable
from knowledge.index import Index
from tests.connectors.conftest import Synced
from tests.connectors.site import Answer, Site, serving

Open = Callable[..., Synced]


class HelpCentre(Site):
    """Articles by path, each with the day of its last change."""

    def __init__(self) -> None:
        super().__init__()
        self.articles: dict[str, str | None] = {}
        self.robots("")

    def write(self, path: str, words: str, changed: str | None = "2026-01-02") -> None:
        self.articles[path] = changed
        self.pages[path] = Answer(
            f"<html><head><title>{path} – Help</title></head><body><nav><a href='/'>Home</a></nav><main>"
            f"<h1>About {path[-1]}</h1><p>{words}</p><h2 id='more-here'>More</h2><p>Ask the desk.</p></main>"
            "<footer>©</footer></body></html>"
        )
        self.publish()

    def remove(self, path: str) -> None:
        del self.articles[path], self.pages[path]
        self.publish()

    def publish(self) -> None:
        entries = "".join(
            f"<url><loc>{self.url}{path}</loc>{f'<lastmod>{changed}</lastmod>' if changed else ''}</url>"
            for path, changed in self.articles.items()
        )
        self.sitemap("/sitemap.xml", f"<urlset>{entries}</urlset>")

    def sitemap(self, path: str, xml: str) -> None:
        self.pages[path] = Answer(xml.replace("<urlset", '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'))

    def robots(self, text: str) -> None:
        self.pages["/robots.txt"] = Answer(text, media="text/plain")


@pytest.fixture
def centre() -> Iterator[HelpCentre]:
    site = HelpCentre()
    with serving(site):
        yield site


@pytest.fixture
def opened(centre: HelpCentre, index: Index, tmp_path: Path) -> Open:
    def make(**options: Any) -> Synced:
        chosen = SitemapOptions(**{"url": centre.url, "retries": 1, "patience": 0.1, **options})
        return Synced(index, lambda: chosen.open("centre", tmp_path))

    return make


def test_articles_are_pages_without_the_site_around_them(centre: HelpCentre, opened: Open) -> None:
    centre.write("/hc/a", "Refunds take five days.")
    synced = opened()
    assert synced.counts() == "1 added, 0 changed, 0 removed, 0 unchanged"
    page = synced.page("hc/a")
    assert (page.title, page.url) == ("About a", f"{centre.url}/hc/a")
    assert page.text == "Refunds take five days.\n\n## More\n\nAsk the desk."
    assert str(page.updated) == "2026-01-02"
    assert synced.found("ask the desk") == f"{centre.url}/hc/a#more-here"


def test_an_unchanged_site_is_not_read_again(centre: HelpCentre, opened: Open) -> None:
    centre.write("/a", "One.")
    centre.write("/b", "Two.")
    synced = opened()
    synced.sync()
    centre.asked()
    assert synced.counts() == "0 added, 0 changed, 0 removed, 2 unchanged"
    assert centre.asked() == ["/robots.txt", "/sitemap.xml"]


def test_articles_without_a_date_are_read_and_compared(centre: HelpCentre, opened: Open) -> None:
    centre.write("/a", "One.", changed=None)
    synced = opened()
    synced.sync()
    assert synced.counts() == "0 added, 0 changed, 0 removed, 1 unchanged"
    centre.write("/a", "Two.", changed=None)
    assert synced.counts() == "0 added, 1 changed, 0 removed, 0 unchanged"


def test_changes_moves_and_deletions_are_followed(centre: HelpCentre, opened: Open) -> None:
    for name in "abc":
        centre.write(f"/{name}", f"Text {name}.")
    synced = opened()
    synced.sync()
    centre.write("/a", "Other text.", changed="2026-02-03")
    centre.pages["/new/b"] = centre.pages["/b"]
    centre.articles["/new/b"] = centre.articles["/b"]
    centre.remove("/b")
    centre.remove("/c")
    assert synced.counts() == "0 added, 2 changed, 1 removed, 0 unchanged"
    assert synced.pages() == ["a", "new/b"]


def test_an_index_of_sitemaps_is_followed_packed_or_not(centre: HelpCentre, opened: Open) -> None:
    centre.write("/a", "One.")
    centre.sitemap("/first.xml", f"<urlset><url><loc>{centre.url}/a</loc></url></urlset>")
    centre.pages["/second.xml.gz"] = Answer(gzip.compress(str(centre.pages["/sitemap.xml"].body).encode()))
    names = "".join(f"<sitemap><loc>{centre.url}/{name}</loc></sitemap>" for name in ("first.xml", "second.xml.gz"))
    centre.sitemap("/index.xml", f"<sitemapindex>{names}</sitemapindex>")
    centre.robots(f"Sitemap: {centre.url}/index.xml")
    assert opened().counts() == "1 added, 0 changed, 0 removed, 0 unchanged"


def test_only_the_host_itself_and_only_what_is_open_is_read(centre: HelpCentre, opened: Open) -> None:
    for path in ("/hc/a", "/hc/staff/b", "/blog/c", "/hc/old/d"):
        centre.write(path, "Text.")
    centre.articles["@elsewhere.example/e"] = None
    centre.publish()
    centre.robots("User-agent: *\nDisallow: /hc/staff/\n")
    synced = opened(include=("/hc/*",), exclude=("/hc/old/*",))
    synced.sync()
    assert synced.pages() == ["hc/a"]


def test_hidden_pages_copies_and_other_media_are_no_pages(centre: HelpCentre, opened: Open) -> None:
    centre.write("/a", "Text.")
    for path, head in (("/b", '<meta name="robots" content="noindex">'), ("/c", '<link rel="canonical" href="/a">')):
        centre.write(path, "Text.")
        centre.pages[path] = Answer(f"<head>{head}</head><p>Text.</p>")
    centre.write("/d.zip", "Text.")
    centre.pages["/d.zip"] = Answer("PK", media="application/zip")
    centre.write("/e", "Text.")
    centre.pages["/e"] = Answer(status=301, headers=(("Location", "/a"),))
    report = opened().sync()
    assert report.added == 1
    assert [skip.path for skip in report.skipped] == ["/b", "/c", "/d.zip", "/e"]


@pytest.mark.parametrize(
    "fault",
    [Answer(status=429, headers=(("Retry-After", "0"),)), Answer(status=503), Answer(wait=0.6)],
    ids=["429", "503", "time-out"],
)
def test_a_site_that_stays_busy_loses_no_page(centre: HelpCentre, opened: Open, fault: Answer) -> None:
    centre.write("/a", "Text.")
    synced = opened(seconds=0.3)
    synced.sync()
    centre.always = fault
    with pytest.raises(SourceUnavailable):
        synced.sync()
    centre.always = None
    assert synced.counts() == "0 added, 0 changed, 0 removed, 1 unchanged"


def test_one_article_that_cannot_be_read_stays_as_it_was(centre: HelpCentre, opened: Open) -> None:
    for name in "ab":
        centre.write(f"/{name}", "First text.")
    synced = opened(retries=0)
    synced.sync()
    for name in "ab":
        centre.write(f"/{name}", "Second text.", changed="2026-03-04")
    centre.pages["/a"] = Answer(status=500)
    report = synced.sync()
    assert [failed.path for failed in report.failed] == ["/a"]
    assert synced.page("a").text.startswith("First")
    assert synced.page("b").text.startswith("Second")
    centre.write("/a", "Second text.", changed="2026-03-04")
    assert synced.counts() == "0 added, 1 changed, 0 removed, 1 unchanged"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("<urlset><url><loc>http://x/a</loc></url>", "broken one"),
        ("<html><body>Back soon</body></html>", "not a sitemap"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><urlset>&x;</urlset>', "not a sitemap"),
        ("", "not a sitemap"),
    ],
    ids=["cut", "a page", "entities", "nothing"],
)
def test_a_broken_sitemap_removes_nothing(centre: HelpCentre, opened: Open, body: str, sentence: str) -> None:
    centre.write("/a", "Text.")
    synced = opened()
    synced.sync()
    centre.sitemap("/sitemap.xml", body)
    with pytest.raises(SourceUnavailable, match=sentence):
        synced.sync()
    assert synced.pages() == ["a"]


def test_an_empty_or_missing_sitemap_removes_nothing(centre: HelpCentre, opened: Open) -> None:
    centre.write("/a", "Text.")
    synced = opened()
    synced.sync()
    centre.sitemap("/sitemap.xml", "<urlset></urlset>")
    with pytest.raises(SourceError, match="index stays as it is"):
        synced.sync()
    del centre.pages["/sitemap.xml"]
    with pytest.raises(SourceUnavailable, match="There is no sitemap"):
        synced.sync()
    assert synced.pages() == ["a"]


def test_a_site_that_asks_who_comes_is_named(centre: HelpCentre, opened: Open) -> None:
    centre.always = Answer(status=401)
    with pytest.raises(SourceUnavailable, match="refuses access"):
        opened().sync()
