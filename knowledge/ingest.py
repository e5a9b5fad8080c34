"""Ingest: make a collection equal to a folder of pages, touching only what changed."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge import records, vectors
from knowledge.chunks import Chunker
from knowledge.encoder import Encoder, built_by
from knowledge.errors import PageSkipped, SourceError
from knowledge.index import Index
from knowledge.minilm import count_tokens
from knowledge.page import Audience
from knowledge.records import Prepared, Stored
from knowledge.source import Skip, SourceFile, find_files, parse_page, read_bytes

_FORMAT = 2  # raise it when parsing or chunking changes, so that unchanged files are read again

Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class IngestReport:
    """What an ingest did, in pages. `skipped` names each file that did not become a page, and why."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    embedded: int = 0  # chunks that were new to the encoder
    skipped: list[Skip] = field(default_factory=list)


def ingest(
    index: Index,
    source: Path,
    *,
    collection: str,
    default_audience: Audience = Audience.PUBLIC,
    encoder: str = "",
    progress: Progress | None = None,
) -> IngestReport:
    """Index the folder's pages. `progress` is told (files done, files in all, what is being done).

    A new collection is built with `encoder` (`minilm`, `ollama/NAME`), or with the one of the settings.

    A file that cannot be read as a page is named and skipped, and what was indexed of it before stays. Pages are
    committed in groups; a stop in between leaves each page old or new as a whole. Raises SourceError (missing or empty
    folder: the index stays as it is), CollectionNameError, IndexReadOnly, IndexNotWritable, EncoderMismatch (another
    encoder built the collection), EncoderUnavailable.
    """
    files, skips = find_files(source)
    with index.owner.changing:
        run = _Ingest(index, collection, default_audience, encoder, progress)
        report = run.run(source, files, skips)
        run.tell("writing the vector index")
        index.sync(collection)
    run.tell("done")
    return report


class _Ingest:
    def __init__(
        self, index: Index, collection: str, audience: Audience, encoder: str, progress: Progress | None
    ) -> None:
        self._index = index
        self._collection = collection
        self._audience = audience
        self._progress = progress
        self._wanted = encoder
        self._built = index.built(collection) if index.has(collection) else built_by(self._encoder)
        self._built.check_name(collection, encoder)
        self._chunker = Chunker(count_tokens, index.settings.chunk_tokens)
        self._report = IngestReport()
        self._made: dict[str, str] = {}  # page id -> the file that makes it
        self._done = self._total = 0

    @cached_property
    def _encoder(self) -> Encoder:
        """Opened once there is something to embed."""
        return self._index.encoder(self._collection, self._wanted)

    def run(self, source: Path, files: Sequence[SourceFile], skips: list[Skip]) -> IngestReport:
        self._report.skipped = skips
        self._total = len(files)
        stored = self._index.stored_sources(self._collection)
        for batch in self._batches(files, stored):
            self._commit(batch, {page.page_id for page in stored.values()})
        if not self._made:
            raise SourceError(_nothing(source, self._report.skipped))
        self._remove({page.page_id for name, page in stored.items() if name not in {file.name for file in files}})
        return self._report

    def tell(self, label: str, done: int | None = None) -> None:
        if self._progress:
            self._progress(self._done if done is None else done, self._total, label)

    def _batches(self, files: Iterable[SourceFile], stored: dict[str, Stored]) -> Iterator[list[Prepared]]:
        """Changed pages in groups of about `commit_chunks` chunks; unchanged files are only counted."""
        batch: list[Prepared] = []
        for file in files:
            try:
                prepared = self._prepare(file, stored.get(file.name))
            except PageSkipped as skip:
                kept = " The version indexed before stays." if file.name in stored else ""
                self._report.skipped.append(Skip(file.name, f"{skip}{kept}"))
                prepared = None
            if prepared is None:
                self._done += 1
                continue
            batch.append(prepared)
            if sum(len(page.chunks) for page in batch) >= self._index.settings.commit_chunks:
                yield batch
                batch = []
        if batch:
            yield batch

    def _prepare(self, file: SourceFile, stored: Stored | None) -> Prepared | None:
        """The page with its chunks, or None if nothing changed since it was stored."""
        self.tell(f"reading {file.name}")
        data = read_bytes(file, self._index.settings.page_limit)
        digest = self._digest(file, data)
        if stored and stored.digest == digest:
            self._claim(stored.page_id, file)
            self._report.unchanged += 1
            return None
        parsed = parse_page(file, data, collection=self._collection, default_audience=self._audience)
        self._claim(parsed.page.id, file)
        chunks = self._chunker.chunks(parsed.page.text, parsed.placed)
        texts = [chunk.embedded(parsed.page.title) for chunk in chunks]
        hashes = [vectors.key(self._built, text) for text in texts]
        return Prepared(file.name, digest, parsed.page, chunks, texts, hashes)

    def _claim(self, page_id: str, file: SourceFile) -> None:
        other = self._made.setdefault(page_id, file.name)
        if other != file.name:
            raise PageSkipped(f"its page id '{page_id}' is taken by {other}.")

    def _digest(self, file: SourceFile, data: bytes) -> str:
        how = f"{_FORMAT} {self._index.settings.chunk_tokens} {self._audience} {file.name}\n"
        return hashlib.sha256(how.encode() + data).hexdigest()

    def _commit(self, batch: Sequence[Prepared], known: set[str]) -> None:
        texts = {key: text for page in batch for key, text in zip(page.hashes, page.texts, strict=True)}
        fresh = sorted(self._missing(texts))

        def embedded(count: int) -> None:
            done = self._done + len(batch) * count // len(fresh)
            self.tell(f"embedding {batch[0].page.id} and {len(batch) - 1} more pages", done)

        made: Iterable[NDArray[np.float32]] = ()
        if fresh:
            made = new = self._encoder.embed([texts[key] for key in fresh], embedded)
            self._built.check_dimensions(self._collection, new)
        truth = self._index.create(
            self._collection, self._built
        )  # only now: an encoder that fails leaves no wiki behind
        with truth.writing() as connection:
            vectors.add(connection, dict(zip(fresh, made, strict=True)))
            for page in batch:
                records.replace_page(connection, page)
            records.mark_changed(connection)
        self._report.embedded += len(fresh)
        self._report.changed += sum(page.page.id in known for page in batch)
        self._report.added += sum(page.page.id not in known for page in batch)
        self._done += len(batch)

    def _missing(self, keys: Iterable[str]) -> set[str]:
        if not self._index.has(self._collection):
            return set(keys)
        with self._index.truth(self._collection).reading() as connection:
            return vectors.missing(connection, keys)

    def _remove(self, gone: set[str]) -> None:
        """Remove the pages whose files are gone, and vectors that no chunk uses any more."""
        gone = gone.difference(self._made)
        if gone or self._report.changed:
            with self._index.truth(self._collection).writing() as connection:
                records.remove_pages(connection, gone)
                records.mark_changed(connection)
        self._report.removed = len(gone)


def _nothing(source: Path, skips: Sequence[Skip]) -> str:
    sentence = f"{source} holds no page that can be indexed, so the index stays as it is"
    if not skips:
        return f"{sentence}: name a folder with Markdown, HTML or text files."
    more = f" (and {len(skips) - 1} more)" if len(skips) > 1 else ""
    return f"{sentence}. {skips[0].path} was skipped: {skips[0].sentence}{more}"
