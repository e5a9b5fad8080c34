"""The vector index in Chroma: approximate neighbours for collections that are too large to compare one by one.

Chroma holds copies. Ids are content hashes, so an entry never changes: ids are only added and deleted. Only the
process that holds the index's lock may open it (several processes on one path lose vectors without an error).
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

_BATCH = 2_000  # Chroma takes at most 5,461 at once

Fetch = Callable[[Sequence[str]], NDArray[np.float32]]


class Chroma:
    """One folder of Chroma. Opens on first use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._client: Client | None = None

    def sync(self, name: str, wanted: Sequence[str], fetch: Fetch) -> None:
        """Make the ids of a Chroma collection exactly the wanted ones; `fetch` gives the vectors of new ids."""
        collection = self._collection(name)
        present = set(collection.get(include=[])["ids"])
        stale = sorted(present.difference(wanted))
        fresh = [key for key in dict.fromkeys(wanted) if key not in present]
        for start in range(0, len(fresh), _BATCH):
            batch = fresh[start : start + _BATCH]
            collection.add(ids=batch, embeddings=fetch(batch))
        for start in range(0, len(stale), _BATCH):
            collection.delete(ids=stale[start : start + _BATCH])

    def nearest(self, name: str, vector: NDArray[np.float32], count: int) -> list[str]:
        """Ids of about the `count` nearest vectors."""
        collection = self._collection(name)
        size = collection.count()
        if not size:
            return []
        found = collection.query(query_embeddings=vector[np.newaxis, :], n_results=min(count, size), include=[])
        return list(found["ids"][0])

    def close(self) -> None:
        """Let go of the folder."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _collection(self, name: str) -> "Collection":
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
