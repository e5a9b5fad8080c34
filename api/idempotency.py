"""``Idempotency-Key``: the same POST sent twice has one effect and one answer."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from starlette.responses import Response, StreamingResponse

from agent.run import Run
from api.answers import AnswerStore
from api.auth import authenticate
from api.errors import KEY_REUSED, STILL_RUNNING, ProblemError
from api.keys import ApiKey
from api.state import StateDependency
from api.store import AnswerRow
from tools import pii


@dataclass(frozen=True, slots=True)
class Once:
    """One POST, to be done once under its key; done plainly where the client sent none."""

    answers: AnswerStore
    key: str | None
    fingerprint: str
    owner: str

    async def answer(self, work: Callable[[], Awaitable[Response]]) -> Response:
        """The answer of ``work``, or the one stored for the same request. Raises ProblemError 409, 422."""
        if self.key is None:
            return await work()
        taken = await self._claim(self.key)
        if taken is None:
            return await self._first(self.key, work)
        if taken.status is None:
            raise _still_running()
        return _stored(taken)

    async def run(
        self,
        submit: Callable[[], Awaitable[Run]],
        attach: Callable[[str], Awaitable[Run]],
        answer: Callable[[Run], Awaitable[Response]],
    ) -> Response:
        """As `answer`, for a request that starts a run: a repeat answers from that same run once it is done.

        ``attach`` finds a run by its id. The id is kept as soon as the run starts, so a repeat after a crash of the
        server does not start a second one.
        """
        if self.key is None:
            return await answer(await submit())
        key = self.key
        taken = await self._claim(key)
        if taken is None:

            async def work() -> Response:
                run = await submit()
                await asyncio.to_thread(self.answers.started, key, run.run_id)
                return await answer(run)

            return await self._first(key, work)
        if taken.status is not None:
            return _stored(taken)
        run = await attach(taken.run) if taken.run else None
        if run is None or not run.done:
            raise _still_running()
        return _mark(await answer(run))

    async def _claim(self, key: str) -> AnswerRow | None:
        taken = await asyncio.to_thread(self.answers.claim, key, self.fingerprint, self.owner)
        if taken and taken.fingerprint != self.fingerprint:
            raise ProblemError(
                KEY_REUSED,
                "This Idempotency-Key belongs to a request with another body; send a new key with a new body.",
            )
        return taken

    async def _first(self, key: str, work: Callable[[], Awaitable[Response]]) -> Response:
        try:
            response = await work()
        except BaseException:
            await asyncio.to_thread(self.answers.release, key)
            raise
        # A stream has no body yet; a repeat of it is answered from its run.
        if not isinstance(response, StreamingResponse):
            body = bytes(response.body).decode()
            await asyncio.to_thread(self.answers.answered, key, response.status_code, response.media_type, body)
        return response


async def once(
    request: Request,
    state: StateDependency,
    caller: Annotated[ApiKey, Depends(authenticate)],
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=255,
            description="Any text of your choice, new for each new request. A repeat with the same key and body has no "
            "second effect and gets the stored answer.",
            examples=["5f0c2a9e-6d1b-4a51-9f6e-0f6c1c1d2b7a"],
        ),
    ] = None,
) -> Once:
    """The request's `Once`; keys of different callers and paths never meet."""
    who = caller.principal
    scope = json.dumps([who.tenant, who.subject, request.url.path, idempotency_key])
    sent = (await request.body()).decode(errors="replace") + "?" + request.url.query
    return Once(
        answers=state.answers,
        key=hashlib.sha256(scope.encode()).hexdigest() if idempotency_key else None,
        # A hash of a card number is soon found out: a machine can try all of them.
        fingerprint=hashlib.sha256(pii.without_secrets(sent).encode()).hexdigest(),
        owner=state.owner,
    )


OnceDependency = Annotated[Once, Depends(once)]


def _still_running() -> ProblemError:
    return ProblemError(
        STILL_RUNNING,
        "The first request with this Idempotency-Key is not done yet; send this one again in a moment.",
        headers={"Retry-After": "2"},
    )


def _stored(row: AnswerRow) -> Response:
    return _mark(Response(row.body, row.status or 200, media_type=row.media_type))


def _mark(response: Response) -> Response:
    response.headers["Idempotent-Replayed"] = "true"
    return response
