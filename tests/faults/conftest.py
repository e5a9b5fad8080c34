"""Runs all rows side by side before the first test reads one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from agent.vectors import Vectors
from knowledge.index import Index
from tests.agent.conftest import demo_index, seeded
from tests.faults.ours import ours
from tests.faults.rows import Row, rows
from tests.faults.stock import stock
from tests.faults.table import side_by_side, table
from tests.faults.verdict import Result
from tools.database import Database

__all__ = ["demo_index", "seeded"]

Runner = Callable[[Row, Database, Index, Path], Awaitable[Result]]
_AT_ONCE = 4
_printed: list[str] = []


@pytest.fixture(scope="session")
async def by_ours(seeded: Database, demo_index: Index, tmp_path_factory: pytest.TempPathFactory) -> dict[Row, Result]:
    """Each row as Deskmate ends it."""
    started = time.monotonic()
    found = await _all(ours, seeded, demo_index, tmp_path_factory)
    _printed.extend(table(list(found.values())))
    _printed.extend(["", f"{len(found)} rows in {time.monotonic() - started:.0f} s"])
    return found


@pytest.fixture(scope="session")
async def by_stock(seeded: Database, demo_index: Index, tmp_path_factory: pytest.TempPathFactory) -> dict[Row, Result]:
    """Each row as the stock agent ends it."""
    return await _all(stock, seeded, demo_index, tmp_path_factory)


@pytest.fixture(scope="session")
def compared(by_ours: dict[Row, Result], by_stock: dict[Row, Result]) -> tuple[list[Result], list[Result]]:
    """Both, in the order of the rows."""
    pair = list(by_ours.values()), list(by_stock.values())
    _printed.extend(["", *side_by_side(*pair)])
    return pair


async def _all(run: Runner, seeded: Database, index: Index, folders: pytest.TempPathFactory) -> dict[Row, Result]:
    free = asyncio.Semaphore(_AT_ONCE)
    remembering = Vectors(index.embed)  # every row says the same

    async def one(row: Row) -> Result:
        async with free:
            return await run(row, seeded, index, folders.mktemp("row"))

    with patch.object(index, "embed", remembering):
        found = await asyncio.gather(*map(one, rows()))
    return {result.row: result for result in found}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/faults --fault-table` prints the table under the tests."""
    parser.addoption("--fault-table", action="store_true", help="print the fault table")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The table, where it was asked for."""
    if config.getoption("--fault-table", False):
        terminalreporter.section("fault table")
        for line in _printed:
            terminalreporter.write_line(line)
