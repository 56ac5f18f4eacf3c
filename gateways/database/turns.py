"""SQLite has one writer at a time. The threads of a process take turns at it, and wait for the disk together.

The disk is waited for after the commit and not in it, so that meanwhile others can write, of this process and of
another one. Who writes is told nothing before. Only who looks in those milliseconds sees what a power cut could still
undo.
"""

import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Engine

from gateways.database.same_file import is_same_file
from gateways.errors import Unavailable

T = TypeVar("T")


@dataclass(slots=True)
class _Commit:
    """What waits for the disk. `fault`: why it may not be there."""

    settled: bool = False
    fault: BaseException | None = None


class Turns:
    """The turns of one process's threads at writing. `wait`: seconds until one is told that it is too busy."""

    def __init__(self, engine: Engine, wait: float) -> None:
        self._engine, self._wait = engine, wait
        # The one that writes, kept open for whoever has the turn. By process: a forked child leaves its parent's alone.
        self._writers: dict[int, Connection] = {}
        self._turn = threading.Lock()  # SQLite's own waiting is a sleep that grows; within a process a lock is quicker
        self.opening: tuple[str, ...] = ()  # what it executes as it opens
        self._log = ""  # the file that commits are written to, where it is we who wait for the disk
        self._disk = threading.Lock()
        self._committed: list[_Commit] = []  # and not on disk yet
        self._doubtful = False  # whether the log may lack something on disk

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction, on disk when this returns. Raises Unavailable, and what the database raises meanwhile."""
        with self._in_turn() as (connection, patience):
            driver = _driver(connection)
            # The lock is taken at once: a transaction that began by reading could not take it any more.
            _patiently(lambda: driver.execute("BEGIN IMMEDIATE"), patience)
            yield connection
            if not driver.in_transaction:  # a full disk ends a transaction by itself
                raise sqlite3.OperationalError("SQLite has undone what was written")
            _patiently(driver.commit, patience)  # without a log, whoever reads is in the way

    def execute(self, statement: Callable[[Connection], T]) -> T:
        """One statement that is a transaction of its own, on disk when this returns. Raises as `write` does.

        SQLite then begins, writes and commits without a look at us: nobody waits for it while it waits for a thread of
        ours to be let on by Python.
        """
        with self._in_turn() as (connection, patience):
            return _patiently(lambda: statement(connection), patience)

    @contextmanager
    def _in_turn(self) -> Iterator[tuple[Connection, float]]:
        """The connection that writes, and until when (a moment of the clock that never goes back) to wait for SQLite.

        What it commits is on disk when this returns; what it has not committed, when something is raised, is undone.
        """
        patience = time.monotonic() + self._wait
        if not self._turn.acquire(timeout=self._wait):
            raise Unavailable("the database is too busy")
        try:
            connection = self._writers.get(os.getpid()) or self._writer()
            driver = _driver(connection)
            try:
                self._make_sure(driver)
                yield connection, patience
                if not is_same_file(connection):  # nothing is said to be kept that goes with a deleted file
                    raise sqlite3.OperationalError("the database file is gone, or another one")
            except BaseException as fault:
                self._undo(driver, fault)
                raise
            commit = _Commit()
            if self._log:
                self._committed.append(commit)
        finally:
            self._turn.release()
        if self._log:
            self._settle(commit)

    def _writer(self) -> Connection:
        connection = self._engine.connect()
        try:
            self._prepare(connection)
        except BaseException:
            _discard(connection)
            raise
        self._writers[os.getpid()] = connection
        return connection

    def _prepare(self, connection: Connection) -> None:
        connection.begin()  # for good, so that nobody who is lent it begins and ends one; SQLite is told by us
        driver = _driver(connection)
        driver.execute("PRAGMA busy_timeout=0")  # `insist` says why
        ((mode,),) = driver.execute("PRAGMA journal_mode")
        if mode == "wal":
            ((_, _, file),) = driver.execute("PRAGMA database_list")
            driver.execute("PRAGMA synchronous=NORMAL")  # a commit does not wait for the disk; `_settle` does
            self._log = f"{file}-wal"
        for statement in self.opening:
            driver.execute(statement)

    def _make_sure(self, driver: sqlite3.Connection) -> None:
        """After the disk has failed, bring over what the log holds: it may lack what was to be written then, and all
        that came after would be lost with that. Raises Unavailable.
        """
        if self._doubtful:
            busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise Unavailable("the disk has failed, and what was written since has still to be brought over")
            self._doubtful = False

    def _undo(self, driver: sqlite3.Connection, fault: BaseException) -> None:
        if not isinstance(fault, sqlite3.Error):
            with suppress(sqlite3.Error):
                driver.rollback()
                return
        self.close()  # whatever is wrong with it, the next write opens another

    def close(self) -> None:
        """Close this process's writing connection, undoing what it has not committed. The next write opens another."""
        connection = self._writers.pop(os.getpid(), None)
        if connection:
            _discard(connection)

    def _settle(self, commit: _Commit) -> None:
        """Wait for the disk; once for all who have committed, as it costs more than to write. Raises Unavailable."""
        with self._disk:
            if not commit.settled:
                self._settle_all(commit)
        if commit.fault:
            kind = type(commit.fault).__name__
            raise Unavailable(f"the database did not keep it ({kind})") from commit.fault

    def _settle_all(self, commit: _Commit) -> None:
        together, self._committed = self._committed, []
        fault: BaseException | None = None
        try:
            _to_disk(self._log)
        except BaseException as failed:
            fault, self._doubtful = failed, True
            if not isinstance(failed, OSError):
                raise
        finally:
            for one in (commit, *together):
                one.settled, one.fault = True, fault


def _to_disk(log: str) -> None:
    """Wait until what has been committed is on disk. Raises OSError.

    Opened anew each time, for another connection may have begun a new file; if there is none, whoever removed it has
    brought everything over into the database before. (Closing it gives up none of SQLite's locks, which lie elsewhere.)
    """
    try:
        file = os.open(log, os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        _flush(file)
    finally:
        os.close(file)


_flush = getattr(os, "fdatasync", os.fsync)  # not everywhere


def _patiently(statement: Callable[[], T], patience: float) -> T:
    try:
        return insist(statement, until=patience)
    except sqlite3.OperationalError as fault:
        if _is_busy(fault):
            raise Unavailable(f"the database is too busy ({fault})") from fault
        raise


def insist(statement: Callable[[], T], *, until: float) -> T:
    """Execute it; while another process is in the way, several times a millisecond, until that moment of the clock that
    never goes back. Raises what SQLite raises.

    SQLite's own waiting sleeps up to 100 ms between two looks, in which a busy neighbour finishes a hundred
    transactions and begins the next; so it is switched off for who writes.
    """
    while True:
        try:
            return statement()
        except sqlite3.OperationalError as fault:
            if not _is_busy(fault) or time.monotonic() > until:
                raise
        time.sleep(random.uniform(0.00005, 0.00025))  # noqa: S311


def _is_busy(fault: sqlite3.OperationalError) -> bool:
    return fault.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _discard(connection: Connection) -> None:
    connection.invalidate()
    connection.close()


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver
