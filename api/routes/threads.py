"""Threads: the conversations that runs belong to."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic_core import to_jsonable_python
from starlette.responses import JSONResponse, Response

from agent.errors import CollectionUnknown
from agent.views import ThreadView
from api import errors
from api.auth import Chatter
from api.bodies import NewThread, ThreadCreated, ThreadList
from api.errors import error_responses
from api.idempotency import OnceDependency
from api.state import StateDependency

router = APIRouter(
    prefix="/v1/threads", tags=["threads"], responses=error_responses(errors.UNAUTHORIZED, errors.FORBIDDEN)
)

ThreadId = Annotated[str, Path(description="Id of the thread.", max_length=128, examples=["th_7f3a"])]
WRITES = (errors.STILL_RUNNING, errors.TOO_LARGE, errors.INVALID, errors.KEY_REUSED)


@router.post(
    "", status_code=201, summary="Start a thread", response_model=ThreadCreated, responses=error_responses(*WRITES)
)
async def create(
    state: StateDependency, caller: Chatter, once: OnceDependency, body: NewThread | None = None
) -> Response:
    """A new, empty conversation of the caller. The body may be left out."""

    name = body.collection if body else None
    if name:  # better said now than at the first message
        known = await asyncio.to_thread(state.service.index.readable, caller.audiences)
        if name not in known:
            raise CollectionUnknown(name, list(known))

    async def work() -> Response:
        thread = await state.service.runs.create_thread(caller, name)
        return JSONResponse(ThreadCreated(thread_id=thread.thread_id).model_dump(), 201)

    return await once.answer(work)


@router.get("", summary="List threads", responses=error_responses(errors.INVALID))
async def listed(
    state: StateDependency,
    caller: Chatter,
    limit: Annotated[int, Query(ge=1, le=200, description="Most threads (count).", examples=[20])] = 50,
) -> ThreadList:
    """The newest threads: a customer's own, or all of the tenant's for staff."""
    return ThreadList(data=await state.service.runs.threads(caller, limit=limit))


@router.get("/{thread_id}", summary="Read a thread", responses=error_responses(errors.NOT_FOUND, errors.INVALID))
async def read(state: StateDependency, caller: Chatter, thread_id: ThreadId) -> ThreadView:
    """Messages, runs, and what the thread waits for, if anything."""
    return await state.service.runs.thread(thread_id, caller)


@router.post(
    "/{thread_id}/release",
    summary="Give a thread back to the agent",
    response_model=ThreadView,
    responses=error_responses(errors.NOT_FOUND, errors.CONFLICT, *WRITES),
)
async def release(state: StateDependency, caller: Chatter, once: OnceDependency, thread_id: ThreadId) -> Response:
    """Staff only: a thread that was handed off to a human is answered by the agent again."""

    async def work() -> Response:
        await state.service.runs.release(thread_id, caller)
        view = await state.service.runs.thread(thread_id, caller)
        return JSONResponse(to_jsonable_python(view))

    return await once.answer(work)
