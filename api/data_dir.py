"""The data directory: made, held by one server at a time, emptied on request."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from api.errors import StartError

# What Deskmate itself puts there; anything else in the directory is somebody's own and stays.
CONTENTS = (
    "knowledge",
    "demo-wiki.ready",
    "desk.sqlite*",
    "threads.sqlite*",
    "checkpoints.sqlite*",
    "api.sqlite*",
    "audit.sqlite*",
    "audit.key",
    "orders.sqlite*",
    "demo-keys.json",
    "serve.lock",
)


def ensure(path: Path) -> None:
    """Make the directory if it is not there. Raises StartError if it cannot be written."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise not_writable(path, error) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise not_writable(path, PermissionError(None, "permission denied"))


def not_writable(path: Path, error: OSError) -> StartError:
    """The sentence for a directory that cannot be written."""
    return StartError(
        f"The data directory {path.absolute()} cannot be written ({(error.strerror or str(error)).lower()}). "
        "Make it writable, or name another one in DESKMATE_DATA_DIR."
    )


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Keep other servers off the directory: a thread has one writer, and it lives in this process."""
    ensure(path)
    lock = FileLock(path / "serve.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise StartError(
            f"Another Deskmate server is using the data directory {path.absolute()}. "
            "Stop it first, or name another directory in DESKMATE_DATA_DIR."
        ) from None
    try:
        yield
    finally:
        lock.release()


def contents(path: Path) -> list[Path]:
    """What of Deskmate's stands in the directory."""
    return sorted(found for pattern in CONTENTS for found in path.glob(pattern))


def empty(path: Path) -> None:
    """Delete what Deskmate put there, and the directory itself if nothing else is left."""
    for found in contents(path):
        shutil.rmtree(found) if found.is_dir() else found.unlink()
    if not any(path.iterdir()):
        path.rmdir()
