"""Ray does the work of an ingest: pages are parsed and cut, and groups of texts embedded, where the cluster has room.

This process reads the source and writes the index, in the order in which it would do so alone, so the result is the
same. A cluster is joined where RAY_ADDRESS names one; otherwise Ray is started on this machine and stopped at the end.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.encoder import Told, open_encoder
from knowledge.errors import EngineMissing
from knowledge.preparing import Preparer, Task
from knowledge.settings import KnowledgeSettings
from knowledge.workers import Outcome, Surveyed, Vectors

_PAGES_AHEAD = 32  # pages that are under way for each core of the cluster


class OnRay:
    """Workers on a cluster. Raises EngineMissing where Ray is not installed."""

    def __init__(self, settings: KnowledgeSettings) -> None:
        try:
            self._ray: Any = import_module("ray")  # comes without complete types
        except ModuleNotFoundError:
            raise EngineMissing(
                "Ray is not installed: run pip install 'deskmate[ray]', or leave --engine away."
            ) from None
        self._settings = settings
        self._started = not self._ray.is_initialized()
        if self._started:
            self._ray.init(include_dashboard=False, log_to_driver=False, logging_level="error")
        cores = int(self._ray.cluster_resources().get("CPU", 1))
        self._pages_ahead = _PAGES_AHEAD * cores
        self.ahead = max(1, cores // settings.threads)
        self._attempt = self._ray.remote(_attempt)
        self._embed = self._ray.remote(num_cpus=min(settings.threads, cores))(_embed)

    def prepared(self, preparer: Preparer, pages: Iterator[Surveyed]) -> Iterator[Outcome]:
        """Tasks are prepared side by side, and given back in their order."""
        shared = self._ray.put(preparer)
        under_way: deque[Any] = deque()
        for page in pages:
            under_way.append(self._attempt.remote(shared, page) if isinstance(page, Task) else page)
            if len(under_way) > self._pages_ahead:
                yield self._result(under_way.popleft())
        while under_way:
            yield self._result(under_way.popleft())

    def embed(self, encoder: str, texts: Sequence[str], told: Told) -> Vectors:
        """Embeds on the cluster. `told` hears of it when all is done."""
        made = self._embed.remote(encoder, self._settings, list(texts))
        return partial(self._vectors, made, len(texts), told)

    def close(self) -> None:
        """Stop Ray, if it was started here."""
        if self._started:
            self._ray.shutdown()

    def _vectors(self, made: Any, count: int, told: Told) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = self._result(made)
        told(count)
        return vectors

    def _result(self, item: Any) -> Any:
        if not isinstance(item, self._ray.ObjectRef):
            return item
        try:
            return self._ray.get(item)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from None


def _attempt(preparer: Preparer, task: Task) -> Outcome:
    return preparer.attempt(task)


def _embed(encoder: str, settings: KnowledgeSettings, texts: list[str]) -> NDArray[np.float32]:
    return open_encoder(encoder, settings).embed(texts)
