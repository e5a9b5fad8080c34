"""Search and pages over HTTP."""

import httpx

from tests.api.problem import problem


def test_search_finds_the_passage_with_page_heading_and_link(customer: httpx.Client) -> None:
    result = customer.get("/v1/knowledge/search", params={"q": "late fee", "k": 3}).json()
    assert len(result["hits"]) == 3
    best = result["hits"][0]
    assert best["page"] == "billing/late-fees"
    assert best["heading"]
    assert best["url"].startswith("/wiki/demo/billing/late-fees#")
    assert "€7.50" in best["text"]


def test_search_says_how_likely_the_wiki_speaks_of_it(customer: httpx.Client) -> None:
    sure, unsure = (
        customer.get("/v1/knowledge/search", params={"q": q}).json()["confidence"]
        for q in ("How high is the late fee?", "Who painted the Mona Lisa?")
    )
    assert sure > 0.9
    assert unsure < 0.1


def test_a_search_may_lean_on_what_was_said_before(customer: httpx.Client) -> None:
    question, before = "And does it cost anything?", "How do I get a payment plan for an invoice?"
    alone, after = (
        customer.get("/v1/knowledge/search", params=params).json()["hits"][0]["page"]
        for params in ({"q": question}, {"q": question, "before": before})
    )
    assert after == "billing/late-fees"
    assert alone != after


def test_a_cited_page_can_be_read_and_holds_the_passage(customer: httpx.Client) -> None:
    best = customer.get("/v1/knowledge/search", params={"q": "late fee", "k": 1}).json()["hits"][0]
    page = customer.get(f"/v1/knowledge/pages/{best['page']}", params={"collection": "demo"}).json()
    assert best["text"] in page["text"]


def test_a_quote_is_placed_on_its_page(customer: httpx.Client) -> None:
    best = customer.get("/v1/knowledge/search", params={"q": "late fee", "k": 1}).json()["hits"][0]
    address = f"/v1/knowledge/pages/{best['page']}"
    page = customer.get(address, params={"quote": best["text"]}).json()
    place = page["quoted"]
    assert page["text"][place["start"] : place["end"]] == best["text"]
    assert (place["heading"], place["url"]) == (best["heading"], best["url"])
    assert customer.get(address, params={"quote": "Nobody wrote this."}).json()["quoted"] is None
    assert customer.get(address).json()["quoted"] is None


def test_a_hit_says_who_may_read_it_who_keeps_it_and_how_old_it_is(staff: httpx.Client) -> None:
    hit = staff.get("/v1/knowledge/search", params={"q": "goodwill credit limits", "k": 1}).json()["hits"][0]
    assert (hit["page"], hit["audience"], hit["superseded"]) == ("internal/goodwill-limits", "internal", False)
    assert hit["owner"]
    assert hit["updated"]


def test_the_wikis_are_listed_with_what_the_caller_may_read(customer: httpx.Client, staff: httpx.Client) -> None:
    [mine] = [wiki for wiki in customer.get("/v1/knowledge/collections").json()["data"] if wiki["name"] == "demo"]
    [theirs] = [wiki for wiki in staff.get("/v1/knowledge/collections").json()["data"] if wiki["name"] == "demo"]
    assert mine["default"]
    assert 0 < mine["pages"] < theirs["pages"]


def test_internal_pages_are_for_staff(customer: httpx.Client, staff: httpx.Client) -> None:
    params: dict[str, str | int] = {"q": "internal escalation on-call goodwill credit limits for staff", "k": 50}
    pages = {hit["page"] for hit in staff.get("/v1/knowledge/search", params=params).json()["hits"]}
    hidden = {page for page in pages if page.startswith("internal/")}
    assert hidden
    assert hidden.isdisjoint(hit["page"] for hit in customer.get("/v1/knowledge/search", params=params).json()["hits"])
    for page in hidden:
        assert staff.get(f"/v1/knowledge/pages/{page}").status_code == 200
        hidden_one = problem(customer.get(f"/v1/knowledge/pages/{page}", params={"quote": "a"}), 404, "not-found")
        missing = problem(customer.get("/v1/knowledge/pages/no/such/page"), 404, "not-found")
        assert str(hidden_one).replace(page, "no/such/page") == str(missing)


def test_a_page_is_found_in_whichever_wiki_holds_it(customer: httpx.Client) -> None:
    address = "/v1/knowledge/pages/billing/late-fees"
    page = customer.get(address, params={"collection": "*"}).json()
    assert page == customer.get(address, params={"collection": "demo"}).json()
    problem(customer.get("/v1/knowledge/pages/internal/goodwill-limits", params={"collection": "*"}), 404, "not-found")


def test_an_unknown_collection_is_not_found(customer: httpx.Client) -> None:
    problem(customer.get("/v1/knowledge/search", params={"q": "x", "collection": "nothing"}), 404, "not-found")


def test_a_collection_that_cannot_be_one_is_a_wrong_field(customer: httpx.Client) -> None:
    response = customer.get("/v1/knowledge/search", params={"q": "x", "collection": "../secret"})
    assert "'collection'" in str(problem(response, 422, "invalid")["errors"])


def test_search_names_every_wrong_parameter(customer: httpx.Client) -> None:
    document = problem(customer.get("/v1/knowledge/search", params={"k": 1000}), 422, "invalid")
    assert "'q'" in str(document["errors"])
    assert "'k'" in str(document["errors"])
