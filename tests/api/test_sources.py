"""Sources over HTTP and on the command line: the schedule follows them, and staff see how that goes."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from api.cli import cli
from knowledge.index import Index
from knowledge.settings import KnowledgeSettings
from tests.api.conftest import Running, environment, serving, url_in
from tests.api.problem import problem
from tools.principal import Role


@pytest.fixture(scope="module")
def wiki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources") / "wiki"
    folder.mkdir()
    (folder / "fees.md").write_text("# Fees\n\nThe late fee is 5 euros.\n")
    (folder / "staff.md").write_text("# Rota\n\nThe rota for staff.\n")
    (folder / "sheet.xlsx").write_bytes(b"PK")
    return folder


@pytest.fixture(scope="module")
def house(wiki: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that syncs its own sources every second, without the demo."""
    data_dir = tmp_path_factory.mktemp("house")
    (data_dir / "sources.toml").write_text(
        f'[[source]]\nname = "handbook"\nkind = "folder"\npath = "{wiki}"\ncollection = "home"\n'
        'internal = ["staff*"]\nrefresh = "1s"\n\n'
        '[[source]]\nname = "gone"\nkind = "folder"\npath = "/nowhere/at/all"\nrefresh = "1d"\n\n'
        '[[source]]\nname = "asked"\nkind = "folder"\npath = "/nowhere/at/all"\n'
    )
    more = {"DESKMATE_API_DEMO": "false", "DESKMATE_AGENT_COLLECTION": "home"}
    with serving(data_dir, **more) as banner:
        yield Running(url_in(banner), "", "", data_dir, banner)


@pytest.fixture
def colleague(house: Running) -> Iterator[httpx.Client]:
    with house.client(house.key_for("S-01", Role.STAFF)) as client:
        yield client


def listed(client: httpx.Client, until: Callable[[dict[str, Any]], bool]) -> dict[str, dict[str, Any]]:
    """The sources by name, once they are as is waited for."""
    for _ in range(300):
        found = {source["name"]: source for source in client.get("/v1/knowledge/sources").json()["data"]}
        if until(found):
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def test_sources_are_synced_in_the_background_and_staff_see_how_it_went(colleague: httpx.Client) -> None:
    found = listed(colleague, lambda now: now["handbook"]["status"] == "ok" and now["gone"]["status"] == "failed")
    handbook, gone, asked = found["handbook"], found["gone"], found["asked"]
    assert (handbook["collection"], handbook["pages"], handbook["refresh_seconds"]) == ("home", 2, 1)
    assert handbook["last"]["skipped"] == 1
    assert handbook["last"]["troubles"][0]["page"] == "sheet.xlsx"
    assert handbook["last_good"] == handbook["last"]["started"] < handbook["next_due"]
    assert gone["last"]["error"] == "There is no folder /nowhere/at/all: check the path."
    assert (gone["last_good"], asked["status"], asked["last"], asked["next_due"]) == (None, "never", None, None)


def test_a_changed_page_is_found_soon(colleague: httpx.Client, wiki: Path) -> None:
    (wiki / "fees.md").write_text("# Fees\n\nThe late fee is 6 euros.\n")
    found = listed(
        colleague,
        lambda now: "6 euros" in str(colleague.get("/v1/knowledge/search", params={"q": "late fee"}).json()),
    )
    assert found["handbook"]["pages"] == 2


def test_customers_do_not_see_where_the_wikis_come_from(house: Running) -> None:
    with house.client(house.key_for("C-1001")) as customer:
        assert "staff" in str(problem(customer.get("/v1/knowledge/sources"), 403, "forbidden")["detail"])
        hits = customer.get("/v1/knowledge/search", params={"q": "rota"}).json()["hits"]
    assert "staff" not in {hit["page"] for hit in hits}


def test_without_sources_the_list_is_empty(staff: httpx.Client) -> None:
    assert staff.get("/v1/knowledge/sources").json() == {"data": [], "dropped": []}


