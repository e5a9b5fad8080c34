"""Whatever the folder or the disk holds, the answer is a sentence and the old index stays whole."""

import os
import sqlite3
from pathlib import Path

import pytest

from knowledge.errors import (
    CollectionNameError,
    IndexNotWritable,
    IndexVersionError,
    KnowledgeError,
    SourceError,
)
from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.settings import KnowledgeSettings
from tests.knowledge.conftest import Fill, WriteWiki, page

GOOD = {"good.md": page("Good", "The good page about routers.")}
BAD: dict[str, tuple[str | bytes, str]] = {
    "binary.md": (b"PK\x03\x04\x00\x00", "binary"),
    "latin.md": ("Gebühr für später".encode("latin-1"), "not UTF-8"),
    "matter.md": ("---\ntitle: [x\n---\nText", "not valid YAML"),
    "open.md": ("---\ntitle: x\n\nText", "never closed"),
    "audience.md": (page("A", "Text.", audience="friends"), "'friends'"),
    "empty.md": ("", "no text"),
    "title.md": ("# Only a title\n", "no text"),
    "big.md": ("word " * 1_000_000, "5,000,000 bytes"),
    "paper.pdf": (b"%PDF-1.7", "not a PDF file, or a damaged one"),
    "letter.docx": (b"PK", "not a Word document, or a damaged one"),
    "sheet.xlsx": (b"PK", "not a Markdown, MDX, HTML, PDF, Word or text file"),
    "deep.html": ("<div>" * 100_000 + "x", "nested too deep"),
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_file_is_named_and_the_rest_is_indexed(index: Index, fill: Fill, name: str) -> None:
    content, why = BAD[name]
    report = fill({**GOOD, name: content})
    assert [path for path, _ in report.skipped] == [name]
    assert why in report.skipped[0].sentence
    assert report.added == 1
    assert index.search("routers", collection="home")[0].page_id == "good"


def test_a_page_that_turned_bad_stays_as_it_was(index: Index, fill: Fill) -> None:
    fill({**GOOD, "other.md": page("Other", "About refunds.")})
    report = fill({"other.md": b"\xff\xfe broken"})
    assert "indexed before stays" in report.skipped[0].sentence
    assert report.removed == 0
    assert index.page("other", collection="home").text == "About refunds."


@pytest.mark.parametrize("leave", [{}, {"binary.md": b"\x00"}])
def test_a_folder_that_lost_its_pages_does_not_empty_the_collection(
    index: Index, fill: Fill, write_wiki: WriteWiki, leave: dict[str, bytes]
) -> None:
    fill(GOOD)
    (write_wiki({}) / "good.md").unlink()
    with pytest.raises(SourceError, match="index stays as it is"):
        fill(leave)
    assert index.search("routers", collection="home")[0].page_id == "good"


def test_an_empty_folder_makes_no_collection(index: Index, fill: Fill) -> None:
    with pytest.raises(SourceError, match="holds no page"):
        fill({})
    assert index.collections() == []


def test_a_missing_folder_and_a_file_are_refused(index: Index, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no folder"):
        ingest(index, tmp_path / "nowhere", collection="home")
    (tmp_path / "file.md").write_text("Text")
    with pytest.raises(SourceError, match="not a folder"):
        ingest(index, tmp_path / "file.md", collection="home")


@pytest.mark.parametrize("name", ["", "A", "a b", "../x", "-a", "a" * 51, "naïve"])
def test_a_bad_collection_name_is_refused(index: Index, write_wiki: WriteWiki, name: str) -> None:
    with pytest.raises(CollectionNameError, match="cannot name a collection"):
        ingest(index, write_wiki(GOOD), collection=name)


def test_hidden_files_and_pictures_are_passed_over_in_silence(fill: Fill) -> None:
    report = fill({**GOOD, ".git/x.md": "Text", ".draft.md": "Text", "img/a.png": b"\x89PNG"})
    assert (report.added, report.skipped) == (1, [])


def test_a_link_out_of_the_folder_is_not_followed(fill: Fill, write_wiki: WriteWiki, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("Secret")
    (write_wiki({}) / "link.md").symlink_to(secret)
    (write_wiki({}) / "gone.md").symlink_to(tmp_path / "nowhere.md")
    os.mkfifo(write_wiki({}) / "pipe.md")
    report = fill(GOOD)
    assert [path for path, _ in report.skipped] == ["gone.md", "link.md", "pipe.md"]
    assert report.added == 1


def test_an_index_of_another_layout_names_the_way_out(settings: KnowledgeSettings, fill: Fill, index: Index) -> None:
    fill(GOOD)
    index.close()
    path = settings.folder / "collections" / "home.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    for writer in (False, True):
        with pytest.raises(IndexVersionError, match=r"'home'.*layout 99.*deskmate ingest"):
            Index.open(settings, writer=writer)


def test_a_damaged_index_is_named(settings: KnowledgeSettings) -> None:
    path = settings.folder / "collections" / "home.db"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(IndexVersionError, match="damaged"):
        Index.open(settings)


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(IndexNotWritable, match="DESKMATE_DATA_DIR"):
        Index.open(KnowledgeSettings(data_dir=tmp_path / "file"), writer=True)


def test_a_full_disk_is_named_and_the_old_index_stays(index: Index, fill: Fill) -> None:
    fill(GOOD)
    with index.truth("home").reading() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    with index.truth("home").reading() as connection:  # the same pooled connection that the ingest will use
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(IndexNotWritable, match="full"):
        fill({f"more-{n}.md": page(f"More {n}", "Text about cables. " * 200) for n in range(20)})
    assert {hit.page_id for hit in index.search("cables routers", collection="home")} == {"good"}


def test_every_error_of_the_room_is_one_family() -> None:
    from knowledge import errors

    raised = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert raised
    assert all(issubclass(kind, KnowledgeError) for kind in raised)
