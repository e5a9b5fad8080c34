"""What an embedding model wants to read before a passage and before a question."""

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Prefixes(NamedTuple):
    """Both are empty for most models."""

    passage: str = ""
    query: str = ""


def prefixes(model: str) -> Prefixes:
    """The prefixes of `NAME`, `NAME:TAG` or `OWNER/NAME`: those of the longest known beginning of the name."""
    name = model.rpartition("/")[2]
    known = max((begin for begin in _table() if name.startswith(begin)), key=len, default=None)
    return _table()[known] if known else Prefixes()


@cache
def _table() -> dict[str, Prefixes]:
    text = Path(__file__).with_name("ollama_prefixes.toml").read_text("utf-8")
    return {name: Prefixes(**row) for name, row in tomllib.loads(text).items()}
