"""The chat model against the double of Ollama on a real socket."""

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
from tests.agent.test_ollama_grammar import CHOICES
from tests.ollama_double.double import OllamaDouble, ollama_double
from tests.ollama_double.engine import tokens
from tests.ollama_double.fault import ENGINE_ERROR, Fault
from tests.ollama_double.notation import Intent, as_calls

MESSAGES = [SystemMessage("Rules."), HumanMessage("Where is order O-1?")]
CALL = '{"action":"get_order","order_id":"O-1"}'
TOOL_CALL = as_calls("qwen3", [Intent("get_order", {"order_id": "O-1"})])
WRONG_CALL = as_calls("qwen3", [Intent("get_order", {"order_id": "O-9"})])
PROSE = "Let me see."


@pytest.fixture
async def double() -> AsyncIterator[OllamaDouble]:
    async with ollama_double("qwen3:8b", num_parallel=6) as double:
        yield double


async def decide(double: OllamaDouble, mode: Mode = "schema", **settings: Any) -> AIMessage:
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


async def test_schema_mode_sends_a_grammar_and_no_tools(double: OllamaDouble) -> None:
    double.write(CALL)
    assert decided(await decide(double)) == ("get_order", {"order_id": "O-1"})
    (body,) = double.requests
    assert body["format"]["anyOf"][0]["properties"]["action"] == {"const": "get_order"}
    assert not body["tools"]
    assert body["think"] is False
    assert body["options"] == {"temperature": 0, "seed": 1, "num_ctx": 8192, "num_predict": 256}


async def test_native_mode_sends_tools_and_no_grammar(double: OllamaDouble) -> None:
    double.write(TOOL_CALL)
    assert decided(await decide(double, "native")) == ("get_order", {"order_id": "O-1"})
    (body,) = double.requests
    assert [tool["function"]["name"] for tool in body["tools"]] == ["get_order", "plan", "create_ticket"]
    assert body["tools"][0]["function"]["parameters"]["properties"]["order_id"]["enum"] == ["O-1", "O-2"]
    assert "format" not in body


async def test_the_servers_metrics_are_kept(double: OllamaDouble) -> None:
    double.write(CALL)
    message = await decide(double)
    read, written = double.prompts[-1].tokens, len(tokens(CALL))
    assert message.usage_metadata == {"input_tokens": read, "output_tokens": written, "total_tokens": read + written}
    metadata = message.response_metadata
    assert (metadata["model_name"], metadata["done_reason"], metadata["requests"]) == ("ollama/qwen3:8b", "stop", 1)
    assert (metadata["prompt_eval_duration_ms"], metadata["eval_duration_ms"]) == (read, written)


async def test_without_choices_the_answer_is_text(double: OllamaDouble) -> None:
    double.write("Good day.")
    server = OllamaServer(OllamaSettings(base_url=double.base_url))
    message = await chat(server).ainvoke(MESSAGES)
    await server.close()
    assert (message.text, message.tool_calls) == ("Good day.", [])


async def test_output_that_fits_no_choice_is_sent_back_once_with_what_is_wrong(double: OllamaDouble) -> None:
    double.write('{"action":"get_order","order_id":"O-9"}', CALL)
    message = await decide(double)
    assert decided(message) == ("get_order", {"order_id": "O-1"})
    assert '["O-1", "O-2"], not "O-9"' in double.requests[1]["messages"][-1]["content"]
    assert message.usage_metadata is not None
    assert message.usage_metadata["input_tokens"] == sum(prompt.tokens for prompt in double.prompts)


@pytest.mark.parametrize("mode", ["schema", "native"])
async def test_output_that_never_fits_is_an_error(double: OllamaDouble, mode: Mode) -> None:
    double.write(PROSE, PROSE)
    with pytest.raises(ModelOutputError, match="did not choose one of the possible actions") as error:
        await decide(double, mode)
    assert len(double.requests) == 2
    assert PROSE not in str(error.value)
    assert PROSE in error.value.__notes__[0]


async def test_an_empty_message_is_asked_for_again(double: OllamaDouble) -> None:
    double.write("", TOOL_CALL)
    assert decided(await decide(double, "native")) == ("get_order", {"order_id": "O-1"})


async def test_a_fenced_call_is_taken_in_native_mode(double: OllamaDouble) -> None:
    double.write('Sure.\n```json\n{"name": "get_order", "arguments": {"order_id": "O-1"}}\n```')
    assert decided(await decide(double, "native")) == ("get_order", {"order_id": "O-1"})


async def test_a_native_call_that_fits_no_choice_is_not_handed_on(double: OllamaDouble) -> None:
    double.write(WRONG_CALL, WRONG_CALL)
    with pytest.raises(ModelOutputError):
        await decide(double, "native")


async def test_a_step_that_no_grammar_saves_either_is_the_models_error(double: OllamaDouble) -> None:
    double.fail(Fault.PARSER)
    double.write(PROSE)
    with pytest.raises(ModelOutputError, match="did not choose one of the possible actions"):
        await decide(double, "native")


