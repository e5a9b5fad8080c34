"""Ingest: make what a collection holds of a source equal to the source, touching only what changed."""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from knowledge import records, vectors
from knowledge.connectors.connector import Connector, Listed, Skip
from knowledge.connectors.folder import Folder
from knowledge.encoder import built_by
from knowledge.errors import EncoderUnavailable, PageSkipped, SourceError, SourceShrunk
from knowledge.index import Index
from knowledge.page import Audience
from knowledge.preparing import Preparer
from knowledge.records import Prepared, Stored
from knowledge.source import PageRules
from knowledge.survey import Failed, Kept, Survey
from knowledge.workers import Here, Outcome, Vectors, Workers

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


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a source is ingested."""

    rules: PageRules = field(default_factory=PageRules)  # for pages that do not say so themselves
    encoder: str = ""  # of a new collection; '': the one of the settings
    max_removed: float = 1.0  # where a larger share of the source's pages is gone, none is removed
    rivals: frozenset[str] | None = None  # sources by name, whose pages are not taken over; None: all others
    may_be_empty: bool = False  # a source that holds nothing any more loses all its pages
    dry: bool = False  # count, and write nothing


def ingest(
    index: Index,
    source: Connector | Path,
    *,
    collection: str,
    default_audience: Audience = Audience.PUBLIC,
    encoder: str = "",
    progress: Progress | None = None,
    terms: Terms | None = None,
    workers: Workers | None = None,
    report: IngestReport | None = None,
) -> IngestReport:
    """Index the pages of a source (a path is a folder). `progress` is told (pages done, in all, what is being done).

    `terms` say how; without them, `default_audience` and `encoder` do. What cannot be read as a page is named and
    skipped, and what was indexed of it before stays. Only pages of this source are removed. Pages are committed in
    groups; a stop in between leaves each page old or new as a whole. A `report` that is given is filled as pages are
    done, so it also tells what was done before an error.

    Raises SourceError (nothing to index: the index stays as it is; SourceUnavailable, SourceShrunk),
    CollectionNameError, IndexReadOnly, IndexNotWritable, EncoderMismatch (another encoder built the collection),
    EncoderUnavailable.
    """
    connector = Folder(source, page_limit=index.settings.page_limit) if isinstance(source, Path) else source
    terms = terms or Terms(PageRules(default_audience), encoder)
    entries = list(connector.pages())  # the whole list stands before anything is touched
    report = report or IngestReport()
    with nullcontext() if terms.dry else index.owner.changing:
        run = _Ingest(index, connector, entries, collection, terms, progress, workers or Here(index.settings), report)
        if terms.dry:
            run.count()
        else:
            try:
                run.run()
            except (SourceError, EncoderUnavailable):
                run.write_vectors()
                raise
            run.write_vectors()
    run.tell("done")
    return report


@dataclass(frozen=True, slots=True)
class _Group:
    """Pages that are committed together, the keys that are new to the encoder, and their vectors."""

    pages: Sequence[Prepared]
    fresh: Sequence[str]
    vectors: Vectors


class _Ingest:
    def __init__(
        self,
        index: Index,
        connector: Connector,
        entries: Sequence[Listed | Skip],
        collection: str,
        terms: Terms,
        progress: Progress | None,
        workers: Workers,
        report: IngestReport,
    ) -> None:
        self._index = index
        self._connector = connector
        self._collection = collection
        self._terms = terms
        self._progress = progress
        self._workers = workers
        self._built = (
            index.built(collection) if index.has(collection) else built_by(index.encoder(collection, terms.encoder))
        )
        self._built.check_name(collection, terms.encoder)
        self._preparer = Preparer(connector.name, collection, terms.rules, self._built, index.settings.chunk_tokens)
        self._stored, self._sources = self._known()
        self._survey = Survey(connector, self._preparer, entries, self._stored)
        self._gone = self._survey.gone_by_content()
        self._rivals = frozenset(self._sources.values()) - {""} if terms.rivals is None else terms.rivals
        self._report = report
        report.skipped += self._survey.skips
        self._made: dict[str, str] = {}  # page id -> the key that makes it
        self._stamps: dict[str, str] = {}
        self._dropped: set[str] = set()  # vectors that perhaps no page uses any more
        self._done, self._total = 0, len(self._survey.listed)

    def _known(self) -> tuple[dict[str, Stored], dict[str, str]]:
        if not self._index.has(self._collection):
            return {}, {}
        with self._index.truth(self._collection).reading() as connection:
            return records.stored_pages(connection, self._connector.name), records.page_sources(connection)

    def run(self) -> None:
        under_way: deque[_Group] = deque()
        batch: list[Prepared] = []
        for outcome in self._workers.prepared(self._preparer, self._survey.pages()):
            if page := self._taken(outcome):
                batch.append(page)
            if sum(len(page.chunks) for page in batch) >= self._index.settings.commit_chunks:
                under_way.append(self._embedding(batch, under_way))
                batch = []
            while len(under_way) > self._workers.ahead:
                self._commit(under_way.popleft())
        if batch:
            under_way.append(self._embedding(batch, under_way))
        for group in under_way:
            self._commit(group)
        self._check_made()
        self._finish()

    def count(self) -> None:
        """What `run` would do, without doing it."""
        for outcome in self._workers.prepared(self._preparer, self._survey.pages()):
            if page := self._taken(outcome):
                self._report.embedded += len(self._unembedded(set(page.hashes)))
                self._tally([page], self._moves([page]))
        self._check_made()
        lost = self._lost()
        self._check_lost(lost)
        self._report.removed = len(lost)

    def tell(self, label: str, done: int | None = None) -> None:
        if self._progress:
            self._progress(self._done if done is None else done, self._total, label)

    def write_vectors(self) -> None:
        """Bring the vector index up to what was committed."""
        self.tell("writing the vector index")
        if self._index.has(self._collection):
            self._index.sync(self._collection)

    def _taken(self, outcome: Outcome) -> Prepared | None:
        """The page, if it must be stored; all else goes to the report."""
        key = outcome.path if isinstance(outcome, Skip) else outcome.key
        self.tell(f"reading {key}")
        kept = " The version indexed before stays." if key in self._stored else ""
        try:
            if isinstance(outcome, Prepared):
                self._claim(outcome.page.id, key)
                return outcome
            if isinstance(outcome, Kept):
                self._claim(outcome.page_id, key)
                self._report.unchanged += 1
                if outcome.stamp is not None:
                    self._stamps[key] = outcome.stamp
            else:
                listed = self._report.failed if isinstance(outcome, Failed) else self._report.skipped
                listed.append(Skip(key, f"{outcome.sentence}{kept}"))
        except PageSkipped as skip:
            self._report.skipped.append(Skip(key, f"{skip}{kept}"))
        self._done += 1
        return None

    def _claim(self, page_id: str, key: str) -> None:
        source = self._sources.get(page_id, self._connector.name)
        if source != self._connector.name and source in self._rivals:
            raise PageSkipped(f"its page id '{page_id}' is taken by the source '{source}'.")
        other = self._made.setdefault(page_id, key)
        if other != key:
            raise PageSkipped(f"its page id '{page_id}' is taken by {other}.")

    def _embedding(self, pages: Sequence[Prepared], before: Sequence[_Group]) -> _Group:
        """Have the vectors made that no committed page has, and no group before."""
        texts = {key: text for page in pages for key, text in zip(page.hashes, page.texts, strict=True)}
        fresh = sorted(self._unembedded(set(texts)).difference(*(group.fresh for group in before)))

        def embedded(count: int) -> None:
            done = self._done + len(pages) * count // len(fresh)
            self.tell(f"embedding {pages[0].page.id} and {len(pages) - 1} more pages", done)

        if not fresh:
            return _Group(pages, [], lambda: vectors.as_matrix([]))
        made = self._workers.embed(self._built.encoder, [texts[key] for key in fresh], embedded)
        return _Group(pages, fresh, made)

    def _unembedded(self, keys: set[str]) -> set[str]:
        if not self._index.has(self._collection):
            return keys
        with self._index.truth(self._collection).reading() as connection:
            return vectors.missing(connection, keys)

    def _commit(self, group: _Group) -> None:
        made = group.vectors()
        if group.fresh:
            self._built.check_dimensions(self._collection, made)
        # Only now: an encoder that fails leaves no wiki behind.
        truth = self._index.create(self._collection, self._built)
        moved = self._moves(group.pages)
        with truth.writing() as connection:
            vectors.add(connection, dict(zip(group.fresh, made, strict=True)))
            self._dropped |= records.remove_pages(connection, [self._stored[old].page_id for old in moved.values()])
            for page in group.pages:
                self._dropped |= records.replace_page(connection, page)
            records.mark_changed(connection)
        self._report.embedded += len(group.fresh)
        self._tally(group.pages, moved)
        self._done += len(group.pages)

    def _tally(self, pages: Sequence[Prepared], moved: dict[str, str]) -> None:
        changed = sum(page.page.id in self._sources or page.key in moved or page.key in self._stored for page in pages)
        self._report.changed += changed
        self._report.added += len(pages) - changed

    def _moves(self, pages: Sequence[Prepared]) -> dict[str, str]:
        """Of pages that moved: the key under which each stood before, by its key now."""
        return {page.key: old for page in pages if (old := self._moved(page))}

    def _moved(self, page: Prepared) -> str | None:
        if page.key in self._stored:
            return None
        keys = self._gone.get(records.content_of(page.digest))
        return keys.pop(0) if keys else None

    def _check_made(self) -> None:
        if self._made or (self._terms.may_be_empty and self._stored):
            return
        sentence = _nothing(self._connector.address, [*self._report.skipped, *self._report.failed])
        raise SourceShrunk(sentence) if self._stored else SourceError(sentence)

    def _lost(self) -> set[str]:
        """Ids of the pages that are gone."""
        return {self._stored[key].page_id for keys in self._gone.values() for key in keys}.difference(self._made)

    def _check_lost(self, lost: set[str]) -> None:
        if len(lost) > self._terms.max_removed * len(self._stored):
            raise SourceShrunk(
                f"{len(lost):,} of {len(self._stored):,} pages are gone from {self._connector.address}, more than "
                f"{self._terms.max_removed:.0%}, so none of them was removed."
            )

    def _finish(self) -> None:
        """Note what was read in vain, and remove pages that are gone and vectors that no chunk uses any more."""
        if self._dropped or self._stamps:
            with self._index.truth(self._collection).writing() as connection:
                records.set_stamps(connection, self._connector.name, self._stamps)
                vectors.remove(connection, self._dropped)
        lost = self._lost()
        self._check_lost(lost)
        if lost:
            with self._index.truth(self._collection).writing() as connection:
                vectors.remove(connection, records.remove_pages(connection, lost))
                records.mark_changed(connection)
        self._report.removed = len(lost)


def _nothing(address: str, skips: Sequence[Skip]) -> str:
    sentence = f"{address} holds no page that can be indexed, so the index stays as it is"
    if not skips:
        return f"{sentence}: check that this is the place that holds the wiki's pages."
    more = f" (and {len(skips) - 1} more)" if len(skips) > 1 else ""
    return f"{sentence}. {skips[0].path} was skipped: {skips[0].sentence}{more}"
