"""Who may come in, and what each may see."""

import httpx
import pytest

from api.keys import Scope
from tests.api.conftest import Running
from tests.api.problem import problem

PROTECTED = [
    ("POST", "/v1/threads"),
    ("GET", "/v1/threads/th_1"),
    ("POST", "/v1/threads/th_1/runs/wait"),
    ("POST", "/v1/threads/th_1/runs/stream"),
    ("POST", "/v1/threads/th_1/runs/run_1/resume"),
    ("GET", "/v1/threads/th_1/runs/run_1/stream"),
    ("POST", "/v1/threads/th_1/release"),
    ("GET", "/v1/models"),
    ("GET", "/v1/me"),
    ("GET", "/v1/tickets"),
    ("GET", "/v1/tickets/T-1001"),
    ("GET", "/v1/knowledge/search?q=x"),
    ("GET", "/v1/knowledge/pages/billing/late-fees"),
]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_a_request_without_a_key_is_refused_and_told_what_to_send(
    anybody: httpx.Client, method: str, path: str
) -> None:
    response = anybody.request(method, path)
    document = problem(response, 401, "unauthorized")
    assert "Authorization: Bearer" in str(document["detail"])
    assert response.headers["www-authenticate"] == "Bearer"


def test_an_unknown_key_is_refused(server: Running) -> None:
    with server.client("dm_00000000_unknown") as client:
        problem(client.get("/v1/me"), 401, "unauthorized")


def test_another_scheme_than_bearer_is_refused(anybody: httpx.Client) -> None:
    document = problem(anybody.get("/v1/me", headers={"Authorization": "Basic eA=="}), 401, "unauthorized")
    assert "'Bearer <key>'" in str(document["detail"])


def test_me_names_the_principal_of_the_key(customer: httpx.Client, staff: httpx.Client) -> None:
    assert customer.get("/v1/me").json()["subject"] == "C-1001"
    assert staff.get("/v1/me").json()["role"] == "staff"


def test_a_key_opens_only_what_its_scopes_say(server: Running) -> None:
    key = server.key_for("C-1001", scopes=frozenset({Scope.KNOWLEDGE}))
    with server.client(key) as client:
        assert client.get("/v1/knowledge/search", params={"q": "late fee"}).status_code == 200
        problem(client.get("/v1/tickets"), 403, "forbidden")
        problem(client.post("/v1/threads"), 403, "forbidden")


def test_another_customers_thread_reads_as_one_that_does_not_exist(another: httpx.Client, thread_id: str) -> None:
    message = {"input": {"message": "Hello?"}}
    theirs = [
        another.get(f"/v1/threads/{thread_id}"),
        another.post(f"/v1/threads/{thread_id}/runs/wait", json=message),
        another.post(f"/v1/threads/{thread_id}/runs/stream", json=message),
        another.post(f"/v1/threads/{thread_id}/release"),
    ]
    for response in theirs:
        problem(response, 404, "not-found")
    unknown = another.get("/v1/threads/th_0")
    assert theirs[0].json()["detail"].replace(thread_id, "th_0") == unknown.json()["detail"]


def test_another_customers_run_cannot_be_followed_or_decided(
    customer: httpx.Client, another: httpx.Client, thread_id: str
) -> None:
    run = customer.post(f"/v1/threads/{thread_id}/runs/wait", json={"input": {"message": "Hello"}}).json()
    path = f"/v1/threads/{thread_id}/runs/{run['run_id']}"
    problem(another.get(f"{path}/stream"), 404, "not-found")
    problem(another.post(f"{path}/resume", json={"decisions": [{"type": "approve"}]}), 404, "not-found")


def test_a_customer_may_not_release_a_thread(customer: httpx.Client, thread_id: str) -> None:
    problem(customer.post(f"/v1/threads/{thread_id}/release"), 403, "forbidden")


def test_staff_may_release_a_customers_thread(staff: httpx.Client, thread_id: str) -> None:
    response = staff.post(f"/v1/threads/{thread_id}/release")
    assert response.status_code == 200
    assert response.json()["thread_id"] == thread_id
