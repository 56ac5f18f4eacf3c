"""One engine a process, the same to its users on SQLite and on PostgreSQL."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.sql.schema import Table

from gateways.errors import Unavailable

_WAIT = 5  # seconds for a connection, a lock or a statement; a caller waits no longer for an answer


class Database:
    """Connections to the database at `url`. Nothing is connected to before the first transaction."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        # SQLite has one writer at a time. Its own waiting is a sleep that grows; within a process a lock is quicker.
        self._sqlite = self.engine.dialect.name == "sqlite"
        self._writing = threading.Lock() if self._sqlite else nullcontext()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction, committed when the block ends. Raises Unavailable."""
        with self._faults(), self._writing, self.engine.begin() as connection:
            if self._sqlite:
                # One that began by reading and then wrote could find another writer in its way and fail at once.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A look, without a transaction of its own. Raises Unavailable."""
        with self._faults(), self.engine.connect() as connection:
            yield connection

    def insert(self, table: Table) -> Any:
        """An INSERT that knows ON CONFLICT, in the database's own dialect."""
        return (sqlite if self._sqlite else postgresql).insert(table)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError, TimeoutError) as fault:
            kind = type(fault.orig).__name__ if isinstance(fault, DBAPIError) else type(fault).__name__
            raise Unavailable(f"the database did not answer ({kind})") from fault


def _engine(url: str) -> Engine:
    if url.startswith("sqlite"):
        engine = create_engine(url, pool_size=16, max_overflow=0, pool_timeout=_WAIT, connect_args={"timeout": _WAIT})
        event.listen(engine, "connect", _open_sqlite)
        return engine
    options = f"-c statement_timeout={_WAIT * 1000} -c lock_timeout={_WAIT * 1000}"
    return create_engine(
        url,
        pool_size=16,
        max_overflow=0,
        pool_timeout=_WAIT,
        pool_pre_ping=False,
        pool_recycle=300,
        connect_args={"connect_timeout": _WAIT, "options": options},
    )


def _open_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
