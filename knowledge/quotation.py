"""Where quoted words stand on a page."""

import json
import re
import sqlite3
from dataclasses import dataclass

from knowledge.page import Page, section_url

_BETWEEN = r"(?:\s+(?:[-*]\s+|#+\s+|\d+\.\s+)?)"  # between two quoted words: white space, and what opens a line


@dataclass(frozen=True, slots=True)
class Place:
    """Characters `start` to `end` of a page's text, the headings above them, and the link to that section."""

    start: int
    end: int
    heading: tuple[str, ...]
    url: str


def find(text: str, words: str) -> tuple[int, int] | None:
    """Start and end of the words in the text. White space may differ, and list and heading marks may be left out."""
    wanted = words.strip()
    if not wanted:
        return None
    start = text.find(wanted)
    if start >= 0:
        return start, start + len(wanted)
    found = re.search(_BETWEEN.join(map(re.escape, wanted.split())), text)
    return found.span() if found else None


def locate(connection: sqlite3.Connection, page: Page, words: str) -> Place | None:
    """Where the words stand on the page, or None. The connection sees the page as it was read."""
    span = find(page.text, words)
    if span is None:
        return None
    section = connection.execute(
        "SELECT heading, anchor FROM chunk WHERE page = (SELECT row FROM page WHERE id = ?) "
        "ORDER BY start + length <= ?, abs(start + length - ?) LIMIT 1",  # the passage that ends next; else the last
        [page.id, span[0], span[0]],
    ).fetchone()
    if section is None:
        return Place(*span, (), page.url)
    return Place(*span, tuple(json.loads(section["heading"])), section_url(page.url, section["anchor"]))
