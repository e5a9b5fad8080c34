"""Pages and chunks as rows of a collection's truth. Every function works inside the caller's transaction."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from knowledge.chunks import Chunk, breadcrumb
from knowledge.collection import CollectionInfo
from knowledge.errors import PageNotFound
from knowledge.page import Audience, Page, Trust
from knowledge.words import terms


@dataclass(frozen=True, slots=True)
class Stored:
    """What the truth knows of one page of a source: the page it made, and what it made it from."""

    page_id: str
    stamp: str
    digest: str

    @property
    def content(self) -> str:
        """The part of the digest that a page keeps when it moves."""
        return content_of(self.digest)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A page ready to be stored: its chunks and, in the same order, what the encoder reads of each and its key."""

    source: str
    key: str
    stamp: str
    digest: str
    page: Page
    chunks: Sequence[Chunk]
    texts: Sequence[str]
    hashes: Sequence[str]


def content_of(digest: str) -> str:
    """The part of a digest that does not depend on where the page stands."""
    return digest.partition(".")[2]


def stored_pages(connection: sqlite3.Connection, source: str) -> dict[str, Stored]:
    """Every stored page of a source, by its key."""
    rows = connection.execute("SELECT key, id, stamp, digest FROM page WHERE source = ?", [source])
    return {row["key"]: Stored(row["id"], row["stamp"], row["digest"]) for row in rows}


def page_sources(connection: sqlite3.Connection) -> dict[str, str]:
    """The source of every page, by the page's id."""
    return dict(connection.execute("SELECT id, source FROM page").fetchall())


def source_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """How many pages each source has ('' is a folder that was ingested by hand)."""
    return dict(connection.execute("SELECT source, count(*) FROM page GROUP BY source").fetchall())


def readable_pages(connection: sqlite3.Connection, audiences: Collection[Audience]) -> int:
    """How many pages these audiences may see."""
    return _about_audiences(
        connection, "SELECT count(*) FROM page WHERE audience IN (SELECT value FROM json_each(?))", audiences
    )


def any_readable(connection: sqlite3.Connection, audiences: Collection[Audience]) -> bool:
    """Whether there is a page that these audiences may see."""
    return bool(
        _about_audiences(
            connection,
            "SELECT EXISTS (SELECT 1 FROM page WHERE audience IN (SELECT value FROM json_each(?)))",
            audiences,
        )
    )


def _about_audiences(connection: sqlite3.Connection, statement: str, audiences: Collection[Audience]) -> int:
    return int(connection.execute(statement, [json.dumps(sorted(audiences))]).fetchone()[0])


def set_stamps(connection: sqlite3.Connection, source: str, stamps: Mapping[str, str]) -> None:
    """Note that pages, by key, were read and found unchanged."""
    connection.executemany(
        "UPDATE page SET stamp = ? WHERE source = ? AND key = ?",
        [(stamp, source, key) for key, stamp in stamps.items()],
    )


def replace_page(connection: sqlite3.Connection, prepared: Prepared) -> set[str]:
    """Put the page in the place of the one with its id, and of the one with its key.

    Gives the keys of the vectors that the old ones used: `vectors.remove` takes those that nothing uses any more.
    """
    page = prepared.page
    replaced = connection.execute(
        "SELECT row FROM page WHERE id = ? OR (source = ? AND key = ?)", [page.id, prepared.source, prepared.key]
    )
    dropped = _remove(connection, replaced)
    row = connection.execute(
        "INSERT INTO page (id, source, key, stamp, digest, title, text, url, audience, owner, updated, superseded_by, "
        "review_by, trust, terms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            page.id,
            prepared.source,
            prepared.key,
            prepared.stamp,
            prepared.digest,
            page.title,
            page.text,
            page.url,
            page.audience,
            page.owner,
            page.updated.isoformat() if page.updated else None,
            page.superseded_by,
            page.review_by.isoformat() if page.review_by else None,
            page.trust,
            page_terms(page.title, page.text),
        ],
    ).lastrowid
    connection.executemany(
        "INSERT INTO chunk (page, position, start, length, heading, anchor, audience, hash, terms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                row,
                position,
                chunk.start,
                len(chunk.text),
                json.dumps(chunk.heading, ensure_ascii=False),
                chunk.anchor,
                page.audience,
                key,
                chunk_terms(page.title, chunk.heading, chunk.text),
            )
            for position, (chunk, key) in enumerate(zip(prepared.chunks, prepared.hashes, strict=True))
        ],
    )
    return dropped


