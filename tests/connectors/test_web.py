"""A site that is slow, busy or broken is asked again, within bounds, and then a sentence says so."""

from collections.abc import Iterator

import pytest

from knowledge.connectors.web import NotThere, Web, WebOptions
from knowledge.errors import PageSkipped, SourceUnavailable
from tests.connectors.site import Answer, Site, serving

TEXT = Answer("text")


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site({"/a": TEXT})) as running:
        yield running


def web(site: Site, **options: float) -> Web:
    return Web(WebOptions.model_validate({"url": site.url, "seconds": 0.3, "retries": 2, "patience": 0.1, **options}))


@pytest.mark.parametrize(
    "fault",
    [
        Answer(status=429, headers=(("Retry-After", "0"),)),
        Answer(status=500),
        Answer(status=503),
        Answer("late", wait=0.5),
        Answer("half of it is missing", cut=True),
    ],
    ids=["429", "500", "503", "time-out", "cut"],
)
def test_what_passes_is_tried_again(site: Site, fault: Answer) -> None:
    site.faults = [fault]
    with web(site) as client:
        assert client.get(f"{site.url}/a").text == "text"
    assert len(site.requests) == 2


def test_the_server_says_how_long_to_wait(site: Site) -> None:
    site.faults = [Answer(status=429, headers=(("Retry-After", "1"),))]
    with web(site, patience=5) as client:
        response = client.get(f"{site.url}/a")
    assert response.extensions["retry"].elapsed_sleep == 1


def test_waiting_is_bounded(site: Site) -> None:
    site.faults = [Answer(status=429, headers=(("Retry-After", "3600"),))] * 3
    with web(site, patience=0.2) as client, pytest.raises(SourceUnavailable, match="429 Too Many Requests"):
        client.get(f"{site.url}/a")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Answer(status=503), "is busy or down"),
        (Answer(status=401), "check the user and the password or token"),
        (Answer(status=403), "check the user and the password or token"),
        (Answer(status=400), "did not understand the request"),
        (Answer("x" * 9, cut=True), "cannot be reached"),
        (Answer(wait=0.5), "did not answer within 0.3 seconds"),
    ],
    ids=["503", "401", "403", "400", "cut", "time-out"],
)
def test_what_stays_is_one_sentence(site: Site, answer: Answer, sentence: str) -> None:
    site.always = answer
    with web(site, retries=1) as client, pytest.raises(SourceUnavailable, match=sentence):
        client.get(f"{site.url}/a")


def test_what_is_not_there_is_no_fault_of_the_site(site: Site) -> None:
    with web(site) as client, pytest.raises(NotThere):
        client.get(f"{site.url}/b")
    assert len(site.requests) == 1


def test_a_redirect_to_another_host_is_not_followed(site: Site) -> None:
    with serving(Site({"/x": TEXT})) as other, web(site) as client:
        site.pages["/a"] = Answer(status=302, headers=(("Location", f"{other.url}/x"),))
        with pytest.raises(SourceUnavailable, match="may not read"):
            client.get(f"{site.url}/a")
        assert not other.requests


@pytest.mark.parametrize("retries", [0, 2])
def test_an_answer_that_is_too_large_is_not_read(site: Site, retries: int) -> None:
    site.pages["/a"] = Answer("x" * 5000)
    with web(site, page_limit=4000, retries=retries) as client, pytest.raises(PageSkipped, match="more than 4,000"):
        client.get(f"{site.url}/a")
    assert len(site.requests) == 1


def test_something_else_than_json_is_said(site: Site) -> None:
    with web(site) as client, pytest.raises(SourceUnavailable, match="something else than JSON"):
        client.json(f"{site.url}/a")
