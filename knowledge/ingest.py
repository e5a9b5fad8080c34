"""Ingest: make what a collection holds of a source equal to the source, touching only what changed."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge import records, vectors
from knowledge.connectors.connector import Connector, Listed, Skip
from knowledge.connectors.folder import Folder
from knowledge.encoder import Encoder, built_by
from knowledge.errors import PageSkipped, SourceError, SourceShrunk, SourceUnavailable
from knowledge.index import Index
from knowledge.page import Audience
from knowledge.parsers import READABLE
from knowledge.preparing import Preparer
from knowledge.records import Prepared, Stored
from knowledge.source import PageRules

_SILENT = 5  # pages in a row that the source does not give, after which it is not asked for more

Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class IngestReport:
    """What an ingest did, in pages. `skipped` names what did not become a page, `failed` what could not be read."""

    added: int = 0
    changed: int = 0  # moved ones too
    removed: int = 0
    unchanged: int = 0
    embedded: int = 0  # chunks that were new to the encoder
    skipped: list[Skip] = field(default_factory=list)
    failed: list[Skip] = field(default_factory=list)


def ingest(
    index: Index,
    source: Connector | Path,
    *,
    collection: str,
    default_audience: Audience = Audience.PUBLIC,
    rules: PageRules | None = None,
    encoder: str = "",
    max_removed: float = 1.0,
    rivals: frozenset[str] | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Index the pages of a source (a path is a folder). `progress` is told (pages done, in all, what is being done).

    A new collection is built with `encoder` (`minilm`, `ollama/NAME`), or with the one of the settings. `rules` say
    what holds for pages that do not say so themselves; without them the `default_audience` does. Only pages of this
    source are removed; where more than the share `max_removed` of them is gone, none is. A page that belongs to one of
    the `rivals` (other sources by name; None: to any) is not taken over.

    What cannot be read as a page is named and skipped, and what was indexed of it before stays. Pages are committed in
    groups; a stop in between leaves each page old or new as a whole. Raises SourceError (nothing to index: the index
    stays as it is; SourceUnavailable, SourceShrunk), CollectionNameError, IndexReadOnly, IndexNotWritable,
    EncoderMismatch (another encoder built the collection), EncoderUnavailable.
    """
    connector = Folder(source, page_limit=index.settings.page_limit) if isinstance(source, Path) else source
    listed = list(connector.pages())  # the whole list stands before anything is touched
    with index.owner.changing:
        run = _Ingest(
            index, connector, collection, rules or PageRules(default_audience), encoder, max_removed, rivals, progress
        )
        try:
            report = run.run(listed)
        except SourceError:
            run.write_vectors()
            raise
        run.write_vectors()
    run.tell("done")
    return report


class _Kept(NamedTuple):
    """A page that did not change; `stamp` is new where it was read to find that out."""

    key: str
    page_id: str
    stamp: str | None


