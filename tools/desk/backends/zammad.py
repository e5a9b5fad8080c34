"""Zammad by its REST interface (https://docs.zammad.org/en/latest/api/intro.html)."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.desk.backends.http_desk import HttpDesk, mark, marked, moment, moment_of, plain, stamp
from tools.desk.errors import DeskRefused, NotMapped
from tools.desk.mapping import DeskMapping
from tools.desk.ticket_desk import NOBODY, Changes, NewRemark, NewTicket, Record, Remark
from tools.desk.wire import Patience, Wire
from tools.settings import ToolSettings
from tools.vocabulary import Status, Visibility

_NOBODY = 1  # id of the user "-", who owns what nobody has
_NOBODYS_LOGIN = "-"
_MERGED = "merged"  # a state of Zammad's own, which only a merge brings about
_REMIND = timedelta(days=3)  # Zammad wants a reminder with each pending state
_NAMES = {"expand": "true"}


class Zammad(HttpDesk):
    """Groups are groups. Key, customer, type and due times are ticket objects. A number here is Zammad's ticket id."""

    def __init__(self, settings: ToolSettings, mapping: DeskMapping, patience: Patience) -> None:
        token = settings.desk_token.get_secret_value()
        wire = Wire(
            mapping.system,
            f"{settings.desk_url.rstrip('/')}/api/v1",
            auth=(settings.desk_user, token) if settings.desk_user else None,
            headers={} if settings.desk_user else {"Authorization": f"Token token={token}"},
            patience=patience,
        )
        super().__init__(mapping, wire, settings.desk_page)
        self._states: dict[str, int] = {}

    async def check(self) -> list[str]:
        """Whether it answers and has the states, priorities, groups and ticket objects that the mapping names."""
        lacking = []
        for path, words, what in (
            ("ticket_states", self._map.status, "state"),
            ("ticket_priorities", self._map.priority, "priority"),
            ("groups", self._map.group, "group"),
        ):
            try:
                there = {one["name"] for one in await self._wire.get(path)}
            except DeskRefused as error:
                lacking.append(f"The list of each {what}: {error}")
                continue
            lacking += [f"Zammad has no {what} {name!r}." for name in words.all_out() if name not in there]
        newest = await self._wire.get("tickets/search", {"query": "*", "per_page": 1, **_NAMES})
        lacking += [
            f"Zammad's tickets have no object {name!r}."
            for name in self._map.fields.values()
            if newest and name not in newest[0]
        ]
        return lacking

    async def made_with(self, key: str) -> Record | None:
        """By a condition, which Zammad answers from its database and not from the search index."""
        async for found in self._found({f"ticket.{self._map.field('key')}": {"operator": "is", "value": key}}):
            if found.key == key:
                return found
        return None

    async def ticket(self, number: str) -> Record:
        """One ticket. A merged one reads as closed."""
        return await self._record(await self._read(number))

    async def tickets(self, statuses: Iterable[Status], requester: str | None = None) -> AsyncIterator[Record]:
        """Newest first."""
        states = [str(await self._state(str(self._map.status.out(one)))) for one in statuses]
        condition: dict[str, Any] = {"ticket.state_id": {"operator": "is", "value": states}}
        if requester is not None:
            condition[f"ticket.{self._map.field('requester')}"] = {"operator": "is", "value": requester}
        async for found in self._found(condition):
            yield found

    async def comments(self, number: str) -> list[Remark]:
        """All articles but the first, which is the description."""
        return [_remark(one) for one in (await self._articles(number))[1:]]

    async def link(self, number: str, other: str) -> None:
        """A normal link; a second one is the same one."""
        source = await self._read(number)
        known = await self._wire.get("links", {"link_object": "Ticket", "link_object_value": number})
        if any(str(one["link_object_value"]) == other for one in known["links"]):
            return
        body = {
            "link_type": "normal",
            "link_object_target": "Ticket",
            "link_object_target_value": int(other),
            "link_object_source": "Ticket",
            "link_object_source_number": source["number"],
        }
        await self._wire.send("POST", "links/add", body)

    async def merge(self, number: str, into: str) -> None:
        """Zammad's own merge. There is no way back."""
        if (await self._read(number))["state"] == _MERGED:
            return
        target = await self._read(into)
        done = await self._wire.send("PUT", f"ticket_merge/{number}/{target['number']}")
        if done["result"] != "success":
            raise DeskRefused(f"Zammad did not merge ticket {number} into {into}.")

    async def _create(self, ticket: NewTicket, key: str) -> str:
        fields = self._map.field
        if any("," in tag for tag in ticket.tags):
            raise NotMapped("Zammad parts tags at commas, so a tag with a comma in it cannot be kept there.")
        body: dict[str, Any] = {
            "title": ticket.subject,
            "group": self._map.group.out(ticket.group),
            "state": self._map.status.out(Status.NEW),
            "priority": self._map.priority.out(ticket.priority),
            "customer_id": f"guess:{ticket.contact.email}" if ticket.contact else await self._myself(),
            "tags": ",".join(ticket.tags),
            "article": {
                "subject": ticket.subject,
                "body": ticket.description,
                "content_type": "text/plain",
                "type": "note",
                "sender": "Customer",
                "internal": False,
            },
            fields("key"): key,
            fields("type"): self._map.type.out(ticket.type),
            fields("requester"): ticket.requester,
            fields("first_reply_due"): stamp(ticket.first_reply_due),
            fields("resolution_due"): stamp(ticket.resolution_due),
        }
        return str((await self._wire.send("POST", "tickets", body))["id"])

    async def _change(self, before: Record, changes: Changes) -> None:
        body: dict[str, Any] = {}
        if changes.status is not None:
            body["state"] = self._map.status.out(changes.status)
        if changes.status is Status.PENDING:
            body["pending_time"] = stamp(datetime.now(UTC) + _REMIND)
        if changes.priority is not None:
            body["priority"] = self._map.priority.out(changes.priority)
        if changes.group is not None:
            body["group"] = self._map.group.out(changes.group)
        if changes.assignee == NOBODY:
            body["owner_id"] = _NOBODY
        elif changes.assignee is not None:
            body["owner"] = self._map.person(changes.assignee)
        if changes.type is not None:
            body[self._map.field("type")] = self._map.type.out(changes.type)
        for name in ("first_reply_due", "resolution_due"):
            if (due := getattr(changes, name)) is not None:
                body[self._map.field(name)] = stamp(due)
        if body:
            await self._wire.send("PUT", f"tickets/{before.number}", body)
        if changes.tags is not None:
            await self._tag(before, changes.tags)

    async def _tag(self, before: Record, tags: tuple[str, ...]) -> None:
        about = {"object": "Ticket", "o_id": int(before.number)}
        for tag in set(tags) - set(before.tags):
            await self._wire.send("POST", "tags/add", {"item": tag, **about})
        for tag in set(before.tags) - set(tags):
            await self._wire.send("DELETE", "tags/remove", {"item": tag, **about})

    async def _comment(self, number: str, remark: NewRemark, key: str) -> None:
        body = {
            "ticket_id": int(number),
            "subject": mark(remark.author, key),
            "body": remark.text,
            "content_type": "text/plain",
            "type": "note",
            "sender": "Agent",
            "internal": remark.visibility is Visibility.INTERNAL,
        }
        await self._wire.send("POST", "ticket_articles", body)

    async def _read(self, number: str) -> dict[str, Any]:
        read: dict[str, Any] = await self._wire.get(f"tickets/{number}", _NAMES)
        return read

    async def _articles(self, number: str) -> list[dict[str, Any]]:
        read = await self._wire.get(f"ticket_articles/by_ticket/{number}")
        return sorted(read, key=lambda one: int(one["id"]))

    async def _found(self, condition: dict[str, Any]) -> AsyncIterator[Record]:
        page = 1
        while True:
            asked = {"condition": condition, "sort_by": "id", "order_by": "desc", "page": page, "per_page": self._page}
            read = await self._wire.ask("tickets/search", asked, _NAMES)
            for one in read:
                yield await self._record(one)
            if len(read) < self._page:
                return
            page += 1

    async def _state(self, name: str) -> int:
        if not self._states:
            self._states = {one["name"]: one["id"] for one in await self._wire.get("ticket_states")}
        if name not in self._states:
            raise NotMapped(f"Zammad has no state {name!r}. Add it there, or mend [status] of the mapping.")
        return self._states[name]

    async def _myself(self) -> int:
        """Zammad wants a customer on each ticket; one that nobody's address is known for has Deskmate's account."""
        return int((await self._wire.get("users/me"))["id"])

    async def _record(self, read: dict[str, Any]) -> Record:
        number, owner = str(read["id"]), read["owner"]
        articles = await self._articles(number)
        tags = await self._wire.get("tags", {"object": "Ticket", "o_id": number})

        def kept(field: str) -> Any:
            return read.get(self._map.field(field))

        return Record(
            number=number,
            key=kept("key") or None,
            subject=read["title"],
            description=_text(articles[0]) if articles else "",
            status=Status.CLOSED if read["state"] == _MERGED else self._map.status.back(read["state"]),
            priority=self._map.priority.back(read["priority"]),
            type=self._map.type.back(kept("type") or ""),
            group=self._map.group.back(read["group"]),
            requester=kept("requester") or None,
            assignee=None if owner in (None, _NOBODYS_LOGIN) else self._map.colleague(owner),
            tags=tuple(tags["tags"]),
            first_reply_due=moment(kept("first_reply_due")),
            resolution_due=moment(kept("resolution_due")),
            created_at=moment_of(read["created_at"]),
            updated_at=moment_of(read["updated_at"]),
        )


def _text(article: dict[str, Any]) -> str:
    body = str(article["body"] or "")
    return plain(body) if article["content_type"] == "text/html" else body


def _remark(article: dict[str, Any]) -> Remark:
    author, key = marked(article["subject"])
    return Remark(
        id=str(article["id"]),
        key=key,
        author=author or str(article["created_by"]),
        visibility=Visibility.INTERNAL if article["internal"] else Visibility.PUBLIC,
        text=_text(article),
        created_at=moment_of(article["created_at"]),
    )
