"""A double of Zammad, from https://docs.zammad.org/en/latest/api/ and its own error bodies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, ClassVar

from tests.connectors.site import Answer
from tests.desk.doubles.double import Call, Double, Refusal, reply

STATES = ("new", "open", "pending reminder", "closed", "merged", "on hold", "solved")
PRIORITIES = ("1 low", "2 normal", "3 high", "4 urgent")
GROUPS = ("Users", "support", "network", "billing", "field", "orders", "retention")
USERS = {1: "-", 3: "deskmate@example.com", 4: "S-01", 5: "S-02"}
_OBJECTS = ("deskmate_key", "customer_number", "first_reply_due", "resolution_due")


@dataclass
class ZammadDouble(Double):
    """States, priorities, groups, tickets, articles, tags, links."""

    asks: ClassVar[frozenset[str]] = frozenset({"/api/v1/tickets/search"})
    errors: ClassVar[Mapping[int, Answer]] = {
        401: reply({"error": "Invalid BasicAuth credentials"}, 401),
        403: reply({"error": "Not authorized", "error_human": "Not authorized"}, 403),
        404: reply(
            {"error": "Couldn't find Ticket with 'id'=9", "error_human": "Couldn't find Ticket with 'id'=9"}, 404
        ),
        422: reply({"error": "No lookup value found for 'state': \"x\""}, 422),
        429: reply({"error": "Too many requests"}, 429, (("Retry-After", "0"),)),
        500: reply({"error": "Error ID h7Jk2s: Please contact your administrator."}, 500),
    }

    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    articles: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    tags: dict[int, list[str]] = field(default_factory=dict)
    links: set[tuple[int, int]] = field(default_factory=set)
    states: tuple[str, ...] = STATES
    writer: str = "S-01"  # whose window it is that colleagues write in

    def __post_init__(self) -> None:
        super().__post_init__()
        self._ids = count(10)
        for method, pattern, handler in (
            ("GET", "/api/v1/ticket_states", lambda call: _named(self.states)),
            ("GET", "/api/v1/ticket_priorities", lambda call: _named(PRIORITIES)),
            ("GET", "/api/v1/groups", lambda call: _named(GROUPS)),
            ("GET", "/api/v1/users/me", lambda call: {"id": 3, "login": USERS[3]}),
            ("POST", "/api/v1/tickets", self._create),
            ("GET", "/api/v1/tickets/search", self._newest),
            ("POST", "/api/v1/tickets/search", self._search),
            ("GET", "/api/v1/tickets/{}", self._show),
            ("PUT", "/api/v1/tickets/{}", self._update),
            ("POST", "/api/v1/ticket_articles", self._add_article),
            ("GET", "/api/v1/ticket_articles/by_ticket/{}", lambda call: self.articles[self._of(call)["id"]]),
            ("GET", "/api/v1/tags", lambda call: {"tags": self.tags[int(call.query["o_id"])]}),
            ("POST", "/api/v1/tags/add", self._add_tag),
            ("DELETE", "/api/v1/tags/remove", self._remove_tag),
            ("GET", "/api/v1/links", self._linked),
            ("POST", "/api/v1/links/add", self._link),
            ("PUT", "/api/v1/ticket_merge/{}/{}", self._merge),
        ):
            self.route(method, pattern, handler)

    def must_be_known(self, call: Call) -> None:
        if call.headers.get("authorization") != f"Token token={self.token}":
            raise Refusal(401, {"error": "Invalid BasicAuth credentials"})

    def missing(self, call: Call) -> Refusal:
        return Refusal(404, {"error": f"No route matches [{call.method}] {call.path}"})

    def said(self, number: str, text: str, *, internal: bool) -> None:
        """In Zammad's editor, which writes HTML."""
        article = {"body": f"<div>{text}</div>", "content_type": "text/html", "internal": internal, "type": "note"}
        self._article(int(number), article, self.writer)

    def edit(self, number: str, **values: Any) -> None:
        """A colleague changes fields in Zammad."""
        self.tickets[int(number)].update(values, updated_at=self._stamp())

    def _stamp(self) -> str:
        return self.tick().strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def _create(self, call: Call) -> Answer:
        body = dict(call.body)
        if not body.get("title") or not body.get("group"):
            raise _unprocessable("Missing required value for field 'title'!")
        given, tags = body.pop("article"), body.pop("tags", "")
        number = next(self._ids)
        blank = dict.fromkeys((*_OBJECTS, "type", "pending_time"))
        at = self._stamp()
        ticket = {
            **blank,
            "id": number,
            "number": f"{53000 + number}",
            "owner": "-",
            "created_at": at,
            "updated_at": at,
        }
        self.tickets[number] = ticket
        self._set(ticket, body)
        self.tags[number] = [tag for tag in tags.split(",") if tag]
        self.articles[number] = []
        self._article(number, given, USERS[3])
        return reply(_with_ids(ticket), 201)

    def _set(self, ticket: dict[str, Any], body: Mapping[str, Any]) -> None:
        for name, value in body.items():
            if name == "owner_id":
                ticket["owner"] = USERS[value]
            elif name == "owner" and value not in USERS.values():
                raise _unprocessable(f"No lookup value found for 'owner': {value!r}")
            elif name == "customer_id" or name in (*_OBJECTS, "title", "type", "pending_time", "owner"):
                ticket[name] = value
            elif name in ("state", "priority", "group"):
                if value not in {"state": STATES, "priority": PRIORITIES, "group": GROUPS}[name]:
                    raise _unprocessable(f"No lookup value found for '{name}': {value!r}")
                ticket[name] = value
        if ticket["state"] == "pending reminder" and not ticket["pending_time"]:
            raise _unprocessable("Missing required value for field 'pending_time'!")

    def _update(self, call: Call) -> dict[str, Any]:
        ticket = self._of(call)
        self._set(ticket, call.body)
        ticket["updated_at"] = self._stamp()
        return _with_ids(ticket)

    def _show(self, call: Call) -> dict[str, Any]:
        return self._of(call) if call.query.get("expand") == "true" else _with_ids(self._of(call))

    def _of(self, call: Call) -> dict[str, Any]:
        found = self.tickets.get(int(call.parts[0]))
        if found is None:
            raise _not_found(call.parts[0])
        return found

    def _newest(self, call: Call) -> list[dict[str, Any]]:
        return list(reversed(self.tickets.values()))[call.page(most=200)]

    def _search(self, call: Call) -> list[dict[str, Any]]:
        assert call.query["expand"] == "true"
        wanted = [ticket for ticket in self.tickets.values() if _meets(ticket, call.body["condition"])]
        wanted.sort(key=lambda one: int(one["id"]), reverse=call.body["order_by"] == "desc")
        many = min(call.body["per_page"], 200)
        start = (call.body["page"] - 1) * many
        return wanted[start : start + many]

    def _add_article(self, call: Call) -> Answer:
        number = call.body["ticket_id"]
        if number not in self.tickets:
            raise _not_found(number)
        return reply(self._article(number, call.body, USERS[3]), 201)

    def _article(self, number: int, given: Mapping[str, Any], author: str) -> dict[str, Any]:
        at = self._stamp()
        article = {
            "id": next(self._ids),
            "ticket_id": number,
            "subject": given.get("subject"),
            "body": given["body"],
            "content_type": given.get("content_type", "text/plain"),
            "internal": given.get("internal", True),
            "type": given["type"],
            "sender": given.get("sender", "Agent"),
            "created_by": author,
            "created_at": at,
            "updated_at": at,
        }
        self.articles[number].append(article)
        self.tickets[number]["updated_at"] = at
        return article

    def _add_tag(self, call: Call) -> Answer:
        held = self.tags[call.body["o_id"]]
        if call.body["item"] not in held:
            held.append(call.body["item"])
        return reply(True, 201)

    def _remove_tag(self, call: Call) -> Answer:
        self.tags[call.body["o_id"]].remove(call.body["item"])
        return reply(True, 201)

    def _linked(self, call: Call) -> dict[str, Any]:
        mine = int(call.query["link_object_value"])
        others = [other for pair in self.links if mine in pair for other in pair if other != mine]
        return {
            "links": [{"link_type": "normal", "link_object": "Ticket", "link_object_value": one} for one in others],
            "assets": {},
        }

    def _link(self, call: Call) -> Answer:
        source = self._numbered(call.body["link_object_source_number"])
        pair = (source["id"], call.body["link_object_target_value"])
        if pair in self.links:
            raise _unprocessable("Link already exists")
        self.links.add(pair)
        return reply({"id": next(self._ids), "link_type_id": 1}, 201)

    def _merge(self, call: Call) -> dict[str, Any]:
        source = self._of(call)
        target = next((one for one in self.tickets.values() if one["number"] == call.parts[1]), None)
        if target is None:
            return {"result": "failed", "message": "The target ticket number could not be found."}
        source.update(state="merged", updated_at=self._stamp())
        self.articles[target["id"]].extend(self.articles[source["id"]])
        self.articles[source["id"]] = []
        return {"result": "success", "target_ticket": _with_ids(target), "source_ticket": _with_ids(source)}

    def _numbered(self, number: str) -> dict[str, Any]:
        found = next((one for one in self.tickets.values() if one["number"] == number), None)
        if found is None:
            raise _unprocessable("Invalid object number")
        return found


