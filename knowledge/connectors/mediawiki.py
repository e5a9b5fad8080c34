"""A MediaWiki, live through its API: pages as their readers see them, by revision."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import Field
from selectolax.lexbor import LexborHTMLParser

from knowledge import frontmatter
from knowledge.connectors.connector import Fetched, Listed
from knowledge.connectors.mark import mark
from knowledge.connectors.secret import secret
from knowledge.connectors.web import NotThere, Web, WebOptions, parsed
from knowledge.errors import PageSkipped, SourceError, SourceUnavailable
from knowledge.page import Audience

# What a rendered page holds beside its text: edit links, table of contents, footnote marks, navigation boxes.
_FURNITURE = (
    ".mw-editsection, #toc, .toc, sup.reference, .navbox, .mw-references-wrap, .noprint, .catlinks, "
    ".mw-empty-elt, .printfooter, .mw-jump-link, "
    + ", ".join(f"h{level} > span[id]:not(.mw-headline)" for level in range(1, 7))  # anchors of older versions
)
_LIST = {
    "action": "query",
    "generator": "allpages",
    "gaplimit": "max",
    "gapfilterredir": "nonredirects",
    "prop": "info|revisions|categories",
    "inprop": "url",
    "rvprop": "timestamp|user",
    "cllimit": "max",
}
_LATEST = {
    "action": "query",
    "meta": "siteinfo|userinfo",
    "siprop": "general|namespaces|statistics",
    "list": "recentchanges",
    "rclimit": "1",
    "rcprop": "ids",
}


class MediaWikiOptions(WebOptions):
    """What a MediaWiki can be told in sources.toml. `url` is the address of its api.php."""

    user: str = Field(default="", description="User of a bot password, such as Wiki@deskmate; empty: not signed in.")
    password_env: str = Field(default="", description="Environment variable that holds the bot password.")
    namespaces: tuple[str, ...] = Field(default=("0",), description="Namespaces to read, by number or name.")
    categories: tuple[str, ...] = Field(default=(), description="Only pages of one of these categories.")
    without_categories: tuple[str, ...] = Field(default=(), description="No pages of these categories.")
    internal_categories: tuple[str, ...] = Field(default=(), description="Pages of these are for staff only.")
    internal_namespaces: tuple[str, ...] = Field(default=(), description="Pages of these are for staff only.")

    def open(self, name: str, folder: Path) -> "MediaWiki":
        """The wiki as a source; it keeps its last list. Raises SourceError where the password is missing."""
        return MediaWiki(name, self, folder)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the list says of a page."""

    id: str
    title: str
    revision: int
    touched: str
    namespace: int
    url: str
    user: str
    updated: str
    categories: tuple[str, ...]


