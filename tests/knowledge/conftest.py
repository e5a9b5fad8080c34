"""Small wikis in temporary folders, and the real encoder (one for the whole run)."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from knowledge.index import Index
from knowledge.ingest import IngestReport, ingest
from knowledge.page import Audience
from knowledge.settings import KnowledgeSettings

WriteWiki = Callable[[Mapping[str, str | bytes]], Path]
Fill = Callable[[Mapping[str, str | bytes]], IngestReport]


@pytest.fixture
def settings(tmp_path: Path) -> KnowledgeSettings:
    return KnowledgeSettings(data_dir=tmp_path / "data", threads=2)


@pytest.fixture
def write_wiki(tmp_path: Path) -> WriteWiki:
    """Writes files into one folder; calling it again adds or replaces files."""
    root = tmp_path / "wiki"

    def write(files: Mapping[str, str | bytes]) -> Path:
        root.mkdir(exist_ok=True)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return write


@pytest.fixture
def index(settings: KnowledgeSettings) -> Iterator[Index]:
    with Index.open(settings, writer=True) as opened:
        yield opened


@pytest.fixture
def fill(index: Index, write_wiki: WriteWiki) -> Fill:
    """Writes files and ingests the folder as collection 'home'."""

    def run(files: Mapping[str, str | bytes]) -> IngestReport:
        return ingest(index, write_wiki(files), collection="home", default_audience=Audience.PUBLIC)

    return run


def page(title: str, body: str, **fields: str) -> str:
    """A Markdown page with front matter."""
    matter = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return f"---\ntitle: {title}\n{matter}---\n\n# {title}\n\n{body}\n"


def nearest(index: Index, text: str, count: int) -> list[str]:
    """What Chroma holds of collection 'home': the keys of the public chunks nearest to the text."""
    vector = index.encoder("home").query(text)
    return index.owner.nearest("home", index.built("home"), Audience.PUBLIC, vector, count)
