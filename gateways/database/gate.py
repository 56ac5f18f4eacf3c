"""How many threads of a process may be at its database: the others go on answering, if only with an apology."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from gateways.errors import Unavailable

_AT_ONCE = 5  # of 8 threads that answer requests
_SILENT_FOR = 1.0  # seconds


class Gate:
    """Safe in threads. `wait`: seconds until a thread is told that there are too many."""

    def __init__(self, wait: float) -> None:
        self._wait = wait
        self._free = threading.BoundedSemaphore(_AT_ONCE)
        self._mine = threading.local()
        self._silent_until = 0.0  # on the clock that never goes back

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be one of those threads; a thread that is one already stays one. Raises Unavailable."""
        if getattr(self._mine, "inside", False):
            yield
            return
        if time.monotonic() < self._silent_until:
            raise Unavailable("the database says nothing")
        if not self._free.acquire(timeout=self._wait):
            raise Unavailable("the database is too busy")
        self._mine.inside = True
        try:
            yield
        finally:
            self._mine.inside = False
            self._free.release()

    def was_silent(self) -> None:
        """Note that the database says nothing: for a moment nobody asks it, so that no request waits for it twice."""
        self._silent_until = time.monotonic() + _SILENT_FOR
