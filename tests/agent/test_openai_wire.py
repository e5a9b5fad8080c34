"""A model behind a server of OpenAI's protocol, over a real socket."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolCall, ToolMessage

from agent.errors import ModelOutputError, ModelUnavailable
from agent.models.choosing import ChoosingChat
from agent.models.openai_server import OpenAIWire, split
from agent.models.profile import Mode, Profile
from agent.models.settings import OpenAISettings
from tests.agent.openai_double import OpenAIDouble, Said, openai_double
from tests.agent.test_ollama_grammar import CHOICES

MESSAGES: list[BaseMessage] = [SystemMessage("Rules."), HumanMessage("Where is order O-1?")]
CALL = '{"action":"get_order","order_id":"O-1"}'


@pytest.fixture
async def double() -> AsyncIterator[OpenAIDouble]:
    async with openai_double() as double:
        yield double


async def decide(
    double: OpenAIDouble, mode: Mode = "schema", messages: list[BaseMessage] = MESSAGES, **settings: Any
) -> AIMessage:
    wire = OpenAIWire("m", double.base_url, OpenAISettings(**settings))
    profile = Profile(mode=mode, think="unset", options={"temperature": 0, "seed": 1})
    try:
        chat = ChoosingChat(spec=f"openai/m@{double.base_url}", wire=wire, run_profile=profile)
        return await chat.bind_tools(CHOICES).ainvoke(messages)
    finally:
        await wire.close()


def said(*pieces: str, **how: Any) -> Said:
    return Said(tuple({"content": piece} for piece in pieces), **how)


def chosen(message: AIMessage) -> tuple[str, dict[str, Any]]:
    (call,) = message.tool_calls
    return call["name"], call["args"]


async def test_schema_mode_sends_the_grammar_as_a_response_format(double: OpenAIDouble) -> None:
    double.script.append(said(CALL[:9], CALL[9:]))
    message = await decide(double)
    assert chosen(message) == ("get_order", {"order_id": "O-1"})
    (body,) = double.sent
    assert body["response_format"]["json_schema"]["schema"]["anyOf"]
    assert "tools" not in body
    assert (body["temperature"], body["seed"], body["max_tokens"]) == (0, 1, 256)
    assert message.usage_metadata == {"input_tokens": 21, "output_tokens": 4, "total_tokens": 25}


async def test_native_mode_puts_a_call_together_from_its_deltas(double: OpenAIDouble) -> None:
    pieces = ({"name": "get_order", "arguments": '{"order'}, {"arguments": '_id":"O-1"}'})
    deltas = tuple({"tool_calls": [{"index": 0, "function": piece}]} for piece in pieces)
    double.script.append(Said(deltas, finish="tool_calls"))
    assert chosen(await decide(double, "native")) == ("get_order", {"order_id": "O-1"})
    assert "response_format" not in double.sent[0]


async def test_earlier_calls_and_their_results_are_paired_by_id(double: OpenAIDouble) -> None:
    calls: list[ToolCall] = [{"name": n, "args": {}, "id": f"x{n}", "type": "tool_call"} for n in ("a", "b")]
    results = [ToolMessage(f"result {n}", tool_call_id=f"x{n}") for n in ("a", "b")]
    double.script.append(said(CALL))
    await decide(double, "native", [*MESSAGES, AIMessage("", tool_calls=calls), *results, HumanMessage("Go on")])
    _, _, asked, first, second, _ = double.sent[0]["messages"]
    assert [call["id"] for call in asked["tool_calls"]] == [first["tool_call_id"], second["tool_call_id"]]
    assert first["content"] == "result a"
    assert asked["tool_calls"][0]["function"]["arguments"] == "{}"


async def test_an_answer_that_is_cut_is_never_read(double: OpenAIDouble) -> None:
    double.script.extend([said(CALL, finish="length")] * 2)
    with pytest.raises(ModelOutputError, match="not finished"):
        await decide(double)


async def test_arguments_that_are_no_object_are_told_to_the_model(double: OpenAIDouble) -> None:
    deltas = ({"tool_calls": [{"index": 0, "function": {"name": "get_order", "arguments": "[oh"}}]},)
    double.script.extend([Said(deltas, finish="tool_calls"), said(CALL)])
    assert chosen(await decide(double, "native")) == ("get_order", {"order_id": "O-1"})
    assert "get_order needs 'order_id'" in double.sent[1]["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Said(status=401), "Set DESKMATE_OPENAI_API_KEY"),
        (Said(status=404), "Model m is not on the server"),
        (Said(status=429), "is busy"),
        (Said(status=500), "failed on model m"),
        (said(CALL, finish=None), "broke off before its end"),
    ],
)
async def test_trouble_is_told_in_a_sentence_without_the_servers_words(
    double: OpenAIDouble, answer: Said, sentence: str
) -> None:
    double.script.append(answer)
    with pytest.raises(ModelUnavailable) as error:
        await decide(double)
    assert sentence in str(error.value)
    assert "secret" not in str(error.value)


async def test_a_server_that_is_not_there_is_named() -> None:
    async with openai_double() as gone:
        pass
    with pytest.raises(ModelUnavailable, match="No model server answers at http://127"):
        await decide(gone)


async def test_a_server_that_never_begins_is_given_up(double: OpenAIDouble) -> None:
    double.script.append(said(CALL, pause=5))
    with pytest.raises(ModelUnavailable, match=r"did not begin to answer within 0\.2 seconds"):
        await decide(double, first_byte_seconds=0.2)


def test_the_address_stands_in_the_model_string() -> None:
    assert split("org/qwen3:8b@http://gpu:8000/v1") == ("org/qwen3:8b", "http://gpu:8000/v1")
    assert split("qwen3") is None
    assert split("qwen3@gpu") is None
