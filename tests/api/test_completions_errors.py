"""Errors of the completions endpoint: a real status and OpenAI's shape, so that its clients raise what they should."""

from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI

from api.keys import Scope
from tests.api.conftest import Running

HELLO: Any = {"role": "user", "content": "Hello"}


@pytest.fixture
def client(server: Running) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{server.url}/v1", api_key=server.customer_key) as made:
        yield made


def test_a_key_that_is_not_valid(server: Running) -> None:
    client = OpenAI(base_url=f"{server.url}/v1", api_key="dm_nothing")
    with client, pytest.raises(openai.AuthenticationError) as raised:
        client.chat.completions.create(model="deskmate", messages=[HELLO])
    assert raised.value.code == "invalid_api_key"
    assert "deskmate keys" in raised.value.message


def test_a_key_for_something_else(server: Running) -> None:
    key = server.key_for("C-1001", scopes=frozenset({Scope.TICKETS}))
    with OpenAI(base_url=f"{server.url}/v1", api_key=key) as client, pytest.raises(openai.PermissionDeniedError):
        client.chat.completions.create(model="deskmate", messages=[HELLO])


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_that_is_not_known_is_not_found_before_anything_is_done(
    client: OpenAI, customer: httpx.Client, stream: bool
) -> None:
    before = customer.get("/v1/threads").json()
    with pytest.raises(openai.NotFoundError) as raised:
        client.chat.completions.create(model="gpt-9", messages=[HELLO], stream=stream)
    assert raised.value.code == "model_not_found"
    assert raised.value.param == "model"
    assert customer.get("/v1/threads").json() == before


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        ([], "messages"),
        ([{"role": "system", "content": "Be brief."}], "messages"),
        ([{"role": "user", "content": "  "}], "messages"),
        ([HELLO, {"role": "assistant", "content": "Hello!"}], "messages"),
        ([{"role": "user", "content": "long " * 5000}], "messages"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}], None),
        ([{"role": "robot", "content": "Hello"}], "messages.0.role"),
    ],
)
def test_a_conversation_that_cannot_be_answered_is_a_bad_request(
    client: OpenAI, messages: list[Any], param: str | None
) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model="deskmate", messages=messages)
    assert raised.value.type == "invalid_request_error"
    if param:
        assert raised.value.param == param


def test_more_than_one_answer_is_not_to_be_had(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model="deskmate", messages=[HELLO], n=2)
    assert raised.value.param == "n"


@pytest.mark.parametrize(
    ("content", "status"), [("{", 400), (b" " * (256 * 1024 + 1), 413), ('{"messages": "Hello"}', 400)]
)
def test_every_error_of_the_path_has_one_shape(customer: httpx.Client, content: Any, status: int) -> None:
    response = customer.post("/v1/chat/completions", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}


def test_a_wrong_method_has_that_shape_too(customer: httpx.Client) -> None:
    response = customer.get("/v1/chat/completions")
    assert response.status_code == 405
    assert "POST" in response.json()["error"]["message"]
