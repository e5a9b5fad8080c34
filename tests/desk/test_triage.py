"""Priority and group of a new ticket come from the company's pages, and not from a customer's adjectives alone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.settings import KnowledgeSettings
from tests.tools.conftest import MARA, NOW, World, everything
from tests.tools.rows import ticket
from tools.database import Database
from tools.desk.effects import latest, undo
from tools.desk.triage import PriorityRule, Quote, rules
from tools.gateway import Gateway
from tools.outcome import Outcome
from tools.settings import ToolSettings
from tools.vocabulary import Priority

WIKI = Path(__file__).parents[2] / "knowledge" / "wiki"
PAGES = ("service/service-levels.md", "internal/escalation-matrix.md", "internal/ticket-handling.md")
DEAD = "Since Monday I have no internet at all, the line is dead."


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The pages of the demo wiki that rules quote."""
    source = tmp_path_factory.mktemp("wiki")
    for name in PAGES:
        (source / name).parent.mkdir(exist_ok=True)
        shutil.copy(WIKI / name, source / name)
    with Index.open(KnowledgeSettings(data_dir=tmp_path_factory.mktemp("data")), writer=True) as opened:
        ingest(opened, source, collection="demo")
        yield opened


@pytest.fixture
def desk(database: Database, pages: Index) -> World:
    """A desk whose wiki has the pages."""
    gateway = Gateway(database, pages, clock=lambda: NOW, settings=ToolSettings(), asks=everything)
    made = World(database, gateway)
    made.observe(MARA, "Do all of it.")
    return made


def opened(world: World, description: str, **values: str) -> Outcome:
    """A ticket of Mara's."""
    return world.call(MARA, "create_ticket", **{"subject": "Trouble", "description": description, **values})


@pytest.mark.parametrize("rule", [*rules().priority, *rules().group, rules().haste], ids=lambda rule: rule.quote[:40])
def test_each_rule_stands_on_its_page_in_its_section(rule: Quote, pages: Index) -> None:
    assert rule.stands(pages, "demo")


def test_a_priority_is_never_explained_by_a_page_that_the_customer_may_not_read(pages: Index) -> None:
    haste = rules().haste
    rule = PriorityRule(word=Priority.HIGH, signs=("x",), **haste.model_dump(exclude={"tag"}))
    assert (haste.stands(pages, "demo"), rule.stands(pages, "demo")) == ("Ticket handling", None)


def test_no_service_at_all_is_high_and_the_page_is_named(desk: World) -> None:
    done = opened(desk, DEAD)
    row = ticket(desk.database, done.tickets[0])
    assert (row.priority, row.priority_asked, row.group) == ("high", "normal", "network")
    assert "with high priority. It has high priority because our page “Service levels for replies" in done.sentence
    assert (
        "“no broadband, no phone or no mobile service at all for one customer”. A colleague will call" in done.sentence
    )


@pytest.mark.parametrize(
    ("said", "priority"),
    [
        ("Our router smells burnt and sparks come out of the socket.", "urgent"),
        ("The whole building is without internet since nine.", "urgent"),
        ("My SIM was stolen and somebody makes calls with it.", "urgent"),
        ("My account was blocked by mistake.", "high"),
        ("The internet drops every evening, then there is no connection at all.", "normal"),
        ("My router is slow!!! This is really, really bad and I am furious.", "normal"),
        ("Please ring me, it is about the smoke detector that sparks my interest.", "normal"),
        ("I would like to know what a faster plan costs.", "normal"),
    ],
)
def test_signs_of_a_page_make_the_priority_and_adjectives_do_not(desk: World, said: str, priority: str) -> None:
    assert ticket(desk.database, opened(desk, said).tickets[0]).priority == priority


def test_what_is_asked_for_is_never_lowered_but_marked_where_no_page_gives_a_reason(desk: World) -> None:
    hasty = ticket(desk.database, opened(desk, "My router hums.", priority="urgent").tickets[0])
    assert (hasty.priority, hasty.tags) == ("urgent", ["check-priority"])
    right = ticket(desk.database, opened(desk, DEAD, priority="high").tickets[0])
    assert (right.priority, right.tags) == ("high", [])


@pytest.mark.parametrize(
    ("said", "asked", "group"),
    [
        ("My invoice of July shows a late fee.", "support", "billing"),
        ("The parcel has not come.", "support", "orders"),
        ("The invoice for the parcel is wrong.", "support", "support"),  # of two teams: a colleague decides
        ("The parcel has not come.", "billing", "billing"),  # what was chosen stays
    ],
)
def test_the_escalation_matrix_gives_the_group(desk: World, said: str, asked: str, group: str) -> None:
    assert ticket(desk.database, opened(desk, said, group=asked).tickets[0]).group == group


def test_a_wiki_without_the_page_has_no_such_rule(world: World) -> None:
    row = ticket(world.database, opened(world, DEAD, priority="normal").tickets[0])
    assert (row.priority, row.group, row.tags) == ("normal", "support", [])


def test_a_raised_ticket_can_be_taken_back_like_any_other(desk: World) -> None:
    opened(desk, DEAD)
    name = latest(desk.database, 1)[0].name
    assert "is withdrawn" in undo(desk.database, name, now=NOW, zone=ToolSettings().zone, outside=False)
