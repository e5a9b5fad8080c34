"""A PostgreSQL server from this machine's packages, in a folder of its own, on a loopback port."""

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

_HOMES = ("/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/pgsql")


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; every test gets a database of its own."""

    port: int

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql+psycopg://desk@127.0.0.1:{self.port}/{database}"

    def fresh(self) -> str:
        """The address of a new, empty database."""
        name = f"desk_{uuid.uuid4().hex[:12]}"
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.url(name)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Start one, or skip plainly where there is none."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here (Debian: apt install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="deskmate-pg-"))
    try:
        yield from _run(programs, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(programs: Path, folder: Path) -> Iterator[Postgres]:
    as_other: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL does not run as root
        shutil.chown(folder, "postgres", "postgres")
        as_other = ["runuser", "-u", "postgres", "--"]
    port, data = _free_port(), folder / "data"
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
    control = [*as_other, str(programs / "pg_ctl"), "-D", str(data)]
    initdb = [*as_other, str(programs / "initdb"), "-D", str(data), "-U", "desk", "-A", "trust", "-E", "UTF8"]
    _do([*initdb, "--locale=C"], folder)
    _do([*control, "-w", "-l", str(folder / "log"), "-o", options, "start"], folder)
    try:
        yield Postgres(port)
    finally:
        _do([*control, "-m", "immediate", "stop"], folder)


def _do(command: list[str], folder: Path) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, cwd=folder)


def _programs() -> Path | None:
    found = [path.parent for home in _HOMES for path in Path(home).glob("*/bin/initdb")]
    named = shutil.which("initdb")
    return max(found, key=str) if found else (Path(named).parent if named else None)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
