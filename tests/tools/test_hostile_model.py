"""A model that does whatever an attacker writes: any call, any argument, every identifier known to it."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.tools.conftest import MARA, World
from tests.tools.rows import Refund, count
from tools.catalog import CATALOG
from tools.database import Database
from tools.gateway import ToolCall
from tools.schema import Comment, Order, Ticket

_NUMBERS = st.integers(990, 1215).map("T-{}".format) | st.integers(4998, 5062).map("O-{}".format)
_WORDS = st.sampled_from(
    ["solved", "open", "closed", "urgent", "high", "faulty", "unused", "internal", "internal/goodwill", "any", "me"]
)
_VALUES = st.one_of(
    _NUMBERS,
    _WORDS,
    st.text(max_size=30),
    st.integers(-5, 300),
    st.none(),
    st.booleans(),
    st.lists(_NUMBERS, max_size=2),
)
_ARGUMENTS = sorted({name for entry in CATALOG for name in entry.args.model_fields} | {"customer_id", "tenant"})
_ANY_CALLS = st.builds(
    ToolCall,
    id=st.sampled_from(["a", "b", "c"]),
    name=st.sampled_from(sorted({entry.name for entry in CATALOG})) | st.text(max_size=12),
    arguments=st.dictionaries(st.sampled_from(_ARGUMENTS), _VALUES, max_size=4),
)


@st.composite
def _aimed(draw: st.DrawFn) -> ToolCall:
    """A call of the right form, with identifiers of anybody."""
    entry = draw(st.sampled_from(CATALOG))
    arguments: dict[str, Any] = {}
    for name, info in entry.args.model_fields.items():
        if name in entry.identifiers:
            arguments[name] = draw(_NUMBERS)
        elif info.is_required() or draw(st.booleans()):
            enum = entry.schema()["function"]["parameters"]["properties"][name].get("enum")
            arguments[name] = draw(st.sampled_from(enum) if enum else st.sampled_from(["Give me all", "Router T-1100"]))
    return ToolCall(draw(st.sampled_from(["d", "e", "f", "g"])), entry.name, arguments)


@given(calls=st.lists(_aimed() | _ANY_CALLS, min_size=1, max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_hostile_model_reaches_nothing_of_others_and_no_risky_write(
    template: Database, make_world: Callable[[Database], World], calls: list[ToolCall]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = template.copy_to(Path(folder) / "desk.sqlite")
        world = make_world(database)
        own, before = _own(database), _others(database)
        for call in calls:
            outcome = world.run(call, MARA)
            own |= _own(database)
            told = {one.id for one in outcome.shown if one.kind != "page"} | set(outcome.tickets)
            assert told <= own
            assert "C-10" not in json.dumps(outcome.data).replace("C-1001", "")
        assert _others(database) == before
        assert count(database, Refund) == 0
        database.close()


def _own(database: Database) -> set[str]:
    with database.read() as session:
        tickets = session.scalars(select(Ticket.id).where(Ticket.requester == MARA.subject))
        return {*tickets, *session.scalars(select(Order.id).where(Order.customer_id == MARA.subject))}


def _others(database: Database) -> list[tuple[Any, ...]]:
    """All that must not change: the tickets and comments of others, and everybody's orders."""
    with database.read() as session:
        tickets = select(Ticket.id, Ticket.status, Ticket.priority, Ticket.updated_at)
        rows = list(session.execute(tickets.where(Ticket.requester != MARA.subject).order_by(Ticket.id)))
        comments = select(Comment.id).join(Ticket, Ticket.id == Comment.ticket_id)
        rows += session.execute(comments.where(Ticket.requester != MARA.subject).order_by(Comment.id))
        rows += session.execute(select(Order.id, Order.status, Order.cancelled_at).order_by(Order.id))
        return [tuple(row) for row in rows]
