"""Hybrid search: exact cosine and BM25 of chunk and page, fused by weight."""

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from knowledge import records
from knowledge.fulltext import FullText
from knowledge.hit import Hit
from knowledge.page import Audience
from knowledge.settings import KnowledgeSettings
from knowledge.snapshot import Candidates
from knowledge.words import content_terms, terms

_MARGIN = 1e-6  # what a superseded page stays below its successor
_DECIMALS = 6  # scores closer than this are equal, whatever order a sum was made in
_READ_TERMS = 256  # words of a query that are looked up at all
_QUERY_TERMS = 48  # the words that say most of a long query; more cost time and change little


class Search:
    """One query for one set of audiences, inside one transaction."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        query: str,
        vector: NDArray[np.float32],
        *,
        audiences: frozenset[Audience],
        settings: KnowledgeSettings,
    ) -> None:
        self._connection = connection
        self._vector = vector
        self._audiences = audiences
        self._settings = settings
        text = FullText(connection, audiences)
        self._weights = text.weights(content_terms(query)[:_READ_TERMS])
        telling = self._telling(query)
        self._chunk_scores = text.chunk_scores(telling, settings.candidates)
        self._page_scores = text.page_scores(telling, settings.candidates)

    def _telling(self, query: str) -> list[str]:
        """The words to look up: rare ones that are said again and again (a name is rare too, but is said once)."""
        said = Counter(terms(query))
        ranked = sorted(self._weights, key=lambda term: (-self._weights[term] * said[term], term))
        return ranked[:_QUERY_TERMS]

    def matched_rows(self) -> list[int]:
        """Chunk rows that the full text alone proposes."""
        return list(self._chunk_scores)

    def hits(self, candidates: Candidates, k: int, collection: str) -> list[Hit]:
        """The best k of the candidates that the audiences may see, best first."""
        visible = candidates.visible(self._audiences)
        if not visible.any():
            return []
        # einsum stays on this thread: on a busy machine a threaded product takes ten times as long.
        dense = np.einsum("ij,j->i", candidates.vectors, self._vector)
        scores = self._settings.dense_weight * dense + self._lexical(candidates, visible)
        scores = np.round(self._below_successors(candidates, visible, scores), _DECIMALS)
        scores[~visible] = -np.inf
        count = min(k, int(visible.sum()))
        best = np.argsort(-scores, kind="stable")[:count]
        chosen = [(int(candidates.rows[n]), float(scores[n]), float(dense[n])) for n in best]
        return self._read(chosen, collection)

    def _lexical(self, candidates: Candidates, visible: NDArray[np.bool_]) -> NDArray[np.float32]:
        chunk = _spread(self._chunk_scores, candidates.rows, visible)
        page = _spread(self._page_scores, candidates.pages, visible)
        return self._settings.chunk_weight * chunk + self._settings.page_weight * page

    def _below_successors(
        self, candidates: Candidates, visible: NDArray[np.bool_], scores: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Pages that name a successor lose the penalty, and rank below the successor where the caller may see it."""
        pairs = self._connection.execute(
            "SELECT old.row, new.row FROM page AS old LEFT JOIN page AS new ON new.id = old.superseded_by "
            "WHERE old.superseded_by IS NOT NULL AND old.id <> old.superseded_by"
        ).fetchall()
        successor: dict[int, int | None] = dict(pairs)
        for old in _newest_first(successor):
            outdated = candidates.pages == old
            scores[outdated] -= self._settings.superseded_penalty
            replacing = (candidates.pages == (successor[old] or -1)) & visible
            if replacing.any():
                scores[outdated] = np.minimum(scores[outdated], scores[replacing].max() - 2 * _MARGIN)
        return scores

    def _read(self, chosen: Sequence[tuple[int, float, float]], collection: str) -> list[Hit]:
        rows = self._connection.execute(
            "SELECT chunk.row, chunk.heading, chunk.anchor, chunk.hash, chunk.terms, chunk.position, "
            "substr(page.text, chunk.start + 1, chunk.length) AS text, page.id, page.title, page.url, page.audience, "
            "page.owner, page.updated, page.superseded_by FROM chunk JOIN page ON page.row = chunk.page "
            "WHERE chunk.row IN (SELECT value FROM json_each(?))",
            [json.dumps([row for row, _, _ in chosen])],
        )
        found = {row["row"]: row for row in rows}
        return [self._hit(found[row], score, dense, collection) for row, score, dense in chosen]

    def _hit(self, row: sqlite3.Row, score: float, dense: float, collection: str) -> Hit:
        return Hit(
            chunk_id=f"{row['id']}#{row['position']}-{row['hash'][:8]}",
            page_id=row["id"],
            collection=collection,
            title=row["title"],
            heading=tuple(json.loads(row["heading"])),
            url=_anchored(row["url"], row["anchor"]),
            text=row["text"],
            score=score,
            dense=dense,
            coverage=self._coverage(frozenset(row["terms"].split())),
            audience=Audience(row["audience"]),
            owner=row["owner"],
            updated=records.stored_date(row["updated"]),
            superseded=row["superseded_by"] is not None,
        )

    def _coverage(self, terms: frozenset[str]) -> float:
        total = sum(self._weights.values())
        return sum(weight for term, weight in self._weights.items() if term in terms) / total if total else 0.0


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


def _newest_first(successor: Mapping[int, int | None]) -> list[int]:
    """Superseded pages, each after its successor if that is superseded too. A circle is broken where it was entered."""
    order: dict[int, None] = {}
    for page in successor:
        chain: list[int] = []
        step: int | None = page
        while step is not None and step in successor and step not in order and step not in chain:
            chain.append(step)
            step = successor[step]
        order.update(dict.fromkeys(reversed(chain)))
    return list(order)


def _anchored(url: str, anchor: str) -> str:
    return f"{url.split('#')[0]}#{quote(anchor)}" if anchor else url
