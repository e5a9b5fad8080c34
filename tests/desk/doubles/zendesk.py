"""A double of Zendesk, from https://developer.zendesk.com/api-reference/ticketing/ and …/introduction/requests/."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, ClassVar

from tests.connectors.site import Answer
from tests.desk.doubles.double import Call, Double, Refusal, reply

ME, LENA, MARA = 100, 101, 102
GROUPS = {"Users": 20, "support": 21, "network": 22, "billing": 23, "field": 24, "orders": 25, "retention": 26}
FIELDS = {"Customer number": 901, "First reply due": 902, "Resolution due": 903}
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES, TYPES = ("urgent", "high", "normal", "low"), ("question", "incident", "problem", "task")


@dataclass
class ZendeskDouble(Double):
    """Tickets with audits, groups, ticket fields, merges that take a while."""

    user: ClassVar[str] = "deskmate@example.com"
    colleague: ClassVar[str | int] = LENA
    mara: ClassVar[int] = MARA  # the customer's account
    errors: ClassVar[Mapping[int, Answer]] = {
        401: reply({"error": "Couldn't authenticate you"}, 401),
        403: reply({"error": {"title": "Forbidden", "message": "You do not have access to this page."}}, 403),
        404: reply({"error": "RecordNotFound", "description": "Not found"}, 404),
        409: reply({"error": "DatabaseConflict", "description": "Database collision"}, 409),
        422: reply(
            {
                "error": "RecordInvalid",
                "description": "Record validation errors",
                "details": {"status": [{"description": "Status: closed prevents ticket update"}]},
            },
            422,
        ),
        429: Answer(
            "Number of allowed API requests per minute exceeded",
            429,
            "text/plain",
            (("Retry-After", "0"), ("X-Rate-Limit", "700"), ("X-Rate-Limit-Remaining", "0")),
        ),
        500: Answer("<html><body>We're sorry, but something went wrong.</body></html>", 500),
    }

    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    audits: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    keys: dict[str, tuple[Any, int]] = field(default_factory=dict)  # Idempotency-Key -> what was sent, the ticket
    writer: int = LENA  # whose window it is that people write in
    jobs: dict[str, tuple[int, int]] = field(default_factory=dict)  # merges under way: source, target

    def __post_init__(self) -> None:
        super().__post_init__()
        self._ids = count(35)
        for method, pattern, handler in (
            ("GET", "/api/v2/users/me", lambda call: {"user": {"id": ME, "email": self.user, "role": "agent"}}),
            ("GET", "/api/v2/groups", lambda call: _paged(call, "groups", _named("name", GROUPS))),
            ("GET", "/api/v2/ticket_fields", lambda call: _paged(call, "ticket_fields", _named("title", FIELDS))),
            ("GET", "/api/v2/tickets", self._list),
            ("POST", "/api/v2/tickets", self._create),
            ("GET", "/api/v2/tickets/{}", lambda call: {"ticket": self._of(call)}),
            ("PUT", "/api/v2/tickets/{}", self._update),
            ("GET", "/api/v2/tickets/{}/audits", self._audits),
            ("POST", "/api/v2/tickets/{}/merge", self._merge),
            ("GET", "/api/v2/job_statuses/{}", self._job),
            ("GET", "/api/v2/search/export", self._export),
        ):
            self.route(method, pattern, handler)

    def must_be_known(self, call: Call) -> None:
        basic = base64.b64encode(f"{self.user}/token:{self.token}".encode()).decode()
        if call.headers.get("authorization") != f"Basic {basic}":
            raise Refusal(401, {"error": "Couldn't authenticate you"})

    def missing(self, call: Call) -> Refusal:
        return Refusal(404, {"error": "InvalidEndpoint", "description": "Not found"})

    def said(self, number: str, text: str, *, internal: bool) -> None:
        """An agent writes a comment in Zendesk."""
        self._audit(int(number), {"comment": {"body": text, "public": not internal}}, self.writer)

    def edit(self, number: str, **values: Any) -> None:
        """An agent changes fields in Zendesk."""
        self.tickets[int(number)].update(values, updated_at=self._stamp())

    def _stamp(self) -> str:
        return self.tick().strftime("%Y-%m-%dT%H:%M:%SZ")

    def _list(self, call: Call) -> dict[str, Any]:
        wanted = call.query["external_id"]
        return _paged(call, "tickets", [one for one in self.tickets.values() if one["external_id"] == wanted])

    def _create(self, call: Call) -> Answer:
        key, body = call.headers.get("idempotency-key", ""), call.body["ticket"]
        if key in self.keys:
            before, number = self.keys[key]
            if before != body:
                raise Refusal(
                    400,
                    {"error": "IdempotentRequestError", "description": "Request parameters don't match the given key"},
                )
            return reply({"ticket": self.tickets[number]}, 201, (("x-idempotency-lookup", "hit"),))
        if not body.get("comment", {}).get("body"):
            raise _invalid("base", "Description: cannot be blank")
        number, at = next(self._ids), self._stamp()
        blank = dict.fromkeys(("external_id", "type", "priority", "group_id", "assignee_id"))
        self.tickets[number] = {
            **blank,
            "id": number,
            "url": f"{self.url}/api/v2/tickets/{number}.json",
            "status": "new",
            "requester_id": MARA if body.get("requester") else ME,
            "tags": [],
            "custom_fields": [{"id": one, "value": None} for one in FIELDS.values()],
            "description": body["comment"]["body"],
            "created_at": at,
            "updated_at": at,
        }
        self.audits[number] = []
        self._set(self.tickets[number], body)
        self._audit(number, body, ME)
        if key:
            self.keys[key] = (body, number)
        return reply({"ticket": self.tickets[number]}, 201, (("x-idempotency-lookup", "miss"),))

    def _update(self, call: Call) -> dict[str, Any]:
        ticket, body = self._of(call), call.body["ticket"]
        if ticket["status"] == "closed":
            raise _invalid("status", "Status: closed prevents ticket update")
        self._set(ticket, body)
        self._audit(ticket["id"], body, ME)
        return {"ticket": ticket}

    def _set(self, ticket: dict[str, Any], body: Mapping[str, Any]) -> None:
        after = {**ticket, **{name: value for name, value in body.items() if name in _PLAIN}}
        for name, words in (("status", STATUSES), ("priority", PRIORITIES), ("type", TYPES)):
            if after[name] not in (None, *words):
                raise _invalid(name, f"{name.title()}: {after[name]} is not valid")
        if after["group_id"] not in (None, *GROUPS.values()):
            raise _invalid("group", "Group: is invalid")
        if after["assignee_id"] not in (None, ME, LENA):
            raise _invalid("assignee", "Assignee: is invalid")
        if after["status"] in ("solved", "closed") and after["assignee_id"] is None:
            raise _invalid("base", "Assignee: is required when solving a ticket")
        if after["status"] == "new" and after["assignee_id"] is not None:
            after["status"] = "open"
        given = {one["id"]: one["value"] for one in body.get("custom_fields", [])}
        held = [{**one, "value": given.get(one["id"], one["value"])} for one in ticket["custom_fields"]]
        ticket.update(after, custom_fields=held, updated_at=self._stamp())

    def _audit(self, number: int, body: Mapping[str, Any], author: int) -> None:
        events = [{"id": next(self._ids), "type": "Change", "field_name": "status", "value": "open"}]
        if said := body.get("comment"):
            events.insert(0, {"id": next(self._ids), "type": "Comment", "public": said.get("public", True), **said})
        self.audits[number].append(
            {
                "id": next(self._ids),
                "ticket_id": number,
                "author_id": author,
                "created_at": self._stamp(),
                "metadata": {"system": {"client": "x"}, "custom": dict(body.get("metadata", {}))},
                "events": events,
            }
        )
        self.tickets[number]["updated_at"] = self._stamp()

    def _audits(self, call: Call) -> dict[str, Any]:
        return _paged(call, "audits", self.audits[self._of(call)["id"]])

    def _merge(self, call: Call) -> dict[str, Any]:
        source, target = self._of_id(call.body["ids"][0]), self._of(call)
        if "closed" in (source["status"], target["status"]):
            raise _invalid("status", "Status: closed prevents ticket update")
        number = f"job-{next(self._ids)}"
        self.jobs[number] = (source["id"], target["id"])
        return {"job_status": {"id": number, "status": "queued", "total": 1}}

    def _job(self, call: Call) -> dict[str, Any]:
        source, target = self.jobs[call.parts[0]]
        self.tickets[source].update(status="closed", tags=[*self.tickets[source]["tags"], "closed_by_merge"])
        self._audit(target, {"comment": {"body": f"Request #{source} was closed and merged.", "public": False}}, ME)
        return {"job_status": {"id": call.parts[0], "status": "completed", "total": 1}}

    def _export(self, call: Call) -> dict[str, Any]:
        if call.query.get("filter[type]") != "ticket":
            raise Refusal(400, {"error": "invalid", "description": "The filter[type] parameter is required"})
        query = call.query["query"]
        statuses = re.findall(r"status:(\w+)", query)
        found = [one for one in self.tickets.values() if one["status"] in statuses]
        for number, value in re.findall(r'custom_field_(\d+):"([^"]*)"', query):
            found = [one for one in found if {"id": int(number), "value": value} in one["custom_fields"]]
        return _paged(call, "results", [{**one, "result_type": "ticket"} for one in found])

    def _of(self, call: Call) -> dict[str, Any]:
        return self._of_id(call.parts[0])

    def _of_id(self, number: Any) -> dict[str, Any]:
        found = self.tickets.get(int(number))
        if found is None:
            raise Refusal(404, {"error": "RecordNotFound", "description": "Not found"})
        return found


_PLAIN = ("subject", "external_id", "status", "priority", "type", "group_id", "assignee_id", "tags")


def _named(name: str, numbers: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"id": number, name: word, "active": True} for word, number in numbers.items()]


def _paged(call: Call, name: str, found: Sequence[Any]) -> dict[str, Any]:
    many = min(int(call.query.get("page[size]", 100)), 100)
    start = int(call.query.get("page[after]", 0))
    more = start + many < len(found)
    return {
        name: list(found[start : start + many]),
        "meta": {"has_more": more, "after_cursor": str(start + many), "before_cursor": str(start)},
        "links": {},
    }


def _invalid(name: str, sentence: str) -> Refusal:
    details = {name: [{"description": sentence, "error": "InvalidValue"}]}
    return Refusal(422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details})
