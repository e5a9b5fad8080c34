"""The index of all wikis: search them, read their pages, embed texts."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from knowledge import records, vectors, verbatim
from knowledge.collection import CollectionInfo, checked_name
from knowledge.encoder import MINILM, Built, Encoder, open_encoder
from knowledge.errors import CollectionNotFound, IndexReadOnly, PageNotFound
from knowledge.hit import Hit
from knowledge.owner import Owner
from knowledge.page import PUBLIC_ONLY, Audience, Page
from knowledge.query import Query
from knowledge.quotation import Place, locate
from knowledge.routing import merged
from knowledge.settings import KnowledgeSettings
from knowledge.truth import Truth
from knowledge.wiki import Nearest, Wiki

EVERY = "*"  # no wiki can be named so


class Index:
    """Every collection under one data directory. Readers work beside one owner; all calls are safe from any thread."""

    def __init__(self, settings: KnowledgeSettings, owner: Owner | None) -> None:
        self.settings = settings
        self._owner = owner
        self._wikis: dict[str, Wiki] = {}
        self._opening = threading.Lock()

    @classmethod
    def open(cls, settings: KnowledgeSettings | None = None, *, writer: bool = False, repair: bool = True) -> "Index":
        """Open the index. `writer` takes its lock and, with `repair`, finishes what an earlier owner left unfinished.

        Raises IndexLocked if another process owns it, IndexNotWritable if the disk refuses (both for a writer only),
        IndexVersionError if a collection was built with another layout, EncoderMismatch if the settings name another
        encoder than the one that built a collection.
        """
        settings = settings or KnowledgeSettings()
        index = cls(settings, Owner(settings.folder) if writer else None)
        try:
            for name in index._names():
                index._wiki(name)
                if writer and repair:
                    index._repair(name)
        except BaseException:
            index.close()
            raise
        return index

    def search(
        self,
        query: str,
        *,
        collection: str | Sequence[str],
        k: int = 8,
        audiences: frozenset[Audience] = PUBLIC_ONLY,
        history: Sequence[str] = (),
        today: date | None = None,
        explain: bool = False,
    ) -> list[Hit]:
        """The best k passages that the audiences may see, best first.

        `collection` is a wiki, several of them, or `*` for all: then the question goes to the one it belongs to.
        `history` are the turns of the same person before this one, oldest first: the last turn alone is often no
        question. `today` tells which pages are past their review; with `explain` each passage says how it came to its
        score.

        Raises CollectionNotFound, EncoderUnavailable (where the wiki's encoder is a server's), EncoderMismatch.
        """
        wikis = {name: self._wiki(name) for name in self._named(collection)}
        if not query.strip() or k < 1 or not audiences:
            return []
        asked = Query(query, tuple(history), k, audiences, today or datetime.now(UTC).date(), explain)
        found = {name: wiki.search(asked, nearest=self._nearest(wiki)) for name, wiki in wikis.items()}
        return merged(found, k) if len(found) > 1 else [hit for hits in found.values() for hit in hits]

    def page(self, page_id: str, *, collection: str, audiences: frozenset[Audience] = PUBLIC_ONLY) -> Page:
        """A whole page. Raises PageNotFound, also for a page that the audiences may not see."""
        with self._wiki(collection).truth.reading() as connection:
            return records.read_page(connection, page_id, collection=collection, audiences=audiences)

    def quoted(
        self, page_id: str, words: str, *, collection: str, audiences: frozenset[Audience] = PUBLIC_ONLY
    ) -> tuple[Page, Place | None]:
        """A page, and where the words stand on it (None: nowhere). Raises PageNotFound as `page` does."""
        with self._wiki(collection).truth.reading() as connection:
            found = records.read_page(connection, page_id, collection=collection, audiences=audiences)
            return found, locate(connection, found, words)

    def repeated(
        self, text: str, *, collection: str | Sequence[str], most: int, audiences: frozenset[Audience] = PUBLIC_ONLY
    ) -> list[str]:
        """Passages for these audiences that hold six words in a row of the text, at most so many of a wiki.

        `collection` is as for a search; no encoder takes part. Raises CollectionNotFound.
        """
        found: list[str] = []
        for name in self._named(collection):
            with self._wiki(name).truth.reading() as connection:
                found += verbatim.repeated(connection, text, most, audiences)
        return found

    def holding(self, page_id: str, *, audiences: frozenset[Audience] = PUBLIC_ONLY) -> str:
        """The first wiki, by name, in which the audiences may see this page. Raises PageNotFound."""
        for name in self._names():
            with suppress(PageNotFound):
                return self.page(page_id, collection=name, audiences=audiences).collection
        raise PageNotFound(f"There is no page '{page_id}' in any collection that you may see.")

    def readable(self, audiences: frozenset[Audience]) -> dict[str, int]:
        """How many pages the audiences may see, by collection; a collection without any is left out."""
        counts = {}
        for name in self._names():
            with self._wiki(name).truth.reading() as connection:
                counts[name] = records.readable_pages(connection, audiences)
        return {name: count for name, count in counts.items() if count}

    def offers(self, collection: str, audiences: frozenset[Audience]) -> bool:
        """Whether a collection has a page that the audiences may see. Raises CollectionNotFound."""
        with self._wiki(collection).truth.reading() as connection:
            return records.any_readable(connection, audiences)

    def collections(self) -> list[CollectionInfo]:
        """Every collection by name."""
        found = []
        for name in self._names():
            with self._wiki(name).truth.reading() as connection:
                found.append(records.info(connection, name))
        return found

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors (len(texts), 384) of any texts, by minilm whatever encoder a wiki has: what is compared outside
        a wiki has thresholds that were measured on it. Raises EncoderMissing.
        """
        return open_encoder(MINILM, self.settings).embed(texts)

    def encoder(self, collection: str, wanted: str = "") -> Encoder:
        """The encoder that builds a collection: the one that did, or for a new one `wanted`, the settings', or minilm.

        Raises EncoderMismatch if the collection was built by another than is wanted, EncoderUnknown, EncoderMissing.
        """
        if self.has(collection):
            built = self.built(collection)
            built.check_name(collection, wanted)
            return open_encoder(built.encoder, self.settings)
        return open_encoder(wanted or self.settings.encoder or MINILM, self.settings)

    def has(self, collection: str) -> bool:
        """Whether there is such a collection. Raises CollectionNameError."""
        return self._path(checked_name(collection)).is_file()

    def built(self, collection: str) -> Built:
        """Which encoder made the vectors of a collection. Raises CollectionNotFound."""
        with self._wiki(collection).truth.reading() as connection:
            return vectors.built(connection)

    @property
    def owner(self) -> Owner:
        """The writing side. Raises IndexReadOnly on an index opened for reading."""
        if self._owner is None:
            raise IndexReadOnly("This index was opened for reading: open it with writer=True to change it.")
        return self._owner

    def rebuild(self) -> None:
        """Write the vector index anew from the stored vectors and swap it in. Searches go on meanwhile."""
        self.owner.rebuild([self._wiki(name).truth for name in self._names()])

    def truth(self, collection: str) -> Truth:
        """The truth of a collection. Raises CollectionNotFound."""
        return self._wiki(collection).truth

    def create(self, collection: str, built: Built) -> Truth:
        """The truth of a collection, laid out if it is new. Raises CollectionNameError, IndexReadOnly."""
        path = self._path(checked_name(collection))
        with self.owner.changing:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                Truth.create(path, collection, built)
        return self._wiki(collection).truth

    def sync(self, collection: str) -> None:
        """Make the vector index equal to the collection's truth, if it is not."""
        truth = self._wiki(collection).truth
        if not self.owner.in_step(truth):
            self.owner.sync(truth)

    def _repair(self, collection: str) -> None:
        """Finish what an owner that was stopped left behind."""
        truth = self._wiki(collection).truth
        if not self.owner.in_step(truth):
            with truth.writing() as connection:
                vectors.remove_unused(connection)
            self.owner.sync(truth)

    def close(self) -> None:
        """Release files and the lock. The index must not be used afterwards."""
        for wiki in self._wikis.values():
            wiki.truth.close()
        self._wikis.clear()
        if self._owner:
            self._owner.close()

    def __enter__(self) -> "Index":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _named(self, collection: str | Sequence[str]) -> Sequence[str]:
        return self._names() if collection == EVERY else [collection] if isinstance(collection, str) else collection

    def _names(self) -> list[str]:
        return sorted(path.stem for path in (self.settings.folder / "collections").glob("*.db"))

    def _path(self, name: str) -> Path:
        return self.settings.folder / "collections" / f"{name}.db"

    def _wiki(self, name: str) -> Wiki:
        with self._opening:
            if wiki := self._wikis.get(name):
                return wiki
            path = self._path(checked_name(name))
            if not path.is_file():
                known = ", ".join(self._names()) or "none yet"
                raise CollectionNotFound(
                    f"There is no collection '{name}' (there is: {known}). "
                    f"Build it with 'deskmate ingest FOLDER --collection {name}'."
                )
            truth = Truth(path, name)
            truth.check_version()
            wiki = Wiki(truth, self.settings)
            wiki.check_encoder()
            self._wikis[name] = wiki
            return wiki

    def _nearest(self, wiki: Wiki) -> Nearest | None:
        """Chroma's answer, only for the owner and only while Chroma equals the truth."""
        if self._owner is None or not self._owner.in_step(wiki.truth):
            return None
        return partial(self._owner.nearest, wiki.truth.collection)
