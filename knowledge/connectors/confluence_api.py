"""The two REST interfaces of Confluence, as Atlassian publishes them: Data Center's, and Cloud's (versions 1 and 2)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from knowledge.connectors.web import NotThere, Refused, Web
from knowledge.errors import SourceUnavailable

_READERS = "restrictions.read.restrictions.user,restrictions.read.restrictions.group"
_PAGES = "100"  # pages of one answer; servers may give fewer


@dataclass(frozen=True, slots=True)
class Entry:
    """What a list says of a page. `closed` tells whether only some may view it, itself or a page above it."""

    id: str
    title: str
    space: str
    version: str
    address: str
    labels: frozenset[str]
    closed: bool
    owner: str | None
    updated: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that hangs on a page."""

    id: str
    title: str
    media: str
    version: str
    address: str


class Api(Protocol):
    """What the connector asks of either kind of Confluence. Each method raises SourceUnavailable."""

    def user(self) -> str:
        """The kind of user that the credentials are for: 'known' or 'anonymous'."""

    def entries(self, space: str) -> list[Entry]:
        """Every current page of the space that the user may view."""

    def html(self, page: str) -> str:
        """The page as its readers see it. Raises NotThere."""

    def attachments(self, page: str) -> Iterator[Attachment]:
        """The files of a page."""


