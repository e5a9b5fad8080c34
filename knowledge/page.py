"""A wiki page as a reader sees it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from urllib.parse import quote


class Audience(StrEnum):
    """Who may read a page."""

    PUBLIC = "public"
    INTERNAL = "internal"


class Trust(StrEnum):
    """Whose words a page holds."""

    REVIEWED = "reviewed"  # the company's own wiki
    EXTERNAL = "external"  # somebody else's: a maker's pages, a forum


PUBLIC_ONLY = frozenset({Audience.PUBLIC})
EVERYONE = frozenset(Audience)


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `text` is plain: headings as '## …' lines, list items as '- …' or '1. …' lines, table rows as
    'Column: value; Column: value' lines, code between ``` lines; inline markup is gone. The title is not repeated.
    `review_by` is the day until which it holds without a new look."""

    id: str
    collection: str
    title: str
    text: str
    url: str
    audience: Audience
    owner: str | None
    updated: date | None
    superseded_by: str | None
    review_by: date | None = None
    trust: Trust = Trust.REVIEWED


def section_url(url: str, anchor: str) -> str:
    """The link to a section of the page at `url`, or to the page where the section has no anchor."""
    return f"{url.split('#')[0]}#{quote(anchor)}" if anchor else url
