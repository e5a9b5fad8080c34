"""The vector index in Chroma: approximate neighbours for collections that are too large to compare one by one.

Chroma holds copies. Ids are content hashes, so an entry never changes: ids are only added and deleted. Only the
process that holds the index's lock may open it (several processes on one path lose vectors without an error).
"""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection as Held

_BATCH = 2_000  # Chroma takes at most 5,461 at once
_TWINS = 5  # entries that are looked at for each vector of an audit
_NOWHERE = 1e-6  # the distance of vectors that are the same

Fetch = Callable[[Sequence[str]], NDArray[np.float32]]


class Chroma:
    """One folder of Chroma. Opens on first use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._client: Client | None = None

    def sync(self, name: str, wanted: Sequence[str], fetch: Fetch) -> None:
        """Make the ids of a Chroma collection exactly the wanted ones; `fetch` gives the vectors of new ids."""
        present = self.ids(name)
        self._add(name, [key for key in dict.fromkeys(wanted) if key not in present], fetch)
        self._delete(name, sorted(present.difference(wanted)))

    def follow(self, name: str, wanted: Collection[str], unwanted: Collection[str], fetch: Fetch) -> None:
        """Make sure that the wanted ids are there and the unwanted are not, whatever else is."""
        keys = [*wanted, *unwanted]
        collection, present = self._collection(name), set()
        for start in range(0, len(keys), _BATCH):
            present.update(collection.get(ids=keys[start : start + _BATCH], include=[])["ids"])
        self._add(name, sorted(set(wanted) - present), fetch)
        self._delete(name, sorted(present.intersection(unwanted)))

    def ids(self, name: str) -> set[str]:
        """Everything that a Chroma collection holds."""
        return set(self._collection(name).get(include=[])["ids"])

    def nearest(self, name: str, vector: NDArray[np.float32], count: int) -> list[str]:
        """Ids of about the `count` nearest vectors."""
        collection = self._collection(name)
        size = collection.count()
        if not size:
            return []
        found = collection.query(query_embeddings=vector[np.newaxis, :], n_results=min(count, size), include=[])
        return list(found["ids"][0])

    def finds(self, name: str, ids: Sequence[str], vectors: NDArray[np.float32]) -> set[str]:
        """Those of the ids that come back when their own vectors are looked for (or a twin, at no distance)."""
        found = self._collection(name).query(query_embeddings=vectors, n_results=_TWINS, include=["distances"])
        back = zip(ids, found["ids"], found["distances"] or [], strict=True)
        return {key for key, near, far in back if key in near or (far and max(far) <= _NOWHERE)}

    def close(self) -> None:
        """Let go of the folder."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _add(self, name: str, keys: Sequence[str], fetch: Fetch) -> None:
        for start in range(0, len(keys), _BATCH):
            batch = list(keys[start : start + _BATCH])
            self._collection(name).add(ids=batch, embeddings=fetch(batch))

    def _delete(self, name: str, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), _BATCH):
            self._collection(name).delete(ids=list(keys[start : start + _BATCH]))

    def _collection(self, name: str) -> "Held":
        return self._opened().get_or_create_collection(
            name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )

    def _opened(self) -> "Client":
        if self._client is None:
            from chromadb.api.client import Client
            from chromadb.config import Settings

            self.folder.mkdir(parents=True, exist_ok=True)
            place = str(self.folder)
            self._client = Client(
                settings=Settings(is_persistent=True, persist_directory=place, anonymized_telemetry=False)
            )
        return self._client
