"""What Deskmate makes of each system's own errors: one sentence, and a write is never repeated blindly."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.connectors.site import Answer, serving
from tests.desk.conftest import DOUBLES, KINDS, QUICK, double_of, double_settings
from tests.desk.doubles.double import Double
from tests.desk.test_conformance import NEW, key
from tools.desk.backends import open_desk
from tools.desk.errors import DeskRefused, DeskUnreachable, OutcomeUnknown, RemoteNotFound
from tools.desk.ticket_desk import Changes, NewRemark, TicketDesk
from tools.settings import ToolSettings
from tools.vocabulary import Status

CUT = Answer('{"id": 1, "number": "1"', media="application/json", cut=True)
PROXY = Answer("<html>Bad gateway</html>")  # an answer from something that stands between, with 200


@dataclass
class Pair:
    """A desk and the double behind it."""

    desk: TicketDesk
    double: Double

    async def there(self) -> int:
        """How many new tickets the system has."""
        return len([one async for one in self.desk.tickets([Status.NEW])])


@pytest.fixture(params=DOUBLES)
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pair]:
    """One system after the other, without a ticket."""
    with serving(double_of(request.param)) as double:
        async with opened(double_settings(request.param, double, tmp_path)) as desk:
            yield Pair(desk, double)


@asynccontextmanager
async def opened(settings: ToolSettings) -> AsyncIterator[TicketDesk]:
    """A desk that is closed at the end."""
    desk = open_desk(settings, QUICK)
    try:
        yield desk
    finally:
        await desk.close()


def words(answer: Answer) -> list[str]:
    """What the system itself says in an error, in pieces that cannot come from Deskmate."""
    body = answer.body.decode() if isinstance(answer.body, bytes) else answer.body
    return [piece for piece in body.split('"') if len(piece) > 12]


@pytest.mark.parametrize(
    ("pair", "status"),
    [(name, status) for name in DOUBLES for status in KINDS[name].errors if status < 429 and status != 409],
    indirect=["pair"],
)
async def test_what_a_system_refuses_is_refused_in_our_words_and_not_sent_again(pair: Pair, status: int) -> None:
    answer = pair.double.errors[status]
    pair.double.at_write = [(answer, False)]
    with pytest.raises(DeskRefused) as refusal:
        await pair.desk.create(NEW, key())
    assert isinstance(refusal.value, RemoteNotFound) is (status in (404, 410))
    assert not any(piece in str(refusal.value) for piece in words(answer))
    assert len(pair.double.writes()) == 1


async def test_a_ticket_that_is_gone_is_not_found(pair: Pair) -> None:
    pair.double.at_read = [pair.double.errors[404]]
    with pytest.raises(RemoteNotFound):
        await pair.desk.ticket("7")


async def test_a_write_is_sent_again_when_the_system_had_too_many(pair: Pair) -> None:
    pair.double.at_write = [(pair.double.errors[429], False)]
    ticket = await pair.desk.create(NEW, key())
    assert (await pair.there(), (await pair.desk.ticket(ticket.number)).subject) == (1, NEW.subject)


@pytest.mark.parametrize("pair", ["jira", "zendesk"], indirect=True)
async def test_a_write_that_met_another_is_tried_again_and_then_refused(pair: Pair) -> None:
    collision = (pair.double.errors[409], False)
    pair.double.at_write = [collision]
    await pair.desk.create(NEW, key())
    assert (await pair.there(), len(pair.double.writes())) == (1, 2)
    pair.double.at_write = [collision] * 9
    with pytest.raises(DeskRefused, match="at that moment"):
        await pair.desk.create(NEW, key())
    assert len(pair.double.writes()) == 2 + QUICK.tries


async def test_a_long_wait_is_left_to_the_caller_who_is_told_how_long(pair: Pair) -> None:
    pair.double.at_write = [(replace(pair.double.errors[429], headers=(("Retry-After", "93"),)), False)]
    with pytest.raises(DeskUnreachable) as refusal:
        await pair.desk.create(NEW, key())
    assert (refusal.value.wait, len(pair.double.writes())) == (93, 1)


async def test_a_question_is_asked_again_when_the_system_has_trouble(pair: Pair) -> None:
    ticket = await pair.desk.create(NEW, key())
    pair.double.at_read = [pair.double.errors[500], CUT]
    assert await pair.desk.ticket(ticket.number) == ticket


@pytest.mark.parametrize("fault", ["trouble", "cut", "proxy"])
@pytest.mark.parametrize("arrived", [True, False])
async def test_a_ticket_of_unknown_outcome_is_looked_for_before_it_is_sent_again(
    pair: Pair, arrived: bool, fault: str
) -> None:
    mine, answer = key(), {"trouble": pair.double.errors[500], "cut": CUT, "proxy": PROXY}[fault]
    pair.double.at_write = [(answer, arrived)]
    with pytest.raises(OutcomeUnknown):
        await pair.desk.create(NEW, mine)
    assert await pair.there() == arrived  # it was not sent a second time
    ticket = await pair.desk.create(NEW, mine)
    assert (await pair.there(), ticket.key) == (1, mine)


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_comment_of_unknown_outcome_is_looked_for_before_it_is_sent_again(pair: Pair, arrived: bool) -> None:
    ticket, mine = await pair.desk.create(NEW, key()), key()
    pair.double.at_write = [(CUT, arrived)]
    with pytest.raises(OutcomeUnknown):
        await pair.desk.comment(ticket.number, NewRemark("C-1001", "Once."), mine)
    await pair.desk.comment(ticket.number, NewRemark("C-1001", "Once."), mine)
    assert [one.key for one in await pair.desk.comments(ticket.number)] == [mine]


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_change_of_unknown_outcome_can_be_made_again(pair: Pair, arrived: bool) -> None:
    ticket = await pair.desk.create(NEW, key())
    pair.double.at_write = [(CUT, arrived)]
    with suppress(OutcomeUnknown):
        await pair.desk.change(ticket.number, Changes(status=Status.PENDING))
    assert (await pair.desk.change(ticket.number, Changes(status=Status.PENDING))).status is Status.PENDING


async def test_a_merge_of_unknown_outcome_can_be_made_again(pair: Pair) -> None:
    one, two = await pair.desk.create(NEW, key()), await pair.desk.create(NEW, key())
    pair.double.at_write = [(CUT, True)]
    with suppress(OutcomeUnknown):
        await pair.desk.merge(one.number, two.number)
    await pair.desk.merge(one.number, two.number)
    assert await pair.there() == 1


@pytest.mark.parametrize("name", DOUBLES)
async def test_a_system_that_is_not_there_changes_nothing(name: str, tmp_path: Path) -> None:
    with serving(double_of(name)) as gone:
        settings = double_settings(name, gone, tmp_path)
    async with opened(settings) as desk:
        with pytest.raises(DeskUnreachable, match="cannot be reached just now"):
            await desk.create(NEW, key())


async def test_credentials_that_are_wrong_are_named_by_their_settings(pair: Pair) -> None:
    pair.double.at_read = [pair.double.errors[401]]
    with pytest.raises(DeskRefused, match="DESKMATE_TOOLS_DESK_TOKEN"):
        await pair.desk.ticket("7")
