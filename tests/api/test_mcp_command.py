"""`deskmate mcp`, and the server with its orders kept by a system of their own."""

import json
import re
import shutil
from pathlib import Path

import httpx
import pytest

from tests.api.conftest import Running, deskmate, serving, url_in


@pytest.fixture(scope="module")
def folder(server: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's wiki, and nothing else yet."""
    folder = tmp_path_factory.mktemp("mcp")
    shutil.copytree(server.data_dir / "knowledge", folder / "knowledge", ignore=shutil.ignore_patterns("owner.lock"))
    shutil.copy(server.data_dir / "demo-wiki.ready", folder)
    done = deskmate(folder, "mcp", "demo")
    assert "3 tools are approved" in done.stdout, done.stderr
    return folder


def standings(folder: Path) -> dict[str, str]:
    return {one["tool"]: one["state"] for one in json.loads(deskmate(folder, "mcp", "list", "--json").stdout)}


def test_the_demos_order_system_is_one_command_and_again_changes_nothing(folder: Path) -> None:
    before = (folder / "mcp.toml").read_text()
    assert deskmate(folder, "mcp", "demo").returncode == 0
    assert (folder / "mcp.toml").read_text() == before
    assert standings(folder) == {"list_orders": "ready", "cancel_order": "ready", "request_refund": "ready"}


def test_the_service_answers_with_the_orders_of_that_system(folder: Path) -> None:
    with serving(folder) as banner:
        key = re.findall(r"dm_[\w-]+", banner)[0]
        with httpx.Client(base_url=url_in(banner), headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
            thread = client.post("/v1/threads").json()["thread_id"]
            body = {"input": {"message": "Which orders do I have?"}}
            run = client.post(f"/v1/threads/{thread}/runs/wait", json=body).json()
    assert "O-5001" in run["reply"]["text"]
    assert run["plan"][0]["step"] == "Look through your orders"
    assert (folder / "orders.sqlite").exists()


def test_an_approval_is_listed_and_a_lost_one_is_told_with_the_command_that_mends_it(folder: Path) -> None:
    pins = (folder / "mcp-pins.json").read_text()
    (folder / "mcp-pins.json").unlink()
    assert set(standings(folder).values()) == {"not approved"}
    told = deskmate(folder, "ask", "What is the late fee?").stderr
    assert "deskmate mcp approve orders" in told
    assert "Approved list_orders: List the customer's own orders" in deskmate(folder, "mcp", "approve", "orders").stdout
    assert set(standings(folder).values()) == {"ready"}
    assert json.loads(pins).keys() == json.loads((folder / "mcp-pins.json").read_text()).keys()


def test_an_unknown_server_is_a_sentence_with_those_there_are(folder: Path) -> None:
    done = deskmate(folder, "mcp", "approve", "nobody")
    assert done.returncode == 1
    assert "there is: orders." in done.stderr


def test_a_fault_in_the_file_stops_the_start_with_its_place(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mcp.toml").write_text("[servers.orders]\n")
    done = deskmate(tmp_path, "mcp", "list")
    assert done.returncode == 1
    assert "servers.orders" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demos_system_is_not_for_a_desk_that_is_no_demo(tmp_path: Path) -> None:
    done = deskmate(tmp_path, "mcp", "demo", DESKMATE_API_DEMO="false")
    assert done.returncode == 1
    assert "This is for the demo" in done.stderr
    assert not (tmp_path / "mcp.toml").exists()
