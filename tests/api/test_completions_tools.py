"""Tools that the client brings: they come back as calls, and go on when their results come back."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI

from tests.api.conftest import Running

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the current weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "description": "Name of the city"}},
            "required": ["city"],
        },
    },
}
TIME: Any = {
    "type": "function",
    "function": {
        "name": "get_time",
        "description": "Get the current time.",
        "parameters": {"type": "object", "properties": {}},
    },
}
SYSTEM: Any = {"role": "system", "content": "You help travellers. Look things up before you answer."}
TIME_PLEASE: Any = {"role": "user", "content": "Get the current time."}


@pytest.fixture
def client(server: Running) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{server.url}/v1", api_key=server.customer_key) as made:
        yield made


def test_a_call_comes_back_and_goes_on_with_its_result(client: OpenAI, customer: httpx.Client) -> None:
    before = customer.get("/v1/threads").json()
    messages: list[Any] = [SYSTEM, TIME_PLEASE]
    first = client.chat.completions.create(model="offline", messages=messages, tools=[WEATHER, TIME])
    choice = first.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    assert choice.message.tool_calls
    call = choice.message.tool_calls[0]
    assert call.type == "function"
    assert call.function.name == "get_time"
    assert json.loads(call.function.arguments) == {}
    messages += [choice.message, {"role": "tool", "tool_call_id": call.id, "content": "It is 10:42."}]
    second = client.chat.completions.create(model="offline", messages=messages, tools=[WEATHER, TIME])
    assert second.choices[0].finish_reason == "stop"
    assert second.choices[0].message.content == "It is 10:42."
    assert customer.get("/v1/threads").json() == before  # the desk has no part in it


def test_a_stream_carries_the_call(client: OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="offline", messages=[TIME_PLEASE], tools=[TIME], stream=True, stream_options={"include_usage": True}
        )
    )
    calls = [call for chunk in chunks for choice in chunk.choices for call in choice.delta.tool_calls or ()]
    assert [(call.index, call.function.name if call.function else None) for call in calls] == [(0, "get_time")]
    assert chunks[-2].choices[0].finish_reason == "tool_calls"
    assert chunks[-1].usage


@pytest.mark.parametrize("name", ["plan", "answer", "skip", "reply"])
def test_a_tool_may_be_called_like_a_choice_of_the_agent_s_own(client: OpenAI, name: str) -> None:
    tool: Any = {"type": "function", "function": {"name": name, "description": "Get the current time."}}
    answer = client.chat.completions.create(model="offline", messages=[TIME_PLEASE], tools=[tool])
    assert [call.function.name for call in answer.choices[0].message.tool_calls or () if call.type == "function"] == [
        name
    ]


def test_without_a_choice_of_tools_none_is_called(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="offline", messages=[TIME_PLEASE], tools=[TIME], tool_choice="none")
    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].message.content


def test_the_tools_of_the_desk_are_never_called_for_the_client(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="offline", messages=[{"role": "user", "content": "Please open a ticket: my Hub 6 is loud"}], tools=[TIME]
    )
    assert answer.choices[0].message.tool_calls is None


@pytest.mark.parametrize(
    ("messages", "more", "param"),
    [
        ([TIME_PLEASE, {"role": "tool", "tool_call_id": "call_0", "content": "10"}], {}, "messages.1.tool_call_id"),
        (
            [
                {
                    "role": "assistant",
                    "tool_calls": [
                        {"id": "a", "type": "function", "function": {"name": "get_time", "arguments": "now"}}
                    ],
                }
            ],
            {},
            "messages.0.tool_calls",
        ),
        ([TIME_PLEASE], {"tool_choice": {"type": "function", "function": {"name": "fly"}}}, "tool_choice"),
    ],
)
def test_a_conversation_that_does_not_hold_together_is_a_bad_request(
    client: OpenAI, messages: list[Any], more: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model="offline", messages=messages, tools=[TIME], **more)
    assert raised.value.param == param
