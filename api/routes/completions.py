"""OpenAI's chat completions: the agent, with the key's principal, for any client of that protocol."""

from secrets import token_hex
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import Response

from agent.errors import ModelUnknown
from agent.run import Run
from api import errors
from api.auth import Chatter, authenticate
from api.completions import client_tools
from api.completions.bodies import ChatCompletion, ChatRequest
from api.completions.chores import chore
from api.completions.errors import PATH, openai_responses
from api.completions.reply import Reply
from api.completions.talk import talk_of
from api.completions.wire import EXAMPLE, Frame, at_once, body, run_body, run_stream
from api.errors import ProblemError
from api.idempotency import OnceDependency
from api.keys import ApiKey, Scope
from api.state import AppState, StateDependency

RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer, or with `stream` its chunks.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": EXAMPLE}},
    }
}
FAILURES = openai_responses(
    errors.INVALID,
    errors.UNAUTHORIZED,
    errors.FORBIDDEN,
    errors.MODEL_NOT_ALLOWED,
    errors.MODEL_UNKNOWN,
    errors.THREAD_BUSY,
    errors.THREAD_WAITING,
    errors.STILL_RUNNING,
    errors.TOO_LARGE,
    errors.RUN_FAILED,
    errors.UNAVAILABLE,
)
router = APIRouter(tags=["completions"])

ChatId = Annotated[
    str | None,
    Header(
        alias="X-OpenWebUI-Chat-Id",
        max_length=128,
        description="The client's own name of the conversation. Read with a key of the scope `chat-ids` alone.",
        examples=["5f0c2a9e"],
    ),
]
Retries = Annotated[
    int,
    Header(
        alias="X-Stainless-Retry-Count",
        ge=0,
        description="How often the client has sent this request before; OpenAI's clients say it by themselves.",
        examples=[0],
    ),
]


@router.post(PATH, summary="Answer a conversation", response_model=ChatCompletion, responses=RESPONSES | FAILURES)
async def complete(
    request: Request,
    state: StateDependency,
    caller: Chatter,
    key: Annotated[ApiKey, Depends(authenticate)],
    once: OnceDependency,
    sent: ChatRequest,
    chat_id: ChatId = None,
    retries: Retries = 0,
) -> Response:
    """The agent answers the last message. The earlier ones tell which conversation goes on: none of them is run again.

    Questions back, requests for a confirmation (answer `yes` or `no`) and hand-offs are plain text. Sources stand in
    `annotations`. With `tools`, a model drives the client's own tools and nothing is done on this desk.
    """
    model = await _opened(state, sent.model)
    if client_tools.brings_tools(sent):
        return _written(sent, token_hex(10), await client_tools.next_reply(state.service, sent, model))
    if (answer := chore(sent.messages)) is not None:
        return _written(sent, token_hex(10), Reply(model=model or state.service.model, text=answer))
    talk = talk_of(sent.messages)
    chat = chat_id if Scope.CHAT_IDS in key.scopes else None

    async def answered(run: Run) -> Response:
        frame = Frame(f"chatcmpl-{run.run_id}", run.model, usage=_wants_usage(sent))
        base_url = str(request.base_url)
        if not sent.stream:
            return run_body(frame, await state.turns.ended(run), base_url)
        return run_stream(
            frame, run, lambda: state.turns.ended(run), base_url=base_url, heartbeat=state.settings.heartbeat
        )

    return await once.run(
        lambda: state.turns.submit(caller, talk, model=model, chat=chat, again=retries > 0),
        lambda run_id: state.turns.attach(caller, run_id),
        answered,
    )


async def _opened(state: AppState, name: str) -> str | None:
    """The model string to run with, once it is clear that it can be. Raises ProblemError, ModelUnavailable."""
    model = state.admit(name)
    try:
        await state.service.models_registry.open(model)
    except ModelUnknown as error:
        raise ProblemError(errors.MODEL_UNKNOWN, str(error)) from error
    return model


def _written(sent: ChatRequest, answer_id: str, reply: Reply) -> Response:
    frame = Frame(f"chatcmpl-{answer_id}", reply.model, usage=_wants_usage(sent))
    return at_once(frame, reply) if sent.stream else body(frame, reply)


def _wants_usage(sent: ChatRequest) -> bool:
    return bool(sent.stream_options and sent.stream_options.include_usage)
