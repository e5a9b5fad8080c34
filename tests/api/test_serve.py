"""The server's start and stop, and each way in which a start can fail."""

import re
import shutil
import socket
from pathlib import Path
from typing import Any

import httpx
from filelock import FileLock

from api.keys import KeyStore, demo_keys
from api.store import open_store
from tests.api.conftest import Running, deskmate, serving, url_in
from tests.api.problem import problem
from tests.api.sse import received
from tools.seed import DEMO_TENANT


def test_the_banner_says_where_what_why_and_how_to_stop(server: Running) -> None:
    assert server.url in server.banner
    assert "offline" in server.banner
    assert "built-in matcher" in server.banner
    assert "ollama pull" in server.banner
    assert str(server.data_dir) in server.banner
    assert "C-1001" in server.banner
    assert "S-01" in server.banner


def test_it_is_alive_and_ready(anybody: httpx.Client) -> None:
    assert anybody.get("/healthz").json() == {"status": "ok"}
    ready = anybody.get("/readyz")
    assert ready.status_code == 200
    assert set(ready.json()["checks"]) == {"index", "database", "model"}
    assert all(check["ok"] for check in ready.json()["checks"].values())


def test_a_taken_port_is_named_with_the_flag_that_helps(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = deskmate(tmp_path, "serve", "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_demo_mode_stays_on_this_machine(tmp_path: Path) -> None:
    done = deskmate(tmp_path, "serve", "--host", "192.0.2.1", "--port", "0")
    assert done.returncode == 1
    assert "DESKMATE_API_DEMO=false" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_second_server_on_the_same_data_is_refused(server: Running) -> None:
    done = deskmate(server.data_dir, "serve", "--port", "0")
    assert done.returncode == 1
    assert "Another Deskmate server is using" in done.stderr


def test_an_index_that_another_process_writes_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    with FileLock(folder / "owner.lock"):
        done = deskmate(tmp_path, "serve", "--port", "0")
    assert done.returncode == 1
    assert "Another process is writing the index" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_index_of_another_version_says_how_to_rebuild_it(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge" / "collections"
    folder.mkdir(parents=True)
    (folder / "demo.db").write_bytes(b"not an index")
    (tmp_path / "demo-wiki.ready").touch()
    done = deskmate(tmp_path, "serve", "--port", "0")
    assert done.returncode == 1
    assert "deskmate rebuild" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.touch()  # a file where the directory should be
    done = deskmate(path, "serve", "--port", "0")
    assert done.returncode == 1
    assert str(path) in done.stderr
    assert "DESKMATE_DATA_DIR" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_demo_mode_no_key_is_shown_handed_out_or_taken(tmp_path: Path) -> None:
    keys = demo_keys(KeyStore(open_store(tmp_path)), tmp_path, DEMO_TENANT)
    with serving(tmp_path, DESKMATE_API_DEMO="false") as banner, httpx.Client(base_url=url_in(banner)) as client:
        assert "dm_" not in banner
        problem(client.get("/demo/session"), 404, "not-found")
        problem(client.get("/v1/me", headers={"Authorization": f"Bearer {keys.staff}"}), 401, "unauthorized")


def test_a_server_without_a_wiki_is_alive_but_not_ready(tmp_path: Path) -> None:
    with serving(tmp_path, DESKMATE_API_DEMO="false") as banner, httpx.Client(base_url=url_in(banner)) as client:
        assert client.get("/healthz").status_code == 200
        document = problem(client.get("/readyz"), 503, "unavailable")
        assert "deskmate ingest" in str(document["detail"])
        assert "'index'" in str(document["errors"])


def test_after_a_restart_runs_and_stored_answers_are_still_there(server: Running, tmp_path: Path) -> None:
    shutil.copytree(server.data_dir / "knowledge", tmp_path / "knowledge")
    shutil.copy(server.data_dir / "demo-wiki.ready", tmp_path)
    question: dict[str, Any] = {
        "json": {"input": {"message": "What is the late fee?"}},
        "headers": {"Idempotency-Key": "one"},
    }
    with serving(tmp_path) as banner, client_of(banner) as client:
        path = f"/v1/threads/{client.post('/v1/threads').json()['thread_id']}"
        first = client.post(f"{path}/runs/wait", **question)
    with serving(tmp_path) as banner, client_of(banner) as client:
        assert client.post(f"{path}/runs/wait", **question).content == first.content
        assert client.get(path).json()["runs"] == [first.json()]
        events = list(received(client.get(f"{path}/runs/{first.json()['run_id']}/stream").text.split("\n")))
    assert events[-1].event == "end"
    assert events[-1].data["run"] == first.json()


def client_of(banner: str) -> httpx.Client:
    """A client with the demo customer's key of a banner."""
    key = re.findall(r"dm_[\w-]+", banner)[0]
    return httpx.Client(base_url=url_in(banner), headers={"Authorization": f"Bearer {key}"}, timeout=60)
