"""Writing behind: rows that nobody waits for, written in groups by one thread."""

import queue
import threading
from collections.abc import Callable
from multiprocessing import util
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from gateways.errors import Unavailable

log = structlog.get_logger()

Values = dict[str, Any]

_GROUP = 500  # rows in one transaction
_PAUSE = 0.05  # seconds in which a group gathers
_LONGEST_PAUSE = 5.0  # seconds between two tries while the database is away
_ROOM = 20_000  # rows that may wait while the database is away; beyond that the newest are written by who brings them


class WriteBehind:
    """Takes rows (each with an "id") and hands them to `write` in groups.

    The thread begins with the first row and lives until `close`, which the end of the process calls by itself.
    """

    def __init__(self, write: Callable[[list[Values]], None]) -> None:
        self._write = write
        self._waiting: queue.SimpleQueue[Values] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._brought = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._at_exit: util.Finalize[Any] | None = None

    def put(self, row: Values) -> None:
        """Write this row soon. Never raises: nobody who brings a row has anything else to do about it."""
        if self._thread is None or not self._thread.is_alive():  # in a forked child it is not
            self._start()
        if self._waiting.qsize() < _ROOM:
            self._waiting.put(row)
            self._brought.set()
        else:
            self._write_group([row], patient=False)

    def close(self) -> None:
        """Write what is waiting, and stop. While the database is away this loses them, and says so in the log."""
        with self._starting:
            self._closing.set()
            self._brought.set()
            if self._thread:
                self._thread.join()
                self._thread = None
            if self._at_exit:
                self._at_exit.cancel()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._closing.clear()
                self._thread = threading.Thread(target=self._run, name="write-behind", daemon=True)
                self._thread.start()
                # Unlike atexit, this also runs in a worker that multiprocessing has forked.
                self._at_exit = util.Finalize(None, self.close, exitpriority=10)

    def _run(self) -> None:
        while not (self._closing.is_set() and self._waiting.empty()):
            self._brought.wait()
            self._closing.wait(_PAUSE)
            self._brought.clear()
            while group := self._gathered():
                if not self._write_group(group, patient=True) and self._closing.is_set():
                    log.error("rows_lost", rows=len(group) + self._waiting.qsize())
                    return

    def _gathered(self) -> list[Values]:
        group: list[Values] = []
        while len(group) < _GROUP and not self._waiting.empty():
            group.append(self._waiting.get())
        return group

    def _write_group(self, rows: list[Values], *, patient: bool) -> bool:
        """Write them, again and again while the database is away; but a process that ends waits for nobody.

        False when they could not be written.
        """
        pause = _PAUSE
        while True:
            try:
                self._write(rows)
                return True
            except Unavailable as fault:
                again = patient and not self._closing.is_set()
                log.error("rows_not_written", rows=len(rows), reason=str(fault), again=again)
                if not again:
                    return False
                self._closing.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            except (SQLAlchemyError, ValueError) as fault:  # ValueError: text that no encoding has
                self._write_one_by_one(rows, fault)
                return True

    def _write_one_by_one(self, rows: list[Values], fault: Exception) -> None:
        """One row that the database will never take must not keep the others out."""
        if len(rows) == 1:
            log.error("row_refused", call=rows[0]["id"], kind=type(fault).__name__)
            return
        for row in rows:
            self._write_group([row], patient=True)
