"""Which model is loaded, and who waits for a slot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class BusyError(Exception):
    """Too many requests wait for a model that is being loaded."""


class Scheduler:
    """Loads on demand, and again when `num_ctx` changes; then `num_parallel` requests run and the rest wait silently.

    `loads` are (model, num_ctx) in the order in which they were loaded; `most_at_once` the most that ever ran together.
    """

    def __init__(self, num_parallel: int = 1, max_queue: int = 512, load_seconds: float = 0) -> None:
        self.load_seconds = load_seconds
        self.loads: list[tuple[str, int]] = []
        self.loaded: dict[str, int] = {}
        self.running = self.most_at_once = 0
        self._slots = asyncio.Semaphore(num_parallel)
        self._loading = asyncio.Lock()
        self._waiting = 0
        self._max_queue = max_queue

    async def load(self, model: str, num_ctx: int) -> float:
        """Have the model ready; gives the seconds that loading took. Raises `BusyError`."""
        if self._loading.locked() and self._waiting >= self._max_queue:
            raise BusyError
        self._waiting += 1
        try:
            async with self._loading:
                if self.loaded.get(model) == num_ctx:
                    return 0
                await asyncio.sleep(self.load_seconds)
                self.loaded[model] = num_ctx
                self.loads.append((model, num_ctx))
                return self.load_seconds
        finally:
            self._waiting -= 1

    def unload(self, model: str) -> None:
        """Forget the model."""
        self.loaded.pop(model, None)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """One of the parallel slots."""
        async with self._slots:
            self.running += 1
            self.most_at_once = max(self.most_at_once, self.running)
            try:
                yield
            finally:
                self.running -= 1
