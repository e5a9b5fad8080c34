"""sources.toml is checked as a whole, and an error names file, entry and key."""

from datetime import timedelta
from pathlib import Path

import pytest

import knowledge
from knowledge.errors import SourcesError
from knowledge.page import Audience
from knowledge.source import PageRules
from knowledge.sources import load

GOOD = """
[[source]]
name = "handbook"
kind = "folder"
path = "~/wiki"
collection = "help"
audience = "internal"
internal = ["staff/*"]
owner = "support"
refresh = "90m"
max_removed = 0.2
encoder = "ollama/nomic-embed-text"

[[source]]
name = "faq"
kind = "folder"
path = "/srv/faq"
"""


def written(folder: Path, text: str) -> Path:
    (folder / "sources.toml").write_text(text)
    return folder


def test_every_key_is_read(tmp_path: Path) -> None:
    handbook, faq = load(written(tmp_path, GOOD))
    assert (handbook.name, handbook.collection, handbook.refresh) == ("handbook", "help", timedelta(minutes=90))
    assert handbook.rules == PageRules(Audience.INTERNAL, ("staff/*",), "support")
    assert (handbook.max_removed, handbook.encoder) == (0.2, "ollama/nomic-embed-text")
    assert handbook.open(tmp_path).address == str(Path("~/wiki").expanduser())
    assert (faq.collection, faq.refresh, faq.max_removed, faq.rules) == ("faq", None, 0.5, PageRules())


def test_the_example_holds(tmp_path: Path) -> None:
    example = Path(knowledge.__path__[0]) / "sources.example.toml"
    assert load(written(tmp_path, example.read_text("utf-8")))[0].collection == "help"


def test_without_a_file_there_are_no_sources(tmp_path: Path) -> None:
    assert load(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('refresh = "90m"', 'refresh = "soon"', "source 1 'handbook', key 'refresh': write a time such as '30m'"),
        ('refresh = "90m"', "refresh = 90", "key 'refresh': write a time"),
        ('path = "~/wiki"', "", "source 1 'handbook', key 'path': it is missing"),
        ('path = "~/wiki"', 'path = "~/wiki"\npaht = 1', "key 'paht': this kind of source has no such key"),
        ('name = "handbook"', "", "source 1, key 'name': it is missing"),
        ('name = "handbook"', 'name = "../up"', "key 'name': '../up' cannot name"),
        ('name = "faq"', 'name = "handbook"', "two sources are named 'handbook'"),
        ('kind = "folder"\npath = "/srv', 'kind = "drawer"\npath = "/srv', "source 2 'faq', key 'kind': there is no"),
        ('audience = "internal"', 'audience = "friends"', "key 'audience': Input should be 'public' or 'internal'"),
        ("max_removed = 0.2", "max_removed = 20", "key 'max_removed': Input should be less than or equal to 1"),
        ('encoder = "ollama/nomic-embed-text"', 'encoder = "maxilm"', "key 'encoder': There is no encoder 'maxilm'"),
        ("[[source]]", "[source]", "is not TOML|begins with"),
        ('path = "~/wiki"', 'path = "~/wiki', "is not TOML"),
        ("\n[[source]]", "\n[[sauce]]", "'sauce' has no place there"),
    ],
)
def test_a_mistake_is_named_with_file_entry_and_key(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in GOOD
    with pytest.raises(SourcesError, match=sentence) as caught:
        load(written(tmp_path, GOOD.replace(old, new)))
    assert str(tmp_path / "sources.toml") in str(caught.value)
