"""Writing behind: rows that nobody waits for, written in groups by one thread."""

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog

from gateways.errors import Unavailable

log = structlog.get_logger()

Values = dict[str, Any]

_GROUP = 500  # rows in one transaction
_PAUSE = 0.05  # seconds in which a group gathers
_ROOM = 20_000  # rows that may wait while the database is away; beyond that the newest are written by who brings them


class WriteBehind:
    """Takes rows and hands them to `write` in groups. The thread begins with the first row and lives until `close`."""

    def __init__(self, write: Callable[[list[Values]], None]) -> None:
        self._write = write
        self._waiting: queue.Queue[Values | None] = queue.Queue(_ROOM)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, row: Values) -> None:
        """Write this row soon."""
        if self._thread is None:
            self._start()
        try:
            self._waiting.put_nowait(row)
        except queue.Full:
            self._write([row])

    def close(self) -> None:
        """Write what is waiting, and stop."""
        if self._thread:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="write-behind", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        open_ = True
        while open_:
            group = [self._waiting.get()]
            time.sleep(0 if group[0] is None else _PAUSE)
            while len(group) < _GROUP and not self._waiting.empty():
                group.append(self._waiting.get())
            open_ = None not in group
            self._write_group([row for row in group if row is not None], patient=open_)

    def _write_group(self, rows: list[Values], *, patient: bool) -> None:
        """Write them, again and again while the database is away; but a process that ends waits for nobody."""
        pause = _PAUSE
        while rows:
            try:
                self._write(rows)
                return
            except Unavailable as fault:
                log.error("rows_not_written", rows=len(rows), reason=str(fault), again=patient)
                if not patient:
                    return
                time.sleep(pause)
                pause = min(pause * 2, 5.0)
