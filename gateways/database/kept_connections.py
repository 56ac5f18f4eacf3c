"""Connections kept open between one look and the next.

To check one out of SQLAlchemy's pool and in again takes longer than the look itself. A look is over as it returns: a
cursor that stayed open would keep its SQLite connection at the database as it was.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

_MOST = 4  # a quarter of the pool, for who writes needs one as well; looks are short, and seldom are more at it at once
_SILENT = 240.0  # seconds after which one may have been forgotten by whatever stands between us and the database


class Kept:
    """Connections of `engine`. Safe in threads. `gone` says of one that it is of no use any more."""

    def __init__(self, engine: Engine, gone: Callable[[Connection], bool]) -> None:
        self._engine, self._gone = engine, gone
        # With the moment each was last used. By process: a forked child leaves its parent's alone.
        self._idle: dict[int, list[tuple[Connection, float]]] = {}

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """One that nobody else has meanwhile; closed, and not kept, when the block raises."""
        idle = self._idle.setdefault(os.getpid(), [])
        connection = self._usable(idle) or self._engine.connect()
        try:
            yield connection
            if connection.in_transaction():
                connection.rollback()
        except BaseException:
            connection.close()
            raise
        if len(idle) < _MOST:
            idle.append((connection, time.monotonic()))
        else:
            connection.close()

    def _usable(self, idle: list[tuple[Connection, float]]) -> Connection | None:
        while idle:
            connection, used = idle.pop()
            if time.monotonic() - used < _SILENT and not self._gone(connection):
                return connection
            connection.invalidate()
            connection.close()
        return None

    def close(self) -> None:
        """Close this process's connections. The next look opens another."""
        for connection, _ in self._idle.pop(os.getpid(), ()):
            connection.close()
