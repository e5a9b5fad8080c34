"""The same POST twice: one effect, one answer."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from api.answers import AnswerStore
from api.store import open_store
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
