"""An ingest on Ray makes the same collection as one in this process, byte for byte."""

import importlib.util
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from knowledge.errors import EngineMissing
from knowledge.index import Index
from knowledge.ingest import IngestReport, ingest
from knowledge.settings import KnowledgeSettings
from knowledge.workers import opened_workers
from tests.knowledge.conftest import WriteWiki, page

WIKI: dict[str, str | bytes] = {
    f"p{n:02}.md": page("Page", "".join(f"## Part {m}\n\nLine {m % 3} of kind {n % 5}.\n\n" for m in range(n + 1)))
    for n in range(9)
}
WIKI["broken.md"] = b"\xff\xfe"
WIKI["twice.md"] = page("Twice", "It claims another page's name.", id="p03")


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs the extra 'ray'")
def test_ray_makes_the_same_collection(settings: KnowledgeSettings, write_wiki: WriteWiki, tmp_path: Path) -> None:
    source, made = write_wiki(WIKI), []
    for engine in ("local", "ray"):
        own = settings.model_copy(update={"data_dir": tmp_path / engine, "commit_chunks": 6})
        workers = opened_workers(engine, own)
        try:
            with Index.open(own, writer=True) as index:
                first = ingest(index, source, collection="home", workers=workers)
                again = ingest(index, source, collection="home", workers=workers)
            made.append((first, again, content(own.folder / "collections" / "home.db")))
        finally:
            workers.close()
    assert made[0] == made[1]
    first, again, _ = made[0]
    assert isinstance(first, IngestReport)
    assert (first.added, len(first.skipped)) == (9, 2)
    assert 20 < first.embedded < 45  # pages of several groups share chunks
    assert (again.unchanged, again.embedded) == (9, 0)


def test_without_ray_it_says_what_to_install(settings: KnowledgeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(EngineMissing, match=r"pip install 'deskmate\[ray\]'"):
        opened_workers("ray", settings)


def content(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for the time of the last change."""
    connection = sqlite3.connect(path)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in sorted(names)}  # noqa: S608
    connection.close()
    found["meta"] = [row for row in found["meta"] if row[0] != "changed"]
    return found
