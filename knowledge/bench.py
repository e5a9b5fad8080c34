"""How fast this machine is at ingest, sync and search, on pages that are generated, the same every time."""

import random
import re
import resource
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from knowledge import DEMO_WIKI
from knowledge.connectors.connector import Fetched, Listed
from knowledge.encoder import MINILM, Told
from knowledge.errors import SourceError
from knowledge.index import Index
from knowledge.ingest import Progress, Terms, ingest
from knowledge.settings import KnowledgeSettings
from knowledge.workers import Here, Vectors

SECTIONS = 10  # of a page, each of which becomes one chunk
_SENTENCES, _WORDS = 6, 14  # of a section, of a sentence
EMBEDDED = 100  # pages that are embedded for real
_SEARCHES = 100
_EDITS = 20
_ALWAYS, _NEVER = 0, 1_000_000_000  # chunks from which on Chroma is asked

T = TypeVar("T")


class Spread(BaseModel):
    """Milliseconds: the median and the 95th percentile."""

    p50: float
    p95: float


class Size(BaseModel):
    """Figures at one size. Vectors are generated; those of edits and queries are real."""

    pages: int
    chunks: int
    pages_per_second: float  # without the encoder's time
    memory: list[float]  # MB when a quarter, half, three quarters and all of the pages were stored
    memory_with_chroma: float  # MB, the most until Chroma was filled
    chroma_seconds: float  # to fill Chroma
    resync_seconds: float  # nothing changed
    resync_embedded: int
    edit: Spread  # one section of one page, until a reader in this process finds it
    exact: Spread  # search, every vector compared
    chroma: Spread  # search, Chroma's index


class Bench(BaseModel):
    """What was measured."""

    embedded_pages_per_second: float  # encoder included
    embedded_chunks_per_second: float
    sizes: list[Size]


@dataclass
class Generated:
    """A source of generated pages, in memory. `edits` counts how often each page was edited."""

    count: int
    name: str = "bench"
    address: str = "generated pages"
    edits: Counter[int] = field(default_factory=Counter)

    def pages(self) -> Iterator[Listed]:
        """Every page with its version."""
        for number in range(self.count):
            yield Listed(f"{number}.md", f"v{self.edits[number]}")

    def read(self, listed: Listed) -> Fetched:
        """The page, written now."""
        number = int(listed.key.removesuffix(".md"))
        return Fetched(listed.key, _page(number, self.edits[number]).encode(), "text/markdown")

    def close(self) -> None:
        """Nothing is held."""


class _Unembedded(Here):
    """Gives every text a vector of its own without an encoder."""

    def embed(self, encoder: str, texts: Sequence[str], told: Told) -> Vectors:
        """Random unit vectors."""
        made = np.random.default_rng(len(texts)).standard_normal((len(texts), 384), np.float32)
        made += np.random.default_rng(zlib.crc32(texts[0].encode())).standard_normal(384, np.float32)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return lambda: made


