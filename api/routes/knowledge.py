"""Search in the wikis, and the pages that citations point to."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from agent.gaps import GapList, first_moment
from api import errors
from api.auth import KnowledgeReader, StaffReader
from api.bodies import CollectionList, CollectionView, PageView, SearchResult
from api.errors import error_responses
from api.source_bodies import DroppedView, SourceList, SourceView, SyncView
from api.state import AppState, StateDependency
from knowledge.errors import CollectionNotFound
from knowledge.index import EVERY, Index
from knowledge.records import source_counts
from knowledge.sources import Source
from knowledge.sync import SyncRecord, dropped, record
from tools.principal import Principal

router = APIRouter(
    prefix="/v1/knowledge",
    tags=["knowledge"],
    responses=error_responses(
        errors.UNAUTHORIZED, errors.FORBIDDEN, errors.NOT_FOUND, errors.INVALID, errors.UNAVAILABLE
    ),
)

Collection = Annotated[
    str | None,
    Query(description="Wiki to look in; `*` for all; the default one if left out.", max_length=64, examples=["demo"]),
]


@router.get("/search", summary="Search a wiki")
async def search(
    state: StateDependency,
    caller: KnowledgeReader,
    q: Annotated[str, Query(description="What to look for.", min_length=1, max_length=1000, examples=["late fee"])],
    k: Annotated[int, Query(description="How many passages at most.", ge=1, le=50, examples=[5])] = 8,
    collection: Collection = None,
    before: Annotated[
        str | None,
        Query(
            description="What the same person said before, where the question may lean on it.",
            max_length=1000,
            examples=["How high is the late fee?"],
        ),
    ] = None,
) -> SearchResult:
    """Passages that fit best, with page, heading and link. Staff keys also find internal pages. Of all wikis (`*`), the
    one answers that the question belongs to."""
    return await asyncio.to_thread(_search, state, caller, q, k, collection, [before] if before else [])


def _search(
    state: AppState, caller: Principal, query: str, count: int, collection: str | None, history: Sequence[str]
) -> SearchResult:
    name = _wiki(state, caller, collection)
    hits = state.service.index.search(query, collection=name, k=count, audiences=caller.audiences, history=history)
    return SearchResult.from_hits(query, name, hits)


def _wiki(state: AppState, caller: Principal, collection: str | None) -> str:
    """The wiki to look in. One that is named and has no page for the caller reads as one that is not there."""
    if collection in (None, EVERY) or state.service.index.offers(collection, caller.audiences):
        return collection or state.collection
    raise CollectionNotFound(f"The wiki {collection!r} has no page that you may see.")


@router.get("/pages/{page_id:path}", summary="Read a wiki page")
async def page(
    state: StateDependency,
    caller: KnowledgeReader,
    page_id: Annotated[str, Path(description="Page id, slashes and all.", examples=["billing/late-fees"])],
    collection: Collection = None,
    quote: Annotated[
        str | None,
        Query(
            description="Words of the page; the answer says where they stand. White space may differ.",
            min_length=1,
            max_length=4000,
            examples=["A late fee of €7.50 is charged once an invoice is more than 14 days overdue."],
        ),
    ] = None,
) -> PageView:
    """The page as plain text, and with `quote` the place of those words in it. A page that the caller may not see reads
    as one that does not exist."""
    return await asyncio.to_thread(_page, state, caller, page_id, collection, quote)


def _page(state: AppState, caller: Principal, page_id: str, collection: str | None, quote: str | None) -> PageView:
    index, audiences, name = state.service.index, caller.audiences, _wiki(state, caller, collection)
    if name == EVERY:
        name = index.holding(page_id, audiences=audiences)
    if quote is None:
        return PageView.from_page(index.page(page_id, collection=name, audiences=audiences))
    return PageView.from_page(*index.quoted(page_id, quote, collection=name, audiences=audiences))


@router.get("/collections", summary="List the wikis")
async def collections(state: StateDependency, caller: KnowledgeReader) -> CollectionList:
    """The wikis with at least one page that the caller may read."""
    found = await asyncio.to_thread(state.service.index.readable, caller.audiences)
    return CollectionList(
        data=[CollectionView(name=name, pages=pages, default=name == state.collection) for name, pages in found.items()]
    )


@router.get("/sources", summary="See where the wikis come from")
async def sources(state: StateDependency, caller: StaffReader) -> SourceList:
    """Each source of sources.toml: how its last sync went, and when the next one is due. For staff."""
    return await asyncio.to_thread(_views, state)


@router.get("/gaps", summary="See what the wikis lack")
async def gaps(
    state: StateDependency,
    caller: StaffReader,
    since: Annotated[
        date | None,
        Query(description="Conversations from this day on; 30 days if left out.", examples=["2026-11-01"]),
    ] = None,
    limit: Annotated[int, Query(description="How many gaps at most.", ge=1, le=200, examples=[20])] = 50,
) -> GapList:
    """Questions that found nothing or led to a person, alike ones together, the most wanted first. For staff.

    A gap is gone as soon as the wiki answers it: each is searched for again when the list is made.
    """
    return await state.service.gaps.listed(caller.tenant, since=first_moment(since), limit=limit)


def _views(state: AppState) -> SourceList:
    index, named = state.service.index, state.schedule.sources
    counts = _page_counts(index)
    return SourceList(
        data=[_view(state, source, counts[source.name, source.collection]) for source in named],
        dropped=[
            DroppedView(name=name, collection=wiki, pages=pages, remove=f"deskmate sync --forget {name}")
            for (name, wiki), pages in dropped(index, named).items()
        ],
    )


def _view(state: AppState, source: Source, pages: int) -> SourceView:
    known = record(state.service.index.settings.folder, source)
    return SourceView(
        name=source.name,
        kind=source.kind,
        collection=source.collection,
        status="syncing" if state.schedule.syncing == source.name else _status(known),
        pages=pages,
        refresh_seconds=round(source.refresh.total_seconds()) if source.refresh else None,
        next_due=state.schedule.due(source),
        last_good=known.last_good if known else None,
        last=SyncView.from_result(known.last) if known else None,
    )


def _status(known: SyncRecord | None) -> Literal["never", "ok", "failed"]:
    if known is None:
        return "never"
    return "ok" if known.last.ok else "failed"


def _page_counts(index: Index) -> Counter[tuple[str, str]]:
    """Pages by (source, collection)."""
    found: Counter[tuple[str, str]] = Counter()
    for info in index.collections():
        with index.truth(info.name).reading() as connection:
            found.update({(name, info.name): count for name, count in source_counts(connection).items()})
    return found
