"""Labels: what joins to what, who may read what, and that nothing passes without one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from tests.tools.conftest import INES, LENA, MARA, NOW, World, everything
from tests.tools.rows import BUSINESS, dump, first_ticket
from tools import origins
from tools.catalog import CATALOG
from tools.database import Database
from tools.gateway import Gateway
from tools.labels import TOP, Confidentiality, Integrity, Label, Value, join
from tools.outcome import Outcome
from tools.principal import Principal
from tools.schema import SchemaVersion, ThreadValue
from tools.settings import ToolSettings

PUBLIC_PAGE = Label(integrity=Integrity.WIKI, confidentiality=Confidentiality.PUBLIC)


def label(world: World, principal: Principal) -> Label | None:
    """The label of the thread as it stands in the database."""
    with world.database.read() as session:
        return origins.joined(session, principal, world.thread_id)


def read_by(world: World, principal: Principal) -> set[tuple[str, str, str, str]]:
    """Source, integrity, confidentiality and owner of all that was read in the thread, what was typed left out."""
    with world.database.read() as session:
        rows = session.scalars(select(ThreadValue).where(ThreadValue.subject == principal.subject))
        found = {(row.source, row.integrity, row.confidentiality, row.owner) for row in rows}
    return {one for one in found if one[1] != "principal"}


def a_tool_that_reads(values: tuple[Value, ...] | None) -> Callable[[World], World]:
    """The same world, whose `check_outage` was written by somebody who labels so."""

    def careless(world: World) -> World:
        def run(arguments: object, context: object) -> Outcome:
            return Outcome(status="ok", sentence="A secret.", values=values)

        catalog = tuple(replace(tool, run=run) if tool.name == "check_outage" else tool for tool in CATALOG)
        gateway = Gateway(world.database, world.gateway._index, clock=lambda: NOW, catalog=catalog)
        return replace(world, gateway=gateway)

    return careless


def test_labels_join_towards_the_less_trusted_writer_and_the_smaller_circle() -> None:
    own = Label.own(MARA)
    assert join([]) == TOP
    assert join([own, PUBLIC_PAGE]) == Label.own(MARA, Integrity.WIKI)
    assert join([PUBLIC_PAGE, own]) == join([own, PUBLIC_PAGE])
    assert join([join([own, PUBLIC_PAGE]), PUBLIC_PAGE]) == join([own, PUBLIC_PAGE])


def test_what_belongs_to_two_customers_is_for_staff_alone() -> None:
    both = join([Label.own(MARA), Label.own(INES)])
    assert both.confidentiality is Confidentiality.INTERNAL
    assert [both.may_be_read_by(one) for one in (MARA, INES, LENA)] == [False, False, True]


def test_a_customers_value_is_for_that_customer_and_for_staff() -> None:
    assert [Label.own(MARA).may_be_read_by(one) for one in (MARA, INES, LENA)] == [True, False, True]


def test_a_page_is_labelled_by_its_audience(world: World) -> None:
    world.call(LENA, "search_wiki", query="credit for a returned device")
    assert read_by(world, LENA) == {
        ("the page “Returning a device”", "wiki", "public", ""),
        ("the page “Goodwill limits”", "wiki", "internal", ""),
    }


def test_a_ticket_is_labelled_by_who_wrote_each_part(world: World) -> None:
    number = first_ticket(world.database, "C-1001", "open", "pending")
    world.observe(LENA, number)
    world.call(LENA, "comment_on_ticket", ticket_id=number, text="He is a friend of mine.", visibility="internal")
    world.call(LENA, "get_ticket", ticket_id=number)
    assert read_by(world, LENA) >= {
        (f"the text of ticket {number}", "customer", "customer", "C-1001"),
        (f"a comment on ticket {number}", "staff", "internal", ""),
    }


def test_a_thread_has_the_joined_label_of_all_that_was_read_in_it(world: World) -> None:
    assert label(world, MARA) == TOP
    world.call(MARA, "search_wiki", query="return a device")
    assert label(world, MARA) == Label.own(MARA, Integrity.WIKI)
    world.call(MARA, "list_orders")
    assert label(world, MARA) == Label.own(MARA, Integrity.EXTERNAL)
    assert label(world.in_thread("thread-2"), MARA) == TOP
    assert label(world, INES) == TOP


def test_a_label_outlives_the_process(world: World, make_world: Callable[[Database], World], tmp_path: Path) -> None:
    world.call(MARA, "list_orders")
    reopened = Database(str(world.database._url))
    assert label(make_world(reopened), MARA) == Label.own(MARA, Integrity.EXTERNAL)
    reopened.close()


def test_what_is_read_again_stands_once(world: World) -> None:
    world.call(MARA, "list_orders")
    before = read_by(world, MARA)
    world.call(MARA, "list_orders")
    with world.database.read() as session:
        rows = session.scalars(select(ThreadValue.source).where(ThreadValue.source.like("the lines of%"))).all()
    assert len(rows) == len(set(rows))
    assert read_by(world, MARA) == before


def test_a_result_without_a_label_is_given_to_nobody(world: World) -> None:
    outcome = a_tool_that_reads(None)(world).call(MARA, "check_outage")
    assert (outcome.status, outcome.data) == ("refused", {})
    assert "secret" not in outcome.sentence


@pytest.mark.parametrize(
    "foreign", [Label.own(INES), Label(integrity=Integrity.WIKI, confidentiality=Confidentiality.INTERNAL)]
)
def test_a_tool_that_reads_too_much_is_stopped(world: World, foreign: Label) -> None:
    careless = a_tool_that_reads((Value(text="A secret.", label=foreign, source="somewhere"),))(world)
    outcome = careless.call(MARA, "check_outage")
    assert (outcome.status, outcome.data) == ("refused", {})
    assert "secret" not in outcome.sentence


@pytest.mark.parametrize("column", [ThreadValue.integrity, ThreadValue.confidentiality])
def test_a_thread_with_a_value_whose_label_is_lost_can_do_nothing(world: World, column: object) -> None:
    world.call(MARA, "list_orders")
    with world.database.write() as session:
        session.execute(update(ThreadValue).values({column: ""}))
    before = dump(world.database, without=BUSINESS)
    calls = [("check_outage", {}), ("create_ticket", {"subject": "Router", "description": "It drops."})]
    for name, arguments in calls:
        outcome = world.call(MARA, name, **arguments)
        assert outcome.status == "refused"
        assert "begin a new one" in outcome.sentence
    assert dump(world.database, without=BUSINESS) == before
    assert world.in_thread("thread-2").call(MARA, "check_outage").status == "ok"


def test_a_write_whose_result_has_no_label_is_taken_back(world: World) -> None:
    def run(arguments: object, context: object) -> Outcome:
        done = next(tool for tool in CATALOG if tool.name == "create_ticket").run(arguments, context)  # type: ignore[arg-type]  # passed on
        return done.model_copy(update={"values": None})

    catalog = tuple(replace(tool, run=run) if tool.name == "create_ticket" else tool for tool in CATALOG)
    gateway = Gateway(world.database, world.gateway._index, catalog=catalog, asks=everything)
    before = dump(world.database, without=BUSINESS)
    careless = replace(world, gateway=gateway)
    assert careless.call(MARA, "create_ticket", subject="Router", description="It drops.").status == "refused"
    assert dump(world.database, without=BUSINESS) == before


def test_an_older_database_gets_the_new_table(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        session.execute(text("drop table thread_values"))
        session.execute(update(SchemaVersion).values(version=2))
    upgraded = Database(str(database._url))
    with upgraded.read() as session:
        assert session.scalars(select(ThreadValue)).all() == []
    upgraded.close()


def test_settings_of_a_company_do_not_leave_the_rules_on_origins_out(world: World, tmp_path: Path) -> None:
    (tmp_path / "own.cedar").write_text(
        '@reason("All of it.")\npermit (principal, action, resource);'.replace(
            "action,", "action in [" + ", ".join(f'Action::"{tool.name}"' for tool in _MILD) + "],"
        ),
        encoding="utf-8",
    )
    gateway = Gateway(
        world.database, world.gateway._index, catalog=_MILD, settings=ToolSettings(policies=tmp_path), asks=_nothing
    )
    mild = replace(world, gateway=gateway)
    assert mild.call(MARA, "create_ticket", subject="Router", description="It drops.").status == "needs_confirmation"


def _nothing(text: str, reply: str) -> dict[str, list[str]]:
    return {}


_MILD = tuple(tool for tool in CATALOG if tool.risk in ("read", "write"))
