"""An index knows which encoder built it, refuses any other, and is given another one as a whole or not at all."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from knowledge.encoder import MINILM, Built
from knowledge.errors import CollectionNotFound, EncoderMismatch, EncoderUnavailable, EncoderUnknown
from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.reembed import reembed
from knowledge.settings import KnowledgeSettings
from tests.knowledge.conftest import WriteWiki, nearest, page
from tests.knowledge.embed_server import EmbedServer, serving
from tests.knowledge.test_processes import run

WORDS = "ollama/words"
WIKI = {
    f"p{n}.md": page(f"Page {n}", f"## One\n\nCables of kind {n}.\n\n## Two\n\nFees of kind {n}.") for n in range(5)
}

REEMBED_AND_DIE = """
import os, signal, sys
from pathlib import Path
from knowledge import vectors
from knowledge.index import Index
from knowledge.reembed import reembed
from knowledge.settings import KnowledgeSettings
data, url, fatal = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
def progress(done, total):
    if str(done) == fatal:
        die()
if fatal == "swapping":  # all is written, nothing is committed
    vectors.set_built = die
if fatal == "chroma":  # the swap is done, Chroma is not
    Index.rebuild = die
settings = KnowledgeSettings(data_dir=data, ollama_base_url=url, commit_chunks=4)
with Index.open(settings, writer=True) as index:
    reembed(index, "home", "ollama/words", progress)
"""


@pytest.fixture
def server() -> Iterator[EmbedServer]:
    with serving(EmbedServer()) as listening:
        yield listening


@pytest.fixture
def settings(settings: KnowledgeSettings, server: EmbedServer) -> KnowledgeSettings:
    return settings.model_copy(update={"ollama_base_url": server.url})


@pytest.fixture
def source(write_wiki: WriteWiki) -> Path:
    return write_wiki(WIKI)


def found(index: Index) -> list[tuple[str, str]]:
    return [(hit.page_id, hit.text) for hit in index.search("fees of kind 3", collection="home", k=10)]


def test_a_new_collection_is_built_with_the_encoder_that_is_asked_for(
    settings: KnowledgeSettings, source: Path
) -> None:
    with Index.open(settings, writer=True) as index:
        ingest(index, source, collection="home", encoder=WORDS)
        assert index.built("home") == Built(WORDS, 64)
        assert found(index)[0] == ("p3", "Fees of kind 3.")


def test_without_a_wish_it_is_minilm(settings: KnowledgeSettings, source: Path) -> None:
    with Index.open(settings, writer=True) as index:
        ingest(index, source, collection="home")
        assert index.built("home") == Built(MINILM, 384)


def test_each_collection_is_searched_with_its_own_encoder(
    settings: KnowledgeSettings, source: Path, server: EmbedServer
) -> None:
    with Index.open(settings, writer=True) as index:
        ingest(index, source, collection="home", encoder=WORDS)
        ingest(index, source, collection="away")
    server.requests.clear()
    with Index.open(settings) as index:
        index.search("fees", collection="away")
        assert server.requests == []
        index.search("fees", collection="home")
        assert server.requests[0]["input"] == ["fees"]


def test_a_new_ingest_goes_on_with_the_collections_own_encoder(
    settings: KnowledgeSettings, source: Path, write_wiki: WriteWiki
) -> None:
    with Index.open(settings, writer=True) as index:
        ingest(index, source, collection="home", encoder=WORDS)
        write_wiki({"p9.md": page("Page 9", "Fees of kind 9.")})
        assert ingest(index, source, collection="home").added == 1
        assert index.built("home") == Built(WORDS, 64)


def test_opening_with_another_encoder_is_refused_with_the_command_that_reembeds(
    settings: KnowledgeSettings, source: Path
) -> None:
    with Index.open(settings, writer=True) as index:
        ingest(index, source, collection="home")
    other = settings.model_copy(update={"encoder": WORDS})
    for writer in (False, True):
        with pytest.raises(
            EncoderMismatch,
            match=r"'home' was built with the encoder minilm, not with ollama/words.*"
            r"'deskmate knowledge reembed --collection home --encoder ollama/words'",
        ):
            Index.open(other, writer=writer)


def test_ingesting_with_another_encoder_is_refused_and_the_index_stays(
    settings: KnowledgeSettings, source: Path, write_wiki: WriteWiki
) -> None:
    with Index.open(settings, writer=True) as index:
        ingest(index, source, collection="home")
        before = found(index)
        write_wiki({"p9.md": page("Page 9", "Fees of kind 9.")})
        with pytest.raises(EncoderMismatch, match="deskmate knowledge reembed"):
            ingest(index, source, collection="home", encoder=WORDS)
        assert found(index) == before


def test_searching_is_refused_once_another_process_has_changed_the_encoder(
    settings: KnowledgeSettings, source: Path
) -> None:
    with Index.open(settings, writer=True) as index:
        ingest(index, source, collection="home")
        with Index.open(settings.model_copy(update={"encoder": MINILM})) as reader:
            assert found(reader)
            reembed(index, "home", WORDS)
            with pytest.raises(EncoderMismatch, match="built with the encoder ollama/words, not with minilm"):
                found(reader)


def test_a_reader_without_a_wish_follows_the_new_encoder(settings: KnowledgeSettings, source: Path) -> None:
    with Index.open(settings, writer=True) as index, Index.open(settings) as reader:
        ingest(index, source, collection="home")
        found(reader)
        reembed(index, "home", WORDS)
        assert found(reader) == found(index)
        assert reader.search("fees", collection="home")[0].dense < 1


def test_a_model_that_changed_behind_its_name_is_refused(
    settings: KnowledgeSettings, source: Path, server: EmbedServer, write_wiki: WriteWiki
) -> None:
    with Index.open(settings, writer=True) as index:
        ingest(index, source, collection="home", encoder=WORDS)
    server.dimensions = 32
    write_wiki({"p9.md": page("Page 9", "Fees of kind 9.")})
    for done in (run(SEARCH, settings.data_dir, server.url), run(INGEST, settings.data_dir, server.url, source)):
        assert "vectors have 32 numbers" in done.stderr
        assert "deskmate knowledge reembed --collection home --encoder ollama/words" in done.stderr


INGEST = """
import sys
from pathlib import Path
from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.settings import KnowledgeSettings
with Index.open(KnowledgeSettings(data_dir=Path(sys.argv[1]), ollama_base_url=sys.argv[2]), writer=True) as index:
    ingest(index, Path(sys.argv[3]), collection="home")
