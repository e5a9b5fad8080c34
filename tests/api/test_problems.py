"""Errors that no route makes itself."""

from collections.abc import Iterator

import httpx
import pytest

from tests.api.conftest import Running
from tests.api.problem import problem

LIMIT = 256 * 1024


def test_an_unknown_path_points_to_the_list_of_paths(anybody: httpx.Client) -> None:
    assert "/openapi.json" in str(problem(anybody.get("/v1/nothing"), 404, "not-found")["detail"])


def test_a_wrong_method_names_the_right_one(anybody: httpx.Client) -> None:
    response = anybody.delete("/v1/threads")
    assert "POST" in str(problem(response, 405, "method-not-allowed")["detail"])
    assert "POST" in response.headers["allow"]


def test_broken_json_is_called_that(customer: httpx.Client) -> None:
    response = customer.post("/v1/threads", content='{"collection": "de', headers={"Content-Type": "application/json"})
    document = problem(response, 422, "invalid")
    assert "not JSON" in str(document["detail"])


def test_json_without_its_content_type_is_told_which_header_to_send(customer: httpx.Client, thread_id: str) -> None:
    response = customer.post(
        f"/v1/threads/{thread_id}/runs/wait",
        content='{"input":{"message":"Hello"}}',
        headers={"Content-Type": "application/x-www-form-urlencoded"},  # what curl -d sends
    )
    assert "Content-Type: application/json" in str(problem(response, 422, "invalid")["detail"])


def test_a_body_over_the_cap_is_refused(customer: httpx.Client) -> None:
    problem(customer.post("/v1/threads", content=b" " * (LIMIT + 1)), 413, "body-too-large")


def test_a_body_over_the_cap_is_refused_when_its_length_is_not_declared(server: Running) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(LIMIT // 1024 + 1):
            yield b" " * 1024

    with server.client(server.customer_key) as client:
        response = client.request("POST", "/v1/threads", content=chunks())  # chunked transfer
    problem(response, 413, "body-too-large")


def test_a_body_at_the_cap_is_read(customer: httpx.Client) -> None:
    body = b"{}" + b" " * (LIMIT - 2)
    response = customer.post("/v1/threads", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 201


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/nothing", "/v1/me", "/openapi.json"])
def test_every_answer_carries_the_security_headers(anybody: httpx.Client, path: str) -> None:
    headers = anybody.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers
