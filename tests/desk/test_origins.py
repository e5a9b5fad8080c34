"""On PostgreSQL too: labels stand beside the thread, and words are used up in the effect's own transaction."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.desk.postgres import Postgres
from tests.tools.conftest import MARA, NOW
from tools import origins
from tools.database import Database
from tools.gateway import Gateway, ToolCall
from tools.labels import Integrity, Label
from tools.schema import ThreadValue
from tools.seed import seed


@pytest.fixture
def database(postgresql: Postgres) -> Iterator[Database]:
    """The demo company on PostgreSQL."""
    opened = Database(postgresql.fresh())
    seed(opened, now=NOW)
    yield opened
    opened.close()


def test_labels_and_words_are_kept_on_postgresql(database: Database) -> None:
    index = None  # no page is read
    gateway = Gateway(database, index, clock=lambda: NOW, asks=lambda text, _: {"update_ticket": [text]})  # type: ignore[arg-type]
    gateway.observe(MARA, "t", "Set T-1157 to high")
    for number in range(2):
        gateway.call(ToolCall(f"r{number}", "list_orders", {}), principal=MARA, thread_id="t")
    high, low = ({"ticket_id": "T-1157", "priority": one} for one in ("high", "low"))
    assert gateway.call(ToolCall("one", "update_ticket", high), principal=MARA, thread_id="t").status == "ok"
    assert gateway.call(ToolCall("one", "update_ticket", high), principal=MARA, thread_id="t").status == "ok"
    again = gateway.call(ToolCall("two", "update_ticket", low), principal=MARA, thread_id="t")
    assert again.status == "needs_confirmation"
    with database.read() as session:
        assert origins.joined(session, MARA, "t") == Label.own(MARA, Integrity.EXTERNAL)
        words = session.scalars(select(ThreadValue.asks).where(ThreadValue.integrity == "principal")).all()
    assert words == [{"update_ticket": 0}]
