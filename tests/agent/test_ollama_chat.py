"""The chat model against a stand-in server on a real socket."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from agent.errors import ModelOutputError, ModelUnavailable
from agent.models.choosing import ChoosingChat
from agent.models.ollama_server import OllamaServer
from agent.models.ollama_wire import OllamaWire
from agent.models.profile import Mode, Profile
from agent.models.settings import OllamaSettings
from tests.agent.ollama_standin import Answer, StandIn, refuse, say, stand_in
from tests.agent.test_ollama_grammar import CHOICES

MESSAGES = [SystemMessage("Rules."), HumanMessage("Where is order O-1?")]
CALL = '{"action":"get_order","order_id":"O-1"}'
TOOL_CALL = {"name": "get_order", "arguments": {"order_id": "O-1"}}
PROSE = "Let me see."


@pytest.fixture
async def double() -> AsyncIterator[StandIn]:
    async with stand_in() as double:
        double.models = {"qwen3:8b": ("completion", "tools")}
        yield double


async def decide(double: StandIn, mode: Mode = "schema", **settings: Any) -> AIMessage:
    server = OllamaServer(OllamaSettings(base_url=double.base_url, **settings))
    try:
        return await chat(server, mode).bind_tools(CHOICES).ainvoke(MESSAGES)
    finally:
        await server.close()


def chat(server: OllamaServer, mode: Mode = "schema") -> ChoosingChat:
    """The model under test, as its profile says."""
    profile = Profile(mode=mode, options={"temperature": 0, "seed": 1})
    return ChoosingChat(spec="ollama/qwen3:8b", wire=OllamaWire(server, "qwen3:8b"), run_profile=profile)


def decided(message: AIMessage) -> tuple[str, dict[str, Any]]:
    (call,) = message.tool_calls
    return call["name"], call["args"]


async def test_schema_mode_sends_a_grammar_and_no_tools(double: StandIn) -> None:
    double.script(say(CALL[:9], CALL[9:]))
    assert decided(await decide(double)) == ("get_order", {"order_id": "O-1"})
    (body,) = double.sent
    assert body["format"]["anyOf"][0]["properties"]["action"] == {"const": "get_order"}
    assert not body["tools"]
    assert body["think"] is False
    assert body["options"] == {"temperature": 0, "seed": 1, "num_ctx": 8192, "num_predict": 256}


async def test_native_mode_sends_tools_and_no_grammar(double: StandIn) -> None:
    double.script(say(calls=[TOOL_CALL]))
    assert decided(await decide(double, "native")) == ("get_order", {"order_id": "O-1"})
    (body,) = double.sent
    assert [tool["function"]["name"] for tool in body["tools"]] == ["get_order", "plan", "create_ticket"]
    assert body["tools"][0]["function"]["parameters"]["properties"]["order_id"]["enum"] == ["O-1", "O-2"]
    assert "format" not in body


async def test_the_servers_metrics_are_kept(double: StandIn) -> None:
    double.script(say(CALL))
    message = await decide(double)
    assert message.usage_metadata == {"input_tokens": 20, "output_tokens": 5, "total_tokens": 25}
    metadata = message.response_metadata
    assert (metadata["model_name"], metadata["done_reason"], metadata["requests"]) == ("ollama/qwen3:8b", "stop", 1)
    assert (metadata["prompt_eval_duration_ms"], metadata["eval_duration_ms"]) == (2.0, 6.0)


async def test_without_choices_the_answer_is_text(double: StandIn) -> None:
    double.script(say("Good ", "day."))
    server = OllamaServer(OllamaSettings(base_url=double.base_url))
    message = await chat(server).ainvoke(MESSAGES)
    await server.close()
    assert (message.text, message.tool_calls) == ("Good day.", [])


async def test_output_that_fits_no_choice_is_sent_back_once_with_what_is_wrong(double: StandIn) -> None:
    double.script(say('{"action":"get_order","order_id":"O-9"}'), say(CALL))
    message = await decide(double)
    assert decided(message) == ("get_order", {"order_id": "O-1"})
    assert '["O-1", "O-2"], not "O-9"' in double.sent[1]["messages"][-1]["content"]
    assert message.usage_metadata is not None
    assert message.usage_metadata["input_tokens"] == 40


@pytest.mark.parametrize("mode", ["schema", "native"])
async def test_output_that_never_fits_is_an_error(double: StandIn, mode: Mode) -> None:
    double.script(say(PROSE), say(PROSE))
    with pytest.raises(ModelOutputError, match="did not choose one of the possible actions") as error:
        await decide(double, mode)
    assert len(double.sent) == 2
    assert PROSE not in str(error.value)
    assert PROSE in error.value.__notes__[0]


async def test_an_empty_message_is_asked_for_again(double: StandIn) -> None:
    double.script(say(), say(calls=[TOOL_CALL]))
    assert decided(await decide(double, "native")) == ("get_order", {"order_id": "O-1"})


async def test_a_fenced_call_is_taken_in_native_mode(double: StandIn) -> None:
    double.script(say('Sure.\n```json\n{"name": "get_order", "arguments": {"order_id": "O-1"}}\n```'))
    assert decided(await decide(double, "native")) == ("get_order", {"order_id": "O-1"})


async def test_a_native_call_that_fits_no_choice_is_not_handed_on(double: StandIn) -> None:
    wrong = say(calls=[{"name": "get_order", "arguments": {"order_id": "O-9"}}])
    double.script(wrong, wrong)
    with pytest.raises(ModelOutputError):
        await decide(double, "native")


async def test_a_step_that_no_grammar_saves_either_is_the_models_error(double: StandIn) -> None:
    double.script(refuse(500, "EOF"), say(PROSE))
    with pytest.raises(ModelOutputError, match="did not choose one of the possible actions"):
        await decide(double, "native")


@pytest.mark.parametrize("mode", ["schema", "native"])
async def test_an_answer_cut_by_the_token_limit_is_never_read(double: StandIn, mode: Mode) -> None:
    cut = say(CALL, done_reason="length", calls=[TOOL_CALL])
    double.script(cut, cut)
    with pytest.raises(ModelOutputError, match="not finished after 1024 tokens"):
        await decide(double, mode)


async def test_an_answer_cut_by_the_token_limit_gets_more_room_once(double: StandIn) -> None:
    double.script(say(CALL[:12], done_reason="length"), say(CALL))
    assert decided(await decide(double)) == ("get_order", {"order_id": "O-1"})
    assert [options["num_predict"] for options in double.options()] == [256, 1024]
    assert len({options["num_ctx"] for options in double.options()}) == 1


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (refuse(404, "model 'qwen3:8b' not found"), "Get it with: ollama pull qwen3:8b"),
        (refuse(503, "server busy, please try again.  maximum pending requests exceeded"), "is busy"),
        (refuse(500, "llama runner process has terminated"), "failed on model qwen3:8b"),
        (refuse(400, 'invalid format: "yaml"'), "ollama --version"),
        (say(CALL, done=False), "broke off before its end"),
        (say(CALL, done=False, torn=True), "broke while it was answering"),
        (Answer(), "broke off before its end"),
        (Answer([{"error": "llama runner process has terminated"}]), "failed on model qwen3:8b"),
        (Answer([{"hello": "world"}]), "does not speak Ollama's protocol"),
    ],
)
async def test_trouble_of_the_server_is_told_in_a_sentence(double: StandIn, answer: Answer, sentence: str) -> None:
    double.script(answer)
    with pytest.raises(ModelUnavailable) as error:
        await decide(double)
    assert sentence in str(error.value)
    assert "terminated" not in str(error.value)


@pytest.mark.parametrize(
    "trouble",
    [refuse(500, "EOF"), refuse(400, "registry.ollama.ai/library/gemma3:latest does not support tools")],
    ids=["a call that the parser cannot read", "a model without tools"],
)
async def test_a_step_whose_tools_fail_is_decided_inside_a_grammar(double: StandIn, trouble: Answer) -> None:
    double.script(trouble, say(CALL))
    assert decided(await decide(double, "native")) == ("get_order", {"order_id": "O-1"})
    assert "format" not in double.sent[0]
    assert double.sent[1]["format"]
    assert not double.sent[1].get("tools")


async def test_the_servers_own_words_go_to_the_log_alone(double: StandIn) -> None:
    double.script(refuse(500, "secret path /var/lib"))
    with pytest.raises(ModelUnavailable) as error:
        await decide(double)
    assert "secret path" not in str(error.value)
    assert "secret path" in error.value.__notes__[0]


async def test_a_refused_connection_says_how_to_start_the_server() -> None:
    async with stand_in() as gone:
        pass
    with pytest.raises(ModelUnavailable, match=r"did not answer\. Start it \(ollama serve\)"):
        await decide(gone)


async def test_a_server_that_never_begins_is_given_up(double: StandIn) -> None:
    double.script(Answer(pause=30))
    with pytest.raises(ModelUnavailable, match=r"did not begin to answer within 0\.2 seconds"):
        await decide(double, first_byte_seconds=0.2)


async def test_a_server_that_stalls_is_given_up(double: StandIn) -> None:
    double.script(say(CALL[:5], done=False, pause=30))
    with pytest.raises(ModelUnavailable, match=r"did not go on answering within 0\.2 seconds"):
        await decide(double, idle_seconds=0.2)


async def test_a_request_has_an_end(double: StandIn) -> None:
    double.script(say(CALL[:5], done=False, pause=30))
    with pytest.raises(ModelUnavailable, match=r"did not finish within 0\.3 seconds"):
        await decide(double, total_seconds=0.3)


async def test_a_prompt_that_the_server_would_cut_is_not_sent(double: StandIn) -> None:
    server = OllamaServer(OllamaSettings(base_url=double.base_url))
    with pytest.raises(ModelUnavailable, match="Shorten it"):
        await chat(server).bind_tools(CHOICES).ainvoke([HumanMessage("word " * 8000)])
    await server.close()
    assert not double.sent


async def test_no_more_requests_than_slots_reach_the_server(double: StandIn) -> None:
    double.script(*[say(CALL, pause=0.05)] * 6)
    server = OllamaServer(OllamaSettings(base_url=double.base_url, concurrency=2))
    model = chat(server).bind_tools(CHOICES)
    await asyncio.gather(*(model.ainvoke(MESSAGES) for _ in range(6)))
    await server.close()
    assert double.most_at_once == 2
