"""Effects are listed, and taken back where the desk allows it."""

from datetime import timedelta

import pytest

from tests.tools.conftest import MARA, World
from tests.tools.rows import ticket
from tools.desk.effects import latest, undo
from tools.errors import Refused, ToolsError
from tools.settings import ToolSettings


def taken_back(world: World) -> str:
    """Undo the newest effect."""
    return undo(world.database, name(world), now=world.now, zone=ToolSettings().zone, outside=False)


def name(world: World) -> str:
    """Of the newest effect that is no undoing."""
    return next(one.name for one in latest(world.database, 9) if one.tool != "undo")


def opened(world: World) -> str:
    """A ticket."""
    return world.call(MARA, "create_ticket", subject="Humming", description="It hums.").tickets[0]


def later(world: World) -> None:
    """A minute passes, so that effects have an order."""
    world.wait(timedelta(minutes=1))


def test_effects_are_listed_newest_first(world: World) -> None:
    number = opened(world)
    later(world)
    world.call(MARA, "comment_on_ticket", ticket_id=number, text="Louder.")
    assert [(one.tool, one.state) for one in latest(world.database, 9)] == [
        ("comment_on_ticket", "local"),
        ("create_ticket", "local"),
    ]


def test_a_raised_priority_is_taken_back_with_its_deadlines(world: World) -> None:
    number = opened(world)
    before = ticket(world.database, number)
    later(world)
    world.call(MARA, "update_ticket", ticket_id=number, priority="high")
    assert "priority" in taken_back(world)
    after = ticket(world.database, number)
    assert (after.priority, after.first_reply_due, after.resolution_due) == (
        "normal",
        before.first_reply_due,
        before.resolution_due,
    )


def test_a_solved_ticket_is_opened_again(world: World) -> None:
    number = opened(world)
    later(world)
    world.call(MARA, "update_ticket", ticket_id=number, status="solved")
    taken_back(world)
    assert ticket(world.database, number).status == "open"


def test_an_effect_is_taken_back_once(world: World) -> None:
    number = opened(world)
    taken_back(world)
    assert ticket(world.database, number).status == "solved"
    with pytest.raises(Refused, match="already"):
        taken_back(world)


def test_what_was_changed_since_stays(world: World) -> None:
    number = opened(world)
    later(world)
    world.call(MARA, "update_ticket", ticket_id=number, priority="high")
    first = name(world)
    later(world)
    world.call(MARA, "update_ticket", ticket_id=number, priority="low")
    with pytest.raises(Refused, match="changed since"):
        undo(world.database, first, now=world.now, zone=ToolSettings().zone, outside=False)
    assert ticket(world.database, number).priority == "low"


def test_a_comment_cannot_be_taken_back(world: World) -> None:
    number = opened(world)
    later(world)
    world.call(MARA, "comment_on_ticket", ticket_id=number, text="Louder.")
    with pytest.raises(Refused, match="may have been read"):
        taken_back(world)


def test_an_unknown_effect_is_named(world: World) -> None:
    with pytest.raises(ToolsError, match="effects list"):
        undo(world.database, "zz", now=world.now, zone=ToolSettings().zone, outside=False)