def _named(names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"id": number, "name": name, "active": True} for number, name in enumerate(names, 1)]


def _with_ids(ticket: Mapping[str, Any]) -> dict[str, Any]:
    """Without `expand`, relations are numbers."""
    names = {"state": STATES, "priority": PRIORITIES, "group": GROUPS}
    plain = {name: value for name, value in ticket.items() if name not in (*names, "owner")}
    return {**plain, **{f"{name}_id": words.index(ticket[name]) + 1 for name, words in names.items()}}


def _meets(ticket: Mapping[str, Any], condition: Mapping[str, Any]) -> bool:
    for name, wanted in condition.items():
        held = ticket["state"] if name == "ticket.state_id" else ticket[name.removeprefix("ticket.")]
        values = wanted["value"] if isinstance(wanted["value"], list) else [wanted["value"]]
        if name == "ticket.state_id":
            values = [STATES[int(one) - 1] for one in values]
        assert wanted["operator"] == "is"
        if held not in values:
            return False
    return True


def _unprocessable(sentence: str) -> Refusal:
    return Refusal(422, {"error": sentence, "error_human": sentence})


def _not_found(number: Any) -> Refusal:
    sentence = f"Couldn't find Ticket with 'id'={number}"
    return Refusal(404, {"error": sentence, "error_human": sentence})
