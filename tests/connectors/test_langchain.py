"""Loaders of langchain-community are sources; CSVLoader stands for all of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowledge.connectors.langchain import LangChainOptions
from knowledge.errors import SourceError, SourceUnavailable
from knowledge.index import Index
from tests.connectors.conftest import Synced

pytest.importorskip("langchain_community", reason="needs langchain-community (the extra 'loaders')")

Open = Callable[..., Synced]


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    file = tmp_path / "faq.csv"
    file.write_text("question,answer,changed\nFees,Three euros.,2026-01-02\nPlans,Home 50.,2026-01-03\n")
    return file


@pytest.fixture
def opened(faq: Path, index: Index, tmp_path: Path) -> Open:
    def make(**options: Any) -> Synced:
        arguments = {
            "file_path": str(faq),
            "source_column": "question",
            "metadata_columns": ["changed"],
            "content_columns": ["question", "answer"],
        }
        chosen = LangChainOptions(**{"loader": "CSVLoader", "arguments": arguments, "updated": "changed", **options})
        return Synced(index, lambda: chosen.open("faq", tmp_path))

    return make


def test_documents_are_pages(opened: Open) -> None:
    synced = opened(title="source")
    assert synced.counts() == "2 added, 0 changed, 0 removed, 0 unchanged"
    page = synced.page("Fees")
    assert (page.title, page.text, str(page.updated)) == ("Fees", "question: Fees\nanswer: Three euros.", "2026-01-02")


def test_changes_and_deletions_are_followed(opened: Open, faq: Path) -> None:
    synced = opened()
    synced.sync()
    assert synced.counts() == "0 added, 0 changed, 0 removed, 2 unchanged"
    faq.write_text("question,answer,changed\nFees,Four euros.,2026-01-02\n")
    assert synced.counts() == "0 added, 1 changed, 1 removed, 0 unchanged"


def test_what_a_loader_cannot_do_removes_nothing(opened: Open, faq: Path) -> None:
    synced = opened()
    synced.sync()
    faq.unlink()
    with pytest.raises(SourceUnavailable, match="could not load"):
        synced.sync()
    assert len(synced.pages()) == 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"loader": "NoSuchLoader"}, "has no NoSuchLoader"),
        ({"arguments": {"folder": "x"}}, "does not take these arguments"),
        ({"key": "page"}, "gives no metadata 'page'"),
        ({"media": "text/rtf"}, "use one of"),
    ],
)
def test_what_is_not_set_up_rightly_is_said(opened: Open, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence):
        opened(**options).sync()
