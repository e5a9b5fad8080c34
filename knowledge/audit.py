"""The audit: every passage is found by its own vector and by its own words, and all parts of the index agree."""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from knowledge import records, vectors
from knowledge.index import Index
from knowledge.page import Audience
from knowledge.truth import Truth

Progress = Callable[[int, int, str], None]

_GROUP = 500  # passages looked at together
_WORDS = 8  # the rarest words of a passage, by which it must be found; the integrity of all others is FTS5's to check


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which the index is not whole: how many entries have it, and one of them."""

    what: str
    count: int
    example: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What was looked at in a collection, and what is wrong there."""

    collection: str
    pages: int
    chunks: int
    faults: Sequence[Fault]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def lines(self) -> Iterator[str]:
        """For a person to read."""
        counted = f"Wiki '{self.collection}': {self.pages:,} pages, {self.chunks:,} passages"
        yield f"{counted}: every passage is found by its own vector and its own words." if self.ok else f"{counted}:"
        for fault in self.faults:
            yield f"  {fault.what}: {fault.count:,}, such as {fault.example}"

    def as_dict(self) -> dict[str, Any]:
        """For a program to read."""
        return {**asdict(self), "ok": self.ok}


def audit(index: Index, collection: str, progress: Progress | None = None) -> Audit:
    """Look through a collection. `progress` is told (passages done, in all, what is being done).

    Raises CollectionNotFound, IndexReadOnly (it looks into Chroma, which only the owner may).
    """
    owner, truth = index.owner, index.truth(collection)
    with owner.changing, truth.reading() as connection:
        look = _Look(connection, progress or (lambda done, total, label: None))
        look.rows()
        look.words()
        look.full_text(truth)
        look.vectors()
        wanted = {audience: set(records.chunk_hashes(connection, audience)) for audience in Audience}
        look.compare("vectors in Chroma and in the truth differ", wanted, owner.held(truth))
        if not look.faults:  # what is missing there is not found either
            look.nearest(truth, owner.finds)
        return Audit(collection, look.pages, look.chunks, look.faults)


