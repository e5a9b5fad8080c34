"""What is each ticket system's own: where it keeps what it has no field for, and what it cannot hold."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeVar

import pytest

from tests.connectors.site import serving
from tests.desk.conftest import KINDS, QUICK, double_settings
from tests.desk.doubles.double import Double, reply
from tests.desk.doubles.github import GitHubDouble
from tests.desk.doubles.jira import JiraDouble
from tests.desk.doubles.zammad import ZammadDouble
from tests.desk.doubles.zendesk import ZendeskDouble
from tests.desk.test_conformance import NEW, key, made
from tools.desk.backends import open_desk
from tools.desk.errors import DeskRefused, DeskUnreachable, NotMapped
from tools.desk.ticket_desk import Changes, Contact, NewRemark, TicketDesk
from tools.vocabulary import Status, Visibility

D = TypeVar("D", bound=Double)
Opened = Callable[[D], TicketDesk]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened[Double]]:
    """Opens the desk in front of a double, and closes both."""
    async with AsyncExitStack() as stack:

        def opening(double: Double) -> TicketDesk:
            name = next(name for name, kind in KINDS.items() if kind is type(double))
            stack.enter_context(serving(double))
            desk = open_desk(double_settings(name, double, tmp_path), QUICK)
            stack.push_async_callback(desk.close)
            return desk

        yield opening


@pytest.fixture(params=list(KINDS))
def double(request: pytest.FixtureRequest) -> Double:
    """One after the other."""
    return KINDS[request.param]()


async def test_what_colleagues_write_there_is_read_with_who_may_see_it(double: Double, opened: Opened[Double]) -> None:
    desk = opened(double)
    ticket = await made(desk)
    double.said(ticket.number, "We exchange the line card.", internal=False)
    double.said(ticket.number, "Card 4711 is faulty.", internal=True)
    read = await desk.comments(ticket.number)
    assert [(one.text, one.visibility, one.author, one.key) for one in read] == [
        ("We exchange the line card.", Visibility.PUBLIC, "S-01", None),
        ("Card 4711 is faulty.", Visibility.INTERNAL, "S-01", None),
    ]


@pytest.mark.parametrize("name", ["jira", "zammad", "zendesk"])
async def test_a_ticket_in_a_state_without_a_word_is_refused_with_the_line_to_add(
    name: str, opened: Opened[Double]
) -> None:
    double = KINDS[name]()
    desk = opened(double)
    ticket = await made(desk)
    double.edit(ticket.number, status={"name": "Escalated"} if name == "jira" else "parked", state="parked")
    with pytest.raises(NotMapped, match=r"does not name. Add a line under \[status\]"):
        await desk.ticket(ticket.number)


async def test_nothing_is_sent_to_a_repository_that_everybody_may_read(opened: Opened[Double]) -> None:
    double = GitHubDouble(private=False)
    desk = opened(double)
    assert "not private" in (await desk.check())[0]
    with pytest.raises(DeskRefused, match="not private: everybody could read"):
        await desk.create(NEW, key())
    assert double.writes() == []


async def test_an_issue_that_is_closed_by_hand_on_github_is_solved(opened: Opened[Double]) -> None:
    double = GitHubDouble()
    desk = opened(double)
    ticket = await made(desk)
    double.edit(ticket.number, state="closed", state_reason="completed")
    assert (await desk.ticket(ticket.number)).status is Status.SOLVED
    assert [one.number async for one in desk.tickets([Status.SOLVED])] == [ticket.number]
    double.edit(ticket.number, state="open", labels=["status: solved", "priority: low", "type: task", "team: field"])
    assert (await desk.ticket(ticket.number)).status is Status.OPEN


async def test_github_is_left_alone_for_a_minute_after_a_secondary_limit(opened: Opened[Double]) -> None:
    double = GitHubDouble()
    desk = opened(double)
    body = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
    double.at_write = [(reply(body, 403, (("x-ratelimit-remaining", "4711"), ("x-ratelimit-reset", "1"))), False)]
    with pytest.raises(DeskUnreachable) as refusal:
        await desk.create(NEW, key())
    assert refusal.value.wait == 60


async def test_a_next_page_on_another_server_is_not_fetched(opened: Opened[Double]) -> None:
    double = GitHubDouble()
    desk = opened(double)
    double.at_read = [reply([], headers=(("Link", '<https://elsewhere.example/issues?page=2>; rel="next"'),))]
    with pytest.raises(DeskRefused, match="another server"):
        await desk.comments("1")


async def test_a_text_that_looks_like_deskmates_own_remark_is_text(opened: Opened[Double]) -> None:
    text = 'It says:\n\n<!-- deskmate {"key": "forged", "author": "S-01"} -->'
    desk, mine = opened(GitHubDouble()), key()
    ticket = await made(desk, description=text)
    await desk.comment(ticket.number, NewRemark("C-1001", text), mine)
    (read,) = await desk.comments(ticket.number)
    assert (ticket.description, read.text, read.author, read.key) == (text, text, "C-1001", mine)


async def test_zendesk_is_sent_the_key_twice_over(opened: Opened[Double]) -> None:
    double = ZendeskDouble()
    desk, mine = opened(double), key()
    await desk.create(NEW, mine)
    (sent,) = double.writes()
    assert (sent.headers["idempotency-key"], sent.body["ticket"]["external_id"]) == (mine, mine)


@pytest.mark.parametrize("tag", ["Two words", "Capital"])
async def test_a_tag_that_zendesk_would_change_is_refused_before_anything_is_sent(
    tag: str, opened: Opened[Double]
) -> None:
    double = ZendeskDouble()
    with pytest.raises(NotMapped, match="would not keep the tag"):
        await made(opened(double), tags=(tag,))
    assert double.writes() == []


async def test_a_colleague_whom_zendesks_mapping_does_not_name_is_refused(opened: Opened[Double]) -> None:
    desk = opened(ZendeskDouble())
    ticket = await made(desk)
    with pytest.raises(NotMapped, match=r"no agent for 'S-02' in its mapping. Add a line under \[people\]"):
        await desk.change(ticket.number, Changes(assignee="S-02"))


async def test_what_the_customer_writes_in_the_systems_own_portal_is_theirs(opened: Opened[Double]) -> None:
    jira, zendesk = JiraDouble(writer=JiraDouble.mara), ZendeskDouble(writer=ZendeskDouble.mara)
    doubles: tuple[Double, ...] = (jira, zendesk)
    for double in doubles:
        desk = opened(double)
        ticket = await made(desk, requester="C-1001", contact=Contact("Mara Lindt", "mara@example.com"))
        double.said(ticket.number, "It is back.", internal=False)
        assert [one.author for one in await desk.comments(ticket.number)] == ["C-1001"]


async def test_a_customer_is_named_to_a_system_that_writes_to_them_itself(opened: Opened[Double]) -> None:
    zendesk, zammad = ZendeskDouble(), ZammadDouble()
    contact = Contact("Mara Lindt", "mara@example.com")
    for double in (zendesk, zammad):
        await made(opened(double), contact=contact)
    assert zendesk.writes()[0].body["ticket"]["requester"] == {"name": "Mara Lindt", "email": "mara@example.com"}
    assert zammad.writes()[0].body["customer_id"] == "guess:mara@example.com"


async def test_a_step_that_jiras_workflow_lacks_is_refused_with_a_sentence(opened: Opened[Double]) -> None:
    desk = opened(JiraDouble())
    ticket = await made(desk)
    with pytest.raises(DeskRefused, match="workflow lets nobody set SUP-1 to Closed"):
        await desk.change(ticket.number, Changes(status=Status.CLOSED))


async def test_an_internal_comment_that_a_system_shows_to_customers_is_told(opened: Opened[Double]) -> None:
    desk = opened(JiraDouble(heeds_internal=False))
    ticket = await made(desk)
    with pytest.raises(DeskRefused, match=f"made the internal comment on ticket {ticket.number} public"):
        await desk.comment(ticket.number, NewRemark("S-01", "For us alone.", Visibility.INTERNAL), key())


async def test_a_merged_ticket_of_zammad_reads_as_closed(opened: Opened[Double]) -> None:
    desk = opened(ZammadDouble())
    one, two = await made(desk), await made(desk)
    await desk.merge(one.number, two.number)
    assert (await desk.ticket(one.number)).status is Status.CLOSED
