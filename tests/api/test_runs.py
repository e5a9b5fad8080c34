"""Messages to the agent over HTTP."""

import httpx

from agent.threads import Threads
from tests.api.conftest import Running
from tests.api.problem import problem


def test_wait_answers_with_the_run(customer: httpx.Client, thread_id: str) -> None:
    body = {"input": {"message": "What is the late fee?"}, "model": "offline"}
    response = customer.post(f"/v1/threads/{thread_id}/runs/wait", json=body)
    assert response.status_code == 200
    run = response.json()
    assert run["thread_id"] == thread_id
    assert run["status"] == "completed"
    assert "7.50" in run["reply"]["text"]
    assert run["reply"]["citations"][0]["url"].startswith("/wiki/demo/billing/late-fees")
    assert run["model"] == "offline"


def test_the_thread_remembers_what_was_said(customer: httpx.Client, thread_id: str) -> None:
    run = customer.post(f"/v1/threads/{thread_id}/runs/wait", json={"input": {"message": "What is the late fee?"}})
    thread = customer.get(f"/v1/threads/{thread_id}").json()
    assert [message["role"] for message in thread["messages"]] == ["user", "assistant"]
    assert thread["runs"] == [run.json()]
    assert thread["collection"] == "demo"


def test_a_message_that_is_missing_names_the_field(customer: httpx.Client, thread_id: str) -> None:
    document = problem(customer.post(f"/v1/threads/{thread_id}/runs/wait", json={"input": {}}), 422, "invalid")
    assert document["errors"] == [{"field": "input.message", "message": "Field required"}]


def test_a_blank_message_names_the_field(customer: httpx.Client, thread_id: str) -> None:
    body = {"input": {"message": "   "}}
    document = problem(customer.post(f"/v1/threads/{thread_id}/runs/wait", json=body), 422, "invalid")
    assert "input.message" in str(document["errors"])


def test_a_message_over_the_limit_names_the_field(customer: httpx.Client, thread_id: str) -> None:
    body = {"input": {"message": "long " * 5000}}
    document = problem(customer.post(f"/v1/threads/{thread_id}/runs/wait", json=body), 422, "invalid")
    assert "input.message" in str(document["errors"])
    assert "8000" in str(document["detail"])


def test_a_field_that_does_not_exist_is_named(customer: httpx.Client, thread_id: str) -> None:
    body = {"input": {"message": "Hello"}, "modell": "offline"}
    document = problem(customer.post(f"/v1/threads/{thread_id}/runs/wait", json=body), 422, "invalid")
    assert "modell" in str(document["errors"])


def test_a_model_that_names_no_provider_is_a_wrong_field(customer: httpx.Client, thread_id: str) -> None:
    body = {"input": {"message": "Hello"}, "model": "gpt"}
    document = problem(customer.post(f"/v1/threads/{thread_id}/runs/wait", json=body), 422, "invalid")
    assert "'model'" in str(document["errors"])


def test_a_model_that_cannot_be_reached_is_unavailable(customer: httpx.Client, thread_id: str) -> None:
    body = {"input": {"message": "Hello"}, "model": "ollama/absent"}
    response = customer.post(f"/v1/threads/{thread_id}/runs/stream", json=body)
    problem(response, 503, "unavailable")
    assert response.headers["retry-after"]


def test_a_thread_in_an_unknown_wiki_is_refused_at_once(customer: httpx.Client) -> None:
    document = problem(customer.post("/v1/threads", json={"collection": "nothing"}), 422, "invalid")
    assert "'collection'" in str(document["errors"])
    assert "GET /v1/knowledge/collections" in str(document["detail"])


def test_a_thread_with_another_writer_is_busy(customer: httpx.Client, server: Running, thread_id: str) -> None:
    threads = Threads(server.data_dir / "threads.sqlite", lease=60)
    threads.claim(thread_id, "another writer")
    path, body = f"/v1/threads/{thread_id}/runs/wait", {"input": {"message": "Hello"}}
    response = customer.post(path, json=body)
    problem(response, 409, "thread-busy")
    assert response.headers["retry-after"]
    threads.release(thread_id, "another writer")
    assert customer.post(path, json=body).status_code == 200
    threads.close()


def test_a_thread_that_does_not_exist_is_not_found(customer: httpx.Client) -> None:
    problem(customer.post("/v1/threads/th_0/runs/wait", json={"input": {"message": "Hello"}}), 404, "not-found")


def test_a_run_that_waits_for_nothing_cannot_be_decided(customer: httpx.Client, thread_id: str) -> None:
    run = customer.post(f"/v1/threads/{thread_id}/runs/wait", json={"input": {"message": "Hello"}}).json()
    path = f"/v1/threads/{thread_id}/runs/{run['run_id']}/resume"
    problem(customer.post(path, json={"decisions": [{"type": "approve"}]}), 409, "nothing-pending")


def test_a_decision_of_an_unknown_kind_names_its_place(customer: httpx.Client) -> None:
    path = "/v1/threads/th_0/runs/run_0/resume"
    document = problem(customer.post(path, json={"decisions": [{"type": "maybe"}]}), 422, "invalid")
    assert "decisions.0" in str(document["errors"])
