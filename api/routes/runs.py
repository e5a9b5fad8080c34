"""Runs: one message each, answered at once (`wait`) or as it goes (`stream`)."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from agent.run import Run, RunResult
from api import errors
from api.auth import Chatter
from api.bodies import Decisions, NewRun
from api.errors import error_responses
from api.idempotency import OnceDependency
from api.routes.threads import WRITES, ThreadId
from api.state import AppState, StateDependency
from api.stream import EXAMPLE, stream_response

EVENTS: dict[str, Any] = {"schema": {"type": "string"}, "example": EXAMPLE}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "Server-sent events, from `metadata` to `end`.", "content": {"text/event-stream": EVENTS}}
}
EITHER: dict[int | str, dict[str, Any]] = {
    200: {"description": "The run, or its events.", "content": {"text/event-stream": EVENTS}}
}
SUBMIT = error_responses(
    errors.FORBIDDEN,
    errors.MODEL_NOT_ALLOWED,
    errors.NOT_FOUND,
    errors.MODEL_UNKNOWN,
    errors.THREAD_BUSY,
    errors.THREAD_WAITING,
    errors.UNAVAILABLE,
    *WRITES,
)
RESUME = error_responses(errors.NOT_FOUND, errors.THREAD_BUSY, errors.NOTHING_PENDING, errors.UNAVAILABLE, *WRITES)
router = APIRouter(
    prefix="/v1/threads/{thread_id}/runs",
    tags=["runs"],
    responses=error_responses(errors.UNAUTHORIZED, errors.FORBIDDEN),
)

RunId = Annotated[str, Path(description="Id of the run.", max_length=128, examples=["run_19c2"])]


@router.post("/wait", summary="Send a message and wait for the answer", response_model=RunResult, responses=SUBMIT)
async def wait(
    state: StateDependency, caller: Chatter, once: OnceDependency, thread_id: ThreadId, body: NewRun
) -> Response:
    """Answers when the run is done, needs a decision or failed; `status` says which."""
    runs, model = state.service.runs, state.admit(body.model)
    return await once.run(
        lambda: runs.submit(thread_id, body.input.message, caller, model=model),
        lambda run_id: runs.run(thread_id, run_id, caller),
        _result,
    )


@router.post(
    "/stream",
    summary="Send a message and follow the answer",
    response_class=StreamingResponse,
    responses=STREAM | SUBMIT,
)
async def stream(
    request: Request, state: StateDependency, caller: Chatter, once: OnceDependency, thread_id: ThreadId, body: NewRun
) -> Response:
    """The run's events as they happen. The first, `metadata`, says that an AI answers and which model; `end` carries
    the run. A reader that lost the connection goes on with the run's own `/stream`."""
    runs, model = state.service.runs, state.admit(body.model)
    return await once.run(
        lambda: runs.submit(thread_id, body.input.message, caller, model=model),
        lambda run_id: runs.run(thread_id, run_id, caller),
        _streamed(request, state),
    )


@router.get(
    "/{run_id}/stream",
    summary="Follow a run again",
    response_class=StreamingResponse,
    responses=STREAM | error_responses(errors.NOT_FOUND, errors.INVALID),
)
async def reattach(
    request: Request,
    state: StateDependency,
    caller: Chatter,
    thread_id: ThreadId,
    run_id: RunId,
    last_event_id: Annotated[
        int, Header(ge=0, description="Id of the last event that was received; 0 for all of them.", examples=[3])
    ] = 0,
) -> Response:
    """The run's events after `Last-Event-ID`, without gap or repeat, whether it is still running or done."""
    run = await state.service.runs.run(thread_id, run_id, caller)
    return stream_response(run, request.url.path, after=last_event_id, heartbeat=state.settings.heartbeat)


@router.post(
    "/{run_id}/resume",
    summary="Decide on what a run waits for",
    response_model=RunResult,
    responses=EITHER | RESUME,
)
async def resume(
    request: Request,
    state: StateDependency,
    caller: Chatter,
    once: OnceDependency,
    thread_id: ThreadId,
    run_id: RunId,
    body: Decisions,
    stream: Annotated[
        bool, Query(description="Answer with events; so does `Accept: text/event-stream`.", examples=[False])
    ] = False,
) -> Response:
    """Goes on with a run whose status is `needs_approval`: one decision for each pending action, in order.

    Customers decide where `pending.approver` is `customer`; staff decide anywhere.
    """
    runs = state.service.runs
    decisions = [decision.model_dump(exclude_none=True) for decision in body.decisions]
    streamed = stream or "text/event-stream" in request.headers.get("accept", "")
    return await once.run(
        lambda: runs.resume(thread_id, run_id, decisions, caller),
        lambda resumed: runs.run(thread_id, resumed, caller),
        _streamed(request, state) if streamed else _result,
    )


@router.post(
    "/{run_id}/cancel",
    summary="Stop a run",
    response_model=RunResult,
    responses=error_responses(errors.NOT_FOUND, *WRITES),
)
async def cancel(
    state: StateDependency, caller: Chatter, once: OnceDependency, thread_id: ThreadId, run_id: RunId
) -> Response:
    """Stops a run that is under way; what it has done stands. A run that has ended stays as it is."""

    async def work() -> Response:
        return JSONResponse((await state.service.runs.cancel(thread_id, run_id, caller)).model_dump(mode="json"))

    return await once.answer(work)


async def _result(run: Run) -> Response:
    return JSONResponse((await run.result()).model_dump(mode="json"))


def _streamed(request: Request, state: AppState) -> Callable[[Run], Awaitable[Response]]:
    async def answer(run: Run) -> Response:
        return stream_response(run, request.url.path, after=0, heartbeat=state.settings.heartbeat)

    return answer
