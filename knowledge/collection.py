"""A collection: one wiki under one name."""

import re
from dataclasses import dataclass
from datetime import datetime

from knowledge.errors import CollectionNameError

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,48}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """How much a collection holds and when it last changed (UTC; None before its first page)."""

    name: str
    pages: int
    chunks: int
    updated: datetime | None


def checked_name(name: str) -> str:
    """The name itself if it can name a collection, else CollectionNameError. It becomes part of paths and URLs."""
    if not _NAME.fullmatch(name):
        raise CollectionNameError(
            f"'{name}' cannot name a collection: use 1 to 50 lower-case letters, digits, '-' or '_', "
            "beginning and ending with a letter or digit."
        )
    return name
