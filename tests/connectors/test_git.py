"""A real bare repository, synced while it is pushed to."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowledge.connectors.git import GitOptions
from knowledge.errors import SourceError, SourceUnavailable
from knowledge.index import Index
from tests.connectors.conftest import Synced

Open = Callable[..., Synced]


class Repository:
    """A bare repository and the folder of someone who pushes to it."""

    def __init__(self, folder: Path) -> None:
        self.bare, self.work = folder / "wiki.git", folder / "work"
        self._day = 1
        self._git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        self._git(folder, "clone", "--quiet", str(self.bare), str(self.work))
        self._git(self.work, "checkout", "--quiet", "-b", "main")

    def write(self, path: str, text: str) -> None:
        file = self.work / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def push(self, branch: str = "main") -> None:
        """Commit everything, each time a day later, beginning with 1 March 2026."""
        self._git(self.work, "add", "--all")
        self._git(self.work, "commit", "--quiet", "--message", "Change")
        self._git(self.work, "push", "--quiet", "--force", "origin", f"HEAD:{branch}")
        self._day += 1

    def git(self, *arguments: str) -> None:
        self._git(self.work, *arguments)

    def _git(self, folder: Path, *arguments: str) -> None:
        when = f"2026-03-{self._day:02}T10:00:00Z"
        who = {f"GIT_{role}_{part}": "x" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
        dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        subprocess.run(
            ["git", *arguments], cwd=folder, check=True, env={**os.environ, **who, **dates}, capture_output=True
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.fixture
def opened(repository: Repository, index: Index, tmp_path: Path) -> Open:
    def make(**options: Any) -> Synced:
        chosen = GitOptions(**{"url": str(repository.bare), "retries": 0, **options})
        return Synced(index, lambda: chosen.open("handbook", tmp_path / "kept"))

    return make


def test_files_are_pages_with_the_day_of_their_last_commit(repository: Repository, opened: Open) -> None:
    repository.write("docs/fees.md", "# Fees\n\nA reminder costs 3.00.\n\n## Late\n\nWe wait a week.")
    repository.write("docs/guide.mdx", "import x from 'y'\n\n# Guide\n\nText.")
    repository.write("README.md", "# Not in docs")
    repository.write("docs/logo.png", "x")
    repository.push()
    repository.write("docs/other.txt", "Other\n\nText.")
    repository.push()
    synced = opened(folder="docs", page_url="https://docs.example.com/{stem}?from={path}")
    assert synced.counts() == "3 added, 0 changed, 0 removed, 0 unchanged"
    page = synced.page("fees")
    assert (page.title, str(page.updated)) == ("Fees", "2026-03-01")
    assert page.url == "https://docs.example.com/fees?from=docs/fees.md"
    assert synced.found("how long do we wait") == f"{page.url}#late"
    assert str(synced.page("other").updated) == "2026-03-02"


def test_an_unchanged_repository_is_not_read(
    repository: Repository, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("a.md", "One.")
    repository.push()
    synced = opened()
    synced.sync()
    monkeypatch.setattr("knowledge.connectors.folder.Folder.read", None)
    assert synced.counts() == "0 added, 0 changed, 0 removed, 1 unchanged"


def test_changes_moves_and_deletions_are_followed(repository: Repository, opened: Open) -> None:
    for name in "abcd":
        repository.write(f"{name}.md", f"Text {name}.")
    repository.push()
    synced = opened()
    synced.sync()
    repository.write("a.md", "Other text.")
    repository.git("mv", "b.md", "moved.md")
    (repository.work / "c.md").unlink()
    repository.push()
    assert synced.counts() == "0 added, 2 changed, 1 removed, 1 unchanged"
    assert synced.pages() == ["a", "d", "moved"]
    assert str(synced.page("moved").updated) == "2026-03-01"
    assert str(synced.page("a").updated) == "2026-03-02"


def test_a_rewritten_branch_is_followed(repository: Repository, opened: Open) -> None:
    repository.write("a.md", "First.")
    repository.push()
    synced = opened()
    synced.sync()
    repository.git("checkout", "--quiet", "--orphan", "anew")
    repository.write("a.md", "Second.")
    repository.push("main")
    assert synced.counts() == "0 added, 1 changed, 0 removed, 0 unchanged"
    assert synced.page("a").text == "Second."


def test_another_branch_can_be_named(repository: Repository, opened: Open) -> None:
    repository.write("a.md", "Published.")
    repository.push()
    repository.write("a.md", "Draft.")
    repository.push("drafts")
    synced = opened(branch="drafts")
    synced.sync()
    assert synced.page("a").text == "Draft."


def test_links_and_hidden_files_are_no_pages(repository: Repository, opened: Open) -> None:
    repository.write("a.md", "Text.")
    (repository.work / "b.md").symlink_to("/etc/passwd")
    (repository.work / "c.md").symlink_to("a.md")
    repository.write(".github/d.md", "Text.")
    repository.push()
    report = opened().sync()
    assert report.added == 1
    assert [skip.path for skip in report.skipped] == ["b.md", "c.md"]


def test_a_hook_in_the_copy_is_not_run(repository: Repository, opened: Open, tmp_path: Path) -> None:
    repository.write("a.md", "Text.")
    repository.push()
    synced = opened()
    synced.sync()
    hook = tmp_path / "kept/repository/.git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    repository.write("a.md", "Text again.")
    repository.push()
    synced.sync()
    assert not (tmp_path / "ran").exists()


def test_pages_on_a_git_host_are_linked_there(tmp_path: Path) -> None:
    def address(url: str) -> str | None:
        return GitOptions(url=url, folder="docs").open("x", tmp_path)._page_url("a b.md")

    assert address("https://github.com/o/r.git") == "https://github.com/o/r/blob/HEAD/docs/a%20b.md"
    assert address("https://gitlab.example.com/o/r") == "https://gitlab.example.com/o/r/-/blob/HEAD/docs/a%20b.md"
    assert address("git@github.com:o/r.git") is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"url": "/nowhere/wiki.git"}, "no such repository or branch"),
        ({"branch": "gone"}, "no such repository or branch"),
        ({"folder": "gone"}, "no folder gone"),
        ({"url": "http://127.0.0.1:9/wiki.git"}, "cannot be fetched"),
    ],
)
def test_what_cannot_be_fetched_removes_nothing(
    repository: Repository, opened: Open, options: dict[str, str], sentence: str
) -> None:
    repository.write("a.md", "Text.")
    repository.push()
    opened().sync()
    with pytest.raises(SourceUnavailable, match=sentence):
        opened(**options).sync()
    assert opened().counts() == "0 added, 0 changed, 0 removed, 1 unchanged"


def test_an_emptied_repository_empties_nothing(repository: Repository, opened: Open) -> None:
    repository.write("a.md", "Text.")
    repository.push()
    synced = opened()
    synced.sync()
    repository.git("rm", "--quiet", "a.md")
    repository.push()
    with pytest.raises(SourceError, match="index stays as it is"):
        synced.sync()
    assert synced.pages() == ["a"]


@pytest.mark.parametrize("file", ["HEAD", "config", "index", "index.lock"])
def test_a_damaged_copy_is_made_anew(repository: Repository, opened: Open, tmp_path: Path, file: str) -> None:
    repository.write("a.md", "Text.")
    repository.push()
    synced = opened()
    synced.sync()
    (tmp_path / "kept/repository/.git" / file).write_text("nonsense")
    assert synced.counts() == "0 added, 0 changed, 0 removed, 1 unchanged"


def test_a_repository_around_the_copy_is_never_touched(repository: Repository, opened: Open, tmp_path: Path) -> None:
    repository.write("a.md", "Text.")
    repository.push()
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "kept")], check=True)
    (tmp_path / "kept/mine.txt").write_text("mine")
    (tmp_path / "kept/repository/.git").mkdir(parents=True)
    opened().sync()
    assert (tmp_path / "kept/mine.txt").read_text() == "mine"


def test_a_missing_token_is_said(opened: Open) -> None:
    with pytest.raises(SourceError, match="environment variable NO_SUCH_TOKEN"):
        opened(token_env="NO_SUCH_TOKEN").sync()
