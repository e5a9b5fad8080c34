"""The audit log: what is on it, what is not, and that no change of it goes unseen."""

import logging
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from knowledge.index import Index
from tests.raw_files import files_with
from tests.tools.conftest import INES, LENA, MARA, NOW, World, everything
from tools import chain
from tools.audit import Audit, AuditError
from tools.chain import FIRST, Link
from tools.database import Database, open_engine
from tools.gateway import Gateway
from tools.settings import ToolSettings

KEY = b"k" * 32


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[Audit]:
    opened = Audit(tmp_path, clock=lambda: NOW)
    yield opened
    opened.close()


@pytest.fixture
def world(database: Database, index: Index, audit: Audit) -> World:
    """A world whose gateway keeps the log."""
    return World(
        database, Gateway(database, index, clock=lambda: NOW, settings=ToolSettings(), audit=audit, asks=everything)
    )


def records(audit: Audit) -> list[str]:
    return [link.record for link in audit.links()]


def test_a_read_and_a_refusal_are_one_decision_each(world: World, audit: Audit) -> None:
    world.call(MARA, "get_account")
    world.call(MARA, "get_ticket", ticket_id="T-1003")
    one, two = records(audit)
    assert '"event":"decision"' in one
    assert '"status":"ok"' in one
    assert '"status":"refused"' in two
    assert audit.fault() is None


def test_a_write_is_a_decision_and_an_effect_and_again_only_a_decision(world: World, audit: Audit) -> None:
    call = world.make("create_ticket", subject="Router drops", description="It drops every evening.")
    world.run(call, MARA)
    world.run(call, MARA)
    assert [one.count('"event":"effect"') for one in records(audit)] == [0, 1, 0]


def test_an_approved_write_names_who_granted_it_by_a_digest(world: World, audit: Audit) -> None:
    world.observe(MARA, "order O-5002")
    call = world.make("request_refund", order_id="O-5002", reason="faulty")
    assert world.run(call, MARA).status == "needs_approval"
    assert world.run(call, MARA, world.granted(call, MARA, MARA)).status == "needs_approval"
    assert world.run(call, MARA, world.granted(call, MARA, LENA)).status == "ok"
    asked, presumed, granted, effect = records(audit)
    assert '"granted_by":null' in asked
    assert '"granted_by":null' in presumed
    assert '"granted_by":null' not in granted
    assert '"event":"effect"' in effect


def test_nothing_in_the_files_is_personal(world: World, audit: Audit, tmp_path: Path) -> None:
    world.observe(MARA, "order O-5001")
    world.call(MARA, "create_ticket", subject="canary-subject", description="canary-text mara@post.example")
    world.call(MARA, "cancel_order", order_id="O-5001")
    world.call(MARA, "canary-tool")
    audit.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("audit.*"))
    for canary in (b"canary", b"C-1001", b"O-5001", b"mara", b"thread-1", b"call-"):
        assert canary not in raw


def test_the_same_person_has_the_same_digest_and_another_person_another(world: World, audit: Audit) -> None:
    for principal in (MARA, MARA, INES):
        world.call(principal, "get_account")
    who = [one.split('"who":')[1][:66] for one in records(audit)]
    assert who[0] == who[1] != who[2]


def test_forgetting_a_customer_unties_the_records_and_leaves_the_chain_whole(world: World, audit: Audit) -> None:
    world.call(MARA, "get_account")
    assert audit.forget(MARA.tenant, MARA.subject)
    assert not audit.forget(MARA.tenant, MARA.subject)
    world.call(MARA, "get_account")
    before, after = (one.split('"who":')[1][:66] for one in records(audit))
    assert before != after
    assert audit.fault() is None


def test_the_salt_of_somebody_forgotten_is_in_no_file(world: World, audit: Audit, tmp_path: Path) -> None:
    world.call(MARA, "get_account")
    with open_engine(f"sqlite:///{tmp_path / 'audit.sqlite'}").begin() as connection:
        salt = str(connection.scalar(text("SELECT salt FROM audit_salts")))
    assert files_with(tmp_path, salt)
    audit.forget(MARA.tenant, MARA.subject)
    assert files_with(tmp_path, salt) == []


def test_two_writers_share_one_chain(world: World, audit: Audit, tmp_path: Path) -> None:
    other = Audit(tmp_path, clock=lambda: NOW)
    for log in (audit, other, audit):
        log.decided(MARA, tool="get_account", call=("t", "1", {}), status="ok", effect=False)
    other.close()
    assert audit.fault() is None
    assert len(records(audit)) == 3


def test_a_lost_key_is_told_and_not_replaced(audit: Audit, tmp_path: Path) -> None:
    audit.decided(MARA, tool="get_account", call=("t", "1", {}), status="ok", effect=False)
    (tmp_path / "audit.key").unlink()
    with pytest.raises(AuditError, match="missing or broken"):
        Audit(tmp_path)
    assert not (tmp_path / "audit.key").exists()


