"""One passage that a search found."""

from dataclasses import dataclass
from datetime import date

from knowledge.page import Audience


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk of a page with its place and its scores.

    `heading` is the path below the title, outermost first; `url` carries the heading's anchor; `text` is a literal
    substring of the page's text. `score` is the fused rank score, `dense` the cosine (-1..1), `coverage` the share
    (0..1) of the query's idf weight whose stemmed words stand in the chunk, its title or its headings.
    """

    chunk_id: str
    page_id: str
    collection: str
    title: str
    heading: tuple[str, ...]
    url: str
    text: str
    score: float
    dense: float
    coverage: float
    audience: Audience
    owner: str | None
    updated: date | None
    superseded: bool = False
