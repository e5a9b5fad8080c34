"""Confluence, Cloud or Data Center: the pages of some spaces as their readers see them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import httpx
from pydantic import Field
from selectolax.lexbor import LexborHTMLParser

from knowledge import frontmatter
from knowledge.connectors.confluence_api import Api, Attachment, Cloud, DataCenter, Entry
from knowledge.connectors.connector import Fetched, Listed, Skip
from knowledge.connectors.content import day
from knowledge.connectors.mark import mark
from knowledge.connectors.secret import secret
from knowledge.connectors.web import NotThere, Web, WebOptions
from knowledge.errors import PageSkipped, SourceUnavailable
from knowledge.page import Audience
from knowledge.parsers import MEDIA

_CLOUD = ".atlassian.net"
_FILES = ("api.media.atlassian.com",)  # where Cloud's attachments really are
_FURNITURE = ".toc-macro, .plugin_attachments_container, .expand-control-icon, .aui-icon, .hidden, script, style"


class ConfluenceOptions(WebOptions):
    """What a Confluence can be told in sources.toml. `url` ends with /wiki on Cloud, or with the context path."""

    flavour: Literal["", "cloud", "datacenter"] = Field(default="", description="Empty: Cloud on atlassian.net.")
    user: str = Field(default="", description="Cloud: e-mail address. Data Center: empty with a personal access token.")
    token_env: str = Field(default="", description="Environment variable that holds the API token or password.")
    spaces: tuple[str, ...] = Field(min_length=1, description="Keys of the spaces to read.")
    labels: tuple[str, ...] = Field(default=(), description="Only pages with one of these labels.")
    without_labels: tuple[str, ...] = Field(default=(), description="No pages with these labels.")
    internal_labels: tuple[str, ...] = Field(default=(), description="Pages with these are for staff only.")
    internal_spaces: tuple[str, ...] = Field(default=(), description="Spaces that are for staff only.")
    restricted: Literal["skip", "internal"] = Field(
        default="skip", description="Pages that only some may view: passed over, or for all staff. Never for customers."
    )
    attachments: bool = Field(default=False, description="Read PDF, Word, Markdown, HTML and text files on pages too.")

    def open(self, name: str, folder: Path) -> "Confluence":
        """The wiki as a source; it keeps nothing. Raises SourceError where the token is missing."""
        return Confluence(name, self)


class Confluence:
    """Pages by their id, which stays when they are renamed or moved."""

    def __init__(self, name: str, options: ConfluenceOptions) -> None:
        self.name = name
        self.address = options.url.rstrip("/")
        self._options = options
        cloud = options.flavour == "cloud" or (not options.flavour and _host(options.url).endswith(_CLOUD))
        self._web = _signed_in(options, name, cloud=cloud)
        self._api: Api = (Cloud if cloud else DataCenter)(self._web, self.address)
        self._entries: dict[str, Entry] = {}
        self._attachments: dict[str, tuple[Attachment, Entry]] = {}

    def pages(self) -> Iterator[Listed | Skip]:
        """Every current page of the spaces that may be read by all who see the space, and their files if wanted."""
        try:
            self._check_user()
            found = [entry for space in self._options.spaces for entry in self._api.entries(space)]
            self._entries = {entry.id: entry for entry in found if self._wanted(entry)}
            self._attachments = dict(self._files()) if self._options.attachments else {}
        except NotThere as error:
            raise SourceUnavailable(
                f"{self.address} shows this user no such Confluence or space: check url, spaces and permissions."
            ) from error
        except (KeyError, TypeError, IndexError) as error:
            raise SourceUnavailable(f"{self.address} does not answer like a Confluence: check the address.") from error
        for entry in self._entries.values():
            yield Listed(entry.id, self._version(entry))
        for key, (file, entry) in self._attachments.items():
            yield Listed(key, f"{file.version} {self._version(entry)}")

    def read(self, listed: Listed) -> Fetched:
        """The page, or the file on a page."""
        if listed.key in self._attachments:
            return self._read_file(listed.key)
        entry = self._entries[listed.key]
        try:
            html = self._api.html(entry.id)
        except (KeyError, TypeError) as error:
            raise PageSkipped("Confluence gives no text of it.") from error
        return self._fetched(entry, listed.key, _text(html).encode(), MEDIA[".html"], entry.title, _page_id(entry))

    def close(self) -> None:
        """Close the connections."""
        self._web.close()

    def _check_user(self) -> None:
        """With wrong credentials, Confluence may answer as to a stranger, and pages would seem to be deleted."""
        if self._options.token_env and self._api.user() != "known":
            raise SourceUnavailable(f"{self.address} does not know this user: check user and token of '{self.name}'.")

    def _wanted(self, entry: Entry) -> bool:
        if entry.closed and self._options.restricted == "skip":
            return False
        within = not self._options.labels or _has(entry, self._options.labels)
        return within and not _has(entry, self._options.without_labels)

    def _audience(self, entry: Entry) -> Audience | None:
        internal = entry.closed or entry.space in self._options.internal_spaces
        return Audience.INTERNAL if internal or _has(entry, self._options.internal_labels) else None

    def _version(self, entry: Entry) -> str:
        """Changes with the text, the place, the owner and who may read it."""
        said = f"{entry.address} {entry.title} {entry.owner} {self._audience(entry)}"
        return f"{entry.version} {said} {mark(self._options)}"

    def _files(self) -> Iterator[tuple[str, tuple[Attachment, Entry]]]:
        for entry in self._entries.values():
            for file in self._api.attachments(entry.id):
                if file.media in MEDIA.values():
                    yield f"{entry.id}/{file.title}", (file, entry)

    def _read_file(self, key: str) -> Fetched:
        file, entry = self._attachments[key]
        data = self._web.get(file.address).content
        return self._fetched(entry, key, data, file.media, None, _checked(key))

    def _fetched(
        self, entry: Entry, key: str, data: bytes, media: str, title: str | None, page_id: str | None
    ) -> Fetched:
        return Fetched(
            key=key,
            data=data,
            media=media,
            title=title,
            url=entry.address,
            audience=self._audience(entry),
            owner=entry.owner,
            updated=day(entry.updated),
            page_id=page_id,
        )


def _signed_in(options: ConfluenceOptions, name: str, *, cloud: bool) -> Web:
    if not options.token_env:
        return Web(options)
    token = secret(options.token_env, name)
    also = _FILES if cloud else ()
    if options.user:
        return Web(options, auth=httpx.BasicAuth(options.user, token), also=also)
    return Web(options, headers={"authorization": f"Bearer {token}"}, also=also)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _has(entry: Entry, labels: tuple[str, ...]) -> bool:
    return any(label.casefold() in entry.labels for label in labels)


def _page_id(entry: Entry) -> str | None:
    """Space and title, with the number where the title alone might not tell two pages apart."""
    name = entry.title.replace(" ", "-").replace("/", "-")
    number = f"-{entry.id}" if "-" in entry.title or "/" in entry.title else ""
    return _checked(f"{entry.space}/{name}{number}")


def _checked(page_id: str) -> str | None:
    try:
        return frontmatter.page_id(page_id)
    except PageSkipped:
        return None  # then the page is known by its key


def _text(html: str) -> str:
    tree = LexborHTMLParser(f"<body>{html}</body>")
    for node in tree.css(_FURNITURE):
        node.decompose()
    return tree.html or ""
