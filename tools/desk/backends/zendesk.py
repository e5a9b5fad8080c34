"""Zendesk by its Ticketing API (https://developer.zendesk.com/api-reference/ticketing/introduction/)."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

from tools.desk.backends.http_desk import HttpDesk, moment, moment_of, stamp
from tools.desk.errors import DeskRefused, DeskUnreachable, NotMapped
from tools.desk.mapping import DeskMapping
from tools.desk.ticket_desk import NOBODY, Changes, NewRemark, NewTicket, Record, Remark
from tools.desk.wire import Patience, Wire
from tools.settings import ToolSettings
from tools.vocabulary import Status, Visibility

_KEY, _AUTHOR = "deskmate_key", "deskmate_author"  # in a comment's audit
_LOOKS = 20  # at a merge under way
_DONE = (Status.SOLVED, Status.CLOSED)


class Zendesk(HttpDesk):
    """The key is the external id. Customer and due times are ticket fields; a comment's key is in its audit."""

    def __init__(self, settings: ToolSettings, mapping: DeskMapping, patience: Patience) -> None:
        token = settings.desk_token.get_secret_value()
        # With an address the secret is an API token; alone it is one of OAuth.
        wire = Wire(
            mapping.system,
            f"{settings.desk_url.rstrip('/')}/api/v2",
            auth=(f"{settings.desk_user}/token", token) if settings.desk_user else None,
            headers={} if settings.desk_user else {"Authorization": f"Bearer {token}"},
            patience=patience,
        )
        super().__init__(mapping, wire, settings.desk_page)
        self._pause = patience.pause
        self._groups: dict[str, int] = {}
        self._fields: dict[str, int] = {}

    async def check(self) -> list[str]:
        """Whether it answers and has the groups and ticket fields that the mapping names."""
        try:
            await self._learn()
        except DeskRefused as error:
            return [str(error)]
        groups = [f"Zendesk has no group {name!r}." for name in self._map.group.all_out() if name not in self._groups]
        fields = self._map.fields.values()
        return groups + [f"Zendesk has no ticket field {name!r}." for name in fields if name not in self._fields]

    async def made_with(self, key: str) -> Record | None:
        """By the external id: read from the database, so that it is found at once."""
        async for one in self._every("tickets", "tickets", {"external_id": key}):
            return await self._record(one)
        return None

    async def ticket(self, number: str) -> Record:
        """One ticket. A merged one reads as closed."""
        return await self._record((await self._wire.get(f"tickets/{number}"))["ticket"])

    async def tickets(self, statuses: Iterable[Status], requester: str | None = None) -> AsyncIterator[Record]:
        """From the search index, which knows a ticket some minutes after its making."""
        wanted = set(statuses)
        query = " ".join(f"status:{self._map.status.out(one)}" for one in sorted(wanted))
        if requester is not None:
            query += f' custom_field_{await self._field("requester")}:"{requester}"'
        asked = {"query": query, "filter[type]": "ticket"}
        async for one in self._every("search/export", "results", asked):
            found = await self._record(one)
            if found.status in wanted and requester in (None, found.requester):
                yield found

    async def comments(self, number: str) -> list[Remark]:
        """From the audits, which hold what was sent beside a comment."""
        said = []
        async for audit in self._every(f"tickets/{number}/audits", "audits", {}):
            said += [(audit, event) for event in audit["events"] if event["type"] == "Comment"]
        read = (await self._wire.get(f"tickets/{number}"))["ticket"] if len(said) > 1 else {}
        customer = (read.get("requester_id"), _value(read, await self._field("requester")) if read else None)
        return [self._remark(audit, event, *customer) for audit, event in said[1:]]

    async def link(self, number: str, other: str) -> None:
        """Zendesk links problems and incidents alone, so it is said in an internal comment."""
        await self._say(number, f"Belongs together with #{other}")

    async def merge(self, number: str, into: str) -> None:
        """Zendesk's own merge, which is done in the background. There is no way back."""
        if (await self.ticket(number)).status is Status.CLOSED:
            return
        body = {"ids": [int(number)], "source_comment_is_public": False, "target_comment_is_public": False}
        job = (await self._wire.send("POST", f"tickets/{into}/merge", body))["job_status"]
        for _ in range(_LOOKS):
            if job["status"] == "completed":
                return
            if job["status"] in ("failed", "killed"):
                raise DeskRefused(f"Zendesk did not merge ticket {number} into {into}.")
            await asyncio.sleep(self._pause)
            job = (await self._wire.get(f"job_statuses/{job['id']}"))["job_status"]
        raise DeskUnreachable(f"Zendesk has not merged ticket {number} into {into} yet.")

    async def _create(self, ticket: NewTicket, key: str) -> str:
        body: dict[str, Any] = {
            "subject": ticket.subject,
            "comment": {"body": ticket.description, "public": True},
            "external_id": key,
            "status": self._map.status.out(Status.NEW),
            "priority": self._map.priority.out(ticket.priority),
            "type": self._map.type.out(ticket.type),
            "group_id": await self._group(str(self._map.group.out(ticket.group))),
            "tags": _tags(ticket.tags),
            "custom_fields": [
                {"id": await self._field(name), "value": value}
                for name, value in (
                    ("requester", ticket.requester),
                    ("first_reply_due", stamp(ticket.first_reply_due)),
                    ("resolution_due", stamp(ticket.resolution_due)),
                )
                if value is not None
            ],
        }
        if ticket.contact:
            body["requester"] = {"name": ticket.contact.name, "email": ticket.contact.email}
        made = await self._wire.send("POST", "tickets", {"ticket": body}, headers={"Idempotency-Key": key})
        return str(made["ticket"]["id"])

    async def _change(self, before: Record, changes: Changes) -> None:
        body: dict[str, Any] = {}
        if changes.status is not None:
            body["status"] = self._map.status.out(changes.status)
        if changes.status in _DONE and before.assignee is None:
            body["assignee_id"] = (await self._wire.get("users/me"))["user"]["id"]  # somebody must have solved it
        if changes.priority is not None:
            body["priority"] = self._map.priority.out(changes.priority)
        if changes.type is not None:
            body["type"] = self._map.type.out(changes.type)
        if changes.group is not None:
            body["group_id"] = await self._group(str(self._map.group.out(changes.group)))
        if changes.assignee is not None:
            body["assignee_id"] = None if changes.assignee == NOBODY else self._agent(changes.assignee)
        if changes.tags is not None:
            body["tags"] = _tags(changes.tags)
        dues = {name: due for name in ("first_reply_due", "resolution_due") if (due := getattr(changes, name))}
        if dues:
            body["custom_fields"] = [{"id": await self._field(name), "value": stamp(due)} for name, due in dues.items()]
        await self._wire.send("PUT", f"tickets/{before.number}", {"ticket": body})

    async def _comment(self, number: str, remark: NewRemark, key: str) -> None:
        body = {
            "comment": {"body": remark.text, "public": remark.visibility is Visibility.PUBLIC},
            "metadata": {_KEY: key, _AUTHOR: remark.author},
        }
        await self._wire.send("PUT", f"tickets/{number}", {"ticket": body})

    def _agent(self, number: str) -> int:
        account = self._map.person(number)
        if not isinstance(account, int):
            raise NotMapped(f"Zendesk has no agent for {number!r} in its mapping. Add a line under [people].")
        return account

    async def _every(self, path: str, name: str, asked: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """All pages of a list, by cursor."""
        cursor: dict[str, Any] = {}
        while True:
            read = await self._wire.get(path, {**asked, "page[size]": self._page, **cursor})
            for one in read[name]:
                yield one
            if not read["meta"]["has_more"]:
                return
            cursor = {"page[after]": read["meta"]["after_cursor"]}

    async def _learn(self) -> None:
        """The ids behind the names that the mapping gives."""
        if not self._fields:
            self._groups = {one["name"]: one["id"] async for one in self._every("groups", "groups", {})}
            self._fields = {one["title"]: one["id"] async for one in self._every("ticket_fields", "ticket_fields", {})}

    async def _group(self, name: str) -> int:
        await self._learn()
        if name not in self._groups:
            raise NotMapped(f"Zendesk has no group {name!r}. Add it there, or mend [group] of the mapping.")
        return self._groups[name]

    async def _field(self, name: str) -> int:
        await self._learn()
        title = self._map.field(name)
        if title not in self._fields:
            raise NotMapped(f"Zendesk has no ticket field {title!r}. Add it there, or mend [fields] of the mapping.")
        return self._fields[title]

    async def _record(self, read: dict[str, Any]) -> Record:
        await self._learn()
        kept = {name: _value(read, await self._field(name)) for name in self._map.fields}
        groups = {number: name for name, number in self._groups.items()}
        assignee = read["assignee_id"]
        return Record(
            number=str(read["id"]),
            key=read["external_id"],
            subject=read["subject"],
            description=read["description"],
            status=self._map.status.back(read["status"]),
            priority=self._map.priority.back(read["priority"] or ""),
            type=self._map.type.back(read["type"] or ""),
            group=self._map.group.back(groups.get(read["group_id"], "")),
            requester=kept["requester"],
            assignee=None if assignee is None else self._map.colleague(assignee),
            tags=tuple(read["tags"]),
            first_reply_due=moment(kept["first_reply_due"]),
            resolution_due=moment(kept["resolution_due"]),
            created_at=moment_of(read["created_at"]),
            updated_at=moment_of(read["updated_at"]),
        )

    def _remark(self, audit: dict[str, Any], event: dict[str, Any], account: int | None, number: str | None) -> Remark:
        """`account` and `number` are the requester's there and here."""
        ours = audit["metadata"].get("custom") or {}
        theirs = number if audit["author_id"] == account else None
        return Remark(
            id=str(event["id"]),
            key=ours.get(_KEY),
            author=ours.get(_AUTHOR) or theirs or self._map.colleague(audit["author_id"]),
            visibility=Visibility.PUBLIC if event["public"] else Visibility.INTERNAL,
            text=event["body"],
            created_at=moment_of(audit["created_at"]),
        )


def _value(read: dict[str, Any], field: int) -> str | None:
    return next((one["value"] for one in read["custom_fields"] if one["id"] == field), None)


def _tags(tags: tuple[str, ...]) -> list[str]:
    if lost := [tag for tag in tags if tag != tag.lower() or len(tag.split()) != 1]:
        raise NotMapped(f"Zendesk would not keep the tag {lost[0]!r}: tags there are single words in small letters.")
    return list(tags)
