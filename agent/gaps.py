"""Content gaps: what people asked and the wiki does not answer, alike questions together, for those who edit it.

Read from the runs on record. A question counts where a run could not find it, and where the customer wanted a person
right after it was answered. It is left out again as soon as the wiki offers an answer that was not given then: the same
search and the same gate that decide on every reply (`agent.selecting`) are asked anew each time the list is made. What
a model left out although the wiki had it is no gap.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import numpy as np
from pydantic import Field

from agent import requests
from agent.clauses import read_clauses
from agent.deciding import Turn
from agent.errors import CollectionUnknown
from agent.grouping import grouped
from agent.models.auto import OFFLINE
from agent.run import Value
from agent.selecting import select
from agent.state import Need
from agent.threads import LeftOpen, Thread, Threads
from agent.vectors import Vectors
from tools import pii
from tools.catalog.wiki import passage
from tools.principal import Principal, Role

_MOST = 1_000  # wordings of one wiki that are grouped
_USUAL = timedelta(days=30)  # that a list goes back
_WORDINGS, _THREADS = 5, 5  # that a gap shows


def first_moment(since: date | None) -> datetime:
    """Where a list begins that is asked for from a day on (UTC): there, or 30 days ago."""
    day = since or (datetime.now(UTC) - _USUAL).date()
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


class Gap(Value):
    """One thing that the wiki does not answer, in the words of those who asked. Personal data is taken out of them."""

    question: str = Field(description="Its most typical wording.", examples=["Do you sell telephones for boats?"])
    collection: str = Field(description="The wiki that was searched.", examples=["demo"])
    asked: int = Field(description="How often it was asked.", examples=[7])
    conversations: int = Field(description="In how many conversations.", examples=[5])
    not_found: int = Field(description="How often nothing was found.", examples=[6])
    handed_off: int = Field(description="How often the conversation went to a person over it.", examples=[1])
    first_seen: datetime = Field(description="When it was asked first.", examples=["2026-11-02T08:15:00Z"])
    last_seen: datetime = Field(description="When it was asked last.", examples=["2026-11-24T17:40:00Z"])
    wordings: tuple[str, ...] = Field(description="Other wordings.", examples=[["Can I get a phone on my yacht?"]])
    threads: tuple[str, ...] = Field(description="Conversations to read, newest first.", examples=[["th_4c1f0a"]])


class GapList(Value):
    """What the wiki lacks, most wanted first."""

    data: tuple[Gap, ...] = Field(description="The gaps.", examples=[[]])
    since: datetime = Field(description="Runs from then on were read.", examples=["2026-10-26T00:00:00Z"])
    answered: int = Field(description="Groups that are left out, as the wiki answers them by now.", examples=[3])


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that was left open once. `given` are the quotations that were no help."""

    text: str
    thread: Thread
    run_id: str
    at: datetime
    kind: Literal["not_found", "handed_off"]
    given: frozenset[str] = frozenset()


