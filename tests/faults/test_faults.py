"""Whatever goes wrong between the agent and its model: a right completion or an honest end, and never a wrong write."""

from __future__ import annotations

import pytest

from tests.faults.rows import FAMILIES, Row, rows
from tests.faults.verdict import GOOD, Result
from tests.ollama_double.fault import Fault
from tests.ollama_double.misbehaviour import Misbehaviour

pytestmark = pytest.mark.timeout(600)  # the first test waits for all rows


def test_every_fault_and_every_habit_meets_every_family() -> None:
    met = {(row.trouble, row.family) for row in rows()}
    assert met >= {(trouble, family) for trouble in (*Fault, *Misbehaviour) for family in FAMILIES}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
async def test_a_fault_ends_well(by_ours: dict[Row, Result], row: Row) -> None:
    result = by_ours[row]
    assert result.ending in GOOD, result
    assert len(result.writes) <= 1, result
    assert all(write.is_right for write in result.writes), result


async def test_we_survive_more_rows_than_a_stock_agent(compared: tuple[list[Result], list[Result]]) -> None:
    ours, stock = (sum(result.survived for result in results) for results in compared)
    assert ours == len(rows())
    assert ours > stock
