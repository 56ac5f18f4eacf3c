"""A worker's place: a number that no other living worker has, given free by the system when its process ends, however.

What a worker was doing is on record under its place. Whoever takes the place of a worker that was killed goes on with
it; a place that stays empty is found so by the others.
"""

import fcntl
import os
from contextlib import suppress
from typing import IO, Literal, Protocol

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from gateways.database.url import dialect_of
from gateways.errors import Unavailable

_PLACES = 64  # more workers than that nobody needs: the platform rings one phone a second
_SILENT_AFTER = 10.0  # seconds for any answer of PostgreSQL
# Ours to choose.
_LOCKS = {"workers": 7_264_110, "watch": 7_264_111, "match": 7_264_112, "tidy": 7_264_113, "line": 7_264_114}


class Places(Protocol):
    """The places of all workers at one database."""

    def take(self, number: int) -> bool:
        """Take a place, if nobody has it. Raises Unavailable."""

    def leave(self, number: int) -> None:
        """Give a place free."""

    def keep(self, number: int) -> bool:
        """Whether a place is still ours; it is taken again when it was only lost. Raises Unavailable."""

    def close(self) -> None:
        """Give all places free."""


def places_at(url: str, of: Literal["workers", "watch", "match", "tidy", "line"] = "workers") -> Places:
    """The places at a database: bytes of a file beside SQLite's, advisory locks of PostgreSQL."""
    if url.startswith("sqlite"):
        return _FilePlaces(f"{make_url(url).database}-{of}")
    engine = create_engine(dialect_of(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    from gateways.database.deadlines import hold_to_deadline  # noqa: PLC0415, psycopg is not needed with SQLite

    hold_to_deadline(engine, _SILENT_AFTER)
    return _ServerPlaces(engine, _LOCKS[of])


def first_free(places: Places) -> int:
    """Take the first place that is free. Raises Unavailable."""
    for number in range(_PLACES):
        if places.take(number):
            return number
    raise Unavailable(f"{_PLACES} workers are running already")


def anybody(places: Places) -> bool:
    """Whether another process has one of the places. Each is taken for a moment to see. Raises Unavailable."""
    for number in range(_PLACES):
        if not places.take(number):
            return True
        places.leave(number)
    return False


class _FilePlaces:
    def __init__(self, path: str) -> None:
        self._path = path
        self._file: IO[bytes] | None = None  # one only: closing any other would give all places free

    def take(self, number: int) -> bool:
        try:
            self._file = self._file or open(self._path, "ab", opener=_private)  # noqa: SIM115, it lives as long as this does
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
        except BlockingIOError:
            return False
        except OSError as fault:
            raise Unavailable(f"no place for a worker beside the database ({fault.strerror})") from fault
        return True

    def leave(self, number: int) -> None:
        if self._file:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, number)

    def keep(self, number: int) -> bool:
        return self.take(number)

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class _ServerPlaces:
    def __init__(self, engine: Engine, lock: int) -> None:
        self._engine, self._lock = engine, lock
        self._connection: Connection | None = None  # the places are its own, and go with it

    def take(self, number: int) -> bool:
        return self._ask("SELECT pg_try_advisory_lock(:lock, :number)", number)

    def leave(self, number: int) -> None:
        self._ask("SELECT pg_advisory_unlock(:lock, :number)", number)

    def keep(self, number: int) -> bool:
        mine = """SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted
                  AND classid = :lock AND objid = :number"""
        return self._ask(mine, number) or self.take(number)

    def close(self) -> None:
        self._hang_up()
        self._engine.dispose()

    def _ask(self, question: str, number: int) -> bool:
        try:
            self._connection = self._connection or self._engine.connect()
            return bool(self._connection.scalar(text(question), {"lock": self._lock, "number": number}))
        except SQLAlchemyError as fault:
            self._hang_up()
            raise Unavailable(f"the database did not answer ({type(fault).__name__})") from fault

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        with suppress(SQLAlchemyError):
            if connection:
                connection.close()