class MediaWiki:
    """Pages by their number, which stays when a page is moved. Redirects are no pages."""

    def __init__(self, name: str, options: MediaWikiOptions, folder: Path) -> None:
        self.name = name
        self.address = options.url
        self._options = options
        self._password = secret(options.password_env, name) if options.user else ""
        self._web = Web(options)
        self._kept = folder / "list.json"
        self._entries: dict[str, _Entry] = {}
        self._signed_in = False

    def pages(self) -> Iterator[Listed]:
        """Every page of the namespaces and categories that were asked for.

        Where the wiki's recent changes tell that nothing happened since the last time, that is one request.
        """
        try:
            self._sign_in()
            site = self._ask(_LATEST)["query"]
            mark = self._mark(site)
            entries = self._remembered(mark)
            if entries is None:
                entries = list(self._listed(site["namespaces"]))
                self._remember(mark, entries)
        except NotThere as error:
            raise SourceUnavailable(f"{self.address} is no api.php of a MediaWiki: check the address.") from error
        except (KeyError, TypeError) as error:
            raise SourceUnavailable(f"{self.address} does not answer like a MediaWiki: check the address.") from error
        self._entries = {entry.id: entry for entry in entries}
        for entry in entries:
            yield Listed(entry.id, self._version(entry))

    def read(self, listed: Listed) -> Fetched:
        """The page as rendered, without its furniture."""
        entry = self._entries[listed.key]
        self._sign_in()
        try:
            answer = self._ask({"action": "parse", "pageid": listed.key, "prop": "text", "disablelimitreport": "1"})
            html = answer["parse"]["text"]
        except KeyError as error:
            raise PageSkipped("the wiki gives no text of it.") from error
        return Fetched(
            key=listed.key,
            data=_text(html).encode(),
            media="text/html",
            title=entry.title,
            url=entry.url,
            audience=Audience.INTERNAL if self._internal(entry) else None,
            owner=entry.user or None,
            updated=_day(entry.updated),
            page_id=_page_id(entry),
        )

    def close(self) -> None:
        """Close the connections."""
        self._web.close()

    def _ask(self, params: dict[str, str]) -> dict[str, Any]:
        """One answer of the API. MediaWiki reports errors in an answer that has status 200."""
        form = {"format": "json", "formatversion": "2", **params}
        answer = self._web.json(self.address, {**form, "assert": "user"} if self._signed_in else form)
        code = str(answer.get("error", {}).get("code", ""))
        if code == "assertuserfailed":  # the session has ended; as a stranger, some pages would seem to be deleted
            self._signed_in = False
            self._sign_in()
            return self._ask(params)
        if code:
            raise _refusal(code, self.address)
        return answer

    def _sign_in(self) -> None:
        if self._signed_in or not self._options.user:
            return
        token = self._ask({"action": "query", "meta": "tokens", "type": "login"})["query"]["tokens"]["logintoken"]
        form = {
            "action": "login",
            "lgname": self._options.user,
            "lgpassword": self._password,
            "lgtoken": token,
            "format": "json",
        }
        if parsed(self._web.post(self.address, form)).get("login", {}).get("result") != "Success":
            raise SourceUnavailable(
                f"{self.address} does not let {self._options.user} in: check the bot password of source '{self.name}'."
            )
        self._signed_in = True

    def _listed(self, known: dict[str, Any]) -> Iterator[_Entry]:
        wanted = [_namespace(name, known, self.name) for name in self._options.namespaces]
        for namespace in wanted:
            pages: dict[int, dict[str, Any]] = {}
            for answer in self._continued({**_LIST, "gapnamespace": str(namespace), **self._asked_categories()}):
                for page in answer.get("query", {}).get("pages", ()):
                    _merge(pages.setdefault(page["pageid"], {}), page)
            entries = [_entry(page) for page in pages.values()]
            yield from (entry for entry in entries if self._wanted(entry))

    def _continued(self, params: dict[str, str]) -> Iterator[dict[str, Any]]:
        """Every part of a long answer."""
        rest: dict[str, str] = {}
        while True:
            answer = self._ask({**params, **rest})
            yield answer
            rest = answer.get("continue", {})
            if not rest:
                return

    def _asked_categories(self) -> dict[str, str]:
        options = self._options
        named = {*options.categories, *options.without_categories, *options.internal_categories}
        if not named:
            return {"prop": "info|revisions"}
        return {"clcategories": "|".join(f"Category:{_bare(name)}" for name in sorted(named))}

    def _wanted(self, entry: _Entry) -> bool:
        within = not self._options.categories or _shares(entry, self._options.categories)
        return within and not _shares(entry, self._options.without_categories)

    def _internal(self, entry: _Entry) -> bool:
        spaces = {name.casefold() for name in self._options.internal_namespaces}
        named = entry.title.partition(":")[0].casefold() if entry.namespace else ""
        return _shares(entry, self._options.internal_categories) or str(entry.namespace) in spaces or named in spaces

    def _version(self, entry: _Entry) -> str:
        """Changes with the page, its templates, its title and who may read it."""
        internal = " internal" if self._internal(entry) else ""
        return f"{entry.revision} {entry.touched} {entry.title}{internal} {mark(self._options)}"

    def _mark(self, site: dict[str, Any]) -> str:
        """Stays the same as long as nothing happens in the wiki, and the same is asked as the same user.

        Empty where that cannot be told: while jobs wait, an edited template has not reached its pages yet.
        """
        changes = [change["rcid"] for change in site["recentchanges"]]
        counts = {name: site["statistics"][name] for name in ("pages", "edits")}
        told = (
            changes,
            counts,
            site["general"]["generator"],
            site["userinfo"]["name"],
            self._options.model_dump_json(),
        )
        return sha256(repr(told).encode()).hexdigest() if changes and not site["statistics"]["jobs"] else ""

    def _remembered(self, mark: str) -> list[_Entry] | None:
        """The list of the last time, if nothing happened since."""
        try:
            kept = json.loads(self._kept.read_text())
            if mark and kept["mark"] == mark:
                return [_Entry(**{**entry, "categories": tuple(entry["categories"])}) for entry in kept["pages"]]
        except (OSError, ValueError, KeyError, TypeError):
            pass  # no list yet, or one of another version: it is asked for anew
        return None

    def _remember(self, mark: str, entries: Sequence[_Entry]) -> None:
        self._kept.parent.mkdir(parents=True, exist_ok=True)
        self._kept.write_text(json.dumps({"mark": mark, "pages": [asdict(entry) for entry in entries]}))


