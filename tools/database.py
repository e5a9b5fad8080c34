"""The desk's database: one SQLAlchemy engine, a read and a write transaction, and a copy for fresh worlds."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, create_engine, event, insert, inspect, make_url, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session

from tools.errors import SchemaMismatch, ToolsError
from tools.schema import VERSION, SchemaVersion, Table
from tools.settings import ToolSettings

_PRAGMAS = ("journal_mode=WAL", "busy_timeout=5000", "synchronous=FULL", "foreign_keys=ON")


class Database:
    """An open database. Safe to share between threads; every transaction takes its own connection."""

    def __init__(self, url: str) -> None:
        """Open `url`, making the file and the tables where there are none.

        Raises:
            SchemaMismatch: another version of Deskmate made this database.
        """
        self._url = make_url(url)
        self._sqlite = self._url.get_backend_name() == "sqlite"
        self._engine = open_engine(url)
        # On SQLite a write takes the lock at once: a read that is upgraded later could fail half way.
        self._writer = self._engine.execution_options(immediate=True)
        self._create()

    @classmethod
    def open(cls, settings: ToolSettings | None = None) -> Self:
        """Open the database that the settings name."""
        return cls((settings or ToolSettings()).url)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; whatever it changed is dropped."""
        with Session(self._engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at the end, or leaves nothing behind if the block raises."""
        with Session(self._writer) as session, session.begin():
            yield session

    def copy_to(self, path: Path) -> "Database":
        """Copy this database into a new SQLite file, as of one moment, and open the copy.

        Raises:
            ToolsError: this database is not SQLite, or the file exists.
        """
        if not self._sqlite:
            raise ToolsError("Only an SQLite database can be copied to a file; use your server's own backup instead.")
        if path.exists():
            raise ToolsError(f"The copy would overwrite {path}; name a file that does not exist.")
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(str(self._url.database))) as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)
        return Database(f"sqlite:///{path}")

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def _create(self) -> None:
        with self._writer.begin() as connection:
            if not inspect(connection).has_table(SchemaVersion.__tablename__):
                Table.metadata.create_all(connection)
                connection.execute(insert(SchemaVersion).values(version=VERSION))
            found = connection.scalar(select(SchemaVersion.version))
            if found is not None and found < VERSION and _lacks_whole_tables_alone(connection):
                Table.metadata.create_all(connection)
                connection.execute(update(SchemaVersion).values(version=VERSION))
                found = VERSION
        if found != VERSION:
            self.close()
            named = self._url.render_as_string(hide_password=True)
            raise SchemaMismatch(
                f"The database {named} was made by another version of Deskmate: its tables are version {found}, "
                f"this one reads {VERSION}. Use that version, or name another database in "
                "DESKMATE_TOOLS_DATABASE_URL and seed it anew."
            )


def open_engine(url: str) -> Engine:
    """An engine for `url`; SQLite gets WAL, full sync and a folder to stand in.

    On SQLite the execution option `immediate` takes the lock at BEGIN.

    Raises:
        ToolsError: an SQLite database in memory, or the driver is not installed.
    """
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    if sqlite and parsed.database in (None, "", ":memory:"):
        raise ToolsError("The desk needs a database file: an SQLite database in memory is lost between threads.")
    if sqlite:
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(parsed)
    except ModuleNotFoundError as error:
        raise ToolsError(
            f"The database needs the package {error.name!r}. Install it with: pip install 'deskmate[postgres]'"
        ) from error
    if sqlite:
        _prepare_sqlite(engine)
    return engine


def _lacks_whole_tables_alone(connection: Connection) -> bool:
    """Whether every table of an older database has all of today's columns, so that adding tables makes it today's."""
    known = inspect(connection)
    return all(
        {column.name for column in table.columns} <= {column["name"] for column in known.get_columns(table.name)}
        for table in Table.metadata.tables.values()
        if known.has_table(table.name)
    )


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: DBAPIConnection, _: Any) -> None:
        # The driver's own transaction handling is switched off: BEGIN is sent below, in the mode that is wanted.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
