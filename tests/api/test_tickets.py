"""Tickets over HTTP."""

import httpx

from tests.api.problem import problem


def test_a_customer_sees_their_own_tickets_alone(customer: httpx.Client) -> None:
    tickets = customer.get("/v1/tickets", params={"limit": 200}).json()["data"]
    assert tickets
    assert {ticket["requester"] for ticket in tickets} == {"C-1001"}


def test_staff_see_those_of_everybody(staff: httpx.Client) -> None:
    tickets = staff.get("/v1/tickets", params={"limit": 200}).json()["data"]
    assert len({ticket["requester"] for ticket in tickets}) > 5


def test_filters_narrow_the_list(staff: httpx.Client) -> None:
    filters: list[tuple[str, str | int | float | bool | None]] = [
        ("status", "open"),
        ("status", "pending"),
        ("priority", "high"),
        ("limit", "200"),
    ]
    tickets = staff.get("/v1/tickets", params=filters).json()["data"]
    assert tickets
    assert {ticket["status"] for ticket in tickets} <= {"open", "pending"}
    assert {ticket["priority"] for ticket in tickets} == {"high"}


def test_pages_of_the_list_neither_overlap_nor_skip(staff: httpx.Client) -> None:
    whole = staff.get("/v1/tickets", params={"limit": 6}).json()["data"]
    pages = [staff.get("/v1/tickets", params={"limit": 3, "offset": offset}).json()["data"] for offset in (0, 3)]
    assert [ticket["id"] for page in pages for ticket in page] == [ticket["id"] for ticket in whole]


def test_a_filter_that_does_not_exist_lists_what_does(staff: httpx.Client) -> None:
    document = problem(staff.get("/v1/tickets", params={"status": "lost"}), 422, "invalid")
    assert "on_hold" in str(document["detail"])


def test_another_customers_ticket_reads_as_one_that_does_not_exist(customer: httpx.Client, staff: httpx.Client) -> None:
    tickets = staff.get("/v1/tickets", params={"limit": 200}).json()["data"]
    theirs = next(ticket["id"] for ticket in tickets if ticket["requester"] != "C-1001")
    document = problem(customer.get(f"/v1/tickets/{theirs}"), 404, "not-found")
    unknown = problem(customer.get("/v1/tickets/T-9999"), 404, "not-found")
    assert str(document["detail"]).replace(theirs, "T-9999") == unknown["detail"]


def test_internal_comments_and_history_are_for_staff(customer: httpx.Client, staff: httpx.Client) -> None:
    for ticket in customer.get("/v1/tickets", params={"limit": 200}).json()["data"]:
        mine = customer.get(f"/v1/tickets/{ticket['id']}").json()
        full = staff.get(f"/v1/tickets/{ticket['id']}").json()
        assert mine["history"] == []
        assert mine["comments"] == [comment for comment in full["comments"] if comment["visibility"] == "public"]
