"""A small web server on a real socket, that can be made slow, busy or broken."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `wait` seconds pass before it; `cut` closes the connection in the middle of the body."""

    body: str | bytes = ""
    status: int = 200
    media: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    wait: float = 0
    cut: bool = False


@dataclass(slots=True)
class Request:
    """What was asked: path with query, headers (names in lower case) and body."""

    method: str
    path: str
    headers: dict[str, str]
    body: str = ""


@dataclass
class Site:
    """Answers from `pages` by path, or by `answer`; `faults` come first, one a request."""

    pages: dict[str, Answer] = field(default_factory=dict)
    faults: list[Answer] = field(default_factory=list)
    always: Answer | None = None  # to everything
    requests: list[Request] = field(default_factory=list)
    answer: Callable[[Request], Answer] | None = None
    url: str = ""

    def respond(self, request: Request) -> Answer:
        self.requests.append(request)
        if self.always:
            return self.always
        if self.faults:
            return self.faults.pop(0)
        if self.answer:
            return self.answer(request)
        return self.pages.get(request.path, Answer("<p>Not here.</p>", 404))

    def asked(self) -> list[str]:
        """The paths asked for since this was last called."""
        paths = [request.path for request in self.requests]
        self.requests.clear()
        return paths


S = TypeVar("S", bound=Site)


@contextmanager
def serving(site: S) -> Iterator[S]:
    """Listen on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet, or each answer waits 40 ms for an acknowledgement

        def log_request(self, code: object = "-", size: object = "-") -> None:
            """Not into the tests' output."""

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = site.respond(Request(self.command, self.path, headers, body))
            time.sleep(answer.wait)
            content = answer.body.encode() if isinstance(answer.body, str) else answer.body
            with suppress(ConnectionError):
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.media)
                self.send_header("Content-Length", str(len(content)))
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if answer.cut else content)
            self.close_connection = self.close_connection or answer.cut

    for verb in ("POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{verb}", Handler.do_GET)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
