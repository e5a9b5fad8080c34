"""`python -m tests.mutants`: run every mutant's test, print which test kills it, and end with 1 where one survives."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing.context import ForkServerContext

from tests.mutants import child
from tests.mutants.mutant import ROOT, Mutant, mutants

_AT_ONCE = 2
_LONGEST = 300  # seconds; a test that hangs has not passed
_PRELOADED = ("pytest", "sqlalchemy.orm", "pydantic", "cedarpy", "knowledge.index", "knowledge.ingest", "mcp.types")
"""What no mutant alters is imported once, for all processes."""

_FAILED, _PASSED = 1, 0  # how pytest ends


def main() -> int:
    """Run all. The tests must pass where nothing is taken out."""
    found = mutants()
    sound = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *dict.fromkeys(str(ROOT / "tests" / one.test) for one in found)],
        cwd=ROOT,
        check=False,
        stdout=subprocess.DEVNULL,
    )
    if sound.returncode:
        return _told(["The tests fail with every check in place, so they tell nothing. Run them and mend that first."])
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        ends = list(pool.map(partial(_end, context), range(len(found))))
    _told(table(found, ends))
    return 0 if set(ends) == {_FAILED} else 1


def table(found: Sequence[Mutant], ends: Sequence[int | None]) -> list[str]:
    """One line a check: whether it was missed, and by which test; then the count."""
    widest = max(len(one.check) for one in found)
    words: dict[int | None, str] = {_FAILED: "killed by", _PASSED: "SURVIVED "}
    lines = [
        f"{one.check:{widest}}  {words.get(end, 'BROKEN   ')}  {one.test}" for one, end in zip(found, ends, strict=True)
    ]
    return [*lines, "", f"{sum(end == _FAILED for end in ends)} of {len(found)} mutants killed"]


def _end(context: ForkServerContext, number: int) -> int | None:
    process = context.Process(target=child.run, args=(number,))
    process.start()
    process.join(_LONGEST)
    process.kill()
    return process.exitcode


def _told(lines: Sequence[str]) -> int:
    sys.stdout.write("\n".join([*lines, ""]))
    return 1


if __name__ == "__main__":
    sys.exit(main())
