"""The owner's side of the index: the lock, and the Chroma folder kept equal to the truth."""

import hashlib
import shutil
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from knowledge import records, vectors
from knowledge.chroma import Chroma
from knowledge.encoder import Built
from knowledge.errors import IndexLocked, IndexNotWritable
from knowledge.page import Audience
from knowledge.truth import Truth


class Owner:
    """Held by the one process that may write. Raises IndexLocked or IndexNotWritable when it cannot be had."""

    def __init__(self, folder: Path) -> None:
        self.changing = threading.RLock()  # one change at a time inside this process
        self._swapping = threading.Lock()
        self._root = folder / "chroma"
        self._current = self._root / "CURRENT"  # names the folder in use
        self._lock = _acquire(folder)
        self._chroma = Chroma(self._root / self._current_name())
        self._sweep()

    def close(self) -> None:
        """Give the index back."""
        self._chroma.close()
        self._lock.release()

    def in_step(self, truth: Truth) -> bool:
        """Whether Chroma holds exactly what the truth holds."""
        if not self._chroma.folder.is_dir():
            return False
        with truth.reading() as connection:
            return records.vectors_mark(connection) == _mark(self._chroma, records.generation(connection))

    def sync(self, truth: Truth) -> None:
        """Make Chroma equal to the truth, wherever an earlier process was stopped."""
        with self.changing:
            with truth.reading() as connection:
                followed = self._chroma.folder.is_dir() and records.vectors_mark(connection).startswith(
                    f"{self._chroma.folder.name}:"
                )
            generation = self._follow(truth) if followed else self._fill(truth, self._chroma)
            self._mark_synced(truth, self._chroma, generation)

    def held(self, truth: Truth) -> dict[Audience, set[str]]:
        """The hashes that Chroma holds for each audience."""
        with truth.reading() as connection:
            built = vectors.built(connection)
        with self._swapping:
            return {audience: self._chroma.ids(_name(truth.collection, built, audience)) for audience in Audience}

    def nearest(
        self, collection: str, built: Built, audience: Audience, vector: NDArray[np.float32], count: int
    ) -> list[str]:
        """Hashes of the audience's nearest chunks, among the vectors of one encoder."""
        with self._swapping:
            return self._chroma.nearest(_name(collection, built, audience), vector, count)

    def finds(
        self, collection: str, built: Built, audience: Audience, hashes: Sequence[str], found: NDArray[np.float32]
    ) -> set[str]:
        """Those of the hashes that Chroma finds by their own vectors (len(hashes), dimensions)."""
        with self._swapping:
            return self._chroma.finds(_name(collection, built, audience), hashes, found)

    def rebuild(self, truths: Iterable[Truth]) -> None:
        """Write a new Chroma folder from the truth, then swap it for the old one. Nothing is embedded again."""
        with self.changing:
            fresh = Chroma(self._root / f"{int(self._current_name()) + 1:06d}")
            shutil.rmtree(fresh.folder, ignore_errors=True)
            filled = [(truth, self._fill(truth, fresh)) for truth in truths]
            fresh.folder.mkdir(parents=True, exist_ok=True)
            self._point_to(fresh.folder.name)
            with self._swapping:
                self._chroma.close()
                self._chroma = fresh
            for truth, generation in filled:
                self._mark_synced(truth, fresh, generation)
            self._sweep()

    def _follow(self, truth: Truth) -> int:
        """Bring Chroma, which equalled the truth before, what changed since."""
        with truth.reading() as connection:
            built = vectors.built(connection)
            for audience in Audience:
                wanted, unwanted = records.unsynced(connection, audience)
                self._chroma.follow(
                    _name(truth.collection, built, audience),
                    wanted,
                    unwanted,
                    lambda keys: vectors.read(connection, keys),
                )
            return records.generation(connection)

    def _fill(self, truth: Truth, chroma: Chroma) -> int:
        with truth.reading() as connection:
            built = vectors.built(connection)
            for audience in Audience:
                chroma.sync(
                    _name(truth.collection, built, audience),
                    records.chunk_hashes(connection, audience),
                    lambda keys: vectors.read(connection, keys),
                )
            return records.generation(connection)

    def _mark_synced(self, truth: Truth, chroma: Chroma, generation: int) -> None:
        with truth.writing() as connection:
            records.set_vectors_mark(connection, _mark(chroma, generation))

    def _current_name(self) -> str:
        return self._current.read_text("utf-8").strip() if self._current.is_file() else "000001"

    def _point_to(self, name: str) -> None:
        new = self._current.with_suffix(".new")
        new.write_text(name, "utf-8")
        new.replace(self._current)

    def _sweep(self) -> None:
        """Remove folders that a swap, or a rebuild that was stopped, left behind."""
        for folder in self._root.glob("[0-9]*"):
            if folder != self._chroma.folder:
                shutil.rmtree(folder, ignore_errors=True)


def _mark(chroma: Chroma, generation: int) -> str:
    return f"{chroma.folder.name}:{generation}"


def _name(collection: str, built: Built, audience: Audience) -> str:
    """Vectors of two encoders never meet in one Chroma collection, whatever stopped a change from one to the other."""
    encoder = hashlib.sha256(f"{built.encoder} {built.dimensions}".encode()).hexdigest()[:8]
    return f"{collection}.{audience}.{encoder}"


def _acquire(folder: Path) -> FileLock:
    lock = FileLock(folder / "owner.lock", timeout=0, thread_local=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise IndexLocked(
            f"Another process is writing the index in {folder}: wait until it has finished, or stop it."
        ) from None
    except OSError as error:
        raise IndexNotWritable(
            f"The folder {folder} cannot be written ({error.strerror}): check its permissions or set DESKMATE_DATA_DIR."
        ) from error
    return lock
