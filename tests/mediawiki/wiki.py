"""A real MediaWiki on a free port of this machine, on SQLite and PHP's own web server, in a folder of its own."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx

HOMES = [Path("/var/lib/deskmate-tests/usr/share/mediawiki"), Path("/usr/share/mediawiki")]
ADMIN, PASSWORD = "Admin", "kept-for-tests-1"
BOT, BOT_PASSWORD = "Admin@deskmate", "0123456789abcdef0123456789abcdef"
_SETTINGS = """
$wgJobRunRate = 0;  // what follows from an edit is done by `work`, as a wiki's timer does it
$wgEnableUploads = false;
$wgRateLimits = [];
$wgNamespaceProtection = [];
$wgShowExceptionDetails = false;
define( 'NS_HELPDESK', 3000 );
$wgExtraNamespaces[NS_HELPDESK] = 'Helpdesk';
$wgContentNamespaces[] = NS_HELPDESK;
if ( is_file( __DIR__ . '/private' ) ) { $wgGroupPermissions['*']['read'] = false; }
if ( PHP_SAPI !== 'cli' && is_file( __DIR__ . '/fault' ) ) {
    $code = (int)file_get_contents( __DIR__ . '/fault' );
    if ( $code === 0 ) { sleep( 2 ); exit; }
    http_response_code( $code );
    header( 'Retry-After: 0' );
    exit;
}
"""


def home() -> Path | None:
    """Where MediaWiki's files are; None where it cannot run."""
    found = next((path for path in HOMES if (path / "api.php").exists()), None)
    return found if found and shutil.which("php") else None


class RealWiki:
    """Starts empty. `edit`, `move`, `delete` change it as a person would, through its API."""

    def __init__(self, folder: Path) -> None:
        self._home = home() or Path()
        self._folder = folder
        self.port = _free_port()
        self.api = f"http://127.0.0.1:{self.port}/api.php"
        self._make()
        self._server = self._start()
        self._browser = httpx.Client(timeout=60)
        self._sign_in()

    def close(self) -> None:
        """Stop the server."""
        self._browser.close()
        self._server.terminate()
        self._server.wait(10)

    def edit(self, title: str, text: str) -> None:
        """Write a page, new or not."""
        self._act(action="edit", title=title, text=text)

    def move(self, old: str, new: str, *, redirect: bool = True) -> None:
        """Give a page another title."""
        self._act(action="move", **{"from": old, "to": new}, **({} if redirect else {"noredirect": "1"}))

    def delete(self, title: str) -> None:
        """Delete a page."""
        self._act(action="delete", title=title)

    def work(self) -> None:
        """Do what waits to be done after edits, such as letting pages know that a template changed."""
        self._php("runJobs.php")

    def next_second(self) -> None:
        """Wait until the wiki's clock, which counts whole seconds, shows another time."""
        time.sleep(1.05)

    def private(self, *, on: bool) -> None:
        """Let only users that signed in read."""
        (self._folder / "private").touch() if on else (self._folder / "private").unlink(missing_ok=True)

    def fault(self, status: int | None) -> None:
        """Answer everything with this status; 0 keeps silent for two seconds; None ends it."""
        if status is None:
            (self._folder / "fault").unlink(missing_ok=True)
        else:
            (self._folder / "fault").write_text(str(status))

    def requests(self) -> int:
        """How many requests were answered so far."""
        return (self._folder / "access.log").read_text().count("/api.php")

    def version(self) -> str:
        """Such as 'MediaWiki 1.39.17'."""
        answer = self._browser.get(self.api, params={"action": "query", "meta": "siteinfo", "format": "json"})
        return str(answer.json()["query"]["general"]["generator"])

    def _make(self) -> None:
        self._php(
            "install.php", "--dbtype", "sqlite", "--dbpath", self._folder, "--confpath", self._folder,
            "--server", f"http://127.0.0.1:{self.port}", "--scriptpath", "", "--pass", PASSWORD, "Help", ADMIN,
        )  # fmt: skip
        settings = self._folder / "LocalSettings.php"
        settings.write_text(settings.read_text() + _SETTINGS)
        self._php("createBotPassword.php", "--appid", "deskmate", "--grants", "basic", ADMIN, BOT_PASSWORD)

    def _php(self, script: str, *arguments: object) -> None:
        command = ["php", str(self._home / "maintenance" / script), *map(str, arguments)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=120, env=self._environment()
        )
        assert done.returncode == 0, f"{script}: {done.stdout[-2000:]} {done.stderr[-2000:]}"

    def _environment(self) -> dict[str, str]:
        settings = self._folder / "LocalSettings.php"
        return {**os.environ, **({"MW_CONFIG_FILE": str(settings)} if settings.exists() else {})}

    def _start(self) -> subprocess.Popen[bytes]:
        server = subprocess.Popen(
            ["php", "-S", f"127.0.0.1:{self.port}", "-t", str(self._home)],
            env={**self._environment(), "PHP_CLI_SERVER_WORKERS": "3"},
            stdout=subprocess.DEVNULL,
            stderr=(self._folder / "access.log").open("wb"),
        )
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return server
            time.sleep(0.05)
        raise AssertionError("PHP's web server did not start.")

    def _sign_in(self) -> None:
        token = self._call(action="query", meta="tokens", type="login")["query"]["tokens"]["logintoken"]
        self._call(action="clientlogin", username=ADMIN, password=PASSWORD, logintoken=token, loginreturnurl=self.api)

    def _act(self, **form: str) -> None:
        token = self._call(action="query", meta="tokens")["query"]["tokens"]["csrftoken"]
        self._call(**form, token=token)

    def _call(self, **form: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._browser.post(self.api, data={**form, "format": "json"}).json()
        assert "error" not in answer, answer
        return answer


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
