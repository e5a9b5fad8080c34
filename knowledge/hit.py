"""One passage that a search found."""

from dataclasses import dataclass
from datetime import date

from knowledge.page import Audience, Trust


@dataclass(frozen=True, slots=True)
class Why:
    """How a passage came to its score: the sum of the shares less the penalty.

    `words` are the words of the query and what became of each: whether it stands in the passage, its title or headings,
    and under which terms it was looked up.
    """

    cosine: float  # of the query's and the passage's vectors, times the weight of meaning
    chunk: float  # BM25 of the passage, as a share of the best one, times its weight
    page: float  # BM25 of the whole page, likewise
    title: float  # how much of the query the title says, and of the title the query, times its weight
    penalty: float  # for a page that is superseded or past its review date
    words: tuple["Word", ...]


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the query: `found` says how the index knows it (`as asked`, `mistyped` …)."""

    word: str
    terms: tuple[str, ...]
    found: str
    weight: float
    stands: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk of a page with its place and its scores.

    `heading` is the path below the title, outermost first; `url` carries the heading's anchor; `text` is a literal
    substring of the page's text. `score` is the fused rank score, `dense` the cosine (-1..1), `coverage` the share
    (0..1) of the query's idf weight whose stemmed words stand in the chunk, its title or its headings. `overdue` marks
    a page past the date by which it was to be reviewed; `also` names pages that hold the same passage. `why` is there
    where the search was to explain itself.
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
    trust: Trust = Trust.REVIEWED
    overdue: bool = False
    also: tuple[str, ...] = ()
    why: Why | None = None