class _Ingest:
    def __init__(
        self,
        index: Index,
        connector: Connector,
        collection: str,
        rules: PageRules,
        encoder: str,
        max_removed: float,
        rivals: frozenset[str] | None,
        progress: Progress | None,
    ) -> None:
        self._index = index
        self._connector = connector
        self._collection = collection
        self._max_removed = max_removed
        self._progress = progress
        self._wanted = encoder
        self._built = index.built(collection) if index.has(collection) else built_by(self._encoder)
        self._built.check_name(collection, encoder)
        self._preparer = Preparer(connector.name, collection, rules, self._built, index.settings.chunk_tokens)
        self._report = IngestReport()
        self._stored, self._sources = self._known()
        self._rivals = frozenset(self._sources.values()) - {""} if rivals is None else rivals
        self._made: dict[str, str] = {}  # page id -> the key that makes it
        self._gone: dict[str, list[str]] = {}  # content -> keys of pages that are no longer listed
        self._dropped: set[str] = set()  # vectors that no page may use any more
        self._done = self._total = 0
        self._silent = 0  # pages that the source did not give, since it last gave one

    @cached_property
    def _encoder(self) -> Encoder:
        """Opened once there is something to embed."""
        return self._index.encoder(self._collection, self._wanted)

    def _known(self) -> tuple[dict[str, Stored], dict[str, str]]:
        if not self._index.has(self._collection):
            return {}, {}
        with self._index.truth(self._collection).reading() as connection:
            return records.stored_pages(connection, self._connector.name), records.page_sources(connection)

    def run(self, entries: Sequence[Listed | Skip]) -> IngestReport:
        self._report.skipped = [entry for entry in entries if isinstance(entry, Skip)]
        listed = {entry.key: entry for entry in entries if isinstance(entry, Listed)}
        self._total = len(listed)
        self._gone = self._by_content(self._missing(listed))
        for batch in self._batches(listed.values()):
            self._commit(batch)
        if not self._made:
            raise SourceError(_nothing(self._connector.address, [*self._report.skipped, *self._report.failed]))
        self._remove([key for keys in self._gone.values() for key in keys])
        return self._report

    def tell(self, label: str, done: int | None = None) -> None:
        if self._progress:
            self._progress(self._done if done is None else done, self._total, label)

    def write_vectors(self) -> None:
        self.tell("writing the vector index")
        if self._index.has(self._collection):
            self._index.sync(self._collection)

    def _missing(self, listed: Iterable[str]) -> set[str]:
        """Stored pages that are no longer listed, but for those in a folder that could not be looked into."""
        gone = set(self._stored).difference(listed)
        closed = tuple(f"{skip.path}/" for skip in self._report.skipped)
        return {key for key in gone if not key.startswith(closed)}

    def _by_content(self, keys: Iterable[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for key in sorted(keys):
            found[_content(self._stored[key].digest)].append(key)
        return found

    def _batches(self, listed: Iterable[Listed]) -> Iterator[list[Prepared]]:
        """Changed pages in groups of about `commit_chunks` chunks; unchanged ones are only counted."""
        batch: list[Prepared] = []
        stamps: dict[str, str] = {}
        for entry in listed:
            made = self._attempt(entry)
            if isinstance(made, Prepared):
                batch.append(made)
            else:
                self._done += 1
            if isinstance(made, _Kept) and made.stamp is not None:
                stamps[made.key] = made.stamp
            if sum(len(page.chunks) for page in batch) >= self._index.settings.commit_chunks:
                yield batch
                batch = []
        if batch:
            yield batch
        if stamps:
            with self._index.truth(self._collection).writing() as connection:
                records.set_stamps(connection, self._connector.name, stamps)

    def _attempt(self, listed: Listed) -> Prepared | _Kept | None:
        """The page as far as it is known, or None, and the reason in the report."""
        kept = " The version indexed before stays." if listed.key in self._stored else ""
        try:
            made = self._prepare(listed)
        except PageSkipped as skip:
            self._report.skipped.append(Skip(listed.key, f"{skip}{kept}"))
            return None
        except SourceUnavailable as error:
            self._report.failed.append(Skip(listed.key, f"{error}{kept}"))
            self._silent += 1
            if self._silent == _SILENT:
                raise
            return None
        self._silent = 0
        return made

    def _prepare(self, listed: Listed) -> Prepared | _Kept:
        self.tell(f"reading {listed.key}")
        stored, stamp = self._stored.get(listed.key), self._preparer.stamp(listed)
        if stored and stamp and stored.stamp == stamp:
            return self._keep(listed.key, stored, None)
        fetched = self._connector.read(listed)
        if stored and stored.digest == self._preparer.digest(fetched):
            return self._keep(listed.key, stored, stamp if stamp != stored.stamp else None)
        prepared = self._preparer.prepare(fetched, stamp)
        self._claim(prepared.page.id, listed.key)
        return prepared

    def _keep(self, key: str, stored: Stored, stamp: str | None) -> _Kept:
        self._claim(stored.page_id, key)
        self._report.unchanged += 1
        return _Kept(key, stored.page_id, stamp)

    def _claim(self, page_id: str, key: str) -> None:
        if (source := self._sources.get(page_id, "")) != self._connector.name and source in self._rivals:
            raise PageSkipped(f"its page id '{page_id}' is taken by the source '{source}'.")
        other = self._made.setdefault(page_id, key)
        if other != key:
            raise PageSkipped(f"its page id '{page_id}' is taken by {other}.")

    def _commit(self, batch: Sequence[Prepared]) -> None:
        texts = {key: text for page in batch for key, text in zip(page.hashes, page.texts, strict=True)}
        fresh = sorted(self._unembedded(texts))

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
        known = set(self._sources)
        moved = {page.key: old for page in batch if (old := self._moved(page))}
        with truth.writing() as connection:
            vectors.add(connection, dict(zip(fresh, made, strict=True)))
            self._dropped |= records.remove_pages(connection, [self._stored[old].page_id for old in moved.values()])
            for page in batch:
                self._dropped |= records.replace_page(connection, page)
            records.mark_changed(connection)
        changed = sum(page.page.id in known or page.key in moved or page.key in self._stored for page in batch)
        self._report.embedded += len(fresh)
        self._report.changed += changed
        self._report.added += len(batch) - changed
        self._done += len(batch)

    def _moved(self, page: Prepared) -> str | None:
        """The key under which the page stood before, if it is a page that moved: both changes are one."""
        if page.key in self._stored:
            return None
        keys = self._gone.get(_content(page.digest))
        return keys.pop(0) if keys else None

    def _unembedded(self, keys: Iterable[str]) -> set[str]:
        if not self._index.has(self._collection):
            return set(keys)
        with self._index.truth(self._collection).reading() as connection:
            return vectors.missing(connection, keys)

    def _remove(self, keys: Sequence[str]) -> None:
        """Remove the pages that are gone, and vectors that no chunk uses any more."""
        lost = [key for key in keys if self._stored[key].page_id not in self._made]
        if len(lost) > self._max_removed * len(self._stored):
            raise SourceShrunk(
                f"{len(lost):,} of {len(self._stored):,} pages are gone from {self._connector.address}, more than "
                f"{self._max_removed:.0%}, so none was removed."
            )
        gone = {self._stored[key].page_id for key in lost}
        if gone or self._dropped:
            with self._index.truth(self._collection).writing() as connection:
                vectors.remove(connection, self._dropped | records.remove_pages(connection, gone))
                if gone:
                    records.mark_changed(connection)
        self._report.removed = len(gone)


def _content(digest: str) -> str:
    return digest.partition(".")[2]


def _nothing(address: str, skips: Sequence[Skip]) -> str:
    sentence = f"{address} holds no page that can be indexed, so the index stays as it is"
    if not skips:
        return f"{sentence}: name a folder with {READABLE} files."
    more = f" (and {len(skips) - 1} more)" if len(skips) > 1 else ""
    return f"{sentence}. {skips[0].path} was skipped: {skips[0].sentence}{more}"
