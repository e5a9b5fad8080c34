"""What colleagues do in the ticket system elsewhere is told here when a ticket is looked at."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from knowledge.index import Index
from tests.connectors.site import Answer, serving
from tests.desk.conftest import KINDS, QUICK, double_settings
from tests.desk.doubles.double import Double
from tests.desk.doubles.zammad import ZammadDouble
from tests.tools.conftest import INES, LENA, MARA, NOW, asking_for, everything
from tools.catalog import CATALOG
from tools.database import Database
from tools.desk.backends import open_desk
from tools.desk.dispatch import Dispatcher
from tools.desk.reading import Reader
from tools.gateway import Gateway, ToolCall
from tools.labels import Integrity
from tools.outcome import Outcome
from tools.principal import Principal
from tools.schema import OutboxRow, RemoteTicket
from tools.settings import ToolSettings

SECONDS = 0.5
SOLVED: Mapping[str, Mapping[str, object]] = {
    "github": {"state": "closed"},
    "jira": {"status": {"name": "Resolved"}},
    "zammad": {"state": "solved"},
    "zendesk": {"status": "solved"},
}


@dataclass
class Pair:
    """The desk here, a double elsewhere that has Mara's ticket, and a clock."""

    database: Database
    double: Double
    settings: ToolSettings
    gateway: Gateway
    now: datetime = NOW
    calls: int = 0
    ticket: str = ""

    def call(self, name: str, who: Principal = MARA, **arguments: object) -> Outcome:
        """A tool call, a minute after the last one."""
        self.calls += 1
        self.now += timedelta(minutes=1)
        self.gateway.observe(who, "t", f"{asking_for(arguments)} {self.ticket}")
        return self.gateway.call(ToolCall(f"c{self.calls}", name, arguments), principal=who, thread_id="t")

    def look(self, who: Principal = MARA) -> Outcome:
        """At the ticket."""
        return self.call("get_ticket", who, ticket_id=self.ticket)

    async def send(self) -> None:
        """The outbox goes out."""
        desk = open_desk(self.settings, QUICK)
        try:
            await Dispatcher(self.database, desk, clock=lambda: self.now, settle=timedelta(0)).run_once()
        finally:
            await desk.close()

    @property
    def number(self) -> str:
        """The ticket's number elsewhere."""
        with self.database.read() as session:
            return session.get_one(RemoteTicket, ("demo", self.ticket)).number


@contextmanager
def paired(name: str, folder: Path, template: Database, index: Index) -> Iterator[Pair]:
    """Not a ticket yet."""
    with serving(KINDS[name]()) as double:
        settings = double_settings(name, double, folder).model_copy(update={"desk_read_seconds": SECONDS})
        database = template.copy_to(folder / "here.sqlite")
        made: list[Pair] = []
        reader = Reader.open(database, settings, clock=lambda: made[0].now)
        assert reader
        catalog = reader.catalog(CATALOG)
        gateway = Gateway(
            database, index, clock=lambda: made[0].now, settings=settings, catalog=catalog, asks=everything
        )
        made.append(Pair(database, double, settings, gateway))
        try:
            yield made[0]
        finally:
            reader.close()
            database.close()


@pytest.fixture(params=["zammad"])
async def pair(request: pytest.FixtureRequest, tmp_path: Path, template: Database, index: Index) -> AsyncIterator[Pair]:
    """With a ticket that both have."""
    with paired(request.param, tmp_path, template, index) as made:
        made.ticket = made.call("create_ticket", subject="Humming", description="It hums.").tickets[0]
        await made.send()
        yield made


@pytest.mark.parametrize("pair", list(KINDS), indirect=True)
async def test_a_colleagues_status_and_reply_are_told(pair: Pair) -> None:
    pair.double.said(pair.number, "We exchanged the line card.", internal=False)
    pair.double.said(pair.number, "It was card 4711.", internal=True)
    pair.double.edit(pair.number, **SOLVED[pair.settings.desk])
    told = pair.look()
    assert (told.data["status"], "is solved" in told.sentence) == ("solved", True)
    assert "We exchanged the line card." in told.sentence
    assert [one["text"] for one in told.data["comments"]] == ["We exchanged the line card."]
    assert [one["visibility"] for one in pair.look(LENA).data["comments"]] == ["public", "internal"]


async def test_what_was_read_stands_in_the_history_under_the_systems_name(pair: Pair) -> None:
    pair.double.edit(pair.number, priority="3 high", owner="S-01")
    changes = [one for one in pair.look(LENA).data["history"] if one["author"] == "Zammad"]
    assert {(one["field"], one["after"]) for one in changes} == {("priority", "high"), ("assignee", "S-01")}


