"""A kill at any boundary of a write loses nothing and doubles nothing, here and in the ticket system elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.desk.kills import POINTS
from tests.desk.postgres import Postgres
from tests.request_tracker.server import RequestTrackerServer
from tests.tools.conftest import NOW
from tools.database import Database
from tools.seed import seed

_ROOT = Path(__file__).parents[2]
TRIALS = int(os.environ.get("DESKMATE_TEST_KILLS", "2"))


def seeded(url: str) -> str:
    """The demo company in a new database."""
    database = Database(url)
    seed(database, now=NOW)
    database.close()
    return url


def table(url: str, outside: str) -> list[str]:
    """The table of a run in a process of its own, which forks one for each life and death."""
    command = [sys.executable, "-m", "tests.desk.kills", url, outside, str(TRIALS)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False, timeout=3600)
    assert done.returncode == 0, done.stderr[-2000:]
    sys.stdout.write(done.stdout)
    return done.stdout.splitlines()[1:]


def must_be_clean(rows: list[str]) -> None:
    """Every point has its trials, and nothing was lost or doubled."""
    assert [row[:28].strip() for row in rows] == list(POINTS)
    assert [row[28:].split() for row in rows] == [[str(TRIALS), "0", "0", "0", "0"]] * len(POINTS)


@pytest.mark.timeout(3600)
def test_on_sqlite(tmp_path: Path) -> None:
    here, there = (seeded(f"sqlite:///{tmp_path / name}.sqlite") for name in ("here", "there"))
    must_be_clean(table(here, there))


@pytest.mark.timeout(3600)
def test_on_postgresql(postgresql: Postgres) -> None:
    must_be_clean(table(seeded(postgresql.fresh()), seeded(postgresql.fresh())))


@pytest.mark.timeout(3600)
def test_with_a_real_request_tracker(tmp_path: Path, tracker: RequestTrackerServer) -> None:
    must_be_clean(table(seeded(f"sqlite:///{tmp_path / 'here.sqlite'}"), tracker.url))