class DataCenter:
    """Data Center and Server. `base` is the address with its context path, without a slash at the end."""

    def __init__(self, web: Web, base: str) -> None:
        self._web = web
        self._base = base

    def user(self) -> str:
        """See `Api`."""
        return str(self._web.json(f"{self._base}/rest/api/user/current").get("type"))

    def entries(self, space: str) -> list[Entry]:
        """See `Api`."""
        expand = f"version,history,ancestors,metadata.labels,{_READERS}"
        asked = {"spaceKey": space, "type": "page", "status": "current", "limit": _PAGES, "expand": expand}
        found = {page["id"]: page for page in self._all("/rest/api/content", asked)}
        closed = {id_ for id_, page in found.items() if _closed(page)}
        return [
            Entry(
                id=page["id"],
                title=page["title"],
                space=space,
                version=str(page["version"]["number"]),
                address=self._base + page["_links"]["webui"],
                labels=_labels(page),
                # A page above that is not in the list cannot be judged, so it counts as closed.
                closed=id_ in closed
                or any(above["id"] in closed or above["id"] not in found for above in page["ancestors"]),
                owner=_creator(page),
                updated=page["version"].get("when", ""),
            )
            for id_, page in found.items()
        ]

    def html(self, page: str) -> str:
        """See `Api`."""
        answer = self._web.json(f"{self._base}/rest/api/content/{page}", {"expand": "body.view"})
        return str(answer["body"]["view"]["value"])

    def attachments(self, page: str) -> Iterator[Attachment]:
        """See `Api`."""
        for file in self._all(f"/rest/api/content/{page}/child/attachment", {"expand": "version", "limit": _PAGES}):
            media = file.get("metadata", {}).get("mediaType") or file.get("extensions", {}).get("mediaType", "")
            yield Attachment(
                file["id"],
                file["title"],
                media,
                str(file["version"]["number"]),
                self._base + file["_links"]["download"],
            )

    def _all(self, path: str, params: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        return every(self._web, self._base + path, params, self._base)


class Cloud:
    """Confluence Cloud. `base` ends with /wiki."""

    def __init__(self, web: Web, base: str) -> None:
        self._web = web
        self._base = base
        self._above: dict[str, bool] = {}  # whether a folder, or what is above it, is closed

    def user(self) -> str:
        """See `Api`."""
        return str(self._web.json(f"{self._base}/rest/api/user/current").get("type"))

    def entries(self, space: str) -> list[Entry]:
        """See `Api`. Version 2 lists the pages; labels and restrictions in bulk are version 1's alone."""
        spaces = self._web.json(f"{self._base}/api/v2/spaces", {"keys": space})["results"]
        if not spaces:
            raise SourceUnavailable(f"{self._base} shows no space {space} to this user: check its key and permissions.")
        listed = f"{self._base}/api/v2/spaces/{spaces[0]['id']}/pages"
        pages = {
            page["id"]: page for page in every(self._web, listed, {"status": "current", "limit": _PAGES}, self._base)
        }
        details = self._details(space, pages)
        closed = {id_ for id_ in pages if _closed(details[id_])}
        self._above = {}
        return [
            Entry(
                id=id_,
                title=page["title"],
                space=space,
                version=str(page["version"]["number"]),
                address=self._base + page["_links"]["webui"],
                labels=_labels(details[id_]),
                closed=self._closed_above(id_, pages, closed),
                owner=_creator(details[id_]),
                updated=page["version"].get("createdAt", ""),
            )
            for id_, page in pages.items()
        ]

    def html(self, page: str) -> str:
        """See `Api`."""
        answer = self._web.json(f"{self._base}/api/v2/pages/{page}", {"body-format": "view"})
        return str(answer["body"]["view"]["value"])

    def attachments(self, page: str) -> Iterator[Attachment]:
        """See `Api`."""
        for file in every(self._web, f"{self._base}/api/v2/pages/{page}/attachments", {"limit": _PAGES}, self._base):
            yield Attachment(
                file["id"],
                file["title"],
                file["mediaType"],
                str(file["version"]["number"]),
                self._base + file["downloadLink"],
            )

    def _details(self, space: str, pages: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Labels, restrictions and creator of every page. New pages may not be in the search index yet."""
        expand = f"history,metadata.labels,{_READERS}"
        asked = {"cql": f'space = "{space}" and type = page', "limit": _PAGES, "expand": expand}
        found = {
            page["id"]: page for page in every(self._web, f"{self._base}/rest/api/content/search", asked, self._base)
        }
        return {id_: found.get(id_) or self._one(id_) for id_ in pages}

    def _one(self, page: str) -> dict[str, Any]:
        labels = every(self._web, f"{self._base}/api/v2/pages/{page}/labels", {"limit": _PAGES}, self._base)
        return {"restrictions": {"read": self._readers(page)}, "metadata": {"labels": {"results": list(labels)}}}

    def _readers(self, content: str) -> dict[str, Any]:
        return self._web.json(f"{self._base}/rest/api/content/{content}/restriction/byOperation/read")

    def _closed_above(self, page: str, pages: Mapping[str, dict[str, Any]], closed: set[str]) -> bool:
        id_: str | None = page
        while id_ is not None:
            if id_ in closed:
                return True
            parent, kind = pages[id_].get("parentId"), pages[id_].get("parentType")
            if parent is not None and parent not in pages:
                return self._closed_folder(str(parent), str(kind), pages, closed)
            id_ = parent
        return False

    def _closed_folder(self, id_: str, kind: str, pages: Mapping[str, dict[str, Any]], closed: set[str]) -> bool:
        """Whether what is no page of the list, but stands above one, is closed. What cannot be judged is."""
        if id_ not in self._above:
            self._above[id_] = True  # also while it is being judged, should it stand above itself
            self._above[id_] = self._judge(id_, kind, pages, closed)
        return self._above[id_]

    def _judge(self, id_: str, kind: str, pages: Mapping[str, dict[str, Any]], closed: set[str]) -> bool:
        if kind != "folder":
            return True
        try:
            if _closed({"restrictions": {"read": self._readers(id_)}}):
                return True
            folder = self._web.json(f"{self._base}/api/v2/folders/{id_}")
        except (NotThere, Refused):
            return True
        parent = folder.get("parentId")
        if parent is None:
            return False
        if parent in pages:
            return self._closed_above(parent, pages, closed)
        return self._closed_folder(str(parent), str(folder.get("parentType")), pages, closed)


def every(web: Web, url: str, params: Mapping[str, str], base: str) -> Iterator[dict[str, Any]]:
    """The results of all answers to one question."""
    asked: Mapping[str, str] | None = params
    while url:
        answer = web.json(url, asked)
        yield from answer["results"]
        url, asked = _following(answer, base), None


def _following(answer: dict[str, Any], base: str) -> str:
    """The address of the next answer: it is given below the host, or below the base."""
    path = str(answer.get("_links", {}).get("next") or "")
    context = urlsplit(base).path
    if path.startswith("/"):
        return base.removesuffix(context) + path if context and path.startswith(f"{context}/") else base + path
    return path


def _closed(page: Mapping[str, Any]) -> bool:
    """Whether only some may view it. Where the answer does not tell, it is."""
    try:
        readers = page["restrictions"]["read"]["restrictions"]
        return any(readers[kind]["results"] or readers[kind].get("size") for kind in ("user", "group"))
    except (KeyError, TypeError):
        return True


def _labels(page: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(
        label["name"].casefold() for label in page.get("metadata", {}).get("labels", {}).get("results", ())
    )


def _creator(page: Mapping[str, Any]) -> str | None:
    return page.get("history", {}).get("createdBy", {}).get("displayName") or None
