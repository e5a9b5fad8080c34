"""Runs over the real checkpointer: ownership, one writer, approvals by whom, events, recovery after a kill."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlalchemy import select

from agent import steps
from agent.deciding import Turn
from agent.errors import (
    ApprovalNotAllowed,
    CollectionUnknown,
    DecisionInvalid,
    MessageEmpty,
    MessageTooLong,
    NothingPending,
    RunNotFound,
    StateVersionError,
    ThreadBusy,
    ThreadNotFound,
    ThreadWaiting,
)
from agent.service import Service
from agent.threads import Threads
from knowledge.index import Index
from tests.agent.conftest import MARA, NOW, STAFF, VICTOR, Talk
from tools.database import Database
from tools.outcome import Outcome
from tools.principal import Principal, Role
from tools.schema import Ticket
from tools.settings import ToolSettings


async def test_a_thread_is_its_owners_alone(house: Service, talk: Talk) -> None:
    result = await talk("what is the late fee?")
    with pytest.raises(ThreadNotFound):
        await house.runs.submit(result.thread_id, "and then?", VICTOR)
    with pytest.raises(ThreadNotFound):
        await house.runs.thread(result.thread_id, VICTOR)
    with pytest.raises(ThreadNotFound):
        await house.runs.thread(result.thread_id, Principal("elsewhere", "S-01", Role.STAFF))
    with pytest.raises(ThreadNotFound):
        await house.runs.run(result.thread_id, result.run_id, VICTOR)


async def test_staff_may_read_a_customers_thread_but_not_speak_in_it(house: Service, talk: Talk) -> None:
    result = await talk("what is the late fee?")
    view = await house.runs.thread(result.thread_id, STAFF)
    assert [message.role for message in view.messages] == ["user", "assistant"]
    with pytest.raises(ThreadNotFound):
        await house.runs.submit(result.thread_id, "hello", STAFF)


async def test_two_messages_at_once_never_write_to_one_thread(house: Service) -> None:
    thread = await house.runs.create_thread(MARA)
    tries = [house.runs.submit(thread.thread_id, "Open a ticket: my phone is dead", MARA) for _ in range(4)]
    runs = await asyncio.gather(*tries, return_exceptions=True)
    started = [run for run in runs if not isinstance(run, BaseException)]
    assert len(started) == 1
    assert all(isinstance(run, ThreadBusy) for run in runs if isinstance(run, BaseException))
    assert len((await started[0].result()).tickets) == 1


async def test_what_cannot_be_a_message_is_refused(house: Service) -> None:
    thread = await house.runs.create_thread(MARA)
    with pytest.raises(MessageEmpty):
        await house.runs.submit(thread.thread_id, "  \n", MARA)
    with pytest.raises(MessageTooLong, match="8001 characters"):
        await house.runs.submit(thread.thread_id, "x" * 8001, MARA)
    other = await house.runs.create_thread(MARA, collection="nowhere")
    with pytest.raises(CollectionUnknown, match="deskmate ingest"):
        await house.runs.submit(other.thread_id, "hello", MARA)


async def test_only_staff_approve_a_refund(house: Service, talk: Talk) -> None:
    asked = await talk("Please refund the Hub 6 of order O-5002, it is faulty")
    assert asked.pending is not None
    assert asked.pending.approver == "staff"
    approve = [{"type": "approve"}]
    with pytest.raises(ApprovalNotAllowed):
        await house.runs.resume(asked.thread_id, asked.run_id, approve, MARA)
    with pytest.raises(ThreadNotFound):
        await house.runs.resume(asked.thread_id, asked.run_id, approve, VICTOR)
    with pytest.raises(ThreadWaiting):
        await house.runs.submit(asked.thread_id, "how long will it take?", MARA)
    done = await (await house.runs.resume(asked.thread_id, asked.run_id, approve, STAFF)).result()
    assert done.status == "completed"
    assert "is approved" in done.reply.text
    with pytest.raises(NothingPending):
        await house.runs.resume(asked.thread_id, asked.run_id, approve, STAFF)


async def test_a_rejected_refund_is_said_and_not_done(house: Service, talk: Talk) -> None:
    asked = await talk("Please refund the Hub 6 of order O-5002, it is faulty")
    decision = [{"type": "reject", "message": "Please send the device in first."}]
    done = await (await house.runs.resume(asked.thread_id, asked.run_id, decision, STAFF)).result()
    assert done.tickets == ()
    assert "Please send the device in first." in done.reply.text


async def test_decisions_must_fit_what_is_asked(house: Service, talk: Talk) -> None:
    asked = await talk("Please cancel order O-5001")
    with pytest.raises(DecisionInvalid, match="1 decision is needed, 2 came"):
        await house.runs.resume(asked.thread_id, asked.run_id, [{"type": "approve"}] * 2, MARA)
    with pytest.raises(DecisionInvalid, match="approve or reject"):
        await house.runs.resume(asked.thread_id, asked.run_id, [{"type": "perhaps"}], MARA)
    with pytest.raises(RunNotFound):
        await house.runs.resume(asked.thread_id, "run_none", [{"type": "approve"}], MARA)


async def test_events_count_up_and_can_be_read_from_any_point(house: Service) -> None:
    thread = await house.runs.create_thread(MARA)
    run = await house.runs.submit(thread.thread_id, "Is there an outage? If not, open a ticket: no dial tone.", MARA)
    events = [event async for event in run.events()]
    assert [event.id for event in events] == list(range(1, len(events) + 1))
    assert events[0].event == "metadata"
    assert "AI" in events[0].data["notice"]
    assert events[-1].event == "end"
    said = "".join(event.data["text"] for event in events if event.event == "messages")
    assert said == events[-1].data["run"]["reply"]["text"]
    again = await house.runs.run(thread.thread_id, run.run_id, MARA)
    assert [event async for event in again.events(after=3)] == events[3:]


async def test_a_resumed_run_counts_its_events_on(house: Service) -> None:
    thread = await house.runs.create_thread(MARA)
    run = await house.runs.submit(thread.thread_id, "Please cancel order O-5001", MARA)
    before = [event async for event in run.events()]
    resumed = await house.runs.resume(thread.thread_id, run.run_id, [{"type": "approve"}], MARA)
    events = [event async for event in resumed.events(after=before[-1].id)]
    assert events[0].id == before[-1].id + 1
    assert events[-1].data["run"]["status"] == "completed"


async def test_a_thread_survives_a_restart(data_dir: Path, demo_index: Index) -> None:
    async with await Service.open(data_dir=data_dir, index=demo_index, model="offline", clock=lambda: NOW) as first:
        thread = await first.runs.create_thread(MARA)
        asked = await (await first.runs.submit(thread.thread_id, "Please cancel order O-5001", MARA)).result()
    async with await Service.open(data_dir=data_dir, index=demo_index, model="offline", clock=lambda: NOW) as second:
        run = await second.runs.resume(thread.thread_id, asked.run_id, [{"type": "approve"}], MARA)
        assert "cancelled order O-5001" in (await run.result()).reply.text


def test_a_dead_writers_lease_ends(tmp_path: Path) -> None:
    threads = Threads(tmp_path / "threads.sqlite", lease=0.0)
    thread = threads.create(MARA, "demo")
    threads.claim(thread.thread_id, "dead")
    threads.claim(thread.thread_id, "next")
    patient = Threads(tmp_path / "threads.sqlite", lease=60)
    patient.claim(thread.thread_id, "next")
    with pytest.raises(ThreadBusy):
        patient.claim(thread.thread_id, "other")


def test_a_store_of_another_version_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "threads.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StateVersionError, match="another version of Deskmate"):
        Threads(path, lease=60)


async def test_a_stopped_run_is_not_taken_up_again(house: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    run_step = steps.run

    async def slow(order: steps.Order, turn: Turn) -> tuple[Outcome, float]:
        await asyncio.sleep(5)
        return await run_step(order, turn)

    thread = await house.runs.create_thread(MARA)
    monkeypatch.setattr(steps, "run", slow)
    run = await house.runs.submit(thread.thread_id, "Please open a ticket: my phone has no dial tone", MARA)
    async for event in run.events():
        if event.data.get("plan"):
            break
    stopped = await house.runs.cancel(thread.thread_id, run.run_id, MARA)
    monkeypatch.setattr(steps, "run", run_step)
    assert stopped.status == "failed"
    assert "stopped" in stopped.reply.text
    after = await (await house.runs.submit(thread.thread_id, "what is the late fee?", MARA)).result()
    assert after.tickets == ()
    assert "€7.50" in after.reply.text


async def test_threads_are_listed_for_their_owner_and_for_staff(house: Service, talk: Talk) -> None:
    asked = await talk("Please refund the Hub 6 of order O-5002, it is faulty")
    await talk("hello", by=VICTOR)
    (own,) = await house.runs.threads(MARA)
    assert (own.thread_id, own.status, own.run_id) == (asked.thread_id, "needs_approval", asked.run_id)
    assert {thread.customer for thread in await house.runs.threads(STAFF)} == {"C-1001", "C-1002"}


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from agent import steps
from agent.service import Service
from tools.principal import Principal, Role

run = steps.run

async def die(order, turn):
    outcome = await run(order, turn)
    if order["call"]["name"] == "create_ticket":
        os.kill(os.getpid(), signal.SIGKILL)  # the effect is committed, the checkpoint is not
    return outcome

steps.run = die

async def main():
    service = await Service.open(data_dir=Path(sys.argv[1]), model="offline")
    mara = Principal("demo", "C-1001", Role.CUSTOMER)
    thread = await service.runs.create_thread(mara)
    print(thread.thread_id, flush=True)
    await (await service.runs.submit(thread.thread_id, "Open a ticket: my phone has no dial tone", mara)).result()

asyncio.run(main())
"""


