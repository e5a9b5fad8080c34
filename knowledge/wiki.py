"""One collection, open: its truth on disk and its vectors in memory."""

import json
import sqlite3
import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from knowledge import records, snapshot, vectors
from knowledge.encoder import Built, open_encoder
from knowledge.hit import Hit
from knowledge.page import Audience
from knowledge.query import Query
from knowledge.search import Search
from knowledge.settings import KnowledgeSettings
from knowledge.snapshot import Snapshot
from knowledge.truth import Truth

Nearest = Callable[[Built, Audience, NDArray[np.float32], int], list[str]]


class Wiki:
    """Searches one collection. Its vectors are read again when a writer, here or in another process, changed it."""

    def __init__(self, truth: Truth, settings: KnowledgeSettings) -> None:
        self.truth = truth
        self._settings = settings
        self._snapshot: Snapshot | None = None
        self._loading = threading.Lock()

    def check_encoder(self) -> None:
        """Raises EncoderMismatch if the settings name another encoder than the one that built the collection."""
        with self.truth.reading() as connection:
            vectors.built(connection).check_name(self.truth.collection, self._settings.encoder)

    def search(self, query: Query, *, nearest: Nearest | None) -> list[Hit]:
        """The best chunks. With `nearest`, a collection beyond the exact limit is not compared one by one."""
        with self.truth.reading() as connection:
            built = vectors.built(connection)  # in the same view as the vectors: they may be made anew meanwhile
            vector = self._vector(query, built)
            search = Search(connection, query, vector, self._settings)
            if nearest and records.chunk_count(connection) > self._settings.exact_limit:
                rows = set(search.matched_rows())
                for audience in sorted(query.audiences):
                    keys = nearest(built, audience, vector, max(query.k, self._settings.candidates))
                    rows.update(records.chunk_rows(connection, keys, audience))
                candidates = snapshot.load_rows(connection, json.dumps(sorted(rows)))
            else:
                candidates = self._current(connection).candidates
            return search.hits(candidates, self.truth.collection)

    def _vector(self, query: Query, built: Built) -> NDArray[np.float32]:
        """The query as the collection's own encoder sees it, moved toward what it is below the turn before."""
        built.check_name(self.truth.collection, self._settings.encoder)
        encoder = open_encoder(built.encoder, self._settings)
        vector = encoder.query(query.text)
        if query.history:
            vector = vector + self._settings.history_weight * encoder.query(query.in_context)
            vector = vector / np.linalg.norm(vector)
        built.check_dimensions(self.truth.collection, vector)
        return vector

    def _current(self, connection: sqlite3.Connection) -> Snapshot:
        generation = records.generation(connection)
        with self._loading:
            held = self._snapshot
            if held is None or held.generation != generation:
                held = snapshot.load(connection, held)
                if self._snapshot is None or held.generation > self._snapshot.generation:
                    self._snapshot = held
            return held