def test_started_on_edited_sources_it_syncs_the_new_one_and_reports_the_removed_one_until_it_is_forgotten(
    tmp_path: Path, command: "Run"
) -> None:
    more = {"DESKMATE_API_DEMO": "false", "DESKMATE_AGENT_COLLECTION": "home"}
    for name, text in (("old", "The old pond holds frogs."), ("new", "The new pond holds newts.")):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.md").write_text(f"# Pond {name}\n\n{text}\n")

    def names(name: str) -> None:
        (tmp_path / "sources.toml").write_text(
            f'[[source]]\nname = "{name}"\nkind = "folder"\npath = "{tmp_path / name}"\ncollection = "home"\n'
            'refresh = "1d"\n'
        )

    def found(client: httpx.Client) -> set[str]:
        return {hit["page"] for hit in client.get("/v1/knowledge/search", params={"q": "pond"}).json()["hits"]}

    names("old")
    assert command("sync").exit_code == 0
    names("new")
    with serving(tmp_path, **more) as banner:
        assert "still holds 1 page of 'old'" in " ".join(banner.split())
        running = Running(url_in(banner), "", "", tmp_path, banner)
        with running.client(running.key_for("S-01", Role.STAFF)) as staff:
            assert listed(staff, lambda now: now["new"]["status"] == "ok").keys() == {"new"}
            assert found(staff) == {"old", "new"}
            [dropped] = staff.get("/v1/knowledge/sources").json()["dropped"]
            assert (dropped["name"], dropped["collection"], dropped["pages"]) == ("old", "home", 1)
            assert command(*dropped["remove"].split()[1:]).exit_code == 0
            assert found(staff) == {"new"}
            assert staff.get("/v1/knowledge/sources").json()["dropped"] == []


Run = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line in this process, on a data directory of its own."""
    for name, value in environment(tmp_path).items():
        if name.startswith(("DESKMATE_", "COLUMNS")):
            monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(cli, list(arguments))


def test_a_sync_on_the_command_line(wiki: Path, tmp_path: Path, command: Run) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(f'[[source]]\nname = "handbook"\nkind = "folder"\npath = "{wiki}"\n')
    assert (
        "handbook → wiki 'handbook': 2 added, 0 changed, 0 removed, 0 unchanged, 0 failed"
        in command("sync", "--dry-run").stdout
    )
    [result] = json.loads(command("sync", "handbook", "--json").stdout)
    assert (result["added"], result["error"]) == (2, None)
    assert command("knowledge", "audit").exit_code == 0

    path.write_text(path.read_text().replace(str(wiki), "/nowhere/at/all"))
    failed = command("sync")
    assert failed.exit_code == 1
    assert "There is no folder /nowhere/at/all" in failed.stderr

    path.write_text(path.read_text().replace("handbook", "other"))
    assert "deskmate sync --forget handbook" in command("sync").stderr
    assert "Removed 2 pages" in command("sync", "--forget", "handbook").stdout


def test_a_second_writer_is_refused_with_a_sentence(wiki: Path, tmp_path: Path, command: Run) -> None:
    (tmp_path / "sources.toml").write_text(f'[[source]]\nname = "a"\nkind = "folder"\npath = "{wiki}"\n')
    with Index.open(KnowledgeSettings(data_dir=tmp_path), writer=True):
        refused = command("sync")
        assert refused.exit_code == 1
        assert "Another process is writing the index" in refused.stderr
        assert command("sync", "--dry-run").exit_code == 0


def test_a_mistake_in_sources_toml_is_one_sentence(tmp_path: Path, command: Run) -> None:
    (tmp_path / "sources.toml").write_text('[[source]]\nname = "handbook"\nkind = "drawer"\n')
    done = command("sync")
    assert done.exit_code == 1
    assert "source 1 'handbook', key 'kind'" in done.stderr


def test_without_a_source_it_says_where_to_describe_one(tmp_path: Path, command: Run) -> None:
    assert f"describe one in {tmp_path / 'sources.toml'}" in command("sync").stderr


def test_a_broken_index_is_named_with_the_command_that_mends_it(wiki: Path, tmp_path: Path, command: Run) -> None:
    assert command("ingest", str(wiki), "--collection", "home").exit_code == 0
    with Index.open(KnowledgeSettings(data_dir=tmp_path)) as index, index.truth("home").writing() as connection:
        connection.execute("UPDATE meta SET value = 7 WHERE name = 'chunks_all'")
    broken = command("knowledge", "audit")
    assert broken.exit_code == 1
    assert "count that is wrong: 1, such as chunks_all" in broken.stdout
    assert "deskmate knowledge rebuild" in broken.stderr
    assert command("knowledge", "rebuild").exit_code == 0
    assert json.loads(command("knowledge", "audit", "--json").stdout)[0]["ok"]
