"""Who does the work of an ingest: this process or (`ray_workers.py`) a cluster. Both give the same, in one order."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.connectors.connector import Skip
from knowledge.encoder import Told, open_encoder
from knowledge.preparing import Preparer, Task
from knowledge.records import Prepared
from knowledge.settings import KnowledgeSettings
from knowledge.survey import Failed, Kept

Surveyed = Kept | Task | Skip | Failed
Outcome = Kept | Prepared | Skip | Failed
Vectors = Callable[[], NDArray[np.float32]]
"""Waits for vectors that are being made: (number of texts, dimensions)."""


class Workers(Protocol):
    """Prepares pages and embeds texts."""

    @property
    def ahead(self) -> int:
        """How many groups of texts may be under way beside the one that is waited for."""

    def prepared(self, preparer: Preparer, pages: Iterator[Surveyed]) -> Iterator[Outcome]:
        """Every page in its order: tasks prepared, all else as it is."""

    def embed(self, encoder: str, texts: Sequence[str], told: Told) -> Vectors:
        """Begin to embed the texts, with the encoder of that name. Raises EncoderUnavailable, here or when waited."""

    def close(self) -> None:
        """Let go of what was started."""


class Here:
    """This process, one thing after the other."""

    ahead = 0

    def __init__(self, settings: KnowledgeSettings) -> None:
        self._settings = settings

    def prepared(self, preparer: Preparer, pages: Iterator[Surveyed]) -> Iterator[Outcome]:
        """Prepares each task when it is asked for."""
        for page in pages:
            yield preparer.attempt(page) if isinstance(page, Task) else page

    def embed(self, encoder: str, texts: Sequence[str], told: Told) -> Vectors:
        """Embeds at once."""
        made = open_encoder(encoder, self._settings).embed(texts, told)
        return lambda: made

    def close(self) -> None:
        """Nothing was started."""


def opened_workers(engine: str, settings: KnowledgeSettings) -> Workers:
    """The workers of that name: 'local' or 'ray'. Raises EngineMissing where Ray is not installed."""
    if engine == "ray":
        from knowledge.ray_workers import OnRay

        return OnRay(settings)
    return Here(settings)
