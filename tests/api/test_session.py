"""The demo keys, handed to this server's own page and to nobody else."""

import httpx
import pytest

from tests.api.conftest import Running
from tests.api.problem import problem


def test_the_page_gets_the_two_keys_of_the_banner(server: Running, anybody: httpx.Client) -> None:
    session = anybody.get("/demo/session", headers={"Sec-Fetch-Site": "same-origin", "Origin": server.url}).json()
    assert session == {
        "customer": {"key": server.customer_key, "subject": "C-1001"},
        "staff": {"key": server.staff_key, "subject": "S-01"},
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "rebound.example"},
        {"X-Forwarded-For": "203.0.113.7"},
        {"Forwarded": "for=203.0.113.7"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_another_site_or_a_proxy_gets_nothing(anybody: httpx.Client, headers: dict[str, str]) -> None:
    problem(anybody.get("/demo/session", headers=headers), 404, "not-found")
