"""Jira Service Management on Atlassian's cloud (https://developer.atlassian.com/cloud/jira/platform/rest/v3/)."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Any

from tools.desk.backends.http_desk import HttpDesk, moment, moment_of
from tools.desk.backends.jira_text import document, text_of
from tools.desk.errors import DeskRefused, NotMapped
from tools.desk.mapping import DeskMapping
from tools.desk.ticket_desk import NOBODY, Changes, NewRemark, NewTicket, Record, Remark
from tools.desk.wire import Patience, Wire
from tools.settings import ToolSettings
from tools.vocabulary import Status, Visibility

_MARK, _PUBLIC = "deskmate", "sd.public.comment"  # properties of a comment
_RELATES, _DUPLICATES = "Relates", "Duplicate"  # types of links that each Jira has
_OWN = ("key", "requester", "type", "group", "first_reply_due", "resolution_due")
_REQUEST_TYPE = "com.atlassian.servicedesk:vp-origin"  # what the field "Request Type" is made of
_SYSTEM = ("summary", "description", "status", "priority", "assignee", "labels", "created", "updated", "issuelinks")


class Jira(HttpDesk):
    """Issues of one project. Key, customer, type, team and due times are custom fields; tags are labels."""

    def __init__(self, settings: ToolSettings, mapping: DeskMapping, patience: Patience) -> None:
        token = settings.desk_token.get_secret_value()
        wire = Wire(
            mapping.system,
            f"{settings.desk_url.rstrip('/')}/rest/api/3",
            auth=(settings.desk_user, token) if settings.desk_user else None,
            headers={} if settings.desk_user else {"Authorization": f"Bearer {token}"},
            patience=patience,
        )
        super().__init__(mapping, wire, settings.desk_page)
        self._fields: dict[str, str] = {}  # name -> id
        self._request_type = ""

    async def check(self) -> list[str]:
        """Whether it answers and has the project, statuses, priorities and fields that the mapping names."""
        try:
            await self._learn()
            kinds = await self._wire.get(f"project/{self._map.field('project')}/statuses")
        except DeskRefused as error:
            return [f"Project {self._map.field('project')}: {error}"]
        mine = next((one for one in kinds if one["name"] == self._map.field("issue_type")), None)
        if mine is None:
            return [f"Project {self._map.field('project')} has no issue type {self._map.field('issue_type')!r}."]
        statuses = {one["name"] for one in mine["statuses"]}
        priorities = {one["name"] async for one in self._pages("priority/search", "values")}
        lacking = [
            f"Jira's workflow has no status {one!r}." for one in self._map.status.all_out() if one not in statuses
        ]
        lacking += [f"Jira has no priority {one!r}." for one in self._map.priority.all_out() if one not in priorities]
        names = [self._map.field(one) for one in _OWN]
        return lacking + [f"Jira has no field {name!r}." for name in names if name not in self._fields]

    async def made_with(self, key: str) -> Record | None:
        """By the field that holds the key: from the search index, which knows an issue after some seconds."""
        async for one in self._found(f"{_quoted(self._map.field('key'))} ~ {_quoted(key)}"):
            if one.key == key:
                return one
        return None

    async def ticket(self, number: str) -> Record:
        """One issue."""
        return await self._record(await self._read(number))

    async def tickets(self, statuses: Iterable[Status], requester: str | None = None) -> AsyncIterator[Record]:
        """Newest first."""
        wanted = ", ".join(_quoted(str(self._map.status.out(one))) for one in statuses)
        query = f"status in ({wanted})"
        if requester is not None:
            query += f" AND {_quoted(self._map.field('requester'))} ~ {_quoted(requester)}"
        async for one in self._found(query):
            if requester in (None, one.requester):  # `~` finds words
                yield one

    async def comments(self, number: str) -> list[Remark]:
        """All comments; their properties tell ours, and which of them customers see."""
        await self._learn()
        listed = [one async for one in self._pages(f"issue/{number}/comment", "comments", {"orderBy": "created"})]
        if not listed:
            return []
        marks: dict[str, dict[str, Any]] = {}
        for start in range(0, len(listed), self._page):
            asked = {"ids": [int(one["id"]) for one in listed[start : start + self._page]]}
            read = await self._wire.ask("comment/list", asked, {"expand": "properties"})
            for one in read["values"]:
                marks[str(one["id"])] = {each["key"]: each["value"] for each in one.get("properties", [])}
        whose = {"fields": f"reporter,{self._id('requester')}"}
        fields = (await self._wire.get(f"issue/{number}", whose))["fields"]
        customer = ((fields["reporter"] or {}).get("accountId"), fields[self._id("requester")])
        return [self._remark(one, marks.get(str(one["id"]), {}), *customer) for one in listed]

    async def link(self, number: str, other: str) -> None:
        """A link of the type Relates; a second one is the same one."""
        await self._link(_RELATES, number, other)

    async def merge(self, number: str, into: str) -> None:
        """Jira has no merge: the issue is linked as a duplicate and closed."""
        await self._link(_DUPLICATES, number, into)
        if (await self.ticket(number)).status is not Status.CLOSED:
            if not await self._can_become(number, Status.CLOSED):
                await self._become(number, Status.SOLVED)
            await self._become(number, Status.CLOSED)

    async def _create(self, ticket: NewTicket, key: str) -> str:
        await self._learn()
        fields: dict[str, Any] = {
            "project": {"key": self._map.field("project")},
            "issuetype": {"name": self._map.field("issue_type")},
            "summary": ticket.subject,
            "description": document(ticket.description),
            "priority": {"name": self._map.priority.out(ticket.priority)},
            "labels": _labels(ticket.tags),
            self._id("key"): key,
            self._id("requester"): ticket.requester,
            self._id("type"): {"value": self._map.type.out(ticket.type)},
            self._id("group"): {"value": self._map.group.out(ticket.group)},
            self._id("first_reply_due"): _stamp(ticket.first_reply_due),
            self._id("resolution_due"): _stamp(ticket.resolution_due),
        }
        if self._map.fields.get("request_type") and self._request_type:
            fields[self._request_type] = self._map.field("request_type")
        if ticket.contact and (account := await self._account(ticket.contact.email)):
            fields["reporter"] = {"accountId": account}
        given = {name: value for name, value in fields.items() if value is not None}
        return str((await self._wire.send("POST", "issue", {"fields": given}))["key"])

    async def _change(self, before: Record, changes: Changes) -> None:
        await self._learn()
        fields: dict[str, Any] = {}
        if changes.priority is not None:
            fields["priority"] = {"name": self._map.priority.out(changes.priority)}
        if changes.type is not None:
            fields[self._id("type")] = {"value": self._map.type.out(changes.type)}
        if changes.group is not None:
            fields[self._id("group")] = {"value": self._map.group.out(changes.group)}
        if changes.assignee is not None:
            nobody = changes.assignee == NOBODY
            fields["assignee"] = {"accountId": None if nobody else self._map.person(changes.assignee)}
        if changes.tags is not None:
            fields["labels"] = _labels(changes.tags)
        for name in ("first_reply_due", "resolution_due"):
            if (due := getattr(changes, name)) is not None:
                fields[self._id(name)] = _stamp(due)
        if fields:
            await self._wire.send("PUT", f"issue/{before.number}", {"fields": fields})
        if changes.status is not None:
            await self._become(before.number, changes.status)

    async def _comment(self, number: str, remark: NewRemark, key: str) -> None:
        properties: list[dict[str, Any]] = [{"key": _MARK, "value": {"key": key, "author": remark.author}}]
        if remark.visibility is Visibility.INTERNAL:
            properties.append({"key": _PUBLIC, "value": {"internal": True}})
        body = {"body": document(remark.text), "properties": properties}
        await self._wire.send("POST", f"issue/{number}/comment", body)

    async def _become(self, number: str, status: Status) -> None:
        step = await self._step(number, status)
        if step is None:
            raise DeskRefused(f"Jira's workflow lets nobody set {number} to {self._map.status.out(status)} from there.")
        body: dict[str, Any] = {"transition": {"id": step["id"]}}
        if "resolution" in step.get("fields", {}):
            body["fields"] = {"resolution": {"name": self._map.field("resolution")}}
        await self._wire.send("POST", f"issue/{number}/transitions", body)

    async def _can_become(self, number: str, status: Status) -> bool:
        return await self._step(number, status) is not None

    async def _step(self, number: str, status: Status) -> dict[str, Any] | None:
        read = await self._wire.get(f"issue/{number}/transitions", {"expand": "transitions.fields"})
        wanted = self._map.status.out(status)
        return next((one for one in read["transitions"] if one["to"]["name"] == wanted), None)

    async def _link(self, kind: str, number: str, other: str) -> None:
        for one in (await self._read(number))["fields"]["issuelinks"]:
            there = one.get("inwardIssue") or one.get("outwardIssue")
            if one["type"]["name"] == kind and there["key"] == other:
                return
        body = {"type": {"name": kind}, "inwardIssue": {"key": number}, "outwardIssue": {"key": other}}
        await self._wire.send("POST", "issueLink", body)

    async def _account(self, email: str) -> str | None:
        """The one customer who has that address there, if there is one."""
        found = await self._wire.get("user/search", {"query": email})
        return str(found[0]["accountId"]) if len(found) == 1 else None

    async def _read(self, number: str) -> dict[str, Any]:
        await self._learn()
        read: dict[str, Any] = await self._wire.get(f"issue/{number}", {"fields": ",".join(self._wanted())})
        return read

    async def _found(self, query: str) -> AsyncIterator[Record]:
        await self._learn()
        jql = f"project = {_quoted(self._map.field('project'))} AND {query} ORDER BY created DESC"
        asked: dict[str, Any] = {"jql": jql, "maxResults": self._page, "fields": self._wanted()}
        while True:
            read = await self._wire.ask("search/jql", asked)
            for one in read["issues"]:
                yield await self._record(one)
            if not read.get("nextPageToken"):
                return
            asked["nextPageToken"] = read["nextPageToken"]

    async def _pages(self, path: str, name: str, asked: dict[str, Any] | None = None) -> AsyncIterator[dict[str, Any]]:
        start = 0
        while True:
            read = await self._wire.get(path, {**(asked or {}), "startAt": start, "maxResults": self._page})
            for one in read[name]:
                yield one
            start += len(read[name])
            if not read[name] or start >= read["total"]:
                return

    def _wanted(self) -> list[str]:
        return [*_SYSTEM, *(self._id(one) for one in _OWN)]

    async def _learn(self) -> None:
        """The ids behind the fields that the mapping names."""
        if not self._fields:
            read = await self._wire.get("field")
            self._fields = {one["name"]: one["id"] for one in read}
            self._request_type = next(
                (one["id"] for one in read if one.get("schema", {}).get("custom") == _REQUEST_TYPE), ""
            )

    def _id(self, field: str) -> str:
        name = self._map.field(field)
        if name not in self._fields:
            raise NotMapped(f"Jira has no field {name!r}. Add it there, or mend [fields] of the mapping.")
        return self._fields[name]

    async def _record(self, read: dict[str, Any]) -> Record:
        fields = read["fields"]
        assignee = fields["assignee"]

        def own(field: str) -> Any:
            return fields.get(self._id(field))

        return Record(
            number=read["key"],
            key=own("key"),
            subject=fields["summary"],
            description=text_of(fields["description"]),
            status=self._map.status.back(fields["status"]["name"]),
            priority=self._map.priority.back((fields["priority"] or {}).get("name", "")),
            type=self._map.type.back((own("type") or {}).get("value", "")),
            group=self._map.group.back((own("group") or {}).get("value", "")),
            requester=own("requester"),
            assignee=self._map.colleague(assignee["accountId"]) if assignee else None,
            tags=tuple(fields["labels"]),
            first_reply_due=moment(own("first_reply_due")),
            resolution_due=moment(own("resolution_due")),
            created_at=moment_of(fields["created"]),
            updated_at=moment_of(fields["updated"]),
        )

    def _remark(
        self, read: dict[str, Any], properties: dict[str, Any], account: str | None, number: str | None
    ) -> Remark:
        """`account` and `number` are the reporter's there and here."""
        theirs = number if read["author"]["accountId"] == account else None
        ours = properties.get(_MARK, {})
        hidden = properties.get(_PUBLIC, {}).get("internal", False) or not read.get("jsdPublic", True)
        return Remark(
            id=str(read["id"]),
            key=ours.get("key"),
            author=ours.get("author") or theirs or self._map.colleague(read["author"]["accountId"]),
            visibility=Visibility.INTERNAL if hidden else Visibility.PUBLIC,
            text=text_of(read["body"]),
            created_at=moment_of(read["created"]),
        )


def _stamp(when: datetime | None) -> str | None:
    """`2026-11-25T02:00:00.000+0000`, the one form that Jira takes."""
    return None if when is None else when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _labels(tags: tuple[str, ...]) -> list[str]:
    if lost := [tag for tag in tags if len(tag.split()) != 1]:
        raise NotMapped(f"Jira's labels hold no spaces, so the tag {lost[0]!r} cannot be kept there.")
    return list(tags)


def _quoted(text: str) -> str:
    """A value in a JQL query."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
