"""Everyday conversations on the built-in model: what is done and said, and that nothing is written unasked.

The list of `everyday.yaml` falls into two halves by lot. Of the first each line is held by itself, of the second the
counts alone, so that nobody mends what it measures.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.service import Service
from knowledge.index import Index
from tests.agent.conftest import NOW
from tests.agent.everyday import Row, Verdict, apart, held, rows, verdict
from tools.database import Database

ROWS = rows()
_SHARE, _WRONG = 0.65, 2  # of the measured half: least share that comes out as it must, most writes out of place


@pytest.fixture(scope="module")
def verdicts(demo_index: Index, seeded: Database, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """Every conversation, held once."""
    folders = (tmp_path_factory.mktemp("everyday") for _ in iter(int, 1))
    return asyncio.run(_all(demo_index, seeded, folders))


async def _all(index: Index, seeded: Database, folders: Iterator[Path]) -> dict[str, Verdict]:
    found: dict[str, Verdict] = {}
    for group, folder in zip(apart(ROWS), folders, strict=False):
        seeded.copy_to(folder / "desk.sqlite").close()
        async with await Service.open(data_dir=folder, index=index, model="offline", clock=lambda: NOW) as house:
            found |= {str(row): verdict(row, await held(row, house)) for row in group}
    return found


def test_the_halves_are_about_as_large_and_no_line_stands_twice() -> None:
    assert 0.4 <= sum(row.measured for row in ROWS) / len(ROWS) <= 0.6
    assert len({str(row) for row in ROWS}) == len(ROWS) >= 120


@pytest.mark.parametrize("row", [row for row in ROWS if not row.measured and not row.missed], ids=str)
def test_a_conversation_comes_out_as_it_must(row: Row, verdicts: dict[str, Verdict]) -> None:
    assert verdicts[str(row)].good, verdicts[str(row)]


@pytest.mark.parametrize("row", [row for row in ROWS if not row.measured and row.missed], ids=str)
def test_what_is_not_understood_yet_writes_nothing_wrong(row: Row, verdicts: dict[str, Verdict]) -> None:
    assert not verdicts[str(row)].wrong


def test_of_conversations_that_no_rule_was_developed_on_most_come_out_right(verdicts: dict[str, Verdict]) -> None:
    measured = [verdicts[str(row)] for row in ROWS if row.measured]
    assert sum(one.good for one in measured) >= _SHARE * len(measured)


def test_hardly_one_of_them_writes_what_nobody_asked_for(verdicts: dict[str, Verdict]) -> None:
    assert sum(len(verdicts[str(row)].wrong) for row in ROWS if row.measured) <= _WRONG
