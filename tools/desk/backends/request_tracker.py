"""Request Tracker 5 by its REST 2 interface. Tested against the real server; see tests/request_tracker."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Any

from tools.desk.backends.http_desk import HttpDesk, mark, marked, moment, moment_of, stamp
from tools.desk.errors import DeskRefused
from tools.desk.mapping import DeskMapping
from tools.desk.ticket_desk import NOBODY, Changes, NewRemark, NewTicket, Record, Remark
from tools.desk.wire import Patience, Wire
from tools.settings import ToolSettings
from tools.vocabulary import Status, Visibility

_NOBODY = "Nobody"
_VISIBILITY = {"Comment": Visibility.INTERNAL, "Correspond": Visibility.PUBLIC}
_POSTED = {Visibility.INTERNAL: "comment", Visibility.PUBLIC: "correspond"}
_TICKET = {
    "fields": "Subject,Status,Priority,Queue,Owner,Due,CustomFields,Created,LastUpdated",
    "fields[Queue]": "Name",
}


class RequestTracker(HttpDesk):
    """Queues are groups. Key, customer, type, tags and the first reply's time are custom fields."""

    def __init__(self, settings: ToolSettings, mapping: DeskMapping, patience: Patience) -> None:
        token = settings.desk_token.get_secret_value()
        # With a user name the secret is a password; alone it is a token of RT::Authen::Token, which RT 5 has built in.
        wire = Wire(
            mapping.system,
            f"{settings.desk_url.rstrip('/')}/REST/2.0",
            auth=(settings.desk_user, token) if settings.desk_user else None,
            headers={} if settings.desk_user else {"Authorization": f"token {token}"},
            patience=patience,
        )
        super().__init__(mapping, wire, settings.desk_page)

    async def check(self) -> list[str]:
        """Whether it answers and has the queues and custom fields that the mapping names."""
        lacking = []
        for queue in self._map.group.all_out():
            try:
                read = await self._wire.get(f"queue/{queue}")
            except DeskRefused as error:
                lacking.append(f"Queue {queue!r}: {error}")
                continue
            there = {one["name"] for one in read["TicketCustomFields"]}
            lacking += [
                f"Queue {queue!r} has no custom field {name!r} that Deskmate's account may see."
                for name in self._map.fields.values()
                if name not in there
            ]
        return lacking

    async def made_with(self, key: str) -> Record | None:
        """By the custom field that holds the key: read from the database, so that it is found at once."""
        query = f"'CF.{{{self._map.field('key')}}}' = {_quoted(key)}"
        async for found in self._found(query):
            return found
        return None

    async def ticket(self, number: str) -> Record:
        """One ticket. A merged one reads as the one it went into."""
        return await self._record(await self._wire.get(f"ticket/{number}", _TICKET))

    async def tickets(self, statuses: Iterable[Status], requester: str | None = None) -> AsyncIterator[Record]:
        """Newest first."""
        wanted = " OR ".join(f"Status = {_quoted(self._map.status.out(one))}" for one in statuses)
        query = f"({wanted})"
        if requester is not None:
            query += f" AND 'CF.{{{self._map.field('requester')}}}' = {_quoted(requester)}"
        async for found in self._found(query):
            yield found

    async def comments(self, number: str) -> list[Remark]:
        """Text stands in attachments, kind and author in the history."""
        said = {}
        fields = {"fields": "Type,Creator,Created"}
        async for one in self._pages(f"ticket/{number}/history", fields):
            if one["Type"] in _VISIBILITY:
                said[str(one["id"])] = one
        remarks: dict[str, Remark] = {}
        texts = {"fields": "Subject,Content,TransactionId,ContentType"}
        async for part in self._pages(f"ticket/{number}/attachments", texts):
            entry = said.get(_id(part["TransactionId"]))
            if entry and str(entry["id"]) not in remarks and part.get("Content") is not None:
                remarks[str(entry["id"])] = _remark(entry, part)
        return [remarks[number] for number in sorted(remarks, key=int)]

    async def link(self, number: str, other: str) -> None:
        """A link of the kind `refers to`; a second one is the same one."""
        await self._wire.send("PUT", f"ticket/{number}", {"AddRefersTo": other})

    async def merge(self, number: str, into: str) -> None:
        """Request Tracker's own merge. There is no way back."""
        await self._wire.send("PUT", f"ticket/{number}", {"MergeInto": into})

    async def _create(self, ticket: NewTicket, key: str) -> str:
        fields = self._map.field
        custom: dict[str, Any] = {fields("key"): key, fields("type"): self._map.type.out(ticket.type)}
        if ticket.requester:
            custom[fields("requester")] = ticket.requester
        if ticket.tags:
            custom[fields("tags")] = list(ticket.tags)
        if ticket.first_reply_due:
            custom[fields("first_reply_due")] = stamp(ticket.first_reply_due)
        body: dict[str, Any] = {
            "Queue": self._map.group.out(ticket.group),
            "Subject": ticket.subject,
            "Content": ticket.description,
            "ContentType": "text/plain",
            "Status": self._map.status.out(Status.NEW),
            "Priority": self._map.priority.out(ticket.priority),
            "CustomFields": custom,
        }
        if ticket.resolution_due:
            body["Due"] = _date(ticket.resolution_due)
        if ticket.contact:
            body["Requestor"] = ticket.contact.email
        return str((await self._wire.send("POST", "ticket", body))["id"])

    async def _change(self, before: Record, changes: Changes) -> None:
        body: dict[str, Any] = {}
        custom: dict[str, Any] = {}
        if changes.status is not None:
            body["Status"] = self._map.status.out(changes.status)
        if changes.priority is not None:
            body["Priority"] = self._map.priority.out(changes.priority)
        if changes.group is not None:
            body["Queue"] = self._map.group.out(changes.group)
        if changes.assignee is not None:
            body["Owner"] = _NOBODY if changes.assignee == NOBODY else changes.assignee
        if changes.resolution_due is not None:
            body["Due"] = _date(changes.resolution_due)
        if changes.type is not None:
            custom[self._map.field("type")] = self._map.type.out(changes.type)
        if changes.tags is not None:
            custom[self._map.field("tags")] = list(changes.tags)
        if changes.first_reply_due is not None:
            custom[self._map.field("first_reply_due")] = stamp(changes.first_reply_due)
        await self._wire.send(
            "PUT", f"ticket/{before.number}", {**body, **({"CustomFields": custom} if custom else {})}
        )

    async def _comment(self, number: str, remark: NewRemark, key: str) -> None:
        body = {"Content": remark.text, "ContentType": "text/plain", "Subject": mark(remark.author, key)}
        await self._wire.send("POST", f"ticket/{number}/{_POSTED[remark.visibility]}", body)

    async def _found(self, query: str) -> AsyncIterator[Record]:
        asked = {"query": query, "orderby": "id", "order": "DESC", **_TICKET}
        async for one in self._pages("tickets", asked):
            yield await self._record(one)

    async def _pages(self, path: str, params: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        page = 1
        while True:
            read = await self._wire.get(path, {**params, "per_page": self._page, "page": page})
            for one in read["items"]:
                yield one
            # `total` and `pages` are null where rights hide rows, so an empty page is the end.
            if not read["items"] or read.get("pages") == page:
                return
            page += 1

    async def _record(self, read: dict[str, Any]) -> Record:
        custom = {one["name"]: one["values"] for one in read["CustomFields"]}

        def only(field: str) -> str | None:
            values = custom.get(self._map.field(field)) or []
            return str(values[0]) if values else None

        number, owner = _id(read["id"]), _id(read["Owner"])
        return Record(
            number=number,
            key=only("key"),
            subject=read["Subject"],
            description=await self._description(number),
            status=self._map.status.back(read["Status"]),
            priority=self._map.priority.back(int(read["Priority"])),
            type=self._map.type.back(only("type") or ""),
            group=self._map.group.back(read["Queue"]["Name"]),
            requester=only("requester"),
            assignee=None if owner == _NOBODY else owner,
            tags=tuple(custom.get(self._map.field("tags")) or ()),
            first_reply_due=moment(only("first_reply_due")),
            resolution_due=moment(read["Due"]),
            created_at=moment_of(read["Created"]),
            updated_at=moment_of(read["LastUpdated"]),
        )

    async def _description(self, number: str) -> str:
        read = await self._wire.get(f"ticket/{number}/attachments", {"fields": "Content", "per_page": 1, "page": 1})
        return str(read["items"][0].get("Content") or "") if read["items"] else ""


def _date(when: datetime) -> str:
    """UTC as a database writes it: the one form that Request Tracker reads alike on making and on changing."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _id(value: Any) -> str:
    return str(value["id"] if isinstance(value, dict) else value)


def _quoted(value: object) -> str:
    """A value in a TicketSQL query."""
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


def _remark(entry: dict[str, Any], part: dict[str, Any]) -> Remark:
    author, key = marked(part.get("Subject"))
    return Remark(
        id=str(entry["id"]),
        key=key,
        author=author or _id(entry["Creator"]),
        visibility=_VISIBILITY[entry["Type"]],
        text=part["Content"],
        created_at=moment_of(entry["Created"]),
    )
