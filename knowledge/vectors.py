"""Vectors as rows of a collection's truth, and which encoder made them. All works inside the caller's transaction."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.chunks import Chunk
from knowledge.encoder import Built

_UNIT = 1e-3  # how far a vector's length may be from 1


def key(built: Built, text: str) -> str:
    """The key of a text's vector: another text or another encoder makes another key."""
    return hashlib.sha256(f"{built.encoder}\n{built.dimensions}\n{text}".encode()).hexdigest()


def built(connection: sqlite3.Connection) -> Built:
    """Which encoder made the collection's vectors."""
    values = dict(connection.execute("SELECT name, value FROM meta WHERE name IN ('encoder', 'dimensions')").fetchall())
    return Built(str(values["encoder"]), int(values["dimensions"]))


def set_built(connection: sqlite3.Connection, built: Built) -> None:
    """Note which encoder makes the collection's vectors."""
    connection.executemany(
        "UPDATE meta SET value = ? WHERE name = ?", [(built.encoder, "encoder"), (built.dimensions, "dimensions")]
    )


def missing(connection: sqlite3.Connection, hashes: Iterable[str]) -> set[str]:
    """Those of the hashes that have no vector yet."""
    wanted = set(hashes)
    rows = connection.execute(
        "SELECT hash FROM vector WHERE hash IN (SELECT value FROM json_each(?))", [json.dumps(sorted(wanted))]
    )
    return wanted - {row["hash"] for row in rows}


def add(connection: sqlite3.Connection, made: Mapping[str, NDArray[np.float32]]) -> None:
    """Store vectors (unit length, float32) under their hashes; one that is there stays."""
    connection.executemany(
        "INSERT OR IGNORE INTO vector VALUES (?, ?)",
        [(key, vector.astype("<f4").tobytes()) for key, vector in made.items()],
    )


def replace(connection: sqlite3.Connection, made: Mapping[str, NDArray[np.float32]]) -> None:
    """Store vectors under their hashes in place of what was there, so that no reader goes on with those it holds."""
    connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'epoch'")
    connection.executemany(
        "INSERT INTO vector VALUES (?, ?) ON CONFLICT (hash) DO UPDATE SET data = excluded.data",
        [(key, vector.astype("<f4").tobytes()) for key, vector in made.items()],
    )


def epoch(connection: sqlite3.Connection) -> int:
    """Counts how often vectors were replaced under their hashes."""
    return int(connection.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()[0])


def unsound(connection: sqlite3.Connection, built: Built) -> Iterator[str]:
    """Hashes of vectors that have not the encoder's length, or are not of unit length."""
    for row in connection.execute("SELECT hash, data FROM vector"):
        data = row["data"]
        # A vector that holds NaN is not of unit length either.
        if len(data) != 4 * built.dimensions or not abs(np.linalg.norm(np.frombuffer(data, "<f4")) - 1) <= _UNIT:
            yield row["hash"]


def stored(connection: sqlite3.Connection, hashes: Sequence[str], *, all_at_once: bool) -> Iterator[tuple[str, bytes]]:
    """The hashes with their vectors, as they are stored. `all_at_once` gives every vector that there is, which is
    faster where most of them are wanted."""
    if all_at_once:
        yield from connection.execute("SELECT hash, data FROM vector")
    elif hashes:
        yield from connection.execute(
            "SELECT hash, data FROM vector WHERE hash IN (SELECT value FROM json_each(?))", [json.dumps(list(hashes))]
        )


def read(connection: sqlite3.Connection, hashes: Sequence[str]) -> NDArray[np.float32]:
    """The vectors of the hashes, in their order (len(hashes), dimensions)."""
    rows = connection.execute(
        "SELECT hash, data FROM vector WHERE hash IN (SELECT value FROM json_each(?))", [json.dumps(list(hashes))]
    )
    found = {row["hash"]: row["data"] for row in rows}
    return as_matrix([found[key] for key in hashes])


def as_matrix(blobs: Sequence[bytes]) -> NDArray[np.float32]:
    """Stored vectors as one matrix (len(blobs), dimensions)."""
    dimensions = len(blobs[0]) // 4 if blobs else 0
    return np.frombuffer(b"".join(blobs), "<f4").reshape(len(blobs), dimensions).astype(np.float32, copy=False)


def embedded_texts(connection: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Each chunk's row and what an encoder reads of it."""
    for row in connection.execute(
        "SELECT chunk.row, chunk.heading, page.title, substr(page.text, chunk.start + 1, chunk.length) AS text "
        "FROM chunk JOIN page ON page.row = chunk.page ORDER BY chunk.row"
    ):
        chunk = Chunk(0, row["text"], tuple(json.loads(row["heading"])), "")
        yield row["row"], chunk.embedded(row["title"])


def swap(connection: sqlite3.Connection, keys: Mapping[int, str], built: Built) -> None:
    """Give every chunk, by its row, its new vector, and remove the old ones."""
    connection.executemany("UPDATE chunk SET hash = ? WHERE row = ?", [(key, row) for row, key in keys.items()])
    remove_unused(connection)
    set_built(connection, built)
    connection.execute("UPDATE meta SET value = '' WHERE name = 'vectors'")  # Chroma has nothing of these yet


def remove(connection: sqlite3.Connection, hashes: Iterable[str]) -> None:
    """Remove those of the vectors that no chunk uses."""
    connection.execute(
        "DELETE FROM vector WHERE hash IN (SELECT value FROM json_each(?)) "
        "AND NOT EXISTS (SELECT 1 FROM chunk WHERE chunk.hash = vector.hash)",
        [json.dumps(sorted(hashes))],
    )


def remove_unused(connection: sqlite3.Connection) -> None:
    """Remove every vector that no chunk uses."""
    connection.execute("DELETE FROM vector WHERE hash NOT IN (SELECT hash FROM chunk)")
