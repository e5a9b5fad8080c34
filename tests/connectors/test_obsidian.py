"""An Obsidian vault becomes pages with plain text and plain links."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from knowledge.blocks import Link
from knowledge.connectors.connector import Listed
from knowledge.connectors.obsidian import ObsidianOptions
from knowledge.errors import SourceError
from knowledge.index import Index
from knowledge.markdown import parse_markdown
from knowledge.page import Audience
from tests.connectors.conftest import Synced

Write = Callable[[Mapping[str, str]], None]


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    folder = tmp_path / "vault"
    (folder / ".obsidian").mkdir(parents=True)
    (folder / ".obsidian/workspace.md").write_text("not a note")
    return folder


@pytest.fixture
def write(vault: Path) -> Write:
    def notes(files: Mapping[str, str]) -> None:
        for name, text in files.items():
            (vault / name).parent.mkdir(parents=True, exist_ok=True)
            (vault / name).write_text(text)

    return notes


def rendered(vault: Path, key: str, **options: Any) -> str:
    source = ObsidianOptions(path=vault, **options).open("vault", vault)
    list(source.pages())
    return source.read(Listed(key)).data.decode()


def test_links_lead_to_the_notes_they_name(vault: Path, write: Write) -> None:
    write(
        {
            "Plans/Home 50.md": "---\naliases: [Small plan]\n---\nText.",
            "Fees.md": "Text.",
            "Start/A.md": "[[Home 50]], [[small plan|the small one]], [[Fees#Late fees]], [[#Here]], [[Nowhere]].",
        }
    )
    text = rendered(vault, "Start/A.md")
    assert parse_markdown(text).links == [
        Link("Home 50", "../Plans/Home%2050.md"),
        Link("the small one", "../Plans/Home%2050.md"),
        Link("Fees > Late fees", "../Fees.md#late-fees"),
        Link("Here", "A.md#here"),
    ]
    assert "Nowhere" in text


def test_what_only_obsidian_understands_is_left_out(vault: Path, write: Write) -> None:
    write({"A.md": "Pay ==now==. ^pay-1\n\n%%draft\nof May%%\n\n![[photo.png]]\n\n`[[code]]`\n\n```\n[[code]]\n```\n"})
    assert rendered(vault, "A.md") == "Pay now.\n\n\n\n\n\n`[[code]]`\n\n```\n[[code]]\n```\n"


def test_embedded_notes_are_links_or_text(vault: Path, write: Write) -> None:
    write({"A.md": "![[B#Two]]", "B.md": "# One\n\nFirst.\n\n## Two\n\nSecond. ![[A]]\n\n# Three\n\nThird."})
    assert rendered(vault, "A.md") == "[B > Two](B.md#two)"
    assert rendered(vault, "A.md", embeds=True).strip() == "## Two\n\nSecond. [A](A.md)"


@pytest.mark.parametrize("secret", ["---\naudience: internal\n---\nLimit.", "Limit. #staff/limits"])
def test_an_internal_note_is_not_put_into_a_public_one(vault: Path, write: Write, secret: str) -> None:
    write({"A.md": "![[B]]", "B.md": secret, "C.md": "![[B]] #staff"})
    options = {"embeds": True, "internal_tags": ("staff",)}
    assert rendered(vault, "A.md", **options) == ""
    assert "Limit." in rendered(vault, "C.md", **options)


def test_a_vault_is_followed(vault: Path, write: Write, index: Index) -> None:
    options = ObsidianOptions(path=vault, internal_tags=("#staff",), without_tags=("draft",))
    synced = Synced(index, lambda: options.open("vault", vault))
    write(
        {"Fees.md": "---\ntags: staff, money\n---\nText.", "B.md": "---\ntags: [draft/x]\n---\nText.", "c/D.md": "One."}
    )
    assert synced.counts() == "2 added, 0 changed, 0 removed, 0 unchanged"
    assert synced.page("Fees").audience is Audience.INTERNAL
    assert synced.page("c/D").title == "D"
    assert synced.counts() == "0 added, 0 changed, 0 removed, 2 unchanged"
    write({"c/D.md": "Two."})
    (vault / "Fees.md").rename(vault / "c/Fees.md")
    assert synced.counts() == "0 added, 2 changed, 0 removed, 0 unchanged"
    (vault / "c/D.md").unlink()
    assert synced.counts() == "0 added, 0 changed, 1 removed, 1 unchanged"
    (vault / "c/Fees.md").unlink()
    with pytest.raises(SourceError, match="index stays as it is"):
        synced.sync()
    vault.rename(vault.with_name("away"))
    with pytest.raises(SourceError, match="There is no folder"):
        synced.sync()
    assert synced.pages() == ["c/Fees"]


def test_a_note_with_broken_front_matter_is_named(vault: Path, write: Write, index: Index) -> None:
    write({"A.md": "Text.", "B.md": "---\ntags: [x\n---\nText."})
    report = Synced(index, lambda: ObsidianOptions(path=vault).open("vault", vault)).sync()
    assert [skip.path for skip in report.skipped] == ["B.md"]
    assert "not valid YAML" in report.skipped[0].sentence
