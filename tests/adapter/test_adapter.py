"""The adapter does the same on every peer; where a model of flesh answers, what it says is free and its form is not."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, nullcontext, suppress

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from agent.errors import ModelOutputError, ModelUnavailable
from agent.models.choosing import ChoosingChat
from agent.models.grammar import Decision, check
from agent.models.ollama_server import OllamaServer
from agent.models.ollama_wire import OllamaWire
from agent.models.profile import Mode, Profile
from agent.models.wire import Request
from tests.adapter import script
from tests.adapter.peers import Peer
from tests.agent.test_ollama_grammar import CHOICES

pytestmark = pytest.mark.timeout(900)  # a real server on a small machine takes its time

RULES = SystemMessage("You help the customers of a shop.")
LOOKED_UP = [
    HumanMessage(script.DECIDE),
    AIMessage("", tool_calls=[{"name": "get_order", "args": {"order_id": "O-1"}, "id": "1", "type": "tool_call"}]),
    ToolMessage("Order O-1 is shipped.", tool_call_id="1", name="get_order"),
    HumanMessage(script.DECIDE, name="step"),
]


def chat(peer: Peer, server: OllamaServer, mode: Mode = "schema") -> ChoosingChat:
    profile = Profile(mode=mode, options={"temperature": 0, "seed": 1})
    return ChoosingChat(spec=f"ollama/{peer.model}", wire=OllamaWire(server, peer.model), run_profile=profile)


async def decide(peer: Peer, server: OllamaServer, *messages: BaseMessage, mode: Mode = "schema") -> Decision:
    message = await chat(peer, server, mode).bind_tools(CHOICES).ainvoke([RULES, *messages])
    (call,) = message.tool_calls
    return check(call["name"], call["args"], CHOICES)


def may_miss(peer: Peer) -> AbstractContextManager[None]:
    """A real small model may call no tool that fits, and is then refused; any other failure is the adapter's."""
    return nullcontext() if peer.scripted else suppress(ModelOutputError)


async def test_it_answers_in_words(peer: Peer, server: OllamaServer) -> None:
    message = await chat(peer, server).ainvoke([RULES, HumanMessage(script.WORDS)])
    assert message.text == script.HELLO if peer.scripted else message.text
    assert message.response_metadata["done_reason"] == "stop"


async def test_it_decides_inside_a_grammar(peer: Peer, server: OllamaServer) -> None:
    decision = await decide(peer, server, HumanMessage(script.DECIDE))
    assert not peer.scripted or decision == script.DECISION


async def test_it_decides_by_tools(peer: Peer, server: OllamaServer) -> None:
    if not peer.calls_tools:
        pytest.skip(f"{peer.model} cannot call tools.")
    with may_miss(peer):
        decision = await decide(peer, server, HumanMessage(script.DECIDE), mode="native")
        assert not peer.scripted or decision == script.DECISION


@pytest.mark.parametrize("mode", ["schema", "native"])
async def test_it_tells_what_a_tool_has_found(peer: Peer, server: OllamaServer, mode: Mode) -> None:
    if mode == "native" and not peer.calls_tools:
        pytest.skip(f"{peer.model} cannot call tools.")
    with may_miss(peer) if mode == "native" else nullcontext():
        decision = await decide(peer, server, *LOOKED_UP, mode=mode)
        assert not peer.scripted or decision == script.DECISION


async def test_requests_side_by_side_all_end(peer: Peer, server: OllamaServer) -> None:
    asked = [decide(peer, server, HumanMessage(script.DECIDE)) for _ in range(3)]
    assert len(await asyncio.gather(*asked)) == len(asked)


async def test_it_keeps_the_servers_metrics(peer: Peer, server: OllamaServer) -> None:
    if not peer.whole:
        pytest.skip("This peer counts nothing.")
    message = await chat(peer, server).ainvoke([RULES, HumanMessage(script.WORDS)])
    assert isinstance(message, AIMessage)
    assert message.usage_metadata
    assert message.usage_metadata["input_tokens"] > 0
    assert message.usage_metadata["output_tokens"] > 0
    assert message.response_metadata["total_duration_ms"] > 0


async def test_an_answer_at_the_token_limit_says_so(peer: Peer, server: OllamaServer) -> None:
    if not peer.whole:
        pytest.skip("This peer knows no limit.")
    messages = [{"role": "user", "content": script.WORDS}]
    reply = await OllamaWire(server, peer.model).complete(Request(messages, num_predict=2), Profile())
    assert reply.done_reason == "length"


async def test_it_shows_the_prompt_as_the_template_renders_it(peer: Peer, server: OllamaServer) -> None:
    if not peer.whole:
        pytest.skip("This peer renders nothing.")
    messages = [{"role": "user", "content": script.WORDS}]
    prompt = await OllamaWire(server, peer.model).rendered(Request(messages, num_predict=2), Profile())
    assert prompt
    assert script.WORDS in prompt
    assert prompt != script.WORDS


async def test_it_lists_what_the_server_holds(peer: Peer, server: OllamaServer) -> None:
    if not peer.whole:
        pytest.skip("This peer describes no models.")
    held = {model.name: model for model in await server.models()}
    assert held[peer.model].context > 0
    assert "completion" in held[peer.model].capabilities


async def test_a_model_that_is_not_there_comes_with_the_line_that_gets_it(peer: Peer, server: OllamaServer) -> None:
    if not peer.whole:
        pytest.skip("This peer has every model.")
    with pytest.raises(ModelUnavailable, match="ollama pull nobody:1b"):
        await OllamaWire(server, "nobody:1b").complete(
            Request([{"role": "user", "content": script.WORDS}], num_predict=2), Profile()
        )


async def test_a_misfit_is_sent_back_once(peer: Peer, server: OllamaServer) -> None:
    if not peer.scripted:
        pytest.skip("A real model makes its mistakes when it likes.")
    assert await decide(peer, server, HumanMessage(script.MEND)) == script.MENDED


async def test_an_answer_that_breaks_off_is_no_answer(peer: Peer, server: OllamaServer) -> None:
    if not peer.scripted:
        pytest.skip("A real server breaks off when it likes.")
    with pytest.raises(ModelUnavailable, match="broke"):
        await chat(peer, server).ainvoke([HumanMessage(script.BREAK)])


async def test_a_server_that_fails_is_said_to_have_failed(peer: Peer, server: OllamaServer) -> None:
    if not peer.scripted:
        pytest.skip("A real server fails when it likes.")
    with pytest.raises(ModelUnavailable, match="failed on model"):
        await chat(peer, server).ainvoke([HumanMessage(script.FAIL)])