def page_terms(title: str, text: str) -> str:
    """What the full text knows of a page."""
    return " ".join(terms(f"{title}\n{text}"))


def chunk_terms(title: str, heading: Sequence[str], text: str) -> str:
    """What the full text knows of a chunk."""
    return " ".join(terms(f"{breadcrumb(title, tuple(heading))}\n{text}"))


def expected_terms(connection: sqlite3.Connection) -> Iterator[tuple[str, int, str, str]]:
    """Of each page and chunk: its table, its row, the words that it should have, and those that it has."""
    for row in connection.execute("SELECT row, title, text, terms FROM page"):
        yield "page", row["row"], page_terms(row["title"], row["text"]), row["terms"]
    for row in connection.execute(
        "SELECT chunk.row, chunk.heading, chunk.terms, page.title, "
        "substr(page.text, chunk.start + 1, chunk.length) AS text FROM chunk JOIN page ON page.row = chunk.page"
    ):
        yield "chunk", row["row"], chunk_terms(row["title"], json.loads(row["heading"]), row["text"]), row["terms"]


def mend(connection: sqlite3.Connection, keys: Mapping[int, str]) -> None:
    """Make anew what follows from the pages: words, full text, audiences, counts, and each chunk's key (by row)."""
    for table, row, wanted, found in list(expected_terms(connection)):
        if wanted != found:
            connection.execute(_SET_TERMS[table], [wanted, row])
    connection.executemany(
        "UPDATE chunk SET hash = ?1 WHERE row = ?2 AND hash <> ?1", [(v, k) for k, v in keys.items()]
    )
    connection.execute("UPDATE chunk SET audience = coalesce((SELECT audience FROM page WHERE row = page), audience)")
    for statement in _FULL_TEXT:
        connection.execute(statement)
    connection.execute("DELETE FROM chunk WHERE page NOT IN (SELECT row FROM page)")
    connection.execute("UPDATE meta SET value = (SELECT count(*) FROM chunk) WHERE name = 'chunks_all'")
    connection.execute(
        "UPDATE meta SET value = (SELECT count(*) FROM chunk WHERE audience = 'public') WHERE name = 'chunks_public'"
    )


_SET_TERMS = {
    "page": "UPDATE page SET terms = ? WHERE row = ?",
    "chunk": "UPDATE chunk SET terms = ? WHERE row = ?",
}
# The tables of public text index a part of their rows, so what FTS5 calls 'rebuild' would put too much into them.
_FULL_TEXT = (
    "INSERT INTO chunk_all (chunk_all) VALUES ('rebuild')",
    "INSERT INTO chunk_public (chunk_public) VALUES ('delete-all')",
    "INSERT INTO chunk_public (rowid, terms) SELECT row, terms FROM chunk WHERE audience = 'public'",
    "INSERT INTO page_all (page_all) VALUES ('rebuild')",
    "INSERT INTO page_public (page_public) VALUES ('delete-all')",
    "INSERT INTO page_public (rowid, terms) SELECT row, terms FROM page WHERE audience = 'public'",
)


def remove_pages(connection: sqlite3.Connection, page_ids: Collection[str]) -> set[str]:
    """Remove pages with their chunks; the keys of the vectors they used."""
    found = connection.execute(
        "SELECT row FROM page WHERE id IN (SELECT value FROM json_each(?))", [json.dumps(sorted(page_ids))]
    )
    return _remove(connection, found)


def _remove(connection: sqlite3.Connection, found: sqlite3.Cursor) -> set[str]:
    gone = json.dumps([row["row"] for row in found])
    dropped = connection.execute(
        "DELETE FROM chunk WHERE page IN (SELECT value FROM json_each(?)) RETURNING hash", [gone]
    ).fetchall()
    connection.execute("DELETE FROM page WHERE row IN (SELECT value FROM json_each(?))", [gone])
    return {row["hash"] for row in dropped}