@pytest.mark.parametrize("mode", ["schema", "native"])
async def test_an_answer_cut_by_the_token_limit_is_never_read(double: OllamaDouble, mode: Mode) -> None:
    whole = {"schema": CALL, "native": TOOL_CALL}[mode]
    double.fail(Fault.LENGTH, whole)
    double.fail(Fault.LENGTH, whole)
    with pytest.raises(ModelOutputError, match="not finished after 1024 tokens"):
        await decide(double, mode)


async def test_an_answer_cut_by_the_token_limit_gets_more_room_once(double: OllamaDouble) -> None:
    double.fail(Fault.LENGTH, CALL[:12])
    double.write(CALL)
    assert decided(await decide(double)) == ("get_order", {"order_id": "O-1"})
    options = [request["options"] for request in double.requests]
    assert [each["num_predict"] for each in options] == [256, 1024]
    assert len({each["num_ctx"] for each in options}) == 1


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault.NOT_FOUND, "Get it with: ollama pull qwen3:8b"),
        (Fault.BUSY, "is busy"),
        (Fault.PARSER, "failed on model qwen3:8b"),
        (Fault.NO_THINKING, "ollama --version"),
        (Fault.UNFINISHED, "broke off before its end"),
        (Fault.CUT, "broke while it was answering"),
        (Fault.DIED, "broke off before its end"),
        (Fault.ERROR_LINE, "failed on model qwen3:8b"),
    ],
)
async def test_trouble_of_the_server_is_told_in_a_sentence(double: OllamaDouble, fault: Fault, sentence: str) -> None:
    double.fail(fault, CALL)
    with pytest.raises(ModelUnavailable) as error:
        await decide(double)
    assert sentence in str(error.value)


async def test_a_spoilt_line_is_the_answers_fault_and_not_the_servers(double: OllamaDouble) -> None:
    double.fail(Fault.BLANK_LINE, CALL)
    with pytest.raises(ModelOutputError, match="could not be read"):
        await decide(double)


@pytest.mark.parametrize("fault", [Fault.PARSER, Fault.NO_TOOLS])
async def test_a_step_whose_tools_fail_is_decided_inside_a_grammar(double: OllamaDouble, fault: Fault) -> None:
    double.fail(fault)
    double.write(CALL)
    assert decided(await decide(double, "native")) == ("get_order", {"order_id": "O-1"})
    assert "format" not in double.requests[0]
    assert double.requests[1]["format"]
    assert not double.requests[1].get("tools")


async def test_the_servers_own_words_go_to_the_log_alone(double: OllamaDouble) -> None:
    double.fail(Fault.ERROR_LINE, CALL)
    with pytest.raises(ModelUnavailable) as error:
        await decide(double)
    assert ENGINE_ERROR not in str(error.value)
    assert ENGINE_ERROR in error.value.__notes__[0]


async def test_a_refused_connection_says_how_to_start_the_server() -> None:
    async with ollama_double() as gone:
        pass
    with pytest.raises(ModelUnavailable, match=r"did not answer\. Start it \(ollama serve\)"):
        await decide(gone)


async def test_a_server_that_never_begins_is_given_up(double: OllamaDouble) -> None:
    double.fail(Fault.SLOW_FIRST_BYTE, CALL, seconds=30)
    with pytest.raises(ModelUnavailable, match=r"did not begin to answer within 0\.2 seconds"):
        await decide(double, first_byte_seconds=0.2)


async def test_a_server_that_stalls_is_given_up(double: OllamaDouble) -> None:
    double.fail(Fault.STALL, CALL, seconds=30)
    with pytest.raises(ModelUnavailable, match=r"did not go on answering within 0\.2 seconds"):
        await decide(double, idle_seconds=0.2)


async def test_a_request_has_an_end(double: OllamaDouble) -> None:
    double.fail(Fault.STALL, CALL, seconds=30)
    with pytest.raises(ModelUnavailable, match=r"did not finish within 0\.3 seconds"):
        await decide(double, total_seconds=0.3)


async def test_a_prompt_that_the_server_would_cut_is_not_sent(double: OllamaDouble) -> None:
    server = OllamaServer(OllamaSettings(base_url=double.base_url))
    with pytest.raises(ModelUnavailable, match="Shorten it"):
        await chat(server).bind_tools(CHOICES).ainvoke([HumanMessage("word " * 8000)])
    await server.close()
    assert not double.requests


async def test_no_more_requests_than_slots_reach_the_server(double: OllamaDouble) -> None:
    double.write(*[CALL] * 6, between=0.005)
    server = OllamaServer(OllamaSettings(base_url=double.base_url, concurrency=2))
    model = chat(server).bind_tools(CHOICES)
    await asyncio.gather(*(model.ainvoke(MESSAGES) for _ in range(6)))
    await server.close()
    assert double.scheduler.most_at_once == 2
