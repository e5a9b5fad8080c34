"""Pages and chunks as rows of a collection's truth. Every function works inside the caller's transaction."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from knowledge import vectors
from knowledge.chunks import Chunk, breadcrumb
from knowledge.collection import CollectionInfo
from knowledge.errors import PageNotFound
from knowledge.page import Audience, Page, Trust
from knowledge.words import terms


@dataclass(frozen=True, slots=True)
class Stored:
    """What the truth knows of one source file: the page it made and the digest it made it from."""

    page_id: str
    digest: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A page ready to be stored: its chunks and, in the same order, what the encoder reads of each and its key."""

    source: str
    digest: str
    page: Page
    chunks: Sequence[Chunk]
    texts: Sequence[str]
    hashes: Sequence[str]


def stored_sources(connection: sqlite3.Connection) -> dict[str, Stored]:
    """Every stored page by its source file."""
    rows = connection.execute("SELECT source, id, digest FROM page")
    return {row["source"]: Stored(row["id"], row["digest"]) for row in rows}


def replace_page(connection: sqlite3.Connection, prepared: Prepared) -> None:
    """Put the page in the place of the one with its id, and of the one made from its source file."""
    page = prepared.page
    connection.execute(
        "DELETE FROM chunk WHERE page IN (SELECT row FROM page WHERE id = ? OR source = ?)", [page.id, prepared.source]
    )
    connection.execute("DELETE FROM page WHERE id = ? OR source = ?", [page.id, prepared.source])
    row = connection.execute(
        "INSERT INTO page (id, source, digest, title, text, url, audience, owner, updated, superseded_by, "
        "review_by, trust, terms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            page.id,
            prepared.source,
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
            " ".join(terms(f"{page.title}\n{page.text}")),
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
                " ".join(terms(f"{breadcrumb(page.title, chunk.heading)}\n{chunk.text}")),
            )
            for position, (chunk, key) in enumerate(zip(prepared.chunks, prepared.hashes, strict=True))
        ],
    )


def remove_pages(connection: sqlite3.Connection, page_ids: Collection[str]) -> None:
    """Remove pages with their chunks, and every vector that no chunk uses any more."""
    gone = json.dumps(sorted(page_ids))
    connection.execute(
        "DELETE FROM chunk WHERE page IN (SELECT row FROM page WHERE id IN (SELECT value FROM json_each(?)))", [gone]
    )
    connection.execute("DELETE FROM page WHERE id IN (SELECT value FROM json_each(?))", [gone])
    vectors.remove_unused(connection)


def mark_changed(connection: sqlite3.Connection) -> None:
    """Count the chunks anew and let readers know that they must look again."""
    connection.execute("UPDATE meta SET value = (SELECT count(*) FROM chunk) WHERE name = 'chunks_all'")
    connection.execute(
        "UPDATE meta SET value = (SELECT count(*) FROM chunk WHERE audience = 'public') WHERE name = 'chunks_public'"
    )
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


def vectors_mark(connection: sqlite3.Connection) -> str:
    """Which vector index, at which generation, was last made equal to the truth."""
    return str(connection.execute("SELECT value FROM meta WHERE name = 'vectors'").fetchone()[0])


def set_vectors_mark(connection: sqlite3.Connection, mark: str) -> None:
    """Note that the vector index now equals the truth."""
    connection.execute("UPDATE meta SET value = ? WHERE name = 'vectors'", [mark])