def mark_changed(connection: sqlite3.Connection) -> None:
    """Let readers know that they must look again."""
    connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'generation'")
    connection.execute("UPDATE meta SET value = ? WHERE name = 'changed'", [datetime.now(UTC).isoformat()])


def generation(connection: sqlite3.Connection) -> int:
    """Counts the committed changes."""
    return int(connection.execute("SELECT value FROM meta WHERE name = 'generation'").fetchone()[0])


def chunk_count(connection: sqlite3.Connection) -> int:
    """All chunks, whoever may see them."""
    return int(connection.execute("SELECT value FROM meta WHERE name = 'chunks_all'").fetchone()[0])


def info(connection: sqlite3.Connection, collection: str) -> CollectionInfo:
    """The collection in figures."""
    pages = int(connection.execute("SELECT count(*) FROM page").fetchone()[0])
    changed = connection.execute("SELECT value FROM meta WHERE name = 'changed'").fetchone()[0]
    updated = datetime.fromisoformat(changed) if changed else None
    return CollectionInfo(collection, pages, chunk_count(connection), updated)


def read_page(connection: sqlite3.Connection, page_id: str, *, collection: str, audiences: frozenset[Audience]) -> Page:
    """The page, if there is one and these audiences may see it; else PageNotFound, with the same words for both."""
    row = connection.execute("SELECT * FROM page WHERE id = ?", [page_id]).fetchone()
    if row is None or Audience(row["audience"]) not in audiences:
        raise PageNotFound(f"There is no page '{page_id}' in collection '{collection}' that you may see.")
    return Page(
        id=row["id"],
        collection=collection,
        title=row["title"],
        text=row["text"],
        url=row["url"],
        audience=Audience(row["audience"]),
        owner=row["owner"],
        updated=stored_date(row["updated"]),
        superseded_by=_visible_successor(connection, row["superseded_by"], audiences),
        review_by=stored_date(row["review_by"]),
        trust=Trust(row["trust"]),
    )


def stored_date(value: str | None) -> date | None:
    """A date column as a date."""
    return date.fromisoformat(value) if value else None


def _visible_successor(
    connection: sqlite3.Connection, page_id: str | None, audiences: frozenset[Audience]
) -> str | None:
    """The successor's id only where the caller may open it: the name of an internal page is internal too."""
    row = connection.execute("SELECT audience FROM page WHERE id = ?", [page_id]).fetchone()
    return page_id if row is not None and Audience(row["audience"]) in audiences else None


def chunk_rows(connection: sqlite3.Connection, hashes: Sequence[str], audience: Audience) -> list[int]:
    """Rows of the audience's chunks with these hashes."""
    rows = connection.execute(
        "SELECT row FROM chunk WHERE audience = ? AND hash IN (SELECT value FROM json_each(?))",
        [audience, json.dumps(list(hashes))],
    )
    return [row["row"] for row in rows]


def chunk_hashes(connection: sqlite3.Connection, audience: Audience) -> list[str]:
    """Hashes of the audience's chunks, each once."""
    rows = connection.execute("SELECT DISTINCT hash FROM chunk WHERE audience = ? ORDER BY hash", [audience])
    return [row["hash"] for row in rows]


def unsynced(connection: sqlite3.Connection, audience: Audience) -> tuple[list[str], list[str]]:
    """Hashes that came, and that went, since the vector index was last made equal to the truth (or never changed)."""
    rows = connection.execute(
        "SELECT hash, EXISTS (SELECT 1 FROM chunk WHERE chunk.hash = unsynced.hash AND chunk.audience = ?1) AS wanted "
        "FROM unsynced WHERE audience = ?1 ORDER BY hash",
        [audience],
    ).fetchall()
    return [row["hash"] for row in rows if row["wanted"]], [row["hash"] for row in rows if not row["wanted"]]


def vectors_mark(connection: sqlite3.Connection) -> str:
    """Which vector index, at which generation, was last made equal to the truth."""
    return str(connection.execute("SELECT value FROM meta WHERE name = 'vectors'").fetchone()[0])


def set_vectors_mark(connection: sqlite3.Connection, mark: str) -> None:
    """Note that the vector index now equals the truth."""
    connection.execute("DELETE FROM unsynced")
    connection.execute("UPDATE meta SET value = ? WHERE name = 'vectors'", [mark])
