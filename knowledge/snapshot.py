"""A collection's vectors in memory, as of one generation."""

import sqlite3
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge import records, vectors
from knowledge.page import Audience


@dataclass(frozen=True, slots=True)
class Candidates:
    """Chunks that a search may rank, in the stable order of page id and position. Arrays of one length n."""

    rows: NDArray[np.int64]  # chunk rows
    pages: NDArray[np.int64]  # their page rows
    internal: NDArray[np.bool_]
    vectors: NDArray[np.float32]  # (n, dimensions), unit length

    def visible(self, audiences: frozenset[Audience]) -> NDArray[np.bool_]:
        """Which of the chunks these audiences may see."""
        public, internal = Audience.PUBLIC in audiences, Audience.INTERNAL in audiences
        return np.where(self.internal, internal, public)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All chunks of a generation."""

    generation: int
    epoch: int  # of the vectors; they are the same under the same hash as long as it is
    candidates: Candidates
    places: dict[str, int]  # where in the candidates a chunk with this hash stands


_LISTED = (
    "SELECT chunk.row, chunk.page, chunk.audience, chunk.hash FROM page JOIN chunk ON chunk.page = page.row "
    "ORDER BY page.id, chunk.position"
)
_SOME = (
    "SELECT chunk.row, chunk.page, chunk.audience, vector.data FROM chunk JOIN vector USING (hash) "
    "JOIN page ON page.row = chunk.page WHERE chunk.row IN (SELECT value FROM json_each(?)) "
    "ORDER BY page.id, chunk.position"
)


def load(connection: sqlite3.Connection, before: Snapshot | None = None) -> Snapshot:
    """Every chunk of the collection; only the vectors that the snapshot before lacks are read."""
    epoch = vectors.epoch(connection)
    if before and before.epoch != epoch:
        before = None
    listed = connection.execute(_LISTED).fetchall()
    hashes = [row[3] for row in listed]
    places = dict(zip(hashes, range(len(hashes)), strict=True))
    candidates = Candidates(
        rows=np.array([row[0] for row in listed], np.int64),
        pages=np.array([row[1] for row in listed], np.int64),
        internal=np.array([row[2] != Audience.PUBLIC for row in listed], np.bool_),
        vectors=_vectors(connection, hashes, places, before),
    )
    return Snapshot(records.generation(connection), epoch, candidates, places)


def _vectors(
    connection: sqlite3.Connection, hashes: list[str], places: dict[str, int], before: Snapshot | None
) -> NDArray[np.float32]:
    """The vectors of the hashes, in their order. `places` says where one of each hash stands."""
    made = np.zeros((len(hashes), vectors.built(connection).dimensions), np.float32)
    held = before.places if before and before.candidates.vectors.shape[1:] == made.shape[1:] else {}
    fresh = [key for key in places if key not in held]
    if before and held:
        old = np.fromiter((held.get(key, -1) for key in hashes), np.int64, len(hashes))
        made[old >= 0] = before.candidates.vectors[old[old >= 0]]
    for key, data in vectors.stored(connection, fresh, all_at_once=len(fresh) > len(places) // 2):
        if key in places:  # a chunk whose vector is lost keeps zeros: it is found by its words until a rebuild
            made[places[key]] = np.frombuffer(data, "<f4")
    if len(places) < len(hashes):  # chunks that say the same share one vector
        made = made[[places[key] for key in hashes]]
    return made


def load_rows(connection: sqlite3.Connection, rows_json: str) -> Candidates:
    """Read the chunks whose rows stand in a JSON list."""
    return _candidates(connection.execute(_SOME, [rows_json]).fetchall())


def _candidates(rows: list[sqlite3.Row]) -> Candidates:
    return Candidates(
        rows=np.array([row[0] for row in rows], np.int64),
        pages=np.array([row[1] for row in rows], np.int64),
        internal=np.array([row[2] != Audience.PUBLIC for row in rows], np.bool_),
        vectors=vectors.as_matrix([row[3] for row in rows]),
    )
