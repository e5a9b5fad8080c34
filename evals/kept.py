"""Trials kept in a file as they are scored, so that a comparison that was broken off goes on where it stopped."""

import json
from pathlib import Path

from pydantic import ValidationError

from evals.scored import Scored
from tools import pii


class Kept:
    """One file of JSON lines: the digest of what the results depend on, then a trial a line.

    Trials that could not be run to their end are not kept: they are tried again.
    """

    def __init__(self, path: Path, digest: str) -> None:
        self._path = path
        self.trials = _read(path, digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")  # without the line that was cut off, whole or not at all
        lines = [_head(digest), *(one.model_dump_json() for one in self.trials.values())]
        fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
        fresh.replace(path)

    def add(self, scored: Scored | None) -> None:
        """Keep a trial that was scored and is not kept yet."""
        if scored is None or (scored.case, scored.trial) in self.trials:
            return
        self.trials[scored.case, scored.trial] = scored
        with self._path.open("a", encoding="utf-8") as file:
            file.write(Scored.model_validate(pii.masked(scored.model_dump())).model_dump_json() + "\n")


def _read(path: Path, digest: str) -> dict[tuple[str, int], Scored]:
    """The trials of a file with this digest; none of another's. A line that was cut off is left out."""
    if not path.is_file():
        return {}
    head, *lines = path.read_text(encoding="utf-8").splitlines() or [""]
    if head != _head(digest):
        return {}
    found: dict[tuple[str, int], Scored] = {}
    for line in lines:
        try:
            scored = Scored.model_validate_json(line)
        except ValidationError:
            continue
        found[scored.case, scored.trial] = scored
    return found


def _head(digest: str) -> str:
    return json.dumps({"digest": digest})