def bench(pages: int, progress: Progress, *, embedded: int = EMBEDDED) -> Bench:
    """Measure at a tenth of the pages and at all of them. `progress` is told (pages done, in all, what is done)."""
    with tempfile.TemporaryDirectory(prefix="deskmate-bench-") as folder:
        settings = KnowledgeSettings(data_dir=Path(folder), encoder=MINILM)
        rate = _embedded(settings.model_copy(update={"data_dir": Path(folder, "embedded")}), embedded, progress)
        sizes = []
        for count in (max(1, pages // 10), pages):
            measured = settings.model_copy(update={"data_dir": Path(folder, str(count))})
            sizes.append(_Measure(measured, count, progress).run())
    return Bench(embedded_pages_per_second=rate, embedded_chunks_per_second=rate * SECTIONS, sizes=sizes)


def _embedded(settings: KnowledgeSettings, count: int, progress: Progress) -> float:
    with Index.open(settings, writer=True) as index:
        index.embed(["warm"])
        started = time.perf_counter()
        ingest(index, Generated(count), collection="bench", progress=progress)
        return count / (time.perf_counter() - started)


class _Measure:
    def __init__(self, settings: KnowledgeSettings, count: int, progress: Progress) -> None:
        self._settings = settings
        self._source = Generated(count)
        self._progress = progress
        self._memory: list[float] = []
        self._chroma_started = 0.0

    def run(self) -> Size:
        with Index.open(self._settings, writer=True) as index:
            started = time.perf_counter()
            ingest(index, self._source, collection="bench", progress=self._told, workers=_Unembedded(self._settings))
            ended = time.perf_counter()
            peak = _peak()
            [info] = index.collections()
            resync, report = _timed(lambda: ingest(index, self._source, collection="bench", terms=Terms()))
            edit = self._edits(index)
        return Size(
            pages=info.pages,
            chunks=info.chunks,
            pages_per_second=info.pages / (self._chroma_started - started),
            memory=self._memory,
            memory_with_chroma=peak,
            chroma_seconds=ended - self._chroma_started,
            resync_seconds=resync,
            resync_embedded=report.embedded,
            edit=edit,
            exact=self._searches(_NEVER),
            chroma=self._searches(_ALWAYS),
        )

    def _told(self, done: int, total: int, label: str) -> None:
        self._progress(done, total, label)
        if done * 4 >= total * (len(self._memory) + 1):
            self._memory.append(_resident())
        if label.startswith("writing the vector"):
            self._chroma_started = time.perf_counter()

    def _edits(self, index: Index) -> Spread:
        """One page edited, synced and found, again and again."""
        took = []
        for number in range(_EDITS):
            page = number * 37 % self._source.count
            self._source.edits[page] += 1
            self._progress(number, _EDITS, "edits")
            seconds, found = _timed(partial(self._edited, index, page))
            if not found:
                raise SourceError(f"The edit of page {page} was not found: this is a bug, please report it.")
            took.append(seconds)
        return _spread(took[1:])  # the first one opens the encoder

    def _edited(self, index: Index, page: int) -> bool:
        ingest(index, self._source, collection="bench")
        wanted = _reference(page, 0, self._source.edits[page])
        return wanted in index.search(wanted, collection="bench", k=1)[0].text

    def _searches(self, limit: int) -> Spread:
        took = []
        with Index.open(self._settings.model_copy(update={"exact_limit": limit}), writer=True) as index:
            for number in range(_SEARCHES + 1):
                self._progress(number, _SEARCHES, "searches")
                query = _sentence(random.Random(f"query {number}"))  # noqa: S311 (no secret)
                took.append(_timed(partial(index.search, query, collection="bench"))[0])
        return _spread(took[1:])  # the first one reads the vectors


def _page(number: int, edits: int) -> str:
    chance = random.Random(number)  # noqa: S311 (no secret)
    sections = [
        f"## {_sentence(chance, 4)}\n\n"
        + " ".join(_sentence(chance) for _ in range(_SENTENCES))
        + f" {_reference(number, section, edits if section == 0 else 0)}.\n"
        for section in range(SECTIONS)
    ]
    return f"# {_sentence(chance, 4)}\n\n" + "\n".join(sections)


def _reference(page: int, section: int, edits: int) -> str:
    return f"Reference p{page}s{section}e{edits}"


def _sentence(chance: random.Random, length: int = _WORDS) -> str:
    words, weights = _vocabulary()
    return " ".join(chance.choices(words, cum_weights=weights, k=length)).capitalize() + ("." if length > 4 else "")


@cache
def _vocabulary() -> tuple[list[str], list[int]]:
    """The words of the demo wiki, and how often they are used, added up."""
    texts = (path.read_text("utf-8").lower() for path in sorted(DEMO_WIKI.rglob("*.md")))
    counted = Counter(word for text in texts for word in re.findall(r"[a-z]{2,}", text))
    words = sorted(counted)
    return words, np.cumsum([counted[word] for word in words]).tolist()


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def _spread(seconds: Sequence[float]) -> Spread:
    values: NDArray[np.float64] = np.percentile(np.array(seconds) * 1000, [50, 95])
    return Spread(p50=round(float(values[0]), 1), p95=round(float(values[1]), 1))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _resident() -> float:
    status = Path("/proc/self/statm")
    if not status.is_file():
        return _peak()
    return int(status.read_text().split()[1]) * resource.getpagesize() / 2**20