"""
SEARCH = """
import sys
from pathlib import Path
from knowledge.index import Index
from knowledge.settings import KnowledgeSettings
with Index.open(KnowledgeSettings(data_dir=Path(sys.argv[1]), ollama_base_url=sys.argv[2])) as index:
    index.search("fees", collection="home")
"""


def test_reembedding_gives_what_a_fresh_ingest_would(settings: KnowledgeSettings, source: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    with Index.open(settings, writer=True) as index:
        ingest(index, source, collection="home")
        assert reembed(index, "home", WORDS, lambda done, total: seen.append((done, total))) == 10
        assert seen[-1] == (10, 10)
        with Index.open(settings.model_copy(update={"data_dir": tmp_path / "fresh"}), writer=True) as fresh:
            ingest(fresh, source, collection="home", encoder=WORDS)
            assert index.built("home") == fresh.built("home")
            assert index.search("fees of 3", collection="home") == fresh.search("fees of 3", collection="home")
        assert ingest(index, source, collection="home").unchanged == 5
        assert set(nearest(index, "fees", 100)) == keys(settings)


def test_texts_outside_a_wiki_are_compared_by_minilm_whatever_the_wiki_has(
    settings: KnowledgeSettings, source: Path
) -> None:
    texts = ["How do I pay?", "Where is my bill?"]
    with Index.open(settings, writer=True) as index:
        before = index.embed(texts)
        ingest(index, source, collection="home", encoder=WORDS)
        np.testing.assert_array_equal(index.embed(texts), before)


def test_reembedding_with_the_same_encoder_makes_nothing(settings: KnowledgeSettings, source: Path) -> None:
    with Index.open(settings, writer=True) as index:
        ingest(index, source, collection="home")
        assert reembed(index, "home", MINILM) == 0


def test_there_and_back_is_the_same_index(settings: KnowledgeSettings, source: Path) -> None:
    with Index.open(settings, writer=True) as index:
        ingest(index, source, collection="home")
        before = index.search("fees of kind 3", collection="home")
        reembed(index, "home", WORDS)
        reembed(index, "home", MINILM)
        assert index.search("fees of kind 3", collection="home") == before


def test_a_first_ingest_that_the_encoder_fails_leaves_no_collection(
    settings: KnowledgeSettings, source: Path, server: EmbedServer
) -> None:
    with Index.open(settings, writer=True) as index:
        assert index.encoder("home", WORDS).dimensions == 64
        server.fault = lambda body: (500, b"{}")
        with pytest.raises(EncoderUnavailable):
            ingest(index, source, collection="home", encoder=WORDS)
        assert index.collections() == []


def test_a_wish_that_cannot_be_met_changes_nothing(
    settings: KnowledgeSettings, source: Path, server: EmbedServer
) -> None:
    with Index.open(settings, writer=True) as index:
        ingest(index, source, collection="home")
        before = found(index)
        with pytest.raises(EncoderUnavailable, match="ollama pull nothing"):
            reembed(index, "home", "ollama/nothing")
        with pytest.raises(EncoderUnknown):
            reembed(index, "home", "maxilm")
        with pytest.raises(CollectionNotFound):
            reembed(index, "work", MINILM)
        assert found(index) == before


@pytest.mark.parametrize("fatal", ["4", "8", "10", "swapping"])
def test_a_kill_before_the_swap_leaves_the_old_index_whole(
    settings: KnowledgeSettings, source: Path, server: EmbedServer, fatal: str
) -> None:
    with Index.open(settings, writer=True) as index:
        ingest(index, source, collection="home")
        before = index.search("fees of kind 3", collection="home", k=10)
    assert run(REEMBED_AND_DIE, settings.data_dir, server.url, fatal).returncode == -9
    with Index.open(settings, writer=True) as index:
        assert index.built("home") == Built(MINILM, 384)
        assert index.search("fees of kind 3", collection="home", k=10) == before
        assert ingest(index, source, collection="home").unchanged == 5
        assert set(nearest(index, "fees", 100)) == keys(settings)


def test_the_next_call_goes_on_where_the_killed_one_was(
    settings: KnowledgeSettings, source: Path, server: EmbedServer
) -> None:
    with Index.open(settings, writer=True) as index:
        ingest(index, source, collection="home")
    run(REEMBED_AND_DIE, settings.data_dir, server.url, "8")
    with Index.open(settings, writer=True) as index:
        assert reembed(index, "home", WORDS) == 6  # four of ten were kept
        assert found(index)[0] == ("p3", "Fees of kind 3.")


def test_a_kill_after_the_swap_is_made_good_at_the_next_opening(
    settings: KnowledgeSettings, source: Path, server: EmbedServer
) -> None:
    with Index.open(settings, writer=True) as index:
        ingest(index, source, collection="home")
    assert run(REEMBED_AND_DIE, settings.data_dir, server.url, "chroma").returncode == -9
    with Index.open(settings.model_copy(update={"exact_limit": 0}), writer=True) as large:
        assert large.built("home") == Built(WORDS, 64)
        assert set(nearest(large, "fees", 100)) == keys(settings)
        assert found(large)[0] == ("p3", "Fees of kind 3.")


def keys(settings: KnowledgeSettings) -> set[str]:
    """Keys of all vectors in the truth, each of which a chunk uses."""
    connection = sqlite3.connect(settings.folder / "collections" / "home.db")
    used = {row[0] for row in connection.execute("SELECT hash FROM chunk")}
    lengths = {len(row[0]) for row in connection.execute("SELECT data FROM vector JOIN chunk USING (hash)")}
    connection.close()
    assert len(lengths) == 1
    return used
