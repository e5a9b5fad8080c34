"""A call has one effect: repeated, at the same time, and after a kill."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from knowledge.index import Index
from tests.tools.conftest import LENA, MARA, NOW, World
from tests.tools.rows import LedgerRow, Refund, count
from tools.database import Database
from tools.gateway import Gateway, ToolCall
from tools.outcome import Outcome
from tools.schema import Comment, Ticket
from tools.settings import ToolSettings

OPEN = {"subject": "Router drops every evening", "description": "At eight, each day."}


def test_the_same_call_again_gives_the_stored_outcome(world: World) -> None:
    call = world.make("create_ticket", **OPEN)
    first = world.run(call, MARA)
    assert world.run(call, MARA) == first
    assert count(world.database, Ticket) == 201


def test_the_same_call_with_its_used_grant_again_gives_the_stored_outcome(world: World) -> None:
    world.call(MARA, "list_orders")
    call = world.make("request_refund", order_id="O-5002", reason="faulty")
    world.run(call, MARA)
    grant = world.granted(call, MARA, LENA)
    first = world.run(call, MARA, grant)
    assert first.status == "ok"
    assert world.run(call, MARA, grant) == first
    assert world.run(call, MARA) == first
    assert count(world.database, Refund) == 1


def test_the_same_call_number_with_other_arguments_is_another_call(world: World) -> None:
    world.run(ToolCall("one", "create_ticket", OPEN), MARA)
    world.run(ToolCall("one", "create_ticket", {**OPEN, "subject": "Another trouble"}), MARA)
    assert count(world.database, Ticket) == 202


def test_the_same_ticket_asked_for_in_a_new_call_is_not_opened_twice(world: World) -> None:
    first = world.call(MARA, "create_ticket", **OPEN)
    second = world.call(MARA, "create_ticket", **OPEN)
    assert second.tickets == first.tickets
    assert "no second one" in second.sentence
    assert count(world.database, Ticket) == 201


def test_the_same_comment_in_a_new_call_is_not_written_twice(world: World) -> None:
    number = world.call(MARA, "create_ticket", **OPEN).tickets[0]
    before = count(world.database, Comment)
    for _ in range(2):
        assert world.call(MARA, "comment_on_ticket", ticket_id=number, text="Still so.").status == "ok"
    assert count(world.database, Comment) == before + 1


def test_a_refused_write_leaves_no_ledger_row(world: World) -> None:
    world.call(MARA, "list_orders")
    assert world.call(MARA, "cancel_order", order_id="O-5002").status == "refused"
    assert count(world.database, LedgerRow) == 0


def test_a_write_that_found_nothing_to_do_leaves_no_ledger_row(world: World) -> None:
    number = world.call(MARA, "create_ticket", **OPEN).tickets[0]
    assert world.call(MARA, "update_ticket", ticket_id=number).status == "invalid"
    assert count(world.database, LedgerRow) == 1


def test_a_write_that_breaks_half_way_leaves_nothing(world: World) -> None:
    world.call(MARA, "list_orders")
    call = world.make("request_refund", order_id="O-5002", reason="faulty")
    world.run(call, MARA)
    grant = world.granted(call, MARA, LENA)

    def break_down(session: Session, *_: object) -> None:
        if any(isinstance(row, LedgerRow) and row.outcome for row in session.dirty):
            raise RuntimeError

    event.listen(Session, "before_flush", break_down)
    try:
        with pytest.raises(RuntimeError):
            world.run(call, MARA, grant)
    finally:
        event.remove(Session, "before_flush", break_down)
    assert (count(world.database, Refund), count(world.database, LedgerRow)) == (0, 0)
    assert world.run(call, MARA, grant).status == "ok"


def test_two_threads_with_the_same_call_have_one_effect(world: World) -> None:
    call = world.make("create_ticket", **OPEN)
    outcomes = at_once(*[partial(world.run, call, MARA)] * 2)
    assert outcomes[0] == outcomes[1]
    assert outcomes[0].status == "ok"
    assert count(world.database, Ticket) == 201


def test_threads_with_different_calls_get_different_numbers(world: World) -> None:
    calls = [world.make("create_ticket", subject=f"Trouble {one}", description="As said.") for one in range(6)]
    outcomes = at_once(*[partial(world.run, call, MARA) for call in calls])
    assert {outcome.tickets[0] for outcome in outcomes} == {f"T-{1201 + one}" for one in range(6)}


def test_two_threads_with_two_refunds_cannot_pay_back_more_than_was_paid(world: World) -> None:
    world.call(MARA, "list_orders")
    calls = [world.make("request_refund", order_id="O-5002", reason=why) for why in ("faulty", "unused")]
    for call in calls:
        world.run(call, MARA)
    outcomes = at_once(*[partial(world.run, call, MARA, world.granted(call, MARA, LENA)) for call in calls])
    assert sorted(outcome.status for outcome in outcomes) == ["ok", "refused"]
    assert count(world.database, Refund) == 1


_VICTIM = """
import os, signal, sys
from datetime import datetime
from sqlalchemy import event
from sqlalchemy.orm import Session
from tools.database import Database
from tools.gateway import Gateway, ToolCall
from tools.principal import Principal, Role
from tools.settings import ToolSettings

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

path, moment, now = sys.argv[1:]
event.listen(Session, moment, die)
database, settings = Database(f"sqlite:///{path}"), ToolSettings()
gateway = Gateway(database, None, clock=lambda: datetime.fromisoformat(now), settings=settings)
call = ToolCall("killed", "create_ticket", {"subject": "Router drops", "description": "At eight."})
gateway.call(call, principal=Principal("demo", "C-1001", Role.CUSTOMER), thread_id="t")
"""


@pytest.mark.parametrize(("moment", "left_behind"), [("before_commit", 0), ("after_commit", 1)])
def test_a_process_killed_around_the_commit_has_one_effect_after_the_call_is_repeated(
    database: Database, index: Index, tmp_path: Path, moment: str, left_behind: int
) -> None:
    victim = subprocess.run(
        [sys.executable, "-c", _VICTIM, str(tmp_path / "desk.sqlite"), moment, NOW.isoformat()],
        check=False,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert victim.returncode == -signal.SIGKILL
    assert count(database, Ticket) == 200 + left_behind
    gateway = Gateway(database, index, clock=lambda: NOW, settings=ToolSettings())
    call = ToolCall("killed", "create_ticket", {"subject": "Router drops", "description": "At eight."})
    outcome = gateway.call(call, principal=MARA, thread_id="t")
    assert outcome.sentence.startswith("I have opened ticket T-1201 “Router drops”")
    assert (count(database, Ticket), count(database, LedgerRow)) == (201, 1)


def at_once(*actions: Callable[[], Outcome]) -> list[Outcome]:
    """Run the actions in threads that start together."""
    gate = threading.Barrier(len(actions))
    outcomes: list[Outcome] = []

    def run(action: Callable[[], Outcome]) -> None:
        gate.wait()
        outcomes.append(action())

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
