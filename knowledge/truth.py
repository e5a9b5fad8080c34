"""The source of truth of one collection: pages, chunks and vectors in one SQLite file, beside their full text."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue

from knowledge import vectors
from knowledge.encoder import Built
from knowledge.errors import IndexNotWritable, IndexVersionError
from knowledge.schema import SCHEMA, VERSION

_BUSY_SECONDS = 30.0


class Truth:
    """Connections to one collection's file. Safe to use from several threads; WAL lets readers work beside a writer."""

    def __init__(self, path: Path, collection: str) -> None:
        self.path = path
        self.collection = collection
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()

    def check_version(self) -> None:
        """Raises IndexVersionError if the file was built with another layout or is no index at all."""
        try:
            with self._connection() as connection:
                found = connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise self._version_error("is damaged") from error
        if found != VERSION:
            raise self._version_error(f"was built with layout {found}, this program reads layout {VERSION}")

    def _version_error(self, what: str) -> IndexVersionError:
        return IndexVersionError(
            f"The index of collection '{self.collection}' {what}: delete {self.path} and build it again with "
            f"'deskmate ingest FOLDER --collection {self.collection}', or with 'deskmate sync' if it has a source."
        )

    @classmethod
    def create(cls, path: Path, collection: str, built: Built) -> None:
        """Lay out a new file for one encoder's vectors; it appears under its name only when it is whole.

        Raises IndexNotWritable.
        """
        draft = cls(path.with_suffix(".new"), collection)
        for left in path.parent.glob(f"{draft.path.name}*"):
            left.unlink()
        with draft._explained():
            with draft._connection() as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(f"BEGIN IMMEDIATE;\n{SCHEMA}\nPRAGMA user_version = {VERSION};\nCOMMIT;")
                vectors.set_built(connection, built)
            draft.close()
        draft.path.replace(path)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the collection, whatever a writer does meanwhile."""
        with self._connection() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is kept, or nothing. Raises IndexNotWritable if the disk refuses."""
        with self._explained(), self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.commit()
            finally:
                if connection.in_transaction:
                    connection.rollback()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise IndexNotWritable(
                f"The index {self.path} cannot be written ({error}): check the disk's free space and permissions."
            ) from error

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = self._connect()
        try:
            yield connection
        finally:
            self._idle.put(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def close(self) -> None:
        """Close every idle connection."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return
