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
_WIDTH = max(len(one.check) for one in mutants())
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
    ends = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for one, end in zip(found, pool.map(partial(_end, context), range(len(found))), strict=True):
            ends.append(end)
            _told([line(one, end)])
    _told(["", f"{ends.count(_FAILED)} of {len(found)} mutants killed"])
    return 0 if set(ends) == {_FAILED} else 1


def line(one: Mutant, end: int | None) -> str:
    """A check: whether it was missed, and by which test. `end` is how pytest ended."""
    words: dict[int | None, str] = {_FAILED: "killed by", _PASSED: "SURVIVED "}
    return f"{one.check:{_WIDTH}}  {words.get(end, 'BROKEN   ')}  {one.test}"


def _end(context: ForkServerContext, number: int) -> int | None:
    process = context.Process(target=child.run, args=(number,))
    process.start()
    process.join(_LONGEST)
    process.kill()
    return process.exitcode


def _told(lines: Sequence[str]) -> int:
    sys.stdout.write("\n".join([*lines, ""]))
    sys.stdout.flush()
    return 1


if __name__ == "__main__":
    sys.exit(main())
