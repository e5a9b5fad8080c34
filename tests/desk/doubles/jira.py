"""A double of Jira Service Management (cloud), from developer.atlassian.com/cloud/jira/platform/rest/v3/."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, ClassVar

from tests.connectors.site import Answer
from tests.desk.doubles.double import Call, Double, Refusal, reply

ME, LENA, MARA = "5b10a2844c20165700ede21g", "5b10ac8d82e05b22cc7d4ef5", "qm:9d2e7b:mara"
FIELDS = {
    "Summary": "summary",
    "Request Type": "customfield_10010",
    "Deskmate key": "customfield_10050",
    "Customer number": "customfield_10051",
    "Kind of request": "customfield_10052",
    "Team": "customfield_10053",
    "First reply due": "customfield_10054",
    "Solution due": "customfield_10055",
}
OPTIONS = {
    "customfield_10052": ("question", "incident", "problem", "task"),
    "customfield_10053": ("support", "network", "billing", "field", "orders", "retention"),
}
PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
STEPS = {
    "Open": ("In Progress", "Waiting for customer", "Pending", "Resolved"),
    "In Progress": ("Waiting for customer", "Pending", "Resolved"),
    "Waiting for customer": ("In Progress", "Pending", "Resolved"),
    "Pending": ("In Progress", "Waiting for customer", "Resolved"),
    "Resolved": ("In Progress", "Closed"),
    "Closed": (),
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}")


@dataclass
class JiraDouble(Double):
    """One project with a workflow, issues, comments with properties, links."""

    user: ClassVar[str] = "deskmate@example.com"
    colleague: ClassVar[str | int] = LENA
    mara: ClassVar[str] = MARA  # the customer's account
    asks: ClassVar[frozenset[str]] = frozenset({"/rest/api/3/search/jql", "/rest/api/3/comment/list"})
    errors: ClassVar[Mapping[int, Answer]] = {
        400: reply({"errorMessages": [], "errors": {"priority": "The priority selected is invalid."}}, 400),
        401: reply({"message": "Client must be authenticated to access this resource.", "status-code": 401}, 401),
        403: reply({"errorMessages": ["You do not have permission to create issues in this project."]}, 403),
        404: reply(
            {"errorMessages": ["Issue does not exist or you do not have permission to see it."], "errors": {}}, 404
        ),
        409: reply({"errorMessages": ["There was a conflict while updating the issue."], "errors": {}}, 409),
        422: reply({"errorMessages": ["The limit for issues in this project was reached."], "errors": {}}, 422),
        429: reply(
            {"errorMessages": ["Rate limit exceeded."]},
            429,
            (("Retry-After", "0"), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "2026-11-24T13:00Z")),
        ),
        500: reply({"errorMessages": ["Internal server error"], "errors": {}}, 500),
    }

    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    said_on: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    heeds_internal: bool = True
    writer: str = LENA  # whose window it is that people write in

    def __post_init__(self) -> None:
        super().__post_init__()
        self._ids = count(10001)
        for method, pattern, handler in (
            ("GET", "field", lambda call: [_field(name, number) for name, number in FIELDS.items()]),
            ("GET", "priority/search", lambda call: _page(call, "values", [{"name": one} for one in PRIORITIES])),
            ("GET", "project/SUP/statuses", self._statuses),
            ("GET", "user/search", self._people),
            ("POST", "search/jql", self._search),
            ("POST", "comment/list", self._listed),
            ("POST", "issue", self._create),
            ("GET", "issue/{}", lambda call: self._shown(self._of(call), call.query["fields"].split(","))),
            ("PUT", "issue/{}", self._edit),
            ("GET", "issue/{}/transitions", self._steps),
            ("POST", "issue/{}/transitions", self._step),
            ("GET", "issue/{}/comment", lambda call: _page(call, "comments", self._comments(self._of(call)["key"]))),
            ("POST", "issue/{}/comment", self._comment),
            ("POST", "issueLink", self._link),
        ):
            self.route(method, f"/rest/api/3/{pattern}", handler)

    def must_be_known(self, call: Call) -> None:
        basic = base64.b64encode(f"{self.user}:{self.token}".encode()).decode()
        if call.headers.get("authorization") != f"Basic {basic}":
            raise Refusal(401, {"message": "Client must be authenticated to access this resource.", "status-code": 401})

    def missing(self, call: Call) -> Refusal:
        return Refusal(404, {"message": f"null for uri: {call.path}", "status-code": 404})

    def said(self, number: str, text: str, *, internal: bool) -> None:
        """An agent writes a comment in Jira."""
        body = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [_text(text)]}]}
        properties = [{"key": "sd.public.comment", "value": {"internal": True}}] if internal else []
        self._write(number, body, properties, self.writer)

    def edit(self, number: str, **values: Any) -> None:
        """An agent changes fields in Jira."""
        self.issues[number]["fields"].update(values, updated=self._stamp())

    def _stamp(self) -> str:
        return self.tick().strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    def _people(self, call: Call) -> list[dict[str, Any]]:
        return [{"accountId": MARA}] if call.query["query"] == "mara@example.com" else []

    def _statuses(self, call: Call) -> list[dict[str, Any]]:
        return [{"name": "[System] Service request", "statuses": [{"name": one} for one in STEPS]}]

    def _create(self, call: Call) -> Answer:
        given = call.body["fields"]
        if not given.get("summary"):
            raise _invalid("summary", "You must specify a summary of the issue.")
        if given["project"] != {"key": "SUP"}:
            raise _invalid("project", "valid project is required")
        number, at = next(self._ids), self._stamp()
        fields: dict[str, Any] = dict.fromkeys((*FIELDS.values(), "assignee"))
        fields["reporter"] = {"accountId": ME}
        fields |= {"issuelinks": [], "labels": [], "created": at, "status": {"name": "Open"}}
        issue: dict[str, Any] = {"id": str(number), "key": f"SUP-{number - 10000}", "fields": fields}
        self._set(issue, given)
        self.issues[issue["key"]], self.said_on[issue["key"]] = issue, []
        return reply({"id": issue["id"], "key": issue["key"], "self": f"{self.url}/rest/api/3/issue/{number}"}, 201)

    def _set(self, issue: dict[str, Any], given: Mapping[str, Any]) -> None:
        for name, value in given.items():
            if name == "priority" and value["name"] not in PRIORITIES:
                raise _invalid("priority", "The priority selected is invalid.")
            if name in OPTIONS and value["value"] not in OPTIONS[name]:
                raise _invalid(name, "Option value is not valid")
            if name in ("customfield_10054", "customfield_10055") and not _TIME.fullmatch(value):
                raise _invalid(name, "Operation value must be a string in the format yyyy-MM-dd'T'HH:mm:ss.SSSZ")
            if name == "labels" and any(" " in one for one in value):
                raise _invalid("labels", "The label contains spaces which is invalid.")
            if name == "description":
                _must_be_a_document(value)
            if name == "assignee" and value["accountId"] not in (None, ME, LENA):
                raise _invalid("assignee", "User does not exist.")
            if name == "status":
                raise _invalid("status", "Field 'status' cannot be set.")
            empty = name == "assignee" and value["accountId"] is None
            issue["fields"][name] = None if empty else value
        issue["fields"]["updated"] = self._stamp()

    def _edit(self, call: Call) -> Answer:
        self._set(self._of(call), call.body["fields"])
        return reply(None, 204)

    def _steps(self, call: Call) -> dict[str, Any]:
        names = STEPS[self._of(call)["fields"]["status"]["name"]]
        shown = {"fields": {"resolution": {"required": True}}}
        return {
            "transitions": [
                {"id": str(list(STEPS).index(one)), "name": f"To {one}", "to": {"name": one}}
                | (shown if one == "Resolved" else {"fields": {}})
                for one in names
            ]
        }

    def _step(self, call: Call) -> Answer:
        issue, wanted = self._of(call), list(STEPS)[int(call.body["transition"]["id"])]
        if wanted not in STEPS[issue["fields"]["status"]["name"]]:
            raise Refusal(400, {"errorMessages": ["It seems that you have tried to perform an illegal operation."]})
        if wanted == "Resolved" and not call.body.get("fields", {}).get("resolution"):
            raise _invalid("resolution", "Resolution is required.")
        issue["fields"].update(status={"name": wanted}, updated=self._stamp())
        return reply(None, 204)

    def _comment(self, call: Call) -> Answer:
        issue = self._of(call)
        properties = [
            one for one in call.body["properties"] if self.heeds_internal or one["key"] != "sd.public.comment"
        ]
        return reply(self._write(issue["key"], call.body["body"], properties, ME), 201)

    def _write(self, number: str, body: Any, properties: list[dict[str, Any]], author: str) -> dict[str, Any]:
        _must_be_a_document(body)
        comment = {
            "id": str(next(self._ids)),
            "author": {"accountId": author, "displayName": "Lena"},
            "body": body,
            "created": self._stamp(),
            "jsdPublic": not any(one["key"] == "sd.public.comment" and one["value"]["internal"] for one in properties),
            "properties": properties,
        }
        self.said_on[number].append(comment)
        return comment

    def _comments(self, number: str) -> list[dict[str, Any]]:
        """As the list of an issue's comments shows them: without properties."""
        return [{name: value for name, value in one.items() if name != "properties"} for one in self.said_on[number]]

    def _listed(self, call: Call) -> dict[str, Any]:
        wanted = {str(one) for one in call.body["ids"]}
        found = [one for said in self.said_on.values() for one in said if one["id"] in wanted]
        if call.query.get("expand") != "properties":
            found = [{name: value for name, value in one.items() if name != "properties"} for one in found]
        return {"startAt": 0, "maxResults": 1000, "total": len(found), "isLast": True, "values": found}

    def _link(self, call: Call) -> Answer:
        one, two = call.body["inwardIssue"]["key"], call.body["outwardIssue"]["key"]
        if not {one, two} <= set(self.issues):
            raise self.missing(call)
        kind = {"name": call.body["type"]["name"]}
        self.issues[one]["fields"]["issuelinks"].append({"type": kind, "outwardIssue": {"key": two}})
        self.issues[two]["fields"]["issuelinks"].append({"type": kind, "inwardIssue": {"key": one}})
        return reply(None, 201)

    def _search(self, call: Call) -> dict[str, Any]:
        jql = call.body["jql"]
        if not jql.startswith('project = "SUP" AND'):
            raise Refusal(400, {"errorMessages": ["Unbounded JQL queries are not allowed here."], "errors": {}})
        found = list(self.issues.values())
        if statuses := re.search(r"status in \(([^)]*)\)", jql):
            wanted = re.findall(r'"([^"]*)"', statuses[1])
            found = [one for one in found if one["fields"]["status"]["name"] in wanted]
        for name, words in re.findall(r'"([^"]*)" ~ "([^"]*)"', jql):
            found = [one for one in found if words in (one["fields"].get(FIELDS[name]) or "")]
        found.sort(key=lambda one: int(one["id"]), reverse="ORDER BY created DESC" in jql)
        start, many = int(call.body.get("nextPageToken", 0)), call.body["maxResults"]
        page = [self._shown(one, call.body["fields"]) for one in found[start : start + many]]
        more = {"nextPageToken": str(start + many)} if start + many < len(found) else {}
        return {"issues": page, "isLast": not more, **more}

    def _shown(self, issue: Mapping[str, Any], fields: list[str]) -> dict[str, Any]:
        return {**issue, "fields": {name: issue["fields"].get(name) for name in fields}}

    def _of(self, call: Call) -> dict[str, Any]:
        found = self.issues.get(call.parts[0])
        if found is None:
            sentence = "Issue does not exist or you do not have permission to see it."
            raise Refusal(404, {"errorMessages": [sentence], "errors": {}})
        return found


def _field(name: str, number: str) -> dict[str, Any]:
    kind = {"custom": "com.atlassian.servicedesk:vp-origin"} if name == "Request Type" else {}
    return {"id": number, "key": number, "name": name, "custom": number.startswith("custom"), "schema": kind}


def _page(call: Call, name: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    start, many = int(call.query.get("startAt", 0)), min(int(call.query.get("maxResults", 50)), 100)
    return {"startAt": start, "maxResults": many, "total": len(found), name: found[start : start + many]}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _must_be_a_document(body: Any) -> None:
    if not isinstance(body, dict) or (body.get("type"), body.get("version")) != ("doc", 1):
        raise _invalid("comment", "Operation value must be an Atlassian Document (see the Atlassian Document Format)")
    for block in body["content"]:
        for one in block["content"]:
            if (one["type"] == "text" and not one["text"]) or "\n" in one.get("text", ""):
                raise _invalid("comment", "INVALID_INPUT")


def _invalid(name: str, sentence: str) -> Refusal:
    return Refusal(400, {"errorMessages": [], "errors": {name: sentence}})
