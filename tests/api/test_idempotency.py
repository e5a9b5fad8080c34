"""The same POST twice: one effect, one answer."""

import asyncio
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.responses import JSONResponse, Response, StreamingResponse

from agent.run import Run, RunResult
from api.answers import AnswerStore
from api.errors import STILL_RUNNING, ProblemError
from api.idempotency import Once
from api.store import open_store
from api.stream import stream_response
from tests.api.problem import problem
from tests.api.sse import received

QUESTION = {"input": {"message": "What is the late fee?"}}


def test_a_repeated_message_is_said_once(customer: httpx.Client, thread_id: str) -> None:
    path, key = f"/v1/threads/{thread_id}/runs/wait", {"Idempotency-Key": "one"}
    first = customer.post(path, json=QUESTION, headers=key)
    second = customer.post(path, json=QUESTION, headers=key)
    assert second.content == first.content
    assert second.headers["idempotent-replayed"] == "true"
    assert len(customer.get(f"/v1/threads/{thread_id}").json()["runs"]) == 1


def test_a_repeated_thread_is_made_once(customer: httpx.Client) -> None:
    key = {"Idempotency-Key": "thread"}
    first = customer.post("/v1/threads", headers=key)
    second = customer.post("/v1/threads", headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()


def test_a_repeated_stream_is_the_same_run(customer: httpx.Client, thread_id: str) -> None:
    path, key = f"/v1/threads/{thread_id}/runs/stream", {"Idempotency-Key": "stream"}
    first, second = (list(received(customer.post(path, json=QUESTION, headers=key).text.split("\n"))) for _ in range(2))
    assert first == second
    assert len(customer.get(f"/v1/threads/{thread_id}").json()["runs"]) == 1


def test_another_body_under_the_same_key_is_refused(customer: httpx.Client, thread_id: str) -> None:
    path, key = f"/v1/threads/{thread_id}/runs/wait", {"Idempotency-Key": "one"}
    customer.post(path, json=QUESTION, headers=key)
    other = customer.post(path, json={"input": {"message": "Something else"}}, headers=key)
    problem(other, 422, "idempotency-key-reused")


def test_keys_of_two_callers_do_not_meet(customer: httpx.Client, another: httpx.Client) -> None:
    key = {"Idempotency-Key": "shared"}
    mine = customer.post("/v1/threads", headers=key).json()
    theirs = another.post("/v1/threads", headers=key).json()
    assert mine["thread_id"] != theirs["thread_id"]


def test_a_request_that_was_refused_may_be_sent_again(customer: httpx.Client, thread_id: str) -> None:
    path, key = f"/v1/threads/{thread_id}/runs/wait", {"Idempotency-Key": "again"}
    absent = {"input": {"message": "Hello"}, "model": "ollama/absent"}
    problem(customer.post(path, json=absent, headers=key), 503, "unavailable")
    problem(customer.post(path, json=absent, headers=key), 503, "unavailable")
    assert customer.post(path, json=QUESTION, headers=key).status_code == 200


@pytest.fixture
def answers(tmp_path: Path) -> AnswerStore:
    return AnswerStore(open_store(tmp_path), keep=timedelta(hours=1))


def test_a_request_that_is_running_holds_its_key(answers: AnswerStore) -> None:
    assert answers.claim("key", "body", "server") is None
    held = answers.claim("key", "body", "server")
    assert held
    assert held.status is None


def test_a_request_that_a_dead_server_left_without_a_run_is_done_anew(answers: AnswerStore) -> None:
    answers.claim("key", "body", "old server")
    assert answers.claim("key", "body", "new server") is None


def test_a_run_that_a_dead_server_left_is_still_known(answers: AnswerStore) -> None:
    answers.claim("key", "body", "old server")
    answers.started("key", "run_1")
    held = answers.claim("key", "body", "new server")
    assert held
    assert held.run == "run_1"


def test_a_failure_after_the_start_does_not_free_the_key(answers: AnswerStore) -> None:
    answers.claim("key", "body", "server")
    answers.started("key", "run_1")
    answers.release("key")
    assert answers.claim("key", "body", "server")


def test_an_answer_is_forgotten_when_its_time_is_over(tmp_path: Path) -> None:
    answers = AnswerStore(open_store(tmp_path), keep=timedelta())
    answers.claim("key", "body", "server")
    assert answers.claim("key", "other body", "server") is None


def first(answers: AnswerStore) -> Once:
    return Once(answers, key="key", fingerprint="body", owner="server")


async def test_a_repeat_while_the_first_is_running_is_a_conflict_and_then_gets_its_answer(answers: AnswerStore) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work() -> Response:
        begun.set()
        await go_on.wait()
        return JSONResponse({"done": True}, 201)

    running = asyncio.create_task(first(answers).answer(work))
    await begun.wait()
    with pytest.raises(ProblemError) as caught:
        await first(answers).answer(work)
    assert caught.value.kind is STILL_RUNNING
    assert caught.value.headers["Retry-After"]
    go_on.set()
    await running
    repeat = await first(answers).answer(work)
    assert (repeat.status_code, repeat.body) == (201, b'{"done":true}')


async def test_a_repeat_while_a_streamed_run_is_under_way_is_a_conflict_and_then_follows_it(
    answers: AnswerStore,
) -> None:
    run = Run("th_1", "run_1", "offline")

    async def submit() -> Run:
        return run

    async def attach(run_id: str) -> Run:
        assert run_id == "run_1"
        return run

    async def answer(run: Run) -> Response:
        return stream_response(run, "/", after=0, heartbeat=60)

    await first(answers).run(submit, attach, answer)
    with pytest.raises(ProblemError) as caught:
        await first(answers).run(submit, attach, answer)
    assert caught.value.kind is STILL_RUNNING
    await run.finish(RunResult(thread_id="th_1", run_id="run_1", status="completed"))
    repeat = await first(answers).run(submit, attach, answer)
    assert isinstance(repeat, StreamingResponse)
    body = b"".join([chunk async for chunk in repeat.body_iterator if isinstance(chunk, bytes)])
    assert body.startswith(b"event: end")
