"""One owner, readers beside it, and an owner that is killed."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from knowledge.errors import IndexLocked
from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.settings import KnowledgeSettings
from tests.knowledge.conftest import Fill, WriteWiki, nearest, page

REPOSITORY = Path(__file__).parents[2]

READ = """
import sys
from pathlib import Path
from knowledge.index import Index
from knowledge.settings import KnowledgeSettings
index = Index.open(KnowledgeSettings(data_dir=Path(sys.argv[1]), threads=2))
for query in sys.stdin:
    print([(hit.chunk_id, hit.score, hit.coverage) for hit in index.search(query, collection="home")], flush=True)
"""

INGEST_AND_DIE = """
import os, signal, sys
from pathlib import Path
from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.settings import KnowledgeSettings
data, source, fatal_done, fatal_label = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
def progress(done, total, label):
    if done >= fatal_done and label.startswith(fatal_label):
        os.kill(os.getpid(), signal.SIGKILL)
with Index.open(KnowledgeSettings(data_dir=data, threads=2, commit_chunks=4), writer=True) as index:
    ingest(index, source, collection="home", progress=progress)
"""

# Fills Chroma three vectors at a time and dies at the third group.
SLOW_CHROMA = """
import os, signal
from knowledge import chroma, vectors
chroma._BATCH = 3
calls = []
def read_vectors(connection, hashes, real=vectors.read):
    calls.append(hashes)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(connection, hashes)
vectors.read = read_vectors
"""


def run(script: str, *arguments: object, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, input=text, capture_output=True, text=True, cwd=REPOSITORY, timeout=120, check=False)


def test_a_second_owner_is_refused_with_a_sentence(index: Index, settings: KnowledgeSettings) -> None:
    with pytest.raises(IndexLocked, match="Another process is writing the index"):
        Index.open(settings, writer=True)


def test_a_second_owner_in_another_process_is_refused(
    index: Index, settings: KnowledgeSettings, tmp_path: Path
) -> None:
    done = run(INGEST_AND_DIE, settings.data_dir, tmp_path, 0, "never")
    assert "IndexLocked" in done.stderr


def test_the_lock_is_free_after_closing(settings: KnowledgeSettings) -> None:
    Index.open(settings, writer=True).close()
    Index.open(settings, writer=True).close()


def test_a_reader_in_another_process_sees_each_change_and_the_same_results(
    index: Index, fill: Fill, settings: KnowledgeSettings
) -> None:
    fill({"fees.md": page("Fees", "The late fee is €7.50."), "hub.md": page("Hub", "A red light.")})
    command = [sys.executable, "-c", READ, str(settings.data_dir)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY, bufsize=1
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        for change in ({}, {"fees.md": page("Fees", "The late fee is €8.50.")}, {"new.md": page("New", "A late fee.")}):
            if change:
                fill(change)
            reader.stdin.write("what is the late fee\n")
            mine = [
                (hit.chunk_id, hit.score, hit.coverage)
                for hit in index.search("what is the late fee\n", collection="home")
            ]
            assert reader.stdout.readline().strip() == str(mine)
        reader.stdin.close()


def test_many_threads_search_while_pages_change(index: Index, fill: Fill) -> None:
    fill(version(1))
    with ThreadPoolExecutor(8) as pool:
        searches = [pool.submit(index.search, f"version of {n}", collection="home", k=24) for n in range(40)]
        fill(version(2))
        found = [search.result() for search in searches]
    for hits in found:
        assert len(hits) == 24
        assert len({hit.text.split(" of ")[0].lower().removeprefix("also ") for hit in hits}) == 1


def version(number: int) -> dict[str, str]:
    return {
        f"p{n:02}.md": page(
            f"Page {n}", f"## One\n\nVersion {number} of {n}.\n\n## Two\n\nAlso version {number} of {n}."
        )
        for n in range(12)
    }


@pytest.mark.parametrize(
    ("done", "label"),
    [(0, "reading p03"), (1, "embedding"), (6, "reading"), (10, "reading"), (12, "writing the vector index")],
)
def test_a_killed_ingest_leaves_whole_pages_and_the_next_one_finishes(
    settings: KnowledgeSettings, write_wiki: WriteWiki, done: int, label: str
) -> None:
    source = write_wiki(version(1))
    with Index.open(settings, writer=True) as index:
        ingest(index, source, collection="home")
    write_wiki(version(2))
    assert run(INGEST_AND_DIE, settings.data_dir, source, done, label).returncode == -9

    with Index.open(settings, writer=True) as index:
        for n in range(12):
            text = index.page(f"p{n:02}", collection="home").text
            assert text.count("ersion 1") in {0, 2}
            assert text.count("ersion 1") + text.count("ersion 2") == 2
        assert_chroma_equals_truth(index)
        report = ingest(index, source, collection="home")
        assert report.changed + report.unchanged == 12
        assert all("ersion 2" in hit.text for hit in index.search("version", collection="home", k=50))
        assert_chroma_equals_truth(index)


def test_a_killed_first_ingest_is_taken_up_where_it_stopped(settings: KnowledgeSettings, write_wiki: WriteWiki) -> None:
    source = write_wiki(version(1))
    assert run(INGEST_AND_DIE, settings.data_dir, source, 6, "reading").returncode == -9
    with Index.open(settings, writer=True) as index:
        report = ingest(index, source, collection="home")
        assert (report.added, report.unchanged) == (6, 6)


def test_an_owner_killed_while_it_fills_chroma_is_repaired_by_the_next(
    settings: KnowledgeSettings, write_wiki: WriteWiki
) -> None:
    source = write_wiki(version(1))
    script = SLOW_CHROMA + INGEST_AND_DIE
    assert run(script, settings.data_dir, source, 99, "never").returncode == -9
    with Index.open(settings, writer=True) as index:
        assert_chroma_equals_truth(index)
        assert ingest(index, source, collection="home").unchanged == 12


def assert_chroma_equals_truth(index: Index) -> None:
    with index.truth("home").reading() as connection:
        hashes = {row[0] for row in connection.execute("SELECT hash FROM chunk")}
    assert set(nearest(index, "version", 1000)) == hashes
