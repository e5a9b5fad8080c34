"""A small server of `/api/embed` on a real socket: its vectors count words, so that texts with like words are near."""

import json
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, bytes]


class EmbedServer:
    """Knows one model, `words`. `requests` holds the bodies it got; `fault`, where set, answers in its place."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.fault: Callable[[dict[str, Any]], Answer] | None = None
        self.dimensions = 64
        self.url = ""

    def answer(self, body: dict[str, Any]) -> Answer:
        self.requests.append(body)
        if self.fault:
            return self.fault(body)
        if body["model"].partition(":")[0] not in {"words", "nomic-embed-text"}:
            return 404, json.dumps({"error": f'model "{body["model"]}" not found, try pulling it first'}).encode()
        return 200, json.dumps(
            {"model": body["model"], "embeddings": [self._vector(t) for t in body["input"]]}
        ).encode()

    def alike(self, body: dict[str, Any]) -> Answer:
        """Vectors that are all nearly the same, as a `fault`."""
        vectors = [[100.0, *self._vector(text)] for text in body["input"]]
        return 200, json.dumps({"model": body["model"], "embeddings": vectors}).encode()

    def _vector(self, text: str) -> list[float]:
        vector = [0.01] * self.dimensions
        for word in text.lower().split():
            vector[zlib.crc32(word.encode()) % self.dimensions] += 3.0
        return vector


@contextmanager
def serving(server: EmbedServer) -> Iterator[EmbedServer]:
    """Listen on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet an answer: two would wait for each other

        def log_request(self, code: object = "-", size: object = "-") -> None:
            """Not into the tests' output."""

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, content = server.answer(body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(ConnectionError):  # a client that gave up reads no answer
                self.wfile.write(content)

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    server.url = f"http://127.0.0.1:{listener.server_address[1]}"
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()
