"""Make, seed, start and stop a Request Tracker. By hand: `python -m tests.request_tracker.server FOLDER`."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

_HERE = Path(__file__).parent
_SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
_SETUP = "rt-setup-database-5"
USER, PASSWORD = "deskmate", "deskmate-test"


@dataclass(frozen=True, slots=True)
class RequestTrackerServer:
    """Where it listens, and how Deskmate logs in."""

    url: str
    user: str = USER
    password: str = PASSWORD


def missing() -> str | None:
    """Why it cannot run here, as a sentence for a skip; None if it can."""
    if not _SERVER.exists() or shutil.which(_SETUP) is None:
        return "Request Tracker 5 is not installed; tests/request_tracker/install.sh installs it from Debian's packages"
    return None


@contextmanager
def request_tracker(folder: Path) -> Iterator[RequestTrackerServer]:
    """A fresh one, about four seconds after the call; stopped at the end."""
    (folder / "mason").mkdir(parents=True)
    port = _free_port()
    environment = {
        **os.environ,
        "DESKMATE_TEST_RT_HOME": str(folder),
        "DESKMATE_TEST_RT_PORT": str(port),
        "RT_SITE_CONFIG": str(_HERE / "RT_SiteConfig.pm"),
        "RT_SITE_CONFIG_DIR": str(folder / "none"),
    }
    database = (_SETUP, "--dba", "root", "--dba-password", "none", "--action")
    seed = ("insert", "--datafile", str(_HERE / "initialdata"))
    log = folder / "rt.log"
    with log.open("wb") as out:
        for action in (("init", "--skip-create"), seed):
            subprocess.run([*database, *action], env=environment, stdout=out, stderr=out, check=True, timeout=60)
        server = subprocess.Popen(
            [str(_SERVER), "--host", "127.0.0.1", "--port", str(port), "--max-workers", "2"],
            env=environment,
            stdout=out,
            stderr=out,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, server, log)
        yield RequestTrackerServer(url)
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise RuntimeError(f"Request Tracker stopped at once:\n{log.read_text()[-2000:]}")
        try:
            if httpx.get(f"{url}/REST/2.0/rt", auth=(USER, PASSWORD)).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"Request Tracker does not answer:\n{log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


if __name__ == "__main__":
    if sentence := missing():
        sys.exit(sentence)
    with request_tracker(Path(sys.argv[1])) as running:
        sys.stdout.write(f"{running.url} as {running.user} with {running.password}; Ctrl-C stops it\n")
        sys.stdout.flush()
        try:
            time.sleep(10**6)
        except KeyboardInterrupt:
            sys.stdout.write("Stopped.\n")
