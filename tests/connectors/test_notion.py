"""An export of Notion, as a folder and as zip files, becomes pages without Notion's ids."""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from knowledge.connectors.connector import Listed
from knowledge.connectors.notion import NotionOptions
from knowledge.errors import SourceError, SourceUnavailable
from knowledge.index import Index
from knowledge.page import Audience
from tests.connectors.conftest import Synced

BOOK, FEES, PLANS = "1f0a" * 8, "2f0b" * 8, "3f0c" * 8
Export = Callable[[Mapping[str, str]], Path]

FILES = {
    f"Handbook {BOOK}.md": f"# Handbook\n\nSee [Late fees](Handbook%20{BOOK}/Late%20fees%20{FEES}.md).",
    f"Handbook {BOOK}/Late fees {FEES}.md": (
        "# Late fees\n\nOwner: Billing\nLast edited time: March 3, 2026 10:15 AM\nAudience: Internal\n\nThree euros."
    ),
    f"Handbook {BOOK}/Plans {PLANS}.csv": "Plan,Price\nHome 50,29.99\n",
    f"Handbook {BOOK}/Plans {PLANS}_all.csv": 'Plan,Price\nHome 50,29.99\n"Home, big",39.99\n',
    f"Handbook {BOOK}/photo.png": "x",
}


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


@pytest.fixture(params=["folder", "zip", "zip of zips"])
def export(request: pytest.FixtureRequest, tmp_path: Path) -> Export:
    """Writes the export anew."""

    def write(files: Mapping[str, str]) -> Path:
        path = tmp_path / "export"
        if request.param == "folder":
            for old in path.rglob("*.*"):
                old.unlink()
            for name, content in files.items():
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                (path / name).write_text(content)
        else:
            data = zipped(files)
            path.write_bytes(data if request.param == "zip" else zipped({"Export-Part-1.zip": data}))
        return path

    return write


def opened(path: Path, index: Index, **options: Any) -> Synced:
    return Synced(index, lambda: NotionOptions(path=path, **options).open("notion", path))


def test_pages_and_databases_are_without_ids(export: Export, index: Index) -> None:
    synced = opened(export(FILES), index, site="https://acme.notion.site/")
    assert synced.counts() == "3 added, 0 changed, 0 removed, 0 unchanged"
    assert synced.pages() == ["Handbook", "Handbook/Late fees", "Handbook/Plans"]
    fees = synced.page("Handbook/Late fees")
    assert (fees.title, fees.owner, str(fees.updated), fees.audience) == (
        "Late fees",
        "Billing",
        "2026-03-03",
        Audience.INTERNAL,
    )
    assert fees.url == f"https://acme.notion.site/{FEES}"
    plans = synced.page("Handbook/Plans")
    assert plans.text == "Plan: Home 50; Price: 29.99\nPlan: Home, big; Price: 39.99"
    assert plans.title == "Plans"


def test_links_lead_to_the_pages_without_ids(export: Export) -> None:
    source = NotionOptions(path=export(FILES)).open("notion", Path())
    list(source.pages())
    assert source.read(Listed(BOOK)).data.decode().endswith("[Late fees](Handbook/Late%20fees.md).")


def test_a_new_export_is_followed(export: Export, index: Index) -> None:
    synced = opened(export(FILES), index)
    synced.sync()
    assert opened(export(FILES), index).counts() == "0 added, 0 changed, 0 removed, 3 unchanged"
    files = dict(FILES)
    files[f"Handbook {BOOK}/Fees {FEES}.md"] = files.pop(f"Handbook {BOOK}/Late fees {FEES}.md")
    files[f"Handbook {BOOK}.md"] = "# Handbook\n\nOther text."
    del files[f"Handbook {BOOK}/Plans {PLANS}_all.csv"], files[f"Handbook {BOOK}/Plans {PLANS}.csv"]
    assert opened(export(files), index).counts() == "0 added, 2 changed, 1 removed, 0 unchanged"
    assert synced.pages() == ["Handbook", "Handbook/Fees"]


def test_two_pages_of_one_name_are_told_apart(export: Export, index: Index) -> None:
    synced = opened(export({f"Fees {FEES}.md": "# Fees\n\nOne.", f"Fees {PLANS}.md": "# Fees\n\nTwo."}), index)
    synced.sync()
    assert synced.pages() == [f"Fees {FEES[:8]}", f"Fees {PLANS[:8]}"]


def test_an_export_in_html_is_read(export: Export, index: Index) -> None:
    html = f'<title>Fees</title><body><article><h1>Fees</h1><p>See <a href="Plans%20{PLANS}.html">it</a>.</p></article>'
    synced = opened(export({f"Fees {FEES}.html": html}), index)
    synced.sync()
    assert synced.page("Fees").text == "See it."


def test_an_export_that_is_empty_broken_or_gone_empties_nothing(tmp_path: Path, index: Index) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(zipped(FILES))
    synced = opened(path, index)
    synced.sync()
    path.write_bytes(zipped({}))
    with pytest.raises(SourceError, match="index stays as it is"):
        synced.sync()
    path.write_bytes(zipped(FILES)[:-30])
    with pytest.raises(SourceUnavailable, match="not a whole zip file"):
        synced.sync()
    path.unlink()
    with pytest.raises(SourceError, match="no file or folder"):
        synced.sync()
    assert len(synced.pages()) == 3
