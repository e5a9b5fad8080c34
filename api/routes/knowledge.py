"""Search in the wikis, and the pages that citations point to."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api import errors
from api.auth import KnowledgeReader
from api.bodies import PageView, SearchHit, SearchResult
from api.errors import error_responses
from api.state import StateDependency
from knowledge.page import EVERYONE, PUBLIC_ONLY, Audience
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
) -> SearchResult:
    """Passages that fit best, with page, heading and link. Staff keys also find internal pages."""
    name = collection or state.collection
    hits = await asyncio.to_thread(state.service.index.search, q, collection=name, k=k, audiences=readable_by(caller))
    found = [SearchHit.from_hit(hit) for hit in hits]
    return SearchResult(query=q, collection=name, hits=found)


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
