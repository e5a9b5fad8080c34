"""The database and the demo data in it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from tests.tools.conftest import NOW
from tests.tools.rows import count, dump
from tools.database import Database
from tools.errors import SchemaMismatch, SeedError, ToolsError
from tools.schema import Comment, Customer, Order, SchemaVersion, Ticket
from tools.seed import seed, seeded
from tools.settings import ToolSettings
from tools.vocabulary import OrderStatus, Status


def empty(path: Path) -> Database:
    """A database with tables and no rows."""
    return Database(f"sqlite:///{path}")


@pytest.mark.parametrize("hour", [0, 6, 12, 20])
def test_two_seeds_of_one_moment_are_equal(tmp_path: Path, hour: int) -> None:
    moment = datetime(2026, 3, 1, hour, 30, tzinfo=UTC)
    databases = [empty(tmp_path / name) for name in ("a.sqlite", "b.sqlite")]
    for one in databases:
        seed(one, now=moment)
    assert dump(databases[0]) == dump(databases[1])


def test_the_demo_is_as_large_as_promised(database: Database) -> None:
    assert (count(database, Customer), count(database, Ticket), count(database, Order)) == (25, 200, 60)


def test_the_demo_has_every_status(database: Database) -> None:
    with database.read() as session:
        tickets = {row[0] for row in session.execute(text("select status from tickets"))}
        orders = {row[0] for row in session.execute(text("select status from orders"))}
    assert tickets == {status.value for status in Status}
    assert orders == {status.value for status in OrderStatus}


@pytest.mark.parametrize("moment", ["2026-11-24T13:00+00:00", "2026-01-01T00:05+00:00", "2028-02-29T22:59+00:00"])
def test_nothing_in_the_demo_lies_in_the_future(tmp_path: Path, moment: str) -> None:
    now = datetime.fromisoformat(moment)
    database = empty(tmp_path / "desk.sqlite")
    seed(database, now=now)
    with database.read() as session:
        tickets, comments = list(session.scalars(select(Ticket))), list(session.scalars(select(Comment)))
        orders = list(session.scalars(select(Order)))
    moments = [one.updated_at for one in tickets] + [one.created_at for one in comments]
    for one in orders:
        stages = [one.placed_at, one.shipped_at, one.delivered_at, one.returned_at]
        known = [stage for stage in stages if stage]
        assert known == sorted(known), one.id
        moments += known
    assert max(moments) <= now
    assert not [one.id for one in tickets if one.first_replied_at and one.first_replied_at < one.created_at]


def test_numbers_grow_with_time(database: Database) -> None:
    with database.read() as session:
        tickets = list(session.scalars(select(Ticket).order_by(Ticket.id)))
    assert [one.id for one in tickets] == [f"T-{number}" for number in range(1001, 1201)]
    assert [one.created_at for one in tickets] == sorted(one.created_at for one in tickets)


def test_no_text_of_the_demo_has_an_unfilled_place(database: Database) -> None:
    rows = dump(database)
    assert not [row for name in ("tickets", "comments") for row in rows[name] if "{" in "".join(map(str, row))]


def test_a_tenant_is_seeded_once(database: Database) -> None:
    assert seeded(database)
    with pytest.raises(SeedError, match="already holds"):
        seed(database, now=NOW)


def test_a_moment_without_a_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="time zone"):
        seed(empty(tmp_path / "desk.sqlite"), now=NOW.replace(tzinfo=None))


def test_two_tenants_live_side_by_side(database: Database) -> None:
    seed(database, now=NOW, tenant="other")
    assert count(database, Ticket) == 400


def test_a_copy_is_equal_and_independent(database: Database, tmp_path: Path) -> None:
    copy = database.copy_to(tmp_path / "worlds" / "copy.sqlite")
    assert dump(copy) == dump(database)
    with copy.write() as session:
        session.execute(update(Ticket).values(subject="changed"))
    assert dump(copy) != dump(database)


def test_a_copy_does_not_overwrite(database: Database, tmp_path: Path) -> None:
    with pytest.raises(ToolsError, match="overwrite"):
        database.copy_to(tmp_path / "desk.sqlite")


def test_a_database_of_another_version_is_refused_with_a_way_out(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        session.execute(update(SchemaVersion).values(version=99))
    with pytest.raises(SchemaMismatch, match=r"version 99.*DESKMATE_TOOLS_DATABASE_URL"):
        empty(tmp_path / "desk.sqlite")


def test_sqlite_writes_to_disk_before_it_answers(database: Database) -> None:
    with database.read() as session:
        pragmas = [
            session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 5000, 1]


def test_a_failed_block_leaves_nothing(database: Database) -> None:
    before = dump(database)

    def fail() -> None:
        with database.write() as session:
            session.execute(update(Ticket).values(subject="changed"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert dump(database) == before


def test_times_keep_their_zone(database: Database) -> None:
    with database.write() as session:
        ticket = session.get_one(Ticket, ("demo", "T-1001"))
        ticket.created_at = NOW.astimezone(ToolSettings().zone) + timedelta(hours=1)
    with database.read() as session:
        assert session.get_one(Ticket, ("demo", "T-1001")).created_at == NOW + timedelta(hours=1)


def test_settings_refuse_an_unknown_time_zone() -> None:
    with pytest.raises(ValueError, match="Europe/Berlin"):
        ToolSettings(time_zone="Tarn/Valley")


def test_the_database_is_in_the_data_directory_by_default(tmp_path: Path) -> None:
    assert ToolSettings(data_dir=tmp_path).url == f"sqlite:///{tmp_path / 'desk.sqlite'}"
