"""Whether an open SQLite connection is still to the file that everybody else opens by its name.

A deleted file, or one that another took the place of, goes on being read and written by those that have it open, and is
gone with the last of them.
"""

import os
import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DisconnectionError

_FILE = "file"  # where a connection's own file is noted


def watch_file(engine: Engine, *, create: bool) -> None:
    """Let the pool hand out only connections to the file as it is now. Without `create` a missing one is not made."""
    path = engine.url.database
    if not path or path == ":memory:" or path.startswith("file:"):
        return

    @event.listens_for(engine, "do_connect")
    def refuse(*_: object) -> None:
        if not create and not os.path.exists(path):  # noqa: PTH110, asked often
            raise sqlite3.OperationalError("the database file is gone")

    @event.listens_for(engine, "connect")
    def note(_: object, record: Any) -> None:
        record.info[_FILE] = (path, _identity(path))

    @event.listens_for(engine, "checkout")
    def check(_: object, record: Any, __: object) -> None:
        if not _is_same(record.info):
            raise DisconnectionError("the file is another one")


def is_same_file(connection: Connection) -> bool:
    """Whether the file of this connection is the one that its name leads to."""
    return _is_same(connection.info)


def _is_same(info: Any) -> bool:
    path, known = info.get(_FILE, ("", None))
    return not path or _identity(path) == known


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116, every write asks
    except OSError:
        return None
    return found.st_dev, found.st_ino
