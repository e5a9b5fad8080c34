"""What every error answer must look like."""

import httpx


def problem(response: httpx.Response, status: int, slug: str) -> dict[str, object]:
    """The document of an error answer, after its shape was checked."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, object] = response.json()
    assert document["type"] == f"urn:deskmate:{slug}"
    assert document["status"] == status
    assert document["instance"] == response.request.url.path
    detail = document["detail"]
    assert isinstance(detail, str)
    assert len(detail.split()) > 3, "a sentence, not a code"
    assert "Traceback" not in response.text
    return document