class _Look:
    def __init__(self, connection: sqlite3.Connection, progress: Progress) -> None:
        self._connection = connection
        self._progress = progress
        self.faults: list[Fault] = []
        self._frequency = dict(self._rows("SELECT term, doc FROM term_all"))
        self.pages = self._count("SELECT count(*) FROM page")
        self.chunks = self._count("SELECT count(*) FROM chunk")

    def rows(self) -> None:
        """Pages and chunks belong together, and the counts are right."""
        self._progress(0, self.chunks, "pages and passages")
        self._found("damaged table", (row[0] for row in self._rows("PRAGMA quick_check") if row[0] != "ok"))
        self._found(
            "passage without its page",
            self._names("SELECT row FROM chunk WHERE page NOT IN (SELECT row FROM page)"),
        )
        self._found(
            "page without a passage", self._names("SELECT id FROM page WHERE row NOT IN (SELECT page FROM chunk)")
        )
        self._found(
            "passage with another audience than its page",
            self._names("SELECT page.id FROM chunk JOIN page ON page.row = page WHERE chunk.audience <> page.audience"),
        )
        self._found("count that is wrong", self._wrong_counts())

    def words(self) -> None:
        """Each page and each chunk is found by its own words, in each of the full-text tables where it belongs."""
        self._progress(0, self.chunks, "words")
        wrong = (f"{table} {row}" for table, row, a, b in records.expected_terms(self._connection) if a != b)
        self._found("page or passage with other words than its text", wrong)
        for kind in ("chunk", "page"):
            for table, condition in ((f"{kind}_all", "true"), (f"{kind}_public", "audience = 'public'")):
                self._progress(0, self.chunks, f"words in {table}")
                self._table(table, kind, condition)

    def full_text(self, truth: Truth) -> None:
        """What FTS5 itself finds wrong with its tables; those of public text hold a part of their content only."""
        for table, compared in (("chunk_all", 1), ("page_all", 1), ("chunk_public", 0), ("page_public", 0)):
            self._progress(0, self.chunks, f"integrity of {table}")
            try:
                with truth.writing() as connection:
                    check = f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', ?)"  # noqa: S608 (constants)
                    connection.execute(check, [compared])
            except sqlite3.DatabaseError:
                self.faults.append(Fault("full text that does not agree with itself or its pages", 1, table))

    def vectors(self) -> None:
        """Each chunk has the vector of its own text, of the right length; no vector is left over."""
        self._progress(0, self.chunks, "vectors")
        built = vectors.built(self._connection)
        keys = dict(self._rows("SELECT row, hash FROM chunk"))
        texts = vectors.embedded_texts(self._connection)
        wrong = (row for row, text in texts if vectors.key(built, text) != keys[row])
        self._found("passage with another text's vector", wrong)
        self._found(
            "passage without a vector",
            self._names("SELECT row FROM chunk WHERE hash NOT IN (SELECT hash FROM vector)"),
        )
        self._found(
            "vector without a passage",
            self._names("SELECT hash FROM vector WHERE hash NOT IN (SELECT hash FROM chunk)"),
        )
        self._found("vector that is none", vectors.unsound(self._connection, built))

    def compare(self, what: str, wanted: dict[Audience, set[str]], held: dict[Audience, set[str]]) -> None:
        """Both sides hold the same."""
        self._found(what, sorted(key for audience in Audience for key in wanted[audience] ^ held[audience]))

    def nearest(self, truth: Truth, finds: Callable[..., Collection[str]]) -> None:
        """Each vector is found in Chroma by asking for it."""
        built, lost, done = vectors.built(self._connection), [], 0
        for audience in Audience:
            keys = records.chunk_hashes(self._connection, audience)
            for start in range(0, len(keys), _GROUP):
                group = keys[start : start + _GROUP]
                found = finds(truth.collection, built, audience, group, vectors.read(self._connection, group))
                lost += sorted(set(group).difference(found))
                done += len(group)
                self._progress(done, self.chunks, "each vector in Chroma")
        self._found("vector that Chroma does not find", lost)

    def _table(self, table: str, kind: str, condition: str) -> None:
        rows = dict(self._rows(f"SELECT row, terms FROM {kind} WHERE {condition}"))  # noqa: S608 (constants)
        indexed = {row[0] for row in self._rows(f"SELECT id FROM {table}_docsize")}  # noqa: S608 (constants)
        self._found(f"{kind} in {table} that should not be there, or is missing", sorted(indexed ^ rows.keys()))
        statement = f"SELECT count(*) FROM {table} WHERE {table} MATCH ? AND rowid = ?"  # noqa: S608 (constants)
        lost = []
        for done, (row, terms) in enumerate(rows.items()):
            rarest = sorted(set(terms.split()), key=lambda term: (self._frequency.get(term, 0), term))[:_WORDS]
            own = " AND ".join(f'"{term}"' for term in rarest)
            if own and row in indexed and not self._connection.execute(statement, [own, row]).fetchone()[0]:
                lost.append(row)
            if done % _GROUP == 0:
                self._progress(min(done, self.chunks), self.chunks, f"words in {table}")
        self._found(f"{kind} that {table} does not find by its words", lost)

    def _wrong_counts(self) -> Iterator[str]:
        for name, counted in (
            ("chunks_all", "SELECT count(*) FROM chunk"),
            ("chunks_public", "SELECT count(*) FROM chunk WHERE audience = 'public'"),
        ):
            if self._count("SELECT value FROM meta WHERE name = ?", name) != self._count(counted):
                yield name

    def _found(self, what: str, entries: Iterable[object]) -> None:
        listed = list(entries)
        if listed:
            self.faults.append(Fault(what, len(listed), str(listed[0])))

    def _names(self, statement: str) -> list[object]:
        return [row[0] for row in self._rows(statement)]

    def _rows(self, statement: str) -> list[Any]:
        return self._connection.execute(statement).fetchall()

    def _count(self, statement: str, *values: str) -> int:
        return int(self._connection.execute(statement, values).fetchone()[0])
