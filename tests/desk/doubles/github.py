"""A double of GitHub's issues, from https://docs.github.com/en/rest/issues and …/rest/using-the-rest-api/."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, ClassVar
from urllib.parse import urlencode

from tests.connectors.site import Answer
from tests.desk.doubles.double import Call, Double, Refusal, reply

ME, LENA = "deskmate-bot", "lena"
DOCS = "https://docs.github.com/rest"


@dataclass
class GitHubDouble(Double):
    """One private repository. Its search knows no issue but after the next one was made, as an index that lags."""

    colleague: ClassVar[str | int] = LENA
    context: ClassVar[str] = "/repos/nordwind/desk"
    errors: ClassVar[Mapping[int, Answer]] = {
        401: reply({"message": "Bad credentials", "documentation_url": DOCS, "status": "401"}, 401),
        403: reply({"message": "Resource not accessible by personal access token", "documentation_url": DOCS}, 403),
        404: reply({"message": "Not Found", "documentation_url": DOCS, "status": "404"}, 404),
        410: reply({"message": "Issues are disabled for this repo", "documentation_url": DOCS}, 410),
        422: reply(
            {
                "message": "Validation Failed",
                "errors": [{"resource": "Issue", "code": "missing_field", "field": "title"}],
                "documentation_url": DOCS,
            },
            422,
        ),
        429: reply(
            {"message": "API rate limit exceeded for user ID 1.", "documentation_url": DOCS},
            403,
            (("x-ratelimit-limit", "5000"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1700000000")),
        ),
        500: reply({"message": "Server Error"}, 502, (("x-ratelimit-remaining", "4999"), ("x-ratelimit-reset", "1"))),
    }

    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    said_on: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    private: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self._numbers, self._ids = count(1), count(900)
        self.route("GET", "/user", lambda call: {"login": ME})
        self.route("GET", "/search/issues", self._search)
        for method, pattern, handler in (
            ("GET", "", self._repository),
            ("GET", "/issues", self._list),
            ("POST", "/issues", self._create),
            ("GET", "/issues/{}", lambda call: self._of(call)),
            ("PATCH", "/issues/{}", self._edit),
            ("GET", "/issues/{}/comments", lambda call: self._paged(call, self.said_on[self._of(call)["number"]])),
            ("POST", "/issues/{}/comments", self._comment),
        ):
            self.route(method, self.context + pattern, handler)

    def must_be_known(self, call: Call) -> None:
        if call.headers.get("authorization") != f"Bearer {self.token}":
            raise Refusal(401, {"message": "Bad credentials", "documentation_url": DOCS, "status": "401"})

    def missing(self, call: Call) -> Refusal:
        return Refusal(404, {"message": "Not Found", "documentation_url": DOCS, "status": "404"})

    def said(self, number: str, text: str, *, internal: bool) -> None:
        """A colleague writes a comment on GitHub."""
        self._write(int(number), text if internal else f"/public\r\n{text}", LENA)

    def edit(self, number: str, **values: Any) -> None:
        """A colleague changes an issue on GitHub."""
        self._set(self.issues[int(number)], values)

    def _stamp(self) -> str:
        return self.tick().strftime("%Y-%m-%dT%H:%M:%SZ")

    def _repository(self, call: Call) -> dict[str, Any]:
        return {
            "full_name": "nordwind/desk",
            "private": self.private,
            "has_issues": True,
            "permissions": {"push": True},
        }

    def _create(self, call: Call) -> Answer:
        if not call.body.get("title"):
            error = {"resource": "Issue", "code": "missing_field", "field": "title"}
            raise Refusal(422, {"message": "Validation Failed", "errors": [error], "documentation_url": DOCS})
        number, at = next(self._numbers), self._stamp()
        issue = {"number": number, "id": next(self._ids), "user": {"login": ME}, "state": "open", "state_reason": None}
        self.issues[number] = {**issue, "assignees": [], "labels": [], "created_at": at}
        self.said_on[number] = []
        self._set(self.issues[number], call.body)
        return reply(self.issues[number], 201)

    def _edit(self, call: Call) -> dict[str, Any]:
        self._set(self._of(call), call.body)
        return self._of(call)

    def _set(self, issue: dict[str, Any], body: Mapping[str, Any]) -> None:
        for name, value in body.items():
            if name == "labels":
                issue["labels"] = [{"name": one} for one in dict.fromkeys(value)]
            elif name == "assignees":  # those who may not be assigned are left out without a word
                issue["assignees"] = [{"login": one} for one in value if one in (ME, LENA)]
            else:
                issue[name] = value
        issue["updated_at"] = self._stamp()

    def _list(self, call: Call) -> Answer:
        found = list(reversed(self.issues.values()))
        if call.query.get("state", "open") != "all":
            found = [one for one in found if one["state"] == call.query.get("state", "open")]
        if labels := call.query.get("labels"):
            wanted = set(labels.split(","))
            found = [one for one in found if wanted <= {each["name"] for each in one["labels"]}]
        if creator := call.query.get("creator"):
            found = [one for one in found if one["user"]["login"] == creator]
        return self._paged(call, found)

    def _search(self, call: Call) -> dict[str, Any]:
        words = re.search(r'"([^"]*)"', call.query["q"])
        assert words
        assert "repo:nordwind/desk is:issue in:body" in call.query["q"]
        known = list(self.issues.values())[:-1]
        found = [one for one in known if words[1] in (one["body"] or "")]
        return {"total_count": len(found), "incomplete_results": False, "items": found}

    def _comment(self, call: Call) -> Answer:
        return reply(self._write(self._of(call)["number"], call.body["body"], ME), 201)

    def _write(self, number: int, body: str, author: str) -> dict[str, Any]:
        comment = {"id": next(self._ids), "user": {"login": author}, "body": body, "created_at": self._stamp()}
        self.said_on[number].append(comment)
        self.issues[number]["updated_at"] = self._stamp()
        return comment

    def _paged(self, call: Call, found: Sequence[Any]) -> Answer:
        part = call.page()
        if part.stop >= len(found):
            return reply(found[part])
        query = urlencode({**call.query, "page": int(call.query.get("page", 1)) + 1})
        return reply(found[part], headers=(("Link", f'<{self.url}{call.path}?{query}>; rel="next"'),))

    def _of(self, call: Call) -> dict[str, Any]:
        found = self.issues.get(int(call.parts[0]))
        if found is None:
            raise self.missing(call)
        return found
