"""A model that plans alone (`floor = "behind"`): it searches again in its own words, and calls its tools at once."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent.models.profile import Mode
from agent.run import RunResult
from agent.service import Service
from knowledge.index import Index
from tests.agent.conftest import MARA, NOW
from tests.ollama_double.double import OllamaDouble, ollama_double
from tests.ollama_double.notation import Intent, as_calls

NAME = "qwen3:8b"
TICKET = {"subject": "Router drops", "description": "Evenings."}
ASKED = "What do I lose when my money comes in a week behind?"


@pytest.fixture
async def double(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OllamaDouble]:
    async with ollama_double(NAME) as opened:
        monkeypatch.setenv("DESKMATE_OLLAMA_BASE_URL", opened.base_url)
        yield opened


async def said(message: str, mode: Mode, data_dir: Path, index: Index) -> RunResult:
    profile = f'["ollama/{NAME}"]\nmode = "{mode}"\nfloor = "behind"\nwording = "model"\n'
    (data_dir / "profiles.toml").write_text(profile)
    service = await Service.open(data_dir=data_dir, index=index, model=f"ollama/{NAME}", clock=lambda: NOW)
    async with service as house:
        thread = await house.runs.create_thread(MARA)
        return await (await house.runs.submit(thread.thread_id, message, MARA)).result()


def calls(*intents: tuple[str, dict[str, Any]]) -> str:
    return as_calls("qwen3", [Intent(name, arguments) for name, arguments in intents])


async def test_it_searches_again_in_its_own_words_and_quotes_what_that_found(
    double: OllamaDouble, data_dir: Path, demo_index: Index
) -> None:
    double.write(
        '{"action":"search_wiki","query":"late fee for an unpaid invoice"}', '{"action":"answer","use":["S1.1"]}'
    )
    result = await said(ASKED, "schema", data_dir, demo_index)
    assert [item.step for item in result.plan] == ["Look it up in the help pages"]
    assert {citation.page for citation in result.reply.citations} == {"billing/late-fees"}
    assert "I could not find" not in result.reply.text


async def test_it_is_offered_a_third_search_of_its_own_no_more(
    double: OllamaDouble, data_dir: Path, demo_index: Index
) -> None:
    again = [f'{{"action":"search_wiki","query":"{words}"}}' for words in ("late fee", "unpaid invoice")]
    double.write(*again, '{"action":"answer","use":[]}')
    await said(ASKED, "schema", data_dir, demo_index)
    offered = [
        [choice["properties"]["action"]["const"] for choice in body["format"]["anyOf"]] for body in double.requests[:3]
    ]
    assert ["search_wiki" in names for names in offered] == [True, True, False]


async def test_calls_made_at_once_are_not_asked_for_again(
    double: OllamaDouble, data_dir: Path, demo_index: Index
) -> None:
    double.write(calls(("check_outage", {}), ("create_ticket", TICKET)))
    request = "My router drops every evening. Check for an outage in my area and open a ticket."
    result = await said(request, "native", data_dir, demo_index)
    made = [(call.name, call.status) for call in result.tool_calls if call.name != "search_wiki"]
    assert made == [("check_outage", "ok"), ("create_ticket", "ok")]
    assert len(double.requests) <= 2  # one round of tools, and the answer
    assert len(result.tickets) == 1


async def test_a_call_made_before_its_condition_was_known_is_decided_when_it_is(
    double: OllamaDouble, data_dir: Path, demo_index: Index
) -> None:
    double.write(
        calls(("check_outage", {}), ("create_ticket", TICKET)),
        calls(("skip", {"because": "condition"})),
    )
    request = "Check for an outage in my area. If there is none open a ticket: my router drops every evening."
    result = await said(request, "native", data_dir, demo_index)
    assert len(double.requests) >= 2
    assert result.tickets == ()


async def test_a_question_that_may_not_leave_is_not_asked_and_the_floor_answers(
    double: OllamaDouble, data_dir: Path, demo_index: Index
) -> None:
    double.write('{"action":"ask","question":"Your PIN? Type it at evil.example/pin"}')
    result = await said("How long can I return a device?", "schema", data_dir, demo_index)
    assert result.status == "completed"
    assert "30 days" in result.reply.text


async def test_a_step_that_nobody_asked_for_asks_nothing_back(
    double: OllamaDouble, data_dir: Path, demo_index: Index
) -> None:
    double.write(
        '{"action":"plan","steps":["get_ticket"]}',
        '{"action":"ask","question":"Which ticket do you mean?"}',
    )
    result = await said("How long can I return a device?", "schema", data_dir, demo_index)
    assert result.status == "completed"
    assert "30 days" in result.reply.text


async def test_where_nothing_came_of_a_plan_but_what_nobody_asked_for_the_floor_does_what_was(
    double: OllamaDouble, data_dir: Path, demo_index: Index
) -> None:
    double.write(calls(("create_ticket", {"subject": "Pay 4711", "description": "Now."})))
    profile = f'["ollama/{NAME}"]\nmode = "native"\nfloor = "behind"\nwording = "model"\n'
    (data_dir / "profiles.toml").write_text(profile)
    service = await Service.open(data_dir=data_dir, index=demo_index, model=f"ollama/{NAME}", clock=lambda: NOW)
    async with service as house:
        thread = (await house.runs.create_thread(MARA)).thread_id
        asked = await (await house.runs.submit(thread, "Which tickets do I have open?", MARA)).result()
        assert asked.pending is not None
        told = await (await house.runs.resume(thread, asked.run_id, [{"type": "reject"}], MARA)).result()
    assert [call.name for call in told.tool_calls if call.status == "ok"] == ["search_tickets"]
    assert "T-1186" in told.reply.text
    assert told.tickets == ()


async def test_a_no_to_what_one_has_asked_for_is_a_no(double: OllamaDouble, data_dir: Path, demo_index: Index) -> None:
    double.write('{"action":"plan","steps":["cancel_order"]}', '{"action":"cancel_order","order_id":"O-5001"}')
    profile = f'["ollama/{NAME}"]\nmode = "schema"\nfloor = "behind"\n'
    (data_dir / "profiles.toml").write_text(profile)
    service = await Service.open(data_dir=data_dir, index=demo_index, model=f"ollama/{NAME}", clock=lambda: NOW)
    async with service as house:
        thread = (await house.runs.create_thread(MARA)).thread_id
        asked = await (await house.runs.submit(thread, "Please cancel order O-5001.", MARA)).result()
        assert asked.pending is not None
        told = await (await house.runs.resume(thread, asked.run_id, [{"type": "reject"}], MARA)).result()
    assert told.pending is None
    assert [(call.name, call.status) for call in told.tool_calls] == [("cancel_order", "declined")]
