"""The audit names whatever is wrong with an index, and a rebuild mends it."""

import sqlite3
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from knowledge.audit import audit
from knowledge.chroma import Chroma
from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.rebuild import rebuild
from knowledge.settings import KnowledgeSettings
from tests.knowledge.conftest import WriteWiki, page
from tests.knowledge.embed_server import EmbedServer, serving

WIKI = {
    f"p{n}.md": page(f"Page {n}", f"## One\n\nCables of kind {n}.\n\n## Two\n\nFees of kind {n}.") for n in range(4)
}
WIKI["staff.md"] = page("Staff", "Only for staff.", audience="internal")


@pytest.fixture
def settings(settings: KnowledgeSettings) -> Iterator[KnowledgeSettings]:
    with serving(EmbedServer()) as server:
        yield settings.model_copy(update={"ollama_base_url": server.url, "exact_limit": 0})


@pytest.fixture
def index(settings: KnowledgeSettings, write_wiki: WriteWiki) -> Iterator[Index]:
    with Index.open(settings, writer=True) as opened:
        ingest(opened, write_wiki(WIKI), collection="home", encoder="ollama/words")
        yield opened


def in_truth(*statements: str) -> Callable[[Index], None]:
    def damage(index: Index) -> None:
        connection = sqlite3.connect(index.truth("home").path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    return damage


def in_chroma(damage: Callable[[Chroma, str, list[str]], None]) -> Callable[[Index], None]:
    def run(index: Index) -> None:
        chroma = index.owner._chroma
        name = next(found.name for found in chroma._opened().list_collections() if "public" in found.name)
        damage(chroma, name, sorted(chroma.ids(name)))

    return run


def misplaced(chroma: Chroma, name: str, keys: list[str]) -> None:
    other = np.zeros((1, 64), np.float32)
    other[0, 3] = -1
    chroma._collection(name).delete(ids=[keys[0]])
    chroma._collection(name).add(ids=[keys[0]], embeddings=other)


DAMAGE = {
    "chunk in chunk_all that should not be there, or is missing": in_truth(
        "INSERT INTO chunk_all (chunk_all, rowid, terms) SELECT 'delete', row, terms FROM chunk WHERE row = 1"
    ),
    "chunk in chunk_public that should not be there, or is missing": in_truth(
        "INSERT INTO chunk_public (rowid, terms) SELECT row, terms FROM chunk WHERE audience = 'internal'"
    ),
    "page in page_public that should not be there, or is missing": in_truth(
        "INSERT INTO page_public (page_public, rowid, terms) SELECT 'delete', row, terms FROM page WHERE id = 'p1'"
    ),
    "chunk that chunk_all does not find by its words": in_truth(
        "INSERT INTO chunk_all (chunk_all, rowid, terms) SELECT 'delete', row, terms FROM chunk WHERE row = 1",
        "INSERT INTO chunk_all (rowid, terms) VALUES (1, 'other words')",
    ),
    "full text that does not agree with itself or its pages": in_truth(
        "INSERT INTO chunk_all (chunk_all, rowid, terms) SELECT 'delete', row, terms FROM chunk WHERE row = 1",
        "INSERT INTO chunk_all (rowid, terms) SELECT row, terms || ' strange' FROM chunk WHERE row = 1",
    ),
    "page or passage with other words than its text": in_truth("UPDATE page SET terms = 'other' WHERE id = 'p1'"),
    "passage without a vector": in_truth("DELETE FROM vector WHERE hash = (SELECT hash FROM chunk WHERE row = 1)"),
    "vector without a passage": in_truth("INSERT INTO vector SELECT 'x', data FROM vector LIMIT 1"),
    "vector that is none": in_truth(
        "UPDATE vector SET data = zeroblob(256) WHERE hash = (SELECT min(hash) FROM chunk)"
    ),
    "passage with another text's vector": in_truth(
        "UPDATE chunk SET hash = (SELECT max(hash) FROM chunk) WHERE row = 1"
    ),
    "passage with another audience than its page": in_truth("UPDATE chunk SET audience = 'public'"),
    "passage without its page": in_truth("DELETE FROM page WHERE id = 'p1'"),
    "count that is wrong": in_truth("UPDATE meta SET value = 99 WHERE name = 'chunks_public'"),
    "vectors in Chroma and in the truth differ": in_chroma(lambda c, name, keys: c._delete(name, keys[:2])),
    "vector that Chroma does not find": in_chroma(misplaced),
}


def test_a_whole_index_has_no_fault(index: Index) -> None:
    found = audit(index, "home")
    assert (found.ok, found.pages, found.chunks) == (True, 5, 9)
    assert "found by its own vector and its own words" in next(found.lines())


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_named_and_mended(index: Index, what: str) -> None:
    DAMAGE[what](index)
    assert what in [fault.what for fault in audit(index, "home").faults]
    rebuild(index)
    assert audit(index, "home").faults == []


def found(index: Index) -> list[tuple[str, float]]:
    return [(hit.page_id, hit.dense) for hit in index.search("fees of kind 2", collection="home", k=20)]


def test_a_rebuild_embeds_only_what_is_missing(index: Index) -> None:
    before = found(index)
    assert rebuild(index) == 0
    DAMAGE["passage without a vector"](index)
    assert rebuild(index) == 1
    assert found(index) == before


def test_a_reader_does_not_go_on_with_a_vector_that_was_mended(index: Index, settings: KnowledgeSettings) -> None:
    before = found(index)
    DAMAGE["vector that is none"](index)
    with Index.open(settings.model_copy(update={"exact_limit": 1000})) as reader:
        assert sorted(found(reader)) != sorted(before)
        rebuild(index)
        assert sorted(found(reader)) == sorted(before)


def test_a_passage_without_a_vector_is_still_found_by_its_words(index: Index, settings: KnowledgeSettings) -> None:
    with Index.open(settings.model_copy(update={"exact_limit": 1000})) as reader:
        DAMAGE["passage without a vector"](index)
        assert "p0" in {hit.page_id for hit in reader.search("cables of kind 0", collection="home")}
