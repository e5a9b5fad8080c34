"""The layout of a collection's SQLite file."""

VERSION = 5

# A page is known by its id to readers, and by `source` and `key` to the source that it came from ('' is a folder that
# was ingested by hand). `stamp` and `digest` tell whether it must be read, or parsed, again.
# `unsynced` names what the vector index may lack or have too much: whatever changed since it was last made equal.
# A vector never changes under its hash, but for a rebuild that mends it: that raises `epoch`.
# `terms` are the stems of title, headings and text, as `knowledge.words` makes them; the full-text tables index them as
# they are. There are two of each: one from public pages alone, so that not even the word statistics of internal pages
# reach a caller who may read only public ones, and one from all pages.
SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO meta VALUES
    ('generation', 0), ('vectors', ''), ('changed', NULL), ('chunks_all', 0), ('chunks_public', 0),
    ('encoder', NULL), ('dimensions', NULL), ('epoch', 0);

CREATE TABLE page (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    stamp TEXT NOT NULL,
    digest TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    url TEXT NOT NULL,
    audience TEXT NOT NULL,
    owner TEXT,
    updated TEXT,
    superseded_by TEXT,
    review_by TEXT,
    trust TEXT NOT NULL,
    terms TEXT NOT NULL,
    UNIQUE (source, key)
);
CREATE INDEX page_outdated ON page (superseded_by) WHERE superseded_by IS NOT NULL;

CREATE TABLE chunk (
    row INTEGER PRIMARY KEY,
    page INTEGER NOT NULL REFERENCES page (row),
    position INTEGER NOT NULL,
    start INTEGER NOT NULL,
    length INTEGER NOT NULL,
    heading TEXT NOT NULL,
    anchor TEXT NOT NULL,
    audience TEXT NOT NULL,
    hash TEXT NOT NULL REFERENCES vector (hash),
    terms TEXT NOT NULL
);
-- All that a list of the chunks in the order of their pages needs, apart from their long rows.
CREATE INDEX chunk_page ON chunk (page, position, audience, hash);
CREATE INDEX chunk_hash ON chunk (hash);

CREATE TABLE unsynced (audience TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (audience, hash)) WITHOUT ROWID;

CREATE TABLE vector (hash TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;

CREATE VIRTUAL TABLE chunk_all USING fts5 (
    terms, content='chunk', content_rowid='row', tokenize="unicode61 remove_diacritics 0 tokenchars '.'");
CREATE VIRTUAL TABLE chunk_public USING fts5 (
    terms, content='chunk', content_rowid='row', tokenize="unicode61 remove_diacritics 0 tokenchars '.'");
CREATE VIRTUAL TABLE page_all USING fts5 (
    terms, content='page', content_rowid='row', tokenize="unicode61 remove_diacritics 0 tokenchars '.'");
CREATE VIRTUAL TABLE page_public USING fts5 (
    terms, content='page', content_rowid='row', tokenize="unicode61 remove_diacritics 0 tokenchars '.'");
CREATE VIRTUAL TABLE term_all USING fts5vocab ('chunk_all', 'row');
CREATE VIRTUAL TABLE term_public USING fts5vocab ('chunk_public', 'row');

CREATE TRIGGER chunk_added AFTER INSERT ON chunk BEGIN
    INSERT INTO chunk_all (rowid, terms) VALUES (new.row, new.terms);
    INSERT OR IGNORE INTO unsynced VALUES (new.audience, new.hash);
    UPDATE meta SET value = value + 1 WHERE name = 'chunks_all';
END;
CREATE TRIGGER chunk_removed AFTER DELETE ON chunk BEGIN
    INSERT INTO chunk_all (chunk_all, rowid, terms) VALUES ('delete', old.row, old.terms);
    INSERT OR IGNORE INTO unsynced VALUES (old.audience, old.hash);
    UPDATE meta SET value = value - 1 WHERE name = 'chunks_all';
END;
CREATE TRIGGER public_chunk_added AFTER INSERT ON chunk WHEN new.audience = 'public' BEGIN
    INSERT INTO chunk_public (rowid, terms) VALUES (new.row, new.terms);
    UPDATE meta SET value = value + 1 WHERE name = 'chunks_public';
END;
CREATE TRIGGER public_chunk_removed AFTER DELETE ON chunk WHEN old.audience = 'public' BEGIN
    INSERT INTO chunk_public (chunk_public, rowid, terms) VALUES ('delete', old.row, old.terms);
    UPDATE meta SET value = value - 1 WHERE name = 'chunks_public';
END;
CREATE TRIGGER page_added AFTER INSERT ON page BEGIN
    INSERT INTO page_all (rowid, terms) VALUES (new.row, new.terms);
END;
CREATE TRIGGER page_removed AFTER DELETE ON page BEGIN
    INSERT INTO page_all (page_all, rowid, terms) VALUES ('delete', old.row, old.terms);
END;
CREATE TRIGGER public_page_added AFTER INSERT ON page WHEN new.audience = 'public' BEGIN
    INSERT INTO page_public (rowid, terms) VALUES (new.row, new.terms);
END;
CREATE TRIGGER public_page_removed AFTER DELETE ON page WHEN old.audience = 'public' BEGIN
    INSERT INTO page_public (page_public, rowid, terms) VALUES ('delete', old.row, old.terms);
END;
"""
