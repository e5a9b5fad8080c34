"""The web server around the application: one process, one worker, stopped gracefully."""

import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from api.errors import StartError
from api.settings import ApiSettings


def bind(settings: ApiSettings) -> socket.socket:
    """A listening socket, taken before anything slow starts. Raises StartError: port taken, address unusable."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise StartError(_why(settings, error)) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """The URL under which a browser on this machine finds the server."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _why(settings: ApiSettings, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {settings.port} is taken by another program. "
            f"Choose another one: deskmate serve --port {settings.port + 1}"
        )
    if error.errno == errno.EACCES:
        return f"Port {settings.port} needs more rights than you have. Choose one above 1023 with --port."
    return f"Cannot listen on {settings.host}:{settings.port} ({error.strerror or error}). Check --host."


class Server(uvicorn.Server):
    """A uvicorn server that calls ``on_start`` once it answers and ends normally on Ctrl+C or SIGTERM."""

    def __init__(self, app: FastAPI, settings: ApiSettings, *, on_start: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                access_log=False,
                log_config=None,  # its errors go where all go: through the mask of `api.logs`
                log_level="warning",
                lifespan="on",
                server_header=False,
                timeout_graceful_shutdown=round(settings.shutdown),
            )
        )
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer, then say so."""
        await super().startup(sockets)
        self._on_start()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's own, without raising the signal again afterwards: what is still open is closed by the caller."""
        before = {name: signal.signal(name, self.handle_exit) for name in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)
