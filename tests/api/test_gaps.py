"""Content gaps over HTTP and on the command line."""

import json

import httpx

from tests.api.conftest import Running, deskmate
from tests.api.problem import problem

QUESTION = "How do I train a falcon to hunt rabbits?"


def ask(client: httpx.Client) -> str:
    """Ask what the wiki does not hold; the thread."""
    thread: str = client.post("/v1/threads").json()["thread_id"]
    run = client.post(f"/v1/threads/{thread}/runs/wait", json={"input": {"message": QUESTION}}).json()
    assert run["unanswered"] == [QUESTION]
    return thread


def test_staff_see_what_the_wiki_lacks(customer: httpx.Client, staff: httpx.Client) -> None:
    thread = ask(customer)
    found = staff.get("/v1/knowledge/gaps").json()
    gap = next(gap for gap in found["data"] if gap["question"] == QUESTION)
    assert gap["threads"][0] == thread
    assert gap["asked"] >= 1
    assert staff.get("/v1/knowledge/gaps", params={"since": "2999-01-01"}).json()["data"] == []
    assert len(staff.get("/v1/knowledge/gaps", params={"limit": 1}).json()["data"]) == 1


def test_customers_do_not(customer: httpx.Client) -> None:
    problem(customer.get("/v1/knowledge/gaps"), 403, "forbidden")


def test_a_day_that_is_none_is_a_wrong_field(staff: httpx.Client) -> None:
    problem(staff.get("/v1/knowledge/gaps", params={"since": "yesterday"}), 422, "invalid")


def test_the_command_line_lists_the_same(server: Running, customer: httpx.Client, staff: httpx.Client) -> None:
    ask(customer)
    served = staff.get("/v1/knowledge/gaps").json()
    done = deskmate(server.data_dir, "knowledge", "gaps", "--json", "--limit", "50")
    assert json.loads(done.stdout)["data"] == served["data"]
    shown = deskmate(server.data_dir, "knowledge", "gaps").stdout
    assert QUESTION in shown
    assert served["data"][0]["threads"][0] in shown
