"""A service and a browser for the session, a fresh page for each test that fails on any complaint of the browser."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, async_playwright

from tests.ollama_double.double import OllamaDouble, ollama_double

CHROMIUM = [
    os.environ.get("DESKMATE_TEST_CHROMIUM", ""),
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP: ViewportSize = {"width": 1280, "height": 820}
START_LIMIT = 150  # seconds for a first start, which reads the demo wiki


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a browser; without one the tests of this folder are skipped."""
    found = next((path for path in CHROMIUM if path and Path(path).is_file()), None)
    if found is None:
        pytest.skip("No Chromium found: install one, or name it in DESKMATE_TEST_CHROMIUM.")
    return found


@pytest.fixture(scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """One browser for all tests; each gets a context of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def ollama() -> AsyncIterator[OllamaDouble]:
    """An Ollama with two models, of which the service admits the small one."""
    async with ollama_double() as double:
        double.hold("small:1b")
        double.hold("large:70b")
        yield double


@pytest.fixture(scope="session")
async def address(chromium: str, ollama: OllamaDouble, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """URL of a `deskmate serve` of our own, in demo mode, with a fresh data directory. The built-in model answers where
    no other one is chosen."""
    folder = tmp_path_factory.mktemp("deskmate")
    name_sources(folder)
    port = free_port()
    log = folder / "serve.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "api.cli", "serve", "--port", str(port)),
            env={
                **os.environ,
                "DESKMATE_DATA_DIR": str(folder / "data"),
                "DESKMATE_AGENT_MODEL": "offline",
                "DESKMATE_API_MODELS": "ollama/small:*",
                "DESKMATE_OLLAMA_BASE_URL": ollama.base_url,
                "DESKMATE_OLLAMA_PROBE_SECONDS": "20",
            },
            stdout=output,
            stderr=output,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        await answering(url, process, log)
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def name_sources(folder: Path) -> None:
    """A small wiki beside the demo's that is synced at the start, and a source that cannot be."""
    wiki, data = folder / "shops", folder / "data"
    wiki.mkdir()
    data.mkdir()
    (wiki / "hours.md").write_text("# Opening hours\n\n## Market days\n\n🎉 The shop in Selkirk opens at 7:45.\n")
    (wiki / "rota.xlsx").write_bytes(b"PK")
    (data / "sources.toml").write_text(
        f'[[source]]\nname = "shops"\nkind = "folder"\npath = "{wiki}"\nrefresh = "1d"\n\n'
        '[[source]]\nname = "intranet"\nkind = "folder"\npath = "/nowhere/at/all"\nrefresh = "1d"\n'
    )


def free_port() -> int:
    """A TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def answering(url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    """Wait until the service answers. Fails with its log if it ends first, or never does."""
    async with httpx.AsyncClient() as client:
        for _ in range(START_LIMIT * 4):
            if process.returncode is not None:
                break
            try:
                await client.get(f"{url}/healthz")
            except httpx.TransportError:
                await asyncio.sleep(0.25)
            else:
                return
    told = await asyncio.to_thread(log.read_text)
    pytest.fail(f"The service did not start:\n{told}")


class Complaints:
    """What the browser holds against a page: script errors, policy violations, console errors."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def listen(self, page: Page) -> None:
        """Hear everything that `page` complains about from now on."""
        page.on("pageerror", lambda error: self.heard.append(str(error)))
        page.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.heard.append(message.text)

    def forgive(self, words: str) -> None:
        """Drop the complaints that a test provoked on purpose."""
        self.heard = [complaint for complaint in self.heard if words not in complaint]


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Empty at the start, and to be empty at the end of every test."""
    complaints = Complaints()
    yield complaints
    assert complaints.heard == []


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser profile of its own, light and of desktop size."""
    context = await browser.new_context(viewport=DESKTOP, color_scheme="light", timezone_id="Asia/Tokyo")
    context.set_default_timeout(20_000)
    yield context
    await context.close()


@pytest.fixture
async def page(context: BrowserContext, complaints: Complaints, address: str) -> Page:
    """The page as a demo customer meets it, ready for a question."""
    page = await context.new_page()
    complaints.listen(page)
    await page.goto(address)
    await page.get_by_role("heading", name="How can we help?").wait_for()
    await page.get_by_role("list", name="Questions to start with").get_by_role("button").first.wait_for()
    return page
