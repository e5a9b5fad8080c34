"""Which passages a text repeats word for word."""

import json
import re
import sqlite3
from collections.abc import Iterator

from knowledge.page import Audience
from knowledge.words import terms

_RUN = 6  # terms in a row: rare enough to find a passage by
_ASKED = 200  # runs in one question to the full text
_SENTENCE_END = re.compile(r"(?<=[.!?:])\s+|\n+")

# Unranked: to rank phrases, the full text would look each of them up in every passage.
_HOLDING = """
SELECT substr(page.text, chunk.start + 1, chunk.length) FROM chunk_all
JOIN chunk ON chunk.row = chunk_all.rowid JOIN page ON page.row = chunk.page
WHERE chunk_all MATCH ? AND chunk.audience IN (SELECT value FROM json_each(?)) LIMIT ?
"""


def repeated(connection: sqlite3.Connection, text: str, most: int, audiences: frozenset[Audience]) -> list[str]:
    """Passages for these audiences that hold six words in a row of the text, at most so many."""
    found: dict[str, None] = {}
    runs = list(dict.fromkeys(_runs(text)))
    for start in range(0, len(runs), _ASKED):
        phrases = " OR ".join(f'"{run}"' for run in runs[start : start + _ASKED])
        rows = connection.execute(_HOLDING, [phrases, json.dumps(sorted(audiences)), most])
        found |= dict.fromkeys(passage for (passage,) in rows)
    return list(found)[:most]


def _runs(text: str) -> Iterator[str]:
    """Of the whole, since a passage of short sentences is repeated across their ends; and of each sentence, since one
    may be in another language than the whole."""
    for part in (text, *_SENTENCE_END.split(text)):
        found = terms(part)
        yield from (" ".join(found[n : n + _RUN]) for n in range(len(found) - _RUN + 1))
