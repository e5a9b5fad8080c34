"""Reads an event stream as the standard says."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Received:
    """One event; a comment has the name ':'."""

    event: str
    data: dict[str, Any]
    id: int | None


def received(lines: Iterable[str]) -> Iterator[Received]:
    """Events and comments in the order in which they came."""
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            yield Received(":", {"comment": line[1:].strip()}, None)
        elif line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            number = int(fields["id"]) if "id" in fields else None
            yield Received(fields["event"], json.loads(fields["data"]), number)
            fields = {}
