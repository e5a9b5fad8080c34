"""GitHub Issues by the REST API (https://docs.github.com/en/rest/issues). The address names a private repository."""

import json
import re
from collections.abc import AsyncIterator, Iterable
from typing import Any, TypeVar

from tools.desk.backends.http_desk import HttpDesk, moment, moment_of, stamp
from tools.desk.errors import DeskRefused, NotMapped
from tools.desk.mapping import DeskMapping, Words
from tools.desk.ticket_desk import NOBODY, Changes, NewRemark, NewTicket, Record, Remark
from tools.desk.wire import Patience, Wire
from tools.settings import ToolSettings
from tools.vocabulary import Status, Visibility, Word

_MARK = re.compile(r"\n*<!-- deskmate (?P<kept>\{[^\n]*\}) -->\s*$")
_PUBLIC = "/public"  # the first line of a colleague's comment that is meant for the customer
_DONE = (Status.SOLVED, Status.CLOSED)
_CLOSED = "closed"
_DUES = ("first_reply_due", "resolution_due")
W = TypeVar("W", bound=Word)


class GitHub(HttpDesk):
    """Labels hold what has words; key, due times and a comment's author stand in a remark at the end of the text."""

    def __init__(self, settings: ToolSettings, mapping: DeskMapping, patience: Patience) -> None:
        wire = Wire(
            mapping.system,
            settings.desk_url,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {settings.desk_token.get_secret_value()}",
                "X-GitHub-Api-Version": "2022-11-28",
            },
            patience=patience,
        )
        super().__init__(mapping, wire, settings.desk_page)
        self._root, _, self._repository = settings.desk_url.rstrip("/").rpartition("/repos/")
        self._me = ""
        self._private = False  # until it was looked up

    async def check(self) -> list[str]:
        """Whether it answers, is private, and lets Deskmate write."""
        if not self._root:
            return [
                "DESKMATE_TOOLS_DESK_URL must name a repository, such as https://api.github.com/repos/company/desk."
            ]
        try:
            read = await self._about()
        except DeskRefused as error:
            return [f"{self._repository}: {error}"]
        lacking = []
        if not read["private"]:
            lacking.append(self._not_private())
        if not read["has_issues"]:
            lacking.append(f"{self._repository} has issues turned off.")
        if not read.get("permissions", {}).get("push"):
            lacking.append(f"Deskmate's account may not write to {self._repository}, so its labels would be lost.")
        return lacking

    async def made_with(self, key: str) -> Record | None:
        """Among the newest issues of Deskmate's account, then in the search index, which knows older ones alone."""
        self._me = self._me or str((await self._wire.get(f"{self._root}/user"))["login"])
        asked = {"state": "all", "creator": self._me, "sort": "created", "direction": "desc", "per_page": self._page}
        newest = await self._wire.get("issues", asked)
        query = f'repo:{self._repository} is:issue in:body "{key}"'
        for found in (newest, None):
            if found is None:
                found = (await self._wire.get(f"{self._root}/search/issues", {"q": query, "per_page": 10}))["items"]
            for one in found:
                if _kept(one["body"])[1].get("key") == key:
                    return self._record(one)
        return None

    async def ticket(self, number: str) -> Record:
        """One issue."""
        return self._record(await self._read(number))

    async def tickets(self, statuses: Iterable[Status], requester: str | None = None) -> AsyncIterator[Record]:
        """Newest first; issues without Deskmate's labels are none."""
        wanted = set(statuses)
        for state, some in (("open", wanted - set(_DONE)), (_CLOSED, wanted & set(_DONE))):
            if not some:
                continue
            asked = {"state": state, "sort": "created", "direction": "desc"}
            if requester is not None:
                asked["labels"] = self._map.field("requester") + requester
            async for page in self._wire.pages("issues", {**asked, "per_page": self._page}):
                for one in page:
                    if self._is_ticket(one) and (record := self._record(one)).status in some:
                        yield record

    async def comments(self, number: str) -> list[Remark]:
        """All comments. What colleagues write there is internal, unless they begin with a line `/public`."""
        asked = {"per_page": self._page}
        return [
            self._remark(one) async for page in self._wire.pages(f"issues/{number}/comments", asked) for one in page
        ]

    async def link(self, number: str, other: str) -> None:
        """GitHub shows a mention on both issues, so a comment names the other."""
        await self._say(number, f"Belongs together with #{other}")

    async def merge(self, number: str, into: str) -> None:
        """GitHub has no merge: the issue is closed as a duplicate."""
        await self._say(number, f"Duplicate of #{into}")
        read = await self._read(number)
        if self._record(read).status is not Status.CLOSED:
            labels = _relabelled(read, self._map.status, Status.CLOSED)
            body = {"state": _CLOSED, "state_reason": "duplicate", "labels": labels}
            await self._wire.send("PATCH", f"issues/{number}", body)

    async def _about(self) -> dict[str, Any]:
        read: dict[str, Any] = await self._wire.get(f"{self._root}/repos/{self._repository}")
        return read

    def _not_private(self) -> str:
        return f"{self._repository} is not private: everybody could read what customers write."

    async def _create(self, ticket: NewTicket, key: str) -> str:
        if not self._private and not (await self._about())["private"]:
            raise DeskRefused(f"{self._not_private()} Nothing is sent there.")
        self._private = True
        labels = [
            self._map.status.out(Status.NEW),
            self._map.priority.out(ticket.priority),
            self._map.type.out(ticket.type),
            self._map.group.out(ticket.group),
            *self._free(ticket.tags),
        ]
        if ticket.requester:
            labels.append(self._map.field("requester") + ticket.requester)
        kept = {"key": key, **_dues(ticket)}
        body = {"title": ticket.subject, "body": _with(ticket.description, kept), "labels": labels}
        return str((await self._wire.send("POST", "issues", body))["number"])

    async def _change(self, before: Record, changes: Changes) -> None:
        read = await self._read(before.number)
        body: dict[str, Any] = {}
        worded: tuple[tuple[Words[Any], Word | None], ...] = (
            (self._map.status, changes.status),
            (self._map.priority, changes.priority),
            (self._map.type, changes.type),
            (self._map.group, changes.group),
        )
        for words, word in worded:
            if word is not None:
                body["labels"] = read["labels"] = _relabelled(read, words, word)
        if changes.tags is not None:
            body["labels"] = [one for one in _labels(read) if not self._is_tag(one)] + self._free(changes.tags)
        if changes.status is not None:
            done = changes.status in _DONE
            body |= {"state": _CLOSED, "state_reason": "completed"} if done else {"state": "open"}
        if changes.assignee is not None:
            body["assignees"] = [] if changes.assignee == NOBODY else [self._map.person(changes.assignee)]
        if dues := _dues(changes):
            text, kept = _kept(read["body"])
            body["body"] = _with(text, {**kept, **dues})
        await self._wire.send("PATCH", f"issues/{before.number}", body)

    async def _comment(self, number: str, remark: NewRemark, key: str) -> None:
        kept = {"key": key, "author": remark.author, "visibility": remark.visibility.value}
        await self._wire.send("POST", f"issues/{number}/comments", {"body": _with(remark.text, kept)})

    async def _read(self, number: str) -> dict[str, Any]:
        read: dict[str, Any] = await self._wire.get(f"issues/{number}")
        return read

    def _is_ticket(self, read: dict[str, Any]) -> bool:
        """Whether it is an issue, and one of the desk's: it has a label that tells its status."""
        return "pull_request" not in read and any(one in self._map.status.all_out() for one in _labels(read))

    def _is_tag(self, label: str) -> bool:
        words = (self._map.status, self._map.priority, self._map.type, self._map.group)
        ours = any(label in one.all_out() for one in words)
        return not ours and not label.startswith(self._map.field("requester"))

    def _free(self, tags: tuple[str, ...]) -> list[str]:
        if lost := [tag for tag in tags if not self._is_tag(tag)]:
            raise NotMapped(f"GitHub's label {lost[0]!r} has a meaning of its own, so it cannot be a tag.")
        return list(tags)

    def _record(self, read: dict[str, Any]) -> Record:
        labels, (text, kept) = _labels(read), _kept(read["body"])
        customer = self._map.field("requester")
        assignee = read["assignees"][0]["login"] if read["assignees"] else None
        return Record(
            number=str(read["number"]),
            key=kept.get("key"),
            subject=read["title"],
            description=text,
            status=self._status(read),
            priority=_word(labels, self._map.priority),
            type=_word(labels, self._map.type),
            group=_word(labels, self._map.group),
            requester=next((one.removeprefix(customer) for one in labels if one.startswith(customer)), None),
            assignee=None if assignee is None else self._map.colleague(assignee),
            tags=tuple(one for one in labels if self._is_tag(one)),
            first_reply_due=moment(kept.get("first_reply_due")),
            resolution_due=moment(kept.get("resolution_due")),
            created_at=moment_of(read["created_at"]),
            updated_at=moment_of(read["updated_at"]),
        )

    def _status(self, read: dict[str, Any]) -> Status:
        """The label, unless somebody has closed or opened the issue since without changing it."""
        labelled = _word(_labels(read), self._map.status)
        closed = read["state"] == _CLOSED
        if closed is (labelled in _DONE):
            return labelled
        return Status.SOLVED if closed else Status.OPEN

    def _remark(self, read: dict[str, Any]) -> Remark:
        text, kept = _kept(read["body"])
        first, _, rest = text.partition("\n")
        public = not kept and first.strip() == _PUBLIC
        visibility = Visibility.PUBLIC if public else Visibility(kept.get("visibility", Visibility.INTERNAL))
        return Remark(
            id=str(read["id"]),
            key=kept.get("key"),
            author=kept.get("author") or self._map.colleague(read["user"]["login"]),
            visibility=visibility,
            text=rest if public else text,
            created_at=moment_of(read["created_at"]),
        )


def _labels(read: dict[str, Any]) -> list[str]:
    return [one if isinstance(one, str) else one["name"] for one in read["labels"]]


def _word(labels: list[str], words: Words[W]) -> W:
    """The word that one of the labels stands for. Raises NotMapped for none."""
    return words.back(next((one for one in labels if one in words.all_out()), "no label"))


def _relabelled(read: dict[str, Any], words: Words[W], word: W) -> list[str]:
    return [*(one for one in _labels(read) if one not in words.all_out()), str(words.out(word))]


def _dues(of: NewTicket | Changes) -> dict[str, str]:
    return {name: said for name in _DUES if (said := stamp(getattr(of, name)))}


def _with(text: str, kept: dict[str, str]) -> str:
    """A text with a remark at its end that GitHub does not show."""
    return f"{text}\n\n<!-- deskmate {json.dumps(kept)} -->"


def _kept(body: str | None) -> tuple[str, dict[str, str]]:
    """A text, and what its remark holds."""
    text = (body or "").replace("\r\n", "\n")
    if (found := _MARK.search(text)) is None:
        return text, {}
    return text[: found.start()], json.loads(found["kept"])
