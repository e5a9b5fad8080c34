"""A double of Confluence, written from the REST description that Atlassian publishes: paths, paging, bodies of errors.

`DataCenterDouble` speaks /rest/api below a context path; `CloudDouble` speaks versions 1 and 2 below /wiki.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from tests.connectors.site import Answer, Request, Site

USER, TOKEN = "wiki@example.com", "token-for-tests"


@dataclass
class WikiPage:
    """A page, folder or file of the double. `readers` are the users who alone may view it."""

    id: str
    title: str
    space: str
    html: str = ""
    parent: str | None = None
    kind: str = "page"
    labels: list[str] = field(default_factory=list)
    readers: list[str] = field(default_factory=list)
    version: int = 1
    when: str = "2026-02-03T10:00:00.000Z"
    indexed: bool = True  # whether Cloud's search knows it already


class ConfluenceDouble(Site):
    """What both kinds have in common: the pages, the user and the paging."""

    context = "/confluence"

    def __init__(self) -> None:
        super().__init__(answer=self._answered)
        self.content: dict[str, WikiPage] = {}
        self.files: dict[str, list[tuple[str, str, bytes]]] = {}  # page -> (title, media, bytes)
        self.spaces = {"HELP": "98305"}
        self.limit = 2  # most results of one answer
        self.user = (USER, TOKEN)
        self._ids = count(1001)

    def write(self, title: str, html: str, **fields: Any) -> WikiPage:
        """A new page of the space HELP."""
        page = WikiPage(str(next(self._ids)), title, **{"space": "HELP", "html": html, **fields})
        self.content[page.id] = page
        return page

    def edit(self, page: WikiPage, **fields: Any) -> None:
        """A new version of a page."""
        for name, value in fields.items():
            setattr(page, name, value)
        page.version += 1

    def base(self) -> str:
        """The address that a source is given."""
        return self.url + self.context

    def pages_of(self, space: str) -> list[WikiPage]:
        return [page for page in self.content.values() if page.space == space and page.kind == "page"]

    def known(self, request: Request) -> bool:
        """Whether the request is signed in; Data Center also takes the token alone."""
        basic = base64.b64encode(":".join(self.user).encode()).decode()
        return request.headers.get("authorization") in {f"Basic {basic}", f"Bearer {self.user[1]}"}

    def _answered(self, request: Request) -> Answer:
        parts = urlsplit(request.path)
        params = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = unquote(parts.path).removeprefix(self.context)
        if path.startswith("/download/"):
            _, _, _, page, title = path.split("/")
            return next(Answer(data, media=media) for name, media, data in self.files[page] if name == title)
        return self.route(path, params, request)

    def route(self, path: str, params: Mapping[str, str], request: Request) -> Answer:
        raise NotImplementedError

    def cut(self, results: Sequence[Any], params: Mapping[str, str], name: str) -> tuple[Sequence[Any], str | None]:
        """The part that was asked for, and where the next one begins."""
        start, limit = int(params.get(name, 0)), min(int(params.get("limit", 25)), self.limit)
        return results[start : start + limit], str(start + limit) if start + limit < len(results) else None

    def version_1(self, page: WikiPage, expand: str) -> dict[str, Any]:
        """A page as version 1 gives it: only what is expanded is there."""
        given: dict[str, Any] = {
            "id": page.id,
            "type": page.kind,
            "status": "current",
            "title": page.title,
            "_links": {
                "webui": f"/display/{page.space}/{page.id}",
                "self": f"{self.base()}/rest/api/content/{page.id}",
            },
            "_expandable": {"container": f"/rest/api/space/{page.space}"},
        }
        if "version" in expand:
            given["version"] = {"when": page.when, "number": page.version, "minorEdit": False}
        if "history" in expand:
            given["history"] = {"latest": True, "createdBy": {"type": "known", "displayName": "Ada Writer"}}
        if "ancestors" in expand:
            given["ancestors"] = [{"id": above, "type": "page"} for above in self._above(page)]
        if "metadata.labels" in expand:
            labels = [{"prefix": "global", "name": name, "id": "1"} for name in page.labels]
            given["metadata"] = {"labels": {"results": labels, "start": 0, "limit": 200, "size": len(labels)}}
        if "restrictions.read" in expand:
            given["restrictions"] = {"read": readers(page)}
        if "body.view" in expand:
            given["body"] = {"view": {"value": page.html, "representation": "view"}}
        return given

    def _above(self, page: WikiPage) -> list[str]:
        return [*self._above(self.content[page.parent]), page.parent] if page.parent else []


class DataCenterDouble(ConfluenceDouble):
    """Data Center 9: one version of the interface."""

    def route(self, path: str, params: Mapping[str, str], request: Request) -> Answer:
        if not self.known(request):
            return Answer("<html><title>Unauthorized (401)</title>Basic Authentication Failure</html>", 401)
        match path.strip("/").split("/")[2:]:
            case ["user", "current"]:
                return json_of({"type": "known", "username": "wiki", "displayName": "Wiki"})
            case ["content"]:
                if params["spaceKey"] not in self.spaces:
                    return error_1(404, f"No space found with key : {params['spaceKey']}")
                return self._paged(self.pages_of(params["spaceKey"]), "/rest/api/content", params)
            case ["content", page] if page in self.content:
                return json_of(self.version_1(self.content[page], params.get("expand", "")))
            case ["content", page, "child", "attachment"]:
                files = [
                    {
                        "id": f"att{number}",
                        "title": title,
                        "metadata": {"mediaType": media},
                        "version": {"number": 1},
                        "_links": {"download": f"/download/attachments/{page}/{title}"},
                    }
                    for number, (title, media, _) in enumerate(self.files.get(page, []))
                ]
                return json_of({"results": files, "start": 0, "limit": 50, "size": len(files), "_links": {}})
        return error_1(404, "No content found with the given id")

    def _paged(self, pages: list[WikiPage], path: str, params: Mapping[str, str]) -> Answer:
        part, following = self.cut(pages, params, "start")
        links = {"base": self.base(), "context": self.context, "self": self.base() + path}
        if following:
            links["next"] = f"{path}?{urlencode({**params, 'start': following})}"
        results = [self.version_1(page, params.get("expand", "")) for page in part]
        return json_of({"results": results, "start": 0, "limit": self.limit, "size": len(results), "_links": links})


class CloudDouble(ConfluenceDouble):
    """Cloud: pages by version 2; labels and restrictions in bulk, and who is signed in, by version 1.

    As the real one, it answers a stranger as it would answer any visitor: with less, not with an error.
    """

    context = "/wiki"

    def route(self, path: str, params: Mapping[str, str], request: Request) -> Answer:
        known = self.known(request)
        match path.strip("/").split("/"):
            case ["rest", "api", "user", "current"]:
                return json_of({"type": "known" if known else "anonymous", "displayName": "Wiki"})
            case ["api", "v2", "spaces"]:
                wanted = params["keys"].split(",")
                shown = [{"id": i, "key": key} for key, i in self.spaces.items() if key in wanted and known]
                return json_of({"results": shown, "_links": {"base": self.base()}})
            case ["api", "v2", "spaces", number, "pages"]:
                key = next(key for key, i in self.spaces.items() if i == number)
                return self._paged(
                    [self._page_2(page) for page in self.pages_of(key)], f"/wiki{path}", params, "cursor"
                )
            case ["rest", "api", "content", "search"]:
                key = params["cql"].partition('"')[2].partition('"')[0]
                pages = [self.version_1(page, params["expand"]) for page in self.pages_of(key) if page.indexed]
                return self._paged(pages, path, params, "cursor")
            case ["rest", "api", "content", page, "restriction", "byOperation", "read"] if page in self.content:
                return json_of(readers(self.content[page]))
            case ["api", "v2", "pages", page, "labels"]:
                return json_of({"results": [{"name": name} for name in self.content[page].labels], "_links": {}})
            case ["api", "v2", "pages", page, "attachments"]:
                return json_of({"results": self._files(page), "_links": {}})
            case ["api", "v2", "pages", page] if page in self.content:
                body = {"view": {"representation": "view", "value": self.content[page].html}}
                return json_of({**self._page_2(self.content[page]), "body": body})
            case ["api", "v2", "folders", folder] if folder in self.content:
                return json_of(self._page_2(self.content[folder]))
        return json_of({"errors": [{"status": 404, "code": "NOT_FOUND", "title": "Not Found", "detail": None}]}, 404)

    def _files(self, page: str) -> list[dict[str, Any]]:
        return [
            {
                "id": f"att{number}",
                "title": title,
                "mediaType": media,
                "version": {"number": 1},
                "downloadLink": f"/download/attachments/{page}/{title}",
            }
            for number, (title, media, _) in enumerate(self.files.get(page, []))
        ]

    def _page_2(self, page: WikiPage) -> dict[str, Any]:
        above = self.content.get(page.parent or "")
        return {
            "id": page.id,
            "status": "current",
            "title": page.title,
            "spaceId": self.spaces[page.space],
            "parentId": page.parent,
            "parentType": above.kind if above else None,
            "authorId": "5b10a2844c20165700ede21g",
            "createdAt": page.when,
            "version": {"number": page.version, "createdAt": page.when, "minorEdit": False},
            "_links": {"webui": f"/spaces/{page.space}/pages/{page.id}", "tinyui": f"/x/{page.id}"},
        }

    def _paged(self, results: Sequence[Any], path: str, params: Mapping[str, str], name: str) -> Answer:
        part, following = self.cut(results, params, name)
        links = {"base": self.base()}
        if following:
            links["next"] = f"{path}?{urlencode({**params, name: following})}"
        return json_of({"results": part, "_links": links})


def readers(page: WikiPage) -> dict[str, Any]:
    """Who alone may view a page."""
    users = [{"type": "known", "displayName": name} for name in page.readers]
    return {
        "operation": "read",
        "restrictions": {
            "user": {"results": users, "start": 0, "limit": 200, "size": len(users)},
            "group": {"results": [], "start": 0, "limit": 200, "size": 0},
        },
    }


def json_of(value: Any, status: int = 200) -> Answer:
    return Answer(json.dumps(value), status, "application/json")


def error_1(status: int, message: str) -> Answer:
    """An error as version 1 words it."""
    data = {"authorized": False, "valid": True, "errors": [], "successful": False}
    return json_of({"statusCode": status, "data": data, "message": message, "reason": "Not Found"}, status)
