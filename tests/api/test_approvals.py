"""Actions that wait for somebody's decision, over HTTP. Each test has a customer and an order of its own."""

from typing import Any

import httpx
import pytest

from tests.api.conftest import Running
from tests.api.problem import problem
from tests.api.sse import received

APPROVE = {"decisions": [{"type": "approve"}]}
REJECT = {"decisions": [{"type": "reject", "message": "Keep it."}]}


def asked(client: httpx.Client, message: str) -> tuple[str, dict[str, Any]]:
    """The path of a run that waits, and the run."""
    thread_id = client.post("/v1/threads").json()["thread_id"]
    run = client.post(f"/v1/threads/{thread_id}/runs/wait", json={"input": {"message": message}}).json()
    assert run["status"] == "needs_approval", run
    return f"/v1/threads/{thread_id}/runs/{run['run_id']}", run


def thread_of(path: str) -> str:
    return path.partition("/runs/")[0]


def test_a_customer_approves_a_cancellation(server: Running) -> None:
    with server.client(server.key_for("C-1003")) as client:
        path, run = asked(client, "Please cancel order O-5004")
        assert run["pending"]["approver"] == "customer"
        assert run["pending"]["action_requests"][0]["args"] == {"order_id": "O-5004"}
        assert client.get(thread_of(path)).json()["pending"] == run["pending"]
        done = client.post(f"{path}/resume", json=APPROVE).json()
        assert done["status"] == "completed"
        assert "cancelled" in done["reply"]["text"]
        problem(client.post(f"{path}/resume", json=APPROVE), 409, "nothing-pending")


def test_a_repeated_decision_gets_the_stored_answer(server: Running) -> None:
    with server.client(server.key_for("C-1012")) as client:
        path, _ = asked(client, "Please cancel order O-5016")
        first, second = (
            client.post(f"{path}/resume", json=APPROVE, headers={"Idempotency-Key": "decide"}) for _ in range(2)
        )
        assert first.json()["status"] == "completed"
        assert second.content == first.content


@pytest.mark.parametrize("how", [{"params": {"stream": "true"}}, {"headers": {"Accept": "text/event-stream"}}])
def test_a_decision_can_be_followed_as_a_stream(server: Running, how: dict[str, Any]) -> None:
    with server.client(server.key_for("C-1006")) as client:
        path, _ = asked(client, "Please cancel order O-5009")
        response = client.post(f"{path}/resume", json=REJECT, **how)
        assert response.headers["content-type"].startswith("text/event-stream")
        events = list(received(response.text.split("\n")))
        assert events[0].event == "metadata"
        assert events[-1].data["run"]["status"] == "completed"
        asked(client, "Please cancel order O-5009")  # it was kept, so it can still be cancelled


def test_only_staff_approve_a_refund(server: Running, customer: httpx.Client, staff: httpx.Client) -> None:
    path, run = asked(customer, "Order O-5002 is broken. Please give me a refund for it.")
    assert run["pending"]["approver"] == "staff"
    problem(customer.post(f"{path}/resume", json=APPROVE), 403, "forbidden")
    busy = customer.post(f"{thread_of(path)}/runs/wait", json={"input": {"message": "Hello?"}})
    problem(busy, 409, "thread-waiting")
    done = staff.post(f"{path}/resume", json=APPROVE)
    assert done.status_code == 200
    assert done.json()["status"] == "completed"


def test_the_wrong_number_of_decisions_is_a_wrong_field(server: Running) -> None:
    with server.client(server.key_for("C-1016")) as client:
        path, _ = asked(client, "Please cancel order O-5060")
        twice = {"decisions": [*APPROVE["decisions"], *APPROVE["decisions"]]}
        assert "decisions" in str(problem(client.post(f"{path}/resume", json=twice), 422, "invalid")["errors"])
        client.post(f"{path}/resume", json=REJECT)


def test_a_thread_that_was_handed_off_is_mute_until_staff_release_it(
    customer: httpx.Client, staff: httpx.Client, thread_id: str
) -> None:
    path = f"/v1/threads/{thread_id}"
    say = {"input": {"message": "I want to talk to a human, please."}}
    assert customer.post(f"{path}/runs/wait", json=say).json()["status"] == "handed_off"
    question = {"input": {"message": "What is the late fee?"}}
    assert customer.post(f"{path}/runs/wait", json=question).json()["status"] == "handed_off"
    assert staff.post(f"{path}/release").json()["status"] != "running"
    assert "7.50" in customer.post(f"{path}/runs/wait", json=question).json()["reply"]["text"]
