"""A deadline of our own on every wait for PostgreSQL.

Its own limits are the server's to keep, and the kernel's are for a network that is gone. A server that was stopped in
mid-air keeps its sockets open and reaches neither.
"""

import threading
import time
from collections.abc import Generator
from typing import Any

import psycopg
from sqlalchemy import Engine, event

_LOOKS_EVERY = 0.1  # seconds between two looks at the clock


def hold_to_deadline(engine: Engine, seconds: float) -> None:
    """Let no wait for the server take longer: one statement's answer, a commit, or a new connection.

    What takes longer raises Silent, and its connection is closed.
    """

    class Connection(psycopg.Connection[Any]):
        def wait(self, gen: Any, interval: float = _LOOKS_EVERY, *others: Any, **named: Any) -> Any:
            try:
                return super().wait(_within(gen, seconds), interval, *others, **named)
            except Silent:
                self.close()  # its next answer would be this one's
                raise

    @event.listens_for(engine, "do_connect")
    def connect(_: object, __: object, words: Any, named: Any) -> Any:
        return _connected(Connection, words, named, seconds)


class Silent(psycopg.OperationalError):
    """The server has said nothing within the deadline."""

    silent = True  # for those that have not imported psycopg


def _within(waiting: Generator[Any, Any, Any], seconds: float) -> Generator[Any, Any, Any]:
    """What psycopg waits for, step by step. It goes on whenever the socket is ready, and each time it was not for a
    while. Raises Silent.
    """
    until = time.monotonic() + seconds
    try:
        wanted = next(waiting)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > until:
                raise Silent("the server says nothing")
            wanted = waiting.send(ready)
    except StopIteration as over:
        return over.value


def _connected(kind: type[psycopg.Connection[Any]], words: Any, named: Any, seconds: float) -> psycopg.Connection[Any]:
    """A new connection, waited for in a thread: psycopg's own limit is two seconds or more, and ends that thread."""
    made: list[Any] = []
    over, lock = threading.Event(), threading.Lock()

    def connect() -> None:
        try:
            found: Any = kind.connect(*words, **named)
        except Exception as fault:  # noqa: BLE001, for the one that waits
            found = fault
        with lock:
            made.append(found)
            late = over.is_set()
            over.set()
        if late and isinstance(found, psycopg.Connection):
            found.close()

    threading.Thread(target=connect, name="connect", daemon=True).start()
    over.wait(seconds)
    with lock:
        over.set()
        if not made:
            raise Silent("the server takes no connection")
    if isinstance(made[0], Exception):
        raise made[0]
    connection: psycopg.Connection[Any] = made[0]
    return connection
