"""Hybrid search: exact cosine, BM25 of chunk and page, and the title, fused by weight."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge import records
from knowledge.asked import Asked, read_question
from knowledge.duplicates import collapse
from knowledge.fulltext import FullText
from knowledge.hit import Hit, Why, Word
from knowledge.outdated import penalties
from knowledge.page import Audience, Trust, section_url
from knowledge.query import Query
from knowledge.settings import KnowledgeSettings
from knowledge.snapshot import Candidates
from knowledge.titles import title_share

_DECIMALS = 6  # scores closer than this are equal, whatever order a sum was made in
_QUERY_TERMS = 80  # the words that say most of a long query; more cost time and change little
_QUERY_PAIRS = 128
_COMMON = 0.25  # share of the chunks
_TITLED = 100  # best candidates whose titles are read
_SPARE = 8  # passages read beyond those asked for, because some may say the same


class _Scores(NamedTuple):
    """The shares of each candidate's score, arrays of one length."""

    dense: NDArray[np.float32]
    chunk: NDArray[np.float32]
    page: NDArray[np.float32]
    title: NDArray[np.float32]
    penalty: NDArray[np.float32]
    total: NDArray[np.float32]


class Search:
    """One query for one set of audiences, inside one transaction."""

    def __init__(
        self, connection: sqlite3.Connection, query: Query, vector: NDArray[np.float32], settings: KnowledgeSettings
    ) -> None:
        self._connection = connection
        self._query = query
        self._vector = vector
        self._settings = settings
        text = FullText(connection, query.audiences)
        question = read_question(query.in_context, text, mend=settings.mend_words)
        self._asked = question.words
        self._weights = {term: asked.weight for asked in self._asked for term in asked.terms}
        words = [(term,) for term in self._looked_up(text)]
        pairs = question.pairs[:_QUERY_PAIRS] if settings.pair_words else ()
        self._chunk_scores = text.chunk_scores([*words, *pairs], settings.candidates) if settings.chunk_weight else {}
        self._page_scores = text.page_scores(words, settings.candidates) if settings.page_weight else {}

    def _telling(self) -> list[Asked]:
        """The words to look up: rare ones that are said again and again (a name is rare too, but is said once)."""
        return sorted(self._asked, key=lambda asked: (-asked.weight * asked.said, asked.terms))[:_QUERY_TERMS]

    def _looked_up(self, text: FullText) -> list[str]:
        """Their terms without those that stand in so many chunks that they cost much and tell nothing."""
        found = [term for asked in self._telling() for term in asked.terms]
        return [term for term in found if text.count(term) <= _COMMON * text.size] or found

    def matched_rows(self) -> list[int]:
        """Chunk rows that the full text alone proposes."""
        return list(self._chunk_scores)

    def hits(self, candidates: Candidates, collection: str) -> list[Hit]:
        """The best of the candidates that the audiences may see, best first, none of which says what another says."""
        k, visible = self._query.k, candidates.visible(self._query.audiences)
        if not visible.any():
            return []
        scores = self._scored(candidates, visible)
        count = min(k + _SPARE if self._settings.collapse else k, int(visible.sum()))
        best = np.argsort(-scores.total, kind="stable")[:count]
        rows = self._rows([int(candidates.rows[n]) for n in best])
        kept: Mapping[int, Sequence[int]] = dict.fromkeys(range(count), ())
        if self._settings.collapse:
            texts, pages, audiences = ([row[name] for row in rows] for name in ("text", "page", "audience"))
            kept = collapse(texts, pages, audiences, candidates.vectors[best])
        return [
            self._hit(rows[place], scores, int(best[place]), [rows[n]["id"] for n in also], collection)
            for place, also in list(kept.items())[:k]
        ]

    def _scored(self, candidates: Candidates, visible: NDArray[np.bool_]) -> _Scores:
        settings = self._settings
        # einsum stays on this thread: on a busy machine a threaded product takes ten times as long.
        dense = np.einsum("ij,j->i", candidates.vectors, self._vector)
        chunk = settings.chunk_weight * _spread(self._chunk_scores, candidates.rows, visible)
        page = settings.page_weight * _spread(self._page_scores, candidates.pages, visible)
        total = settings.dense_weight * dense + chunk + page
        title = self._titles(candidates, np.where(visible, total, -np.inf))
        total += title
        penalty = penalties(self._connection, candidates, visible, total, settings, self._query.today)
        total = np.round(total - penalty, _DECIMALS)
        total[~visible] = -np.inf
        return _Scores(dense, chunk, page, title, penalty, total)

    def _titles(self, candidates: Candidates, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the titles of the best candidates add to their scores."""
        shares = np.zeros(len(scores), np.float32)
        if not self._settings.title_weight or not self._weights:
            return shares
        best = np.argsort(-scores, kind="stable")[:_TITLED]
        rows = self._connection.execute(
            "SELECT row, title FROM page WHERE row IN (SELECT value FROM json_each(?))",
            [json.dumps(sorted({int(candidates.pages[n]) for n in best}))],
        )
        fits = {row["row"]: title_share(row["title"], self._weights) for row in rows}
        shares[best] = [fits[int(candidates.pages[n])] for n in best]
        return self._settings.title_weight * shares

    def _rows(self, chosen: Sequence[int]) -> list[sqlite3.Row]:
        rows = self._connection.execute(
            "SELECT chunk.row, chunk.page, chunk.heading, chunk.anchor, chunk.hash, chunk.terms, chunk.position, "
            "substr(page.text, chunk.start + 1, chunk.length) AS text, page.id, page.title, page.url, page.audience, "
            "page.owner, page.updated, page.superseded_by, page.review_by, page.trust "
            "FROM chunk JOIN page ON page.row = chunk.page WHERE chunk.row IN (SELECT value FROM json_each(?))",
            [json.dumps(chosen)],
        )
        found = {row["row"]: row for row in rows}
        return [found[row] for row in chosen]

    def _hit(self, row: sqlite3.Row, scores: _Scores, n: int, also: Sequence[str], collection: str) -> Hit:
        terms = frozenset(row["terms"].split())
        review = records.stored_date(row["review_by"])
        return Hit(
            chunk_id=f"{row['id']}#{row['position']}-{row['hash'][:8]}",
            page_id=row["id"],
            collection=collection,
            title=row["title"],
            heading=tuple(json.loads(row["heading"])),
            url=section_url(row["url"], row["anchor"]),
            text=row["text"],
            score=float(scores.total[n]),
            dense=float(scores.dense[n]),
            coverage=self._coverage(terms),
            audience=Audience(row["audience"]),
            owner=row["owner"],
            updated=records.stored_date(row["updated"]),
            superseded=row["superseded_by"] is not None,
            trust=Trust(row["trust"]),
            overdue=review is not None and review < self._query.today,
            also=tuple(dict.fromkeys(also)),
            why=self._why(terms, scores, n) if self._query.explain else None,
        )

    def _coverage(self, terms: frozenset[str]) -> float:
        total = sum(asked.weight for asked in self._asked)
        return sum(asked.weight for asked in self._asked if asked.stands_in(terms)) / total if total else 0.0

    def _why(self, terms: frozenset[str], scores: _Scores, n: int) -> Why:
        return Why(
            cosine=self._settings.dense_weight * float(scores.dense[n]),
            chunk=float(scores.chunk[n]),
            page=float(scores.page[n]),
            title=float(scores.title[n]),
            penalty=float(scores.penalty[n]),
            words=tuple(Word(one.word, one.terms, one.found, one.weight, one.stands_in(terms)) for one in self._asked),
        )


def _spread(scores: Mapping[int, float], keys: NDArray[np.int64], visible: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Scores at the candidates' places, as shares of the highest visible one."""
    spread = np.zeros(len(keys), np.float32)
    if scores:
        known = np.fromiter(scores.keys(), np.int64, len(scores))
        values = np.fromiter(scores.values(), np.float32, len(scores))
        order = np.argsort(known)
        place = np.minimum(np.searchsorted(known, keys, sorter=order), len(known) - 1)
        match = (known[order[place]] == keys) & visible
        spread[match] = values[order[place[match]]]
    top = spread.max(initial=0.0)
    return spread / top if top > 0 else spread