def test_the_key_is_its_owners_alone(audit: Audit, tmp_path: Path) -> None:
    assert audit.key
    assert (tmp_path / "audit.key").stat().st_mode & 0o777 == 0o600


def test_a_log_that_was_set_back_does_not_hold_a_head_written_down_before(world: World, audit: Audit) -> None:
    world.call(MARA, "get_account")
    early = audit.head
    world.call(MARA, "get_account")
    late = audit.head
    assert audit.fault(early) is None
    assert audit.fault(late) is None
    assert "set back" in (audit.fault("f" * 64) or "")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_records SET record = replace(record, 'refused', 'ok') WHERE number = 2",
        "DELETE FROM audit_records WHERE number = 2",
        "DELETE FROM audit_records WHERE number = 3",
        "DELETE FROM audit_records",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET head = seal",
    ],
)
def test_a_change_in_the_file_is_found(world: World, audit: Audit, tmp_path: Path, change: str) -> None:
    world.call(MARA, "get_account")
    world.call(MARA, "get_ticket", ticket_id="T-1003")
    world.call(MARA, "get_account")
    with open_engine(f"sqlite:///{tmp_path / 'audit.sqlite'}").begin() as connection:
        connection.execute(text(change))
    assert audit.fault() is not None


def test_a_log_that_cannot_be_written_is_an_error_in_the_servers_log(
    world: World, audit: Audit, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    monkeypatch.setattr(Audit, "_add", full)
    with caplog.at_level(logging.ERROR):
        assert world.call(MARA, "get_account").status == "ok"
    assert "could not be written" in caplog.text


# Ten thousand changes of a log in memory: all are found.


def make_log(length: int, first: str = "") -> tuple[list[Link], str]:
    links = [chain.link(KEY, FIRST, 1, first)] if first else []
    for number in range(len(links) + 1, length + 1):
        before = links[-1].seal if links else FIRST
        links.append(chain.link(KEY, before, number, f'{{"event":"decision","n":{number % 7},"status":"ok"}}'))
    return links, chain.head(KEY, length, links[-1].seal)


def edit(links: list[Link], dice: random.Random) -> list[Link]:
    place = dice.randrange(len(links))
    victim = links[place]
    at = dice.randrange(len(victim.record))
    other = dice.choice([sign for sign in "abc019{}" if sign != victim.record[at]])
    changed = replace(victim, record=victim.record[:at] + other + victim.record[at + 1 :])
    return [*links[:place], changed, *links[place + 1 :]]


def delete(links: list[Link], dice: random.Random) -> list[Link]:
    place = dice.randrange(len(links))
    left = [*links[:place], *links[place + 1 :]]
    if dice.random() < 0.5:  # and the numbers mended
        left = [replace(one, number=number) for number, one in enumerate(left, 1)]
    return left


def reorder(links: list[Link], dice: random.Random) -> list[Link]:
    one, two = dice.sample(range(len(links)), 2)
    moved = [*links]
    moved[one], moved[two] = moved[two], moved[one]
    if dice.random() < 0.5:
        moved = [replace(link, number=number) for number, link in enumerate(moved, 1)]
    return moved


def truncate(links: list[Link], dice: random.Random) -> list[Link]:
    return links[: dice.randrange(len(links))]


def insert(links: list[Link], dice: random.Random) -> list[Link]:
    place = dice.randrange(len(links))
    again = [*links[:place], links[dice.randrange(len(links))], *links[place:]]
    return [replace(one, number=number) for number, one in enumerate(again, 1)]


def reseal(links: list[Link], dice: random.Random) -> list[Link]:
    """The end of the chain written anew, with another key."""
    place = dice.randrange(len(links))
    made = links[:place]
    for old in links[place:]:
        made.append(chain.link(b"x" * 32, made[-1].seal if made else FIRST, old.number, old.record + " "))
    return made


def splice(links: list[Link], dice: random.Random) -> list[Link]:
    """A record of the same place out of another log of the same key, such as one that was begun from a backup."""
    other, _ = make_log(len(links), first="another beginning")
    place = dice.randrange(len(links))
    return [*links[:place], other[place], *links[place + 1 :]]


def test_ten_thousand_changes_are_all_found() -> None:
    dice = random.Random(20261125)  # noqa: S311 - a test's changes
    changes: list[Callable[[list[Link], random.Random], list[Link]]] = [
        edit,
        delete,
        reorder,
        truncate,
        insert,
        reseal,
        splice,
    ]
    logs = [make_log(length) for length in range(2, 26)]
    assert all(chain.fault(KEY, *log) is None for log in logs)
    missed = 0
    for _ in range(10_000):
        links, head = dice.choice(logs)
        missed += chain.fault(KEY, dice.choice(changes)(links, dice), head) is None
    assert missed == 0
