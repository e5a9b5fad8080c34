"""What becomes of the outbox while the system elsewhere works, does not answer, or says no."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from knowledge.index import Index
from tests.tools.conftest import MARA, NOW, asking_for, everything
from tools.database import Database
from tools.desk.backends.sql import SqlDesk
from tools.desk.dispatch import Dispatcher
from tools.desk.errors import DeskRefused, DeskUnreachable, OutcomeUnknown
from tools.desk.ticket_desk import Record
from tools.gateway import Gateway, ToolCall
from tools.outcome import Outcome
from tools.schema import OutboxRow
from tools.seed import seed
from tools.settings import ToolSettings
from tools.vocabulary import Priority, Status

SETTLE = timedelta(seconds=60)


@dataclass
class Faulty:
    """A real desk in another database that fails as told, before or after it has done the work."""

    desk: SqlDesk
    before: list[Exception] = field(default_factory=list)
    after: list[Exception] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        act = getattr(self.desk, name)
        if name not in ("create", "change", "comment"):
            return act

        async def call(*arguments: Any) -> Any:
            if self.before:
                raise self.before.pop()
            done = await act(*arguments)
            if self.after:
                raise self.after.pop()
            return done

        return call


@dataclass
class Sending:
    """A desk here, one elsewhere, and a clock."""

    database: Database
    elsewhere: Faulty
    gateway: Gateway
    now: datetime = NOW
    calls: int = 0

    def call(self, name: str, **arguments: Any) -> Outcome:
        """A tool call of Mara's."""
        self.calls += 1
        self.gateway.observe(MARA, "t", asking_for(arguments))
        return self.gateway.call(ToolCall(f"c{self.calls}", name, arguments), principal=MARA, thread_id="t")

    async def send(self, *, later: timedelta = timedelta(0)) -> None:
        """Time passes, and the dispatcher looks."""
        self.now += later
        await Dispatcher(self.database, self.elsewhere, clock=lambda: self.now, settle=SETTLE).run_once()

    def states(self) -> list[str]:
        """The outbox in order."""
        with self.database.read() as session:
            return list(session.scalars(select(OutboxRow.state).order_by(OutboxRow.id)))

    async def there(self) -> list[Record]:
        """Mara's tickets elsewhere of the subject that these tests use."""
        return [one async for one in self.elsewhere.desk.tickets(list(Status), "C-1001") if one.subject == "Humming"]


@pytest.fixture
async def sending(tmp_path: Path, template: Database, index: Index) -> AsyncIterator[Sending]:
    """Two desks."""
    here, there = template.copy_to(tmp_path / "here.sqlite"), Database(f"sqlite:///{tmp_path / 'there.sqlite'}")
    seed(there, now=NOW)
    desk = SqlDesk(there, "demo", clock=lambda: NOW, zone=ToolSettings().zone)
    elsewhere = ToolSettings(desk="request_tracker")
    gateway = Gateway(here, index, clock=lambda: made.now, settings=elsewhere, asks=everything)
    made = Sending(here, Faulty(desk), gateway)
    yield made
    here.close()
    there.close()


OPEN = {"subject": "Humming", "description": "It hums."}


async def test_a_ticket_its_comment_and_its_priority_arrive_in_order(sending: Sending) -> None:
    number = sending.call("create_ticket", **OPEN).tickets[0]
    sending.call("comment_on_ticket", ticket_id=number, text="Louder now.")
    sending.call("update_ticket", ticket_id=number, priority="high")
    await sending.send()
    (ticket,) = await sending.there()
    assert (ticket.priority, sending.states()) == (Priority.HIGH, ["sent"] * 3)
    assert [one.text for one in await sending.elsewhere.desk.comments(ticket.number)] == ["Louder now."]


async def test_a_system_that_is_down_gets_everything_later(sending: Sending) -> None:
    number = sending.call("create_ticket", **OPEN).tickets[0]
    sending.call("comment_on_ticket", ticket_id=number, text="Louder now.")
    sending.elsewhere.before = [DeskUnreachable("down", wait=7)]
    await sending.send()
    assert sending.states() == ["waiting", "waiting"]
    await sending.send(later=timedelta(seconds=6))
    assert await sending.there() == []
    await sending.send(later=timedelta(seconds=1))
    assert sending.states() == ["sent", "sent"]


@pytest.mark.parametrize("arrived", [True, False])
async def test_an_unknown_outcome_is_looked_up_before_anything_is_sent_again(sending: Sending, arrived: bool) -> None:
    sending.call("create_ticket", **OPEN)
    setattr(sending.elsewhere, "after" if arrived else "before", [OutcomeUnknown("no answer")])
    await sending.send()
    assert sending.states() == ["unknown"]
    await sending.send(later=timedelta(seconds=59))
    assert len(await sending.there()) == arrived  # a request under way may still arrive, so nothing is sent yet
    await sending.send(later=timedelta(seconds=1))
    assert (len(await sending.there()), sending.states()) == (1, ["sent"])


async def test_what_the_system_refuses_is_kept_with_its_sentence_and_not_sent_again(sending: Sending) -> None:
    sending.call("create_ticket", **OPEN)
    sending.elsewhere.before = [DeskRefused("There is no such queue.")]
    await sending.send()
    await sending.send(later=timedelta(days=1))
    with sending.database.read() as session:
        row = session.scalars(select(OutboxRow)).one()
    assert (row.state, row.note) == ("refused", "There is no such queue.")
    assert await sending.there() == []


async def test_a_desk_that_stands_alone_sends_nothing(sending: Sending, index: Index) -> None:
    gateway = Gateway(sending.database, index, clock=lambda: NOW, settings=ToolSettings())
    gateway.call(ToolCall("one", "create_ticket", OPEN), principal=MARA, thread_id="t")
    assert sending.states() == ["local"]