class Gaps:
    """Makes the list. `turn_for` makes the context of a turn, `passages` is how many a search returns."""

    def __init__(
        self,
        threads: Threads,
        turn_for: Callable[[Thread, str | None], Awaitable[Turn]],
        vectors: Vectors,
        passages: int,
    ) -> None:
        self._threads = threads
        self._turn_for = turn_for
        self._vectors = vectors
        self._passages = passages

    async def listed(self, tenant: str, *, since: datetime, limit: int = 50) -> GapList:
        """The gaps of a tenant's conversations, at most `limit`."""
        left_open = await asyncio.to_thread(self._threads.left_open, tenant, since)
        groups = await asyncio.to_thread(self._groups, [asked for one in left_open for asked in _asked(one)])
        gaps: list[Gap] = []
        answered = 0
        for group in groups:
            if len(gaps) == limit:
                break
            gap = await asyncio.to_thread(self._gap, group)
            if await self._answers(gap, group):
                answered += 1
            else:
                gaps.append(gap)
        return GapList(data=tuple(gaps), since=since, answered=answered)

    def _groups(self, asked: Sequence[_Asked]) -> list[list[_Asked]]:
        """Alike questions of one wiki together, most wanted first; of very many wordings the most frequent."""
        groups: list[list[_Asked]] = []
        for collection in sorted({one.thread.collection for one in asked}):
            here = [one for one in asked if one.thread.collection == collection]
            counted = Counter(one.text for one in here)
            texts = sorted(counted, key=lambda text: (-counted[text], text))[:_MOST]
            alike = [set(group) for group in grouped(texts, self._vectors(texts))]
            groups += [[one for one in here if one.text in wordings] for wordings in alike]
        return sorted(groups, key=_rank)

    def _gap(self, group: Sequence[_Asked]) -> Gap:
        counted = Counter(one.text for one in group)
        texts = sorted(counted, key=lambda text: (-counted[text], len(text), text))
        vectors = self._vectors(texts)
        middle = np.array([counted[text] for text in texts], np.float32) @ vectors
        typical = texts[int(np.round(vectors @ middle, 4).argmax())]
        kinds = Counter(one.kind for one in group)
        newest = sorted(group, key=lambda one: one.at, reverse=True)
        threads = list(dict.fromkeys(one.thread.thread_id for one in newest))
        return Gap(
            question=typical,
            collection=group[0].thread.collection,
            asked=_times(group),
            conversations=len(threads),
            not_found=kinds["not_found"],
            handed_off=kinds["handed_off"],
            first_seen=newest[-1].at,
            last_seen=newest[0].at,
            wordings=tuple(text for text in texts if text != typical)[:_WORDINGS],
            threads=tuple(threads[:_THREADS]),
        )

    async def _answers(self, gap: Gap, group: Sequence[_Asked]) -> bool:
        """Whether the wiki now offers those who asked an answer that was not given then."""
        staff = all(one.thread.principal.is_staff for one in group)
        asker = Principal(group[0].thread.principal.tenant, "", Role.STAFF if staff else Role.CUSTOMER)
        try:
            turn = await self._turn_for(Thread("", asker, gap.collection, "bot"), OFFLINE)
        except CollectionUnknown:
            return False
        given = frozenset[str]().union(*(one.given for one in group))
        return await asyncio.to_thread(self._offers, turn, gap.question, given)

    def _offers(self, turn: Turn, question: str, given: frozenset[str]) -> bool:
        hits = turn.index.search(
            question, collection=turn.collection, k=self._passages, audiences=turn.principal.audiences
        )
        need = Need(number=1, text=question, query=question)
        found = select(turn, need, [passage(hit) for hit in hits], set(), prefix="S", count=0)
        return bool(found) and found[0].quote not in given


def _asked(left: LeftOpen) -> Iterator[_Asked]:
    """What a run left open: what it could not find; else, if it was handed off, what was said before."""
    result, before = left.run.result, left.before
    if result is None:
        return
    kind: Literal["not_found", "handed_off"] = "handed_off" if result.status == "handed_off" else "not_found"
    for text in result.unanswered:
        yield _Asked(_shown(text), left.thread, left.run.run_id, left.at, kind)
    if kind == "not_found" or result.unanswered or (before and before.result and before.result.status == kind):
        return  # of a conversation that a person has, only its hand-off counts
    said, wanted = (before, ("question",)) if before else (left.run, ("question", "statement"))
    texts = [clause.text for clause in read_clauses(said.message) if clause.kind in wanted]
    if texts := [text for text in texts if not requests.wants_human(text)]:
        given = said.result.reply.citations if said.result else ()
        quotes = frozenset(citation.quote for citation in given)
        yield _Asked(_shown(" ".join(texts)), left.thread, said.run_id, left.at, kind, quotes)


def _shown(text: str) -> str:
    return pii.mask(" ".join(text.split()))


def _times(group: Sequence[_Asked]) -> int:
    """How often it was asked: one that was not found and then went to a person was asked once."""
    return len({(one.run_id, one.text) for one in group})


def _rank(group: Sequence[_Asked]) -> tuple[int, int, float, str]:
    """Asked in most conversations, then most often, then last."""
    return (
        -len({one.thread.thread_id for one in group}),
        -_times(group),
        -max(one.at for one in group).timestamp(),
        group[0].text,
    )
