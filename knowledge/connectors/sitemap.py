"""A help centre or documentation site, by its sitemap."""

import gzip
import re
import time
from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree.ElementTree import Element, ParseError

import httpx
from pydantic import Field

from knowledge import frontmatter
from knowledge.connectors.connector import Fetched, Listed
from knowledge.connectors.content import day, main_content
from knowledge.connectors.mark import mark
from knowledge.connectors.web import AGENT, NotThere, Web, WebOptions
from knowledge.errors import PageSkipped, SourceUnavailable
from knowledge.parsers import MEDIA

_DEPTH = 3  # a sitemap index may name indexes
_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?([\w-]+)", re.IGNORECASE)
_GZIP = b"\x1f\x8b"


class SitemapOptions(WebOptions):
    """What a site can be told in sources.toml. `url` is its address, or that of its sitemap."""

    include: tuple[str, ...] = Field(default=(), description="Only paths like these, such as /hc/en-us/articles/*.")
    exclude: tuple[str, ...] = Field(default=(), description="No paths like these.")
    content: str = Field(default="", description="CSS selector of the content; empty: found by itself.")
    pause: float = Field(default=0, ge=0, description="Time between two pages (seconds); robots.txt may ask for more.")

    def open(self, name: str, folder: Path) -> "Sitemap":
        """The site as a source; it keeps nothing."""
        return Sitemap(name, self)


class Sitemap:
    """Pages by their path. Only the site's own host is read, and nothing that its robots.txt closes."""

    def __init__(self, name: str, options: SitemapOptions) -> None:
        self.name = name
        self.address = options.url
        self._options = options
        self._web = Web(options)
        self._listed: dict[str, tuple[str, date | None]] = {}  # key -> address, day of the last change

    def pages(self) -> Iterator[Listed]:
        """Every page of the sitemaps, with its lastmod as version. A page without one is read each time."""
        self._listed = {}
        versions: dict[str, str] = {}
        for sitemap in self._sitemaps():
            for address, changed in self._entries(sitemap, _DEPTH):
                if self._wanted(address):
                    key = _key(address)
                    self._listed[key] = address, day(changed)
                    versions[key] = changed
        for key in sorted(versions):
            yield Listed(key, versions[key] and f"{versions[key]} {mark(self._options)}")

    def read(self, listed: Listed) -> Fetched:
        """The page's content. Raises PageSkipped, SourceUnavailable."""
        address, changed = self._listed[listed.key]
        time.sleep(self._pause)
        response = self._web.get(address)
        if (reached := _key(str(response.url))) != listed.key and reached in self._listed:
            raise PageSkipped(f"it leads to {reached}, which is listed too.")
        media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media in {MEDIA[".pdf"], MEDIA[".docx"]}:
            return Fetched(listed.key, response.content, media, url=address, updated=changed, page_id=_page_id(address))
        if media not in {"text/html", "application/xhtml+xml"}:
            raise PageSkipped(f"it is {media or 'of an unknown kind'}, not HTML, PDF or Word.")
        content = main_content(_decoded(response), self._options.content)
        if content.hidden:
            raise PageSkipped("it asks search engines to pass it over (noindex).")
        original = _key(urljoin(address, content.canonical)) if content.canonical else listed.key
        if original != listed.key and original in self._listed:
            raise PageSkipped(f"it is a copy of {original}.")
        return Fetched(
            key=listed.key,
            data=content.html.encode(),
            media="text/html",
            title=content.title,
            url=str(response.url),
            updated=changed or content.updated,
            page_id=_page_id(address),
        )

    def close(self) -> None:
        """Close the connections."""
        self._web.close()

    @cached_property
    def _robots(self) -> RobotFileParser:
        rules = RobotFileParser()
        try:
            rules.parse(self._web.get(urljoin(self.address, "/robots.txt")).text.splitlines())
        except NotThere:
            rules.parse([])  # nothing is closed
        return rules

    @cached_property
    def _pause(self) -> float:
        return max(self._options.pause, min(float(self._robots.crawl_delay(AGENT) or 0), 30))

    def _sitemaps(self) -> list[str]:
        if urlsplit(self.address).path.endswith((".xml", ".xml.gz")):
            return [self.address]
        return self._robots.site_maps() or [urljoin(self.address, "/sitemap.xml")]

    def _entries(self, sitemap: str, depth: int) -> Iterator[tuple[str, str]]:
        """Address and lastmod of every page, through sitemap indexes."""
        root = self._read_sitemap(sitemap)
        for element in root:
            address = urldefrag(urljoin(sitemap, _child(element, "loc"))).url
            if not self._own(address):
                continue
            if _local(root) == "urlset":
                yield address, _child(element, "lastmod")
            elif depth:
                yield from self._entries(address, depth - 1)

    def _read_sitemap(self, address: str) -> Element:
        from defusedxml import DefusedXmlException  # type: ignore[import-untyped]  # it ships no types
        from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

        try:
            data = self._web.get(address).content
            root: Element = fromstring(gzip.decompress(data) if data.startswith(_GZIP) else data)
        except NotThere as error:
            raise SourceUnavailable(f"There is no sitemap at {address}: name the address of the sitemap.") from error
        except (ParseError, DefusedXmlException, OSError, EOFError) as error:
            raise SourceUnavailable(
                f"{address} is not a sitemap, or a broken one: the next sync tries again."
            ) from error
        if _local(root) not in {"urlset", "sitemapindex"}:
            raise SourceUnavailable(f"{address} is XML, but not a sitemap: name the address of the sitemap.")
        return root

    def _own(self, address: str) -> bool:
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL:
            return False
        return url.scheme in {"http", "https"} and url.netloc.decode() == self._web.host

    def _wanted(self, address: str) -> bool:
        path = urlsplit(address).path
        include, exclude = self._options.include, self._options.exclude
        named = not include or any(fnmatchcase(path, pattern) for pattern in include)
        return (
            named
            and not any(fnmatchcase(path, pattern) for pattern in exclude)
            and self._robots.can_fetch(AGENT, address)
        )


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _child(element: Element, name: str) -> str:
    return next(((child.text or "").strip() for child in element if _local(child) == name), "")


def _key(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"


def _page_id(address: str) -> str | None:
    """The path where it can be an id."""
    key = _key(address).strip("/") or "index"
    suffix = next((suffix for suffix in MEDIA if key.endswith(suffix)), "")
    try:
        return frontmatter.page_id(key.removesuffix(suffix))
    except PageSkipped:
        return None


def _decoded(response: httpx.Response) -> str:
    stated = _CHARSET.search(response.content[:2000])
    charset = response.charset_encoding or (stated.group(1).decode() if stated else "utf-8")
    try:
        return response.content.decode(charset, errors="replace")
    except LookupError:
        return response.content.decode(errors="replace")