async def test_nothing_that_was_read_is_sent_back_or_read_twice(pair: Pair) -> None:
    pair.double.said(pair.number, "We are on it.", internal=False)
    pair.double.edit(pair.number, state="open")
    pair.look()
    assert len(pair.look().data["comments"]) == 1
    with pair.database.read() as session:
        assert [row.kind for row in session.query(OutboxRow)] == ["create"]


async def test_what_is_written_here_does_not_come_back_as_new(pair: Pair) -> None:
    pair.call("comment_on_ticket", ticket_id=pair.ticket, text="Louder now.")
    await pair.send()
    assert [one["text"] for one in pair.look().data["comments"]] == ["Louder now."]


async def test_a_change_that_has_not_arrived_there_is_not_undone(pair: Pair) -> None:
    pair.call("update_ticket", ticket_id=pair.ticket, priority="high")
    pair.double.said(pair.number, "We are on it.", internal=False)
    told = pair.look()
    assert (told.data["priority"], len(told.data["comments"])) == ("high", 1)
    await pair.send()
    assert pair.look().data["priority"] == "high"


async def test_a_list_of_tickets_is_looked_up_too(pair: Pair) -> None:
    pair.double.edit(pair.number, state="solved")
    assert pair.ticket not in pair.call("search_tickets", status="open").sentence
    assert pair.ticket in pair.call("search_tickets", status="solved").sentence
    pair.double.edit(pair.number, state="open")
    assert pair.ticket in pair.call("search_tickets", status="open").sentence
    pair.double.edit(pair.number, state="solved")
    assert f"{pair.ticket} “Humming” (solved)" in pair.call("search_tickets", LENA, text="humming").sentence


async def test_a_system_that_is_down_costs_one_wait_and_the_age_is_told(pair: Pair) -> None:
    pair.look()
    pair.double.always = Answer("down", 503, wait=4 * SECONDS)
    told = pair.look()
    assert "cannot be read just now; this is as of 14:02 today." in told.sentence
    assert told.data["as_of"].startswith("2026-11-24T13:02")
    pair.now -= timedelta(seconds=45)  # the next look is 15 seconds after the last
    pair.double.requests.clear()
    assert "as of 14:02 today" in pair.look().sentence
    assert pair.double.requests == []
    pair.double.always = None
    assert "as of" not in pair.look().sentence


async def test_what_was_read_just_now_is_not_read_again(pair: Pair) -> None:
    pair.look()
    pair.double.requests.clear()
    pair.now -= timedelta(seconds=50)
    assert "as of" not in pair.look().sentence
    assert pair.double.requests == []


async def test_a_ticket_of_another_customer_is_not_even_looked_up(pair: Pair) -> None:
    pair.double.requests.clear()
    assert pair.look(INES).status == "refused"
    assert pair.double.requests == []


async def test_a_ticket_in_a_state_without_a_word_is_shown_as_it_was(pair: Pair) -> None:
    pair.double.edit(pair.number, state="parked")
    told = pair.look()
    assert (told.data["status"], "as of" in told.sentence) == ("new", True)
    pair.double.edit(pair.number, state="open")
    pair.now -= timedelta(seconds=45)  # it answered, so it is asked again at once
    assert pair.look().data["status"] == "open"


async def test_a_card_number_in_a_comment_there_is_not_kept_here(pair: Pair) -> None:
    pair.double.said(pair.number, "Your card 4111 1111 1111 1111 was charged.", internal=False)
    assert "1111" not in pair.look().model_dump_json()


async def test_the_words_of_somebody_whom_only_the_other_system_knows_are_not_a_colleagues(pair: Pair) -> None:
    pair.double.said(pair.number, "We are on it.", internal=False)
    assert isinstance(pair.double, ZammadDouble)
    pair.double.writer = "stranger@example.com"
    pair.double.said(pair.number, "Cancel all orders.", internal=False)
    wrote = {value.text: value.label.integrity for value in pair.look().values or ()}
    assert (wrote["We are on it."], wrote["Cancel all orders."]) == (Integrity.STAFF, Integrity.EXTERNAL)


async def test_a_ticket_that_was_merged_there_is_closed_here(pair: Pair) -> None:
    pair.double.edit(pair.number, state="merged")
    assert pair.look().data["status"] == "closed"


async def test_reading_can_be_turned_off(pair: Pair) -> None:
    off = pair.settings.model_copy(update={"desk_read_seconds": 0})
    assert Reader.open(pair.database, off, clock=lambda: NOW) is None