async def test_a_kill_between_effect_and_checkpoint_leaves_one_ticket(data_dir: Path, demo_index: Index) -> None:
    (data_dir / "knowledge").symlink_to(demo_index.settings.folder)
    script = ["env", "DESKMATE_AGENT_LEASE=6", sys.executable, "-c", textwrap.dedent(KILLED), str(data_dir)]
    killed = await asyncio.to_thread(subprocess.run, script, capture_output=True, text=True, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    thread_id = killed.stdout.strip()
    settings = {"DESKMATE_AGENT_LEASE": "6"}
    os.environ.update(settings)
    try:
        async with await Service.open(data_dir=data_dir, index=demo_index, model="offline") as service:
            result = None
            for _ in range(40):  # until the dead writer's lease has ended
                try:
                    result = await (await service.runs.submit(thread_id, "what is the late fee?", MARA)).result()
                    break
                except ThreadBusy:
                    await asyncio.sleep(2)
            assert result is not None
            assert "€7.50" in result.reply.text
    finally:
        for name in settings:
            del os.environ[name]
    database = Database.open(ToolSettings(data_dir=data_dir))
    with database.read() as session:
        found = session.scalars(
            select(Ticket.id).where(Ticket.subject.like("%dial tone%"), Ticket.requester == "C-1001")
        )
        assert len(found.all()) == 1
    database.close()
