"""Search in the wikis, and the pages that citations point to."""

import asyncio
from collections import Counter
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from api import errors
from api.auth import KnowledgeReader, StaffReader
from api.bodies import PageView, SearchResult
from api.errors import error_responses
from api.source_bodies import SourceList, SourceView, SyncView
from api.state import AppState, StateDependency
from knowledge.index import Index
from knowledge.page import EVERYONE, PUBLIC_ONLY, Audience
from knowledge.records import source_counts
from knowledge.sources import Source
from knowledge.sync import SyncRecord, record
from tools.principal import Principal

router = APIRouter(
    prefix="/v1/knowledge",
    tags=["knowledge"],
    responses=error_responses(
        errors.UNAUTHORIZED, errors.FORBIDDEN, errors.NOT_FOUND, errors.INVALID, errors.UNAVAILABLE
    ),
)

Collection = Annotated[
    str | None, Query(description="Wiki to look in; the default one if left out.", max_length=64, examples=["demo"])
]


def readable_by(principal: Principal) -> frozenset[Audience]:
    """Internal pages are for staff."""
    return EVERYONE if principal.is_staff else PUBLIC_ONLY


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
    """Passages that fit best, with page, heading and link. Staff keys also find internal pages."""
    name, history = collection or state.collection, [before] if before else []
    hits = await asyncio.to_thread(
        state.service.index.search, q, collection=name, k=k, audiences=readable_by(caller), history=history
    )
    return SearchResult.from_hits(q, name, hits)


@router.get("/pages/{page_id:path}", summary="Read a wiki page")
async def page(
    state: StateDependency,
    caller: KnowledgeReader,
    page_id: Annotated[str, Path(description="Page id, slashes and all.", examples=["billing/late-fees"])],
    collection: Collection = None,
) -> PageView:
    """The page as plain text. A page that the caller may not see reads as one that does not exist."""
    name = collection or state.collection
    found = await asyncio.to_thread(state.service.index.page, page_id, collection=name, audiences=readable_by(caller))
    return PageView(
        page=found.id,
        collection=found.collection,
        title=found.title,
        text=found.text,
        url=found.url,
        audience=found.audience.value,
        owner=found.owner,
        updated=found.updated,
        superseded_by=found.superseded_by,
    )


@router.get("/sources", summary="See where the wikis come from")
async def sources(state: StateDependency, caller: StaffReader) -> SourceList:
    """Each source of sources.toml: how its last sync went, and when the next one is due. For staff."""
    return SourceList(data=await asyncio.to_thread(_views, state))


def _views(state: AppState) -> list[SourceView]:
    counts = _page_counts(state.service.index)
    return [_view(state, source, counts[source.name, source.collection]) for source in state.schedule.sources]


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
