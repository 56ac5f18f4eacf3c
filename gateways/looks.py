"""SQLite's connections for the look that every tool call begins with, kept open between one look and the next.

To check one out of SQLAlchemy's pool and in again takes longer than the look itself. A look is over as it returns: a
cursor that stayed open would keep its connection at the database as it was.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine

from gateways.prepared import Prepared

_KEPT = 8  # half of the pool, and as many as there are threads that serve


class Looks:
    """Looks at what `engine` leads to. Safe in threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: dict[int, list[Connection]] = {}  # by process: a forked child leaves its parent's alone

    def rows(self, look: Prepared, values: Mapping[str, Any]) -> Sequence[Any]:
        """All that this statement finds, as the driver gives it. Raises what the driver raises."""
        idle = self._idle.setdefault(os.getpid(), [])
        connection = idle.pop() if idle else self._engine.connect()
        try:
            found: Sequence[Any] = look.run(connection, values).fetchall()
        except BaseException:
            connection.close()
            raise
        if len(idle) < _KEPT:
            idle.append(connection)
        else:
            connection.close()
        return found

    def close(self) -> None:
        """Close this process's connections. The next look opens another."""
        for connection in self._idle.pop(os.getpid(), ()):
            connection.close()