def _entry(page: dict[str, Any]) -> _Entry:
    revision = (page.get("revisions") or [{}])[0]
    return _Entry(
        id=str(page["pageid"]),
        title=page["title"],
        revision=page["lastrevid"],
        touched=page["touched"],
        namespace=page["ns"],
        url=page.get("canonicalurl") or page["fullurl"],
        user=revision.get("user", ""),
        updated=revision.get("timestamp", ""),
        categories=tuple(category["title"].partition(":")[2] for category in page.get("categories", ())),
    )


def _merge(page: dict[str, Any], part: dict[str, Any]) -> None:
    """Long answers bring a page in several parts."""
    for name, value in part.items():
        if isinstance(value, list):
            page[name] = [*page.get(name, []), *value]
        else:
            page[name] = value


def _namespace(name: str, known: dict[str, Any], source: str) -> int:
    for space in known.values():
        names = {str(space["id"]), space["name"].casefold(), str(space.get("canonical", "")).casefold()}
        if name.casefold() in names:
            return int(space["id"])
    raise SourceError(f"Source '{source}' asks for the namespace '{name}', which its wiki does not have.")


def _bare(category: str) -> str:
    return category.removeprefix("Category:").replace("_", " ").strip()


def _shares(entry: _Entry, categories: Sequence[str]) -> bool:
    return bool({name.casefold() for name in entry.categories} & {_bare(name).casefold() for name in categories})


def _day(timestamp: str) -> date | None:
    return datetime.fromisoformat(timestamp).date() if timestamp else None


def _page_id(entry: _Entry) -> str | None:
    """The title where it can be an id. Without it, the page is known by its number."""
    try:
        return frontmatter.page_id(entry.title.replace(" ", "_"))
    except PageSkipped:
        return None


def _text(html: str) -> str:
    tree = LexborHTMLParser(html)
    for node in tree.css(_FURNITURE):
        node.decompose()
    return tree.html or ""


def _refusal(code: str, address: str) -> Exception:
    if code in {"missingtitle", "nosuchpageid", "permissiondenied", "nosuchrevid"}:
        return PageSkipped("it was deleted or closed while it was read.")
    if code in {"readapidenied", "readrequired"}:
        return SourceUnavailable(f"{address} is read by its users only: name user and password_env of this source.")
    if code in {"maxlag", "ratelimited", "readonly"} or code.startswith("internal_api_error"):
        return SourceUnavailable(f"{address} is busy ({code}): the next sync tries again.")
    return SourceUnavailable(f"{address} did not do what it was asked ({code}): check this source's options.")
