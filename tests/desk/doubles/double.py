"""What the doubles share: routes by method and path, JSON both ways, and a clock that never stands still."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from tests.connectors.site import Answer, Request, Site

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One request, taken apart. `parts` are what the route's pattern caught."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    parts: tuple[str, ...]
    body: Any

    def page(self, size: str = "per_page", number: str = "page", most: int = 100) -> slice:
        """The part of a list that is asked for."""
        many = min(int(self.query.get(size, 30)), most)
        start = (int(self.query.get(number, 1)) - 1) * many
        return slice(start, start + many)


class Refusal(Exception):
    """The double says no in the system's own form."""

    def __init__(self, status: int, body: Any, headers: Headers = ()) -> None:
        super().__init__(status, body)
        self.answer = reply(body, status, headers)


Handler = Callable[[Call], Any]


def reply(body: Any, status: int = 200, headers: Headers = ()) -> Answer:
    """JSON, or nothing at all for None."""
    return Answer("" if body is None else json.dumps(body), status, "application/json; charset=utf-8", headers)


@dataclass
class Double(Site):
    """A system with routes. A handler gives a body (200), or a whole `Answer`.

    `errors` are its published bodies of errors, by status; `asks` the POSTs that only read.
    """

    errors: ClassVar[Mapping[int, Answer]] = {}
    asks: ClassVar[frozenset[str]] = frozenset()
    user: ClassVar[str] = ""
    token: ClassVar[str] = "token-for-tests"
    context: ClassVar[str] = ""  # what stands behind the address in its setting
    colleague: ClassVar[str | int] = "S-01"  # the account of S-01 there

    routes: list[tuple[str, "re.Pattern[str]", Handler]] = field(default_factory=list)
    now: datetime = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
    sent: list[Call] = field(default_factory=list)
    at_write: list[tuple[Answer, bool]] = field(default_factory=list)  # to the next writes; True: after doing the work
    at_read: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.answer = self._answered

    def route(self, method: str, pattern: str, handler: Handler) -> None:
        """`{}` in a pattern is one part of a path."""
        self.routes.append((method, re.compile(pattern.replace("{}", "([^/]+)")), handler))

    def tick(self) -> datetime:
        """A second later: the moment of a write."""
        self.now += timedelta(seconds=1)
        return self.now

    def writes(self) -> list[Call]:
        """The requests that were to change something."""
        return [call for call in self.sent if not self._reads(call)]

    def said(self, number: str, text: str, *, internal: bool) -> None:
        """S-01 writes a comment in the system's own window."""
        raise NotImplementedError

    def edit(self, number: str, **values: Any) -> None:
        """Somebody changes fields there, in the system's own words."""
        raise NotImplementedError

    def must_be_known(self, call: Call) -> None:
        """Raise Refusal for somebody who is not signed in."""

    def missing(self, call: Call) -> Refusal:
        """What the system says of a path that it does not have."""
        raise NotImplementedError

    def _answered(self, request: Request) -> Answer:
        url = urlsplit(request.path)
        query = {name: values[-1] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        body = json.loads(request.body) if request.body else None
        path = unquote(url.path)
        call = Call(request.method, path, query, request.headers, (), body)
        try:
            self.must_be_known(call)
            for method, pattern, handler in self.routes:
                if method == request.method and (found := pattern.fullmatch(path)):
                    made = Call(request.method, path, query, request.headers, found.groups(), body)
                    return self._done(made, handler)
            raise self.missing(call)
        except Refusal as refusal:
            return refusal.answer

    def _done(self, call: Call, handler: Handler) -> Answer:
        self.sent.append(call)
        if self._reads(call):
            fault, worked = (self.at_read.pop(0), False) if self.at_read else (None, True)
        else:
            fault, worked = self.at_write.pop(0) if self.at_write else (None, True)
        done = handler(call) if worked else None
        return fault or (done if isinstance(done, Answer) else reply(done))

    def _reads(self, call: Call) -> bool:
        return call.method == "GET" or call.path in self.asks
