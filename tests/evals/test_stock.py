"""The stock agent on the double of Ollama: real LangChain, real socket, real gateway and database."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from evals.case import Persona
from evals.conversation import DecisionAwaitedError
from evals.errors import WorldUnavailableError
from evals.stock.conversation import StockConversation, converse
from evals.suite import Suite
from evals.world import World, Worlds
from tests.ollama_double.double import OllamaDouble, ollama_double
from tests.ollama_double.fault import ENGINE_ERROR, Fault
from tests.ollama_double.notation import Intent, as_calls


@pytest.fixture
async def ollama(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OllamaDouble]:
    async with ollama_double() as server:
        server.hold("m", like="qwen3")
        monkeypatch.setenv("DESKMATE_OLLAMA_BASE_URL", server.base_url)
        yield server


@pytest.fixture
async def world(worlds: Worlds, smoke: Suite) -> AsyncIterator[World]:
    case = smoke.cases[0].model_copy(update={"persona": Persona(customer="C-1001")})
    with worlds.fresh(case) as fresh:
        yield fresh


@pytest.fixture
async def stock(ollama: OllamaDouble, world: World) -> AsyncIterator[StockConversation]:
    async with converse(world, "m") as conversation:
        yield conversation


def call(name: str, **arguments: Any) -> str:
    return as_calls("qwen3", [Intent(name, arguments)])


async def test_it_has_the_catalog_in_flat_schemas_and_one_frozen_option_set(
    ollama: OllamaDouble, stock: StockConversation, world: World
) -> None:
    ollama.write("Hello!", "Bye!")
    await stock.say("hi")
    await stock.say("bye")
    first, second = ollama.requests
    names = [tool["function"]["name"] for tool in first["tools"]]
    assert names == [*(tool.name for tool in world.gateway.offered(world.principal)), "hand_off"]
    created = next(tool["function"] for tool in first["tools"] if tool["function"]["name"] == "create_ticket")
    assert "urgent" in created["parameters"]["properties"]["priority"]["enum"]
    assert first["options"] == second["options"]
    assert first["options"]["temperature"] == 0


async def test_it_remembers_the_turns_before(ollama: OllamaDouble, stock: StockConversation) -> None:
    ollama.write("Hello!", "You said hi.")
    await stock.say("hi")
    await stock.say("what did I say?")
    assert [one["content"] for one in ollama.requests[-1]["messages"][1:]] == ["hi", "Hello!", "what did I say?"]


async def test_a_write_is_really_done_and_its_sentence_goes_back_to_the_model(
    ollama: OllamaDouble, stock: StockConversation, world: World
) -> None:
    before = world.snapshot()["tickets"].keys()
    ollama.write(
        call("create_ticket", subject="Line is dead", description="Dead since noon.", type="incident"), "Done."
    )
    result = await stock.say("My line is dead since noon, open a ticket.")
    (number,) = world.snapshot()["tickets"].keys() - before
    assert (result.status, result.tickets, result.reply.text) == ("completed", (number,), "Done.")
    assert number in ollama.requests[-1]["messages"][-1]["content"]
    assert any(number in text for text in stock.tool_texts)
    assert result.metrics.model_calls == 2
    assert result.metrics.input_tokens == sum(prompt.tokens for prompt in ollama.prompts)


async def test_a_risky_write_waits_for_the_customers_yes(
    ollama: OllamaDouble, stock: StockConversation, world: World
) -> None:
    ollama.write(call("list_orders"), call("cancel_order", order_id="O-5001"), "It is cancelled.")
    asked = await stock.say("Cancel my order O-5001")
    assert (asked.status, world.snapshot()["orders"]["O-5001"]["status"]) == ("needs_approval", "processing")
    assert asked.pending is not None
    assert asked.pending.action_requests[0].args == {"order_id": "O-5001"}
    assert "Shall I cancel order O-5001" in asked.reply.text
    done = await stock.say("Yes, please.")
    assert (done.status, world.snapshot()["orders"]["O-5001"]["status"]) == ("completed", "cancelled")


async def test_a_no_leaves_it_undone_and_the_model_is_told(
    ollama: OllamaDouble, stock: StockConversation, world: World
) -> None:
    ollama.write(call("cancel_order", order_id="O-5001"), "Then I leave it.")
    await stock.say("Cancel my order O-5001")
    result = await stock.decide("reject", world.principal)
    assert world.snapshot()["orders"]["O-5001"]["status"] == "processing"
    assert result.tool_calls[0].status == "declined"
    assert "not agreed to" in ollama.requests[-1]["messages"][-1]["content"]


async def test_what_cannot_be_done_is_refused_without_asking_anybody(
    ollama: OllamaDouble, stock: StockConversation
) -> None:
    ollama.write(call("cancel_order", order_id="O-9999"), "I cannot find it.")
    result = await stock.say("Cancel my order, you know which.")
    assert (result.status, result.tool_calls[0].status) == ("completed", "refused")


async def test_money_moves_only_when_a_colleague_agrees(ollama: OllamaDouble, worlds: Worlds, smoke: Suite) -> None:
    case = smoke.cases[0].model_copy(update={"persona": Persona(customer="C-1005")})
    with worlds.fresh(case) as world:
        async with converse(world, "m") as stock:
            ollama.write(call("request_refund", order_id="O-5007", reason="unused"), "It is refunded.")
            asked = await stock.say("Refund O-5007, I never used it.")
            assert asked.pending is not None
            assert asked.pending.approver == "staff"
            with pytest.raises(DecisionAwaitedError):
                await stock.say("Yes")
            assert not world.snapshot()["refunds"].keys() - worlds_refunds(worlds, smoke)
            done = await stock.decide("approve", world.principal_named("S-06"))
            assert done.status == "completed"
            assert world.snapshot()["refunds"].keys() - worlds_refunds(worlds, smoke)


def worlds_refunds(worlds: Worlds, smoke: Suite) -> set[str]:
    with worlds.fresh(smoke.cases[0]) as untouched:
        return set(untouched.snapshot()["refunds"])


async def test_pages_named_in_brackets_are_citations_that_stand_on_the_page(
    ollama: OllamaDouble, stock: StockConversation, world: World
) -> None:
    ollama.write(
        call("search_wiki", query="late fee"),
        "The late fee is €7.50 [billing/late-fees]. More in [billing/nothing].",
    )
    result = await stock.say("How high is the late fee?")
    real, invented = result.reply.citations
    assert "billing/late-fees" in result.evidence
    page = world.page("billing/late-fees")
    assert page is not None
    assert real.quote in page.text
    assert "7.50" in real.quote
    assert (invented.page, invented.quote) == ("billing/nothing", "")


async def test_a_reply_that_ends_in_a_question_asks_for_input_unless_it_is_a_courtesy(
    ollama: OllamaDouble, stock: StockConversation
) -> None:
    ollama.write("Sure. Which order do you mean?", "Done. Is there anything else I can help you with?")
    assert (await stock.say("cancel it")).status == "needs_input"
    assert (await stock.say("never mind")).status == "completed"


async def test_it_hands_off_by_a_tool(ollama: OllamaDouble, stock: StockConversation) -> None:
    ollama.write(call("hand_off", reason="wants a human"), "A colleague will answer you.")
    assert (await stock.say("a human please")).status == "handed_off"


async def test_a_loop_ends_as_a_failure_of_the_agent(ollama: OllamaDouble, stock: StockConversation) -> None:
    ollama.write(*(call("list_orders") for _ in range(20)))
    result = await stock.say("what did I order?")
    assert result.status == "failed"
    assert result.error is not None
    assert "steps" in result.error
    assert result.metrics.model_calls < 20


async def test_a_model_without_tools_is_a_failure_of_the_agent_too(
    ollama: OllamaDouble, stock: StockConversation
) -> None:
    ollama.fail(Fault.NO_TOOLS)
    result = await stock.say("hi")
    assert result.status == "failed"
    assert result.error is not None
    assert "does not support tools" in result.error


async def test_a_server_that_breaks_is_none_of_the_agents(ollama: OllamaDouble, stock: StockConversation) -> None:
    ollama.fail(Fault.ERROR_LINE, after=0)
    with pytest.raises(WorldUnavailableError, match=re.escape(ENGINE_ERROR)):
        await stock.say("hi")


async def test_what_follows_the_prompt_before_is_taken_as_cached(
    ollama: OllamaDouble, stock: StockConversation
) -> None:
    ollama.write(call("list_orders"), "You have one order.")
    metrics = (await stock.say("what did I order?")).metrics
    assert 20 < metrics.uncached_tokens < metrics.input_tokens
    assert 0 < metrics.reused_bytes < metrics.prompt_bytes
