"""Card numbers and passwords that a customer types reach no model, no file and no log."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from pathlib import Path

import pytest
from langchain_core.messages import AnyMessage, HumanMessage

from agent.errors import ModelUnavailable
from agent.service import Service
from api.logs import MaskingFormatter
from knowledge.index import Index
from tests.agent.conftest import MARA, NOW, STAFF, Talk
from tests.ollama_double.double import ollama_double
from tests.raw_files import files_with

CARD = "4929 3813 3266 4295"
PASSWORD = "kz7-canary-!Wq"
CANARIES = (CARD, CARD.replace(" ", ""), PASSWORD)
SAID = (
    f"Please open a ticket: I was charged twice on card {CARD} for order O-5001, my password is {PASSWORD} by the way."
)


async def test_no_file_of_the_data_directory_holds_them(talk: Talk, data_dir: Path) -> None:
    result = await talk(SAID)
    assert result.tickets
    assert files_with(data_dir, *CANARIES) == []
    assert files_with(data_dir, "[card number]")


async def test_the_order_number_beside_them_is_still_understood(house: Service, talk: Talk) -> None:
    result = await talk(SAID)
    known = house.gateway.candidates(MARA, result.thread_id)
    assert "O-5001" in [one.id for one in known["order"]]


async def test_no_request_to_a_model_holds_them(
    data_dir: Path, demo_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ollama_double("llama3.1:8b") as double:
        monkeypatch.setenv("DESKMATE_OLLAMA_BASE_URL", double.base_url)
        model = "ollama/llama3.1:8b,offline"
        async with await Service.open(data_dir=data_dir, index=demo_index, model=model, clock=lambda: NOW) as house:
            thread = await house.runs.create_thread(MARA)
            await house.runs.recall(thread.thread_id, [("user", SAID), ("assistant", "Thank you.")], MARA)
            await (await house.runs.submit(thread.thread_id, SAID, MARA)).result()
            said: list[AnyMessage] = [HumanMessage(SAID)]
            with suppress(ModelUnavailable):  # the double has no more answers; what it was sent counts
                await house.next_message(said, [], model=model)
        sent = json.dumps(double.requests)
    assert "card number" in sent
    assert not [canary for canary in CANARIES if canary in sent]


async def test_a_colleagues_note_on_a_refusal_is_kept_without_them(house: Service, talk: Talk, data_dir: Path) -> None:
    waiting = await talk("I want my money back for order O-5002, the Hub is faulty")
    assert waiting.pending is not None
    no = {"type": "reject", "message": f"Ask again without {CARD}"}
    run = await house.runs.resume(waiting.thread_id, waiting.run_id, [no], STAFF)
    assert "[card number]" in (await run.result()).reply.text
    assert files_with(data_dir, *CANARIES) == []


def test_a_log_line_and_its_traceback_hold_no_personal_data() -> None:
    error = ValueError(f"parameters: ('mara@post.example', '{CARD}')")
    fault = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "%s called", ("+49 555 010137",), fault)
    line = MaskingFormatter("%(levelname)s: %(message)s").format(record)
    assert "ValueError" in line
    assert not [secret for secret in (CARD, "mara@", "555 0101") if secret in line]
