"""The clients that people use pass their ordinary flows against the double: the `ollama` package and ChatOllama."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_ollama import ChatOllama, OllamaEmbeddings
from ollama import AsyncClient, ResponseError
from pydantic import BaseModel

from tests.ollama_double.double import OllamaDouble, ollama_double

MODEL = "llama3.1:8b"
QUESTION = "Where is order 7?"
CALL = '{"name": "get_order", "parameters": {"order_id": "7"}}'
TEXT = "It is on its way."


class Place(BaseModel):
    """What the structured answers hold."""

    city: str
    days: int


PLACE = Place(city="Berlin", days=2)


def get_order(order_id: str) -> str:
    """Look one order up.

    Args:
        order_id: The order's number.
    """
    return f"Order {order_id} is shipped."


@pytest.fixture
async def double() -> AsyncIterator[OllamaDouble]:
    async with ollama_double(MODEL, "qwen3:8b") as double:
        yield double


@pytest.fixture
async def client(double: OllamaDouble) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(double.base_url, trust_env=False) as client:
        yield client


@pytest.fixture
def model(double: OllamaDouble) -> ChatOllama:
    return ChatOllama(model=MODEL, base_url=double.base_url, client_kwargs={"trust_env": False})


async def test_ollama_chats(double: OllamaDouble, client: AsyncClient) -> None:
    double.write(TEXT)
    answer = await client.chat(MODEL, messages=[{"role": "user", "content": QUESTION}])
    assert (answer.message.content, answer.done, answer.done_reason) == (TEXT, True, "stop")
    assert answer.prompt_eval_count
    assert answer.eval_count


async def test_ollama_streams(double: OllamaDouble, client: AsyncClient) -> None:
    double.write(TEXT)
    stream = await client.chat(MODEL, messages=[{"role": "user", "content": QUESTION}], stream=True)
    parts = [part async for part in stream]
    assert len(parts) > 2
    assert "".join(part.message.content or "" for part in parts) == TEXT
    assert parts[-1].done


async def test_ollama_gets_calls_and_sends_their_results(double: OllamaDouble, client: AsyncClient) -> None:
    double.write(CALL, TEXT)
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    answer = await client.chat(MODEL, messages=messages, tools=[get_order])
    (call,) = answer.message.tool_calls or ()
    assert (call.function.name, call.function.arguments) == ("get_order", {"order_id": "7"})
    messages += [answer.message, {"role": "tool", "tool_name": "get_order", "content": get_order("7")}]
    answer = await client.chat(MODEL, messages=messages, tools=[get_order])
    assert answer.message.content == TEXT
    assert "Order 7 is shipped." in double.prompts[-1].text


async def test_ollama_asks_for_a_format(double: OllamaDouble, client: AsyncClient) -> None:
    double.write(PLACE.model_dump_json())
    answer = await client.chat(
        MODEL, messages=[{"role": "user", "content": QUESTION}], format=Place.model_json_schema()
    )
    assert Place.model_validate_json(answer.message.content or "") == PLACE


async def test_ollama_gets_thinking_apart(double: OllamaDouble, client: AsyncClient) -> None:
    double.write(f"<think>\nHm.\n</think>\n\n{TEXT}")
    answer = await client.chat("qwen3:8b", messages=[{"role": "user", "content": QUESTION}], think=True)
    assert ((answer.message.thinking or "").strip(), answer.message.content) == ("Hm.", TEXT)


async def test_ollama_lists_shows_and_embeds(double: OllamaDouble, client: AsyncClient) -> None:
    assert [model.model for model in (await client.list()).models] == [MODEL, "qwen3:8b"]
    shown = await client.show(MODEL)
    assert (shown.modelinfo or {})["llama.context_length"] == 131_072
    assert shown.capabilities == ["completion", "tools"]
    embedded = await client.embed(MODEL, ["a", "b", "a"])
    first, second, third = embedded.embeddings
    assert first == third != second
    await client.chat(MODEL, messages=[], keep_alive=-1)
    assert [running.model for running in (await client.ps()).models] == [MODEL]


async def test_ollama_pulls(double: OllamaDouble, client: AsyncClient) -> None:
    double.pullable.add("gemma3:4b")
    stages = [progress async for progress in await client.pull("gemma3:4b", stream=True)]
    assert (stages[0].status, stages[-1].status) == ("pulling manifest", "success")
    assert stages[2].completed == stages[2].total
    assert "gemma3:4b" in [model.model for model in (await client.list()).models]


async def test_ollama_is_told_what_cannot_be_pulled(double: OllamaDouble, client: AsyncClient) -> None:
    with pytest.raises(ResponseError, match="file does not exist"):
        [_ async for _ in await client.pull("gemma3:4b", stream=True)]


async def test_langchain_chats(double: OllamaDouble, model: ChatOllama) -> None:
    double.write(TEXT)
    answer = await model.ainvoke(QUESTION)
    assert answer.text == TEXT
    assert answer.usage_metadata
    assert answer.response_metadata["done_reason"] == "stop"


async def test_langchain_streams(double: OllamaDouble, model: ChatOllama) -> None:
    double.write(TEXT)
    parts: list[AIMessageChunk] = [part async for part in model.astream(QUESTION)]
    assert len(parts) > 2
    assert "".join(part.text for part in parts) == TEXT


async def test_langchain_gets_calls_and_sends_their_results(double: OllamaDouble, model: ChatOllama) -> None:
    double.write(CALL, TEXT)
    bound = model.bind_tools([tool(get_order)])
    called = await bound.ainvoke(QUESTION)
    (call,) = called.tool_calls
    assert (call["name"], call["args"]) == ("get_order", {"order_id": "7"})
    result = ToolMessage(get_order("7"), tool_call_id=call["id"] or "")
    answer = await bound.ainvoke([HumanMessage(QUESTION), called, result])
    assert isinstance(answer, AIMessage)
    assert answer.text == TEXT
    assert "Order 7 is shipped." in double.prompts[-1].text


async def test_langchain_asks_for_a_format(double: OllamaDouble, model: ChatOllama) -> None:
    double.write(PLACE.model_dump_json())
    assert await model.with_structured_output(Place).ainvoke(QUESTION) == PLACE


async def test_langchain_embeds(double: OllamaDouble) -> None:
    embeddings = OllamaEmbeddings(model=MODEL, base_url=double.base_url, client_kwargs={"trust_env": False})
    first, second = await embeddings.aembed_documents(["a", "b"])
    assert first == await embeddings.aembed_query("a")
    assert first != second
