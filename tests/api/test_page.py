"""The web page as it is served."""

import httpx
import pytest


@pytest.mark.parametrize("path", ["/", "/wiki/demo/billing/late-fees"])
def test_the_page_and_every_citation_link_open_the_shell(anybody: httpx.Client, path: str) -> None:
    response = anybody.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"


def test_the_shell_names_only_files_that_are_there(anybody: httpx.Client) -> None:
    import re

    files = re.findall(r'(?:src|href)="(/web/[^"]+)"', anybody.get("/").text)
    assert files
    for file in files:
        assert anybody.get(file).status_code == 200


def test_scripts_are_served_as_scripts(anybody: httpx.Client) -> None:
    response = anybody.get("/web/app.js")
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("path", ["/web/..%2fsettings.py", "/web/nothing.js", "/web/", "/web/.%2e/app.py"])
def test_nothing_else_is_served(anybody: httpx.Client, path: str) -> None:
    assert anybody.get(path).status_code == 404


def test_the_content_security_policy_allows_nothing_from_elsewhere(anybody: httpx.Client) -> None:
    assert anybody.get("/").headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
