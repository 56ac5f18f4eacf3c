"""SQLite has one writer at a time, and each commit waits for the disk. Threads that write at once share a commit.

Each writes in its turn, apart from the others, and whoever finds nobody coming after commits for all. Nobody goes on
before the commit: what a thread was told to keep is kept, or it is told that it was not. A savepoint sets each apart
from those before; the first needs none, for while it is alone everything can be undone.

The disk is waited for after the commit and not in it, so that meanwhile others can write, of this process and of
another one. Nobody is told anything before: what was said is on disk. Only who looks in those milliseconds sees what a
power cut could still undo.
"""

import os
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine

from gateways.errors import Unavailable

_MOST = 16  # writers in one commit: another process is waiting for its turn as well
_COMPANY = 0.001  # seconds for others to commit what goes to disk together; a caller does not hear it
_LEFT_ALONE = 0.01  # seconds after which whoever waits looks whether anybody is left to commit


@dataclass(slots=True)
class _Group:
    """Who shares a commit. `fault`: why there was none. `undone`: the first gave up, and nobody had come after."""

    connection: Connection
    driver: sqlite3.Connection
    size: int = 0
    undone: bool = False
    fault: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Turns:
    """The turns of one process's threads at writing. `wait`: seconds until one is told that it is too busy."""

    def __init__(self, engine: Engine, wait: float) -> None:
        self._engine, self._wait = engine, wait
        # The one that writes, kept open for whoever has the turn. By process: a forked child leaves its parent's alone.
        self._writers: dict[int, Connection] = {}
        self._turn = threading.Lock()  # SQLite's own waiting is a sleep that grows; within a process a lock is quicker
        self._counting = threading.Lock()
        self._coming = 0
        self._group: _Group | None = None
        self._log = ""  # the file that commits are written to, where it is we who wait for the disk
        self._inside = 0  # threads that write, or wait until it is on disk
        self._disk = threading.Lock()
        self._committed: list[_Group] = []  # and not on disk yet

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction, committed when this returns. Raises Unavailable, and what the database raises meanwhile."""
        with self._counting:
            self._inside += 1
        try:
            group = self._join()
            try:
                with _apart(group):
                    yield group.connection
            finally:
                self._leave(group)
            self._wait_for(group)
        finally:
            with self._counting:
                self._inside -= 1

    def _join(self) -> _Group:
        patience = time.monotonic() + self._wait
        with self._counting:
            self._coming += 1
        mine = self._turn.acquire(timeout=self._wait)
        with self._counting:
            self._coming -= 1
        if not mine:
            raise Unavailable("the database is too busy")
        try:
            group = self._group = self._group or self._open(patience)
        except BaseException:
            self._turn.release()
            raise
        group.size += 1
        return group

    def _open(self, patience: float) -> _Group:
        try:
            connection = self._writers.get(os.getpid()) or self._writer()
            driver = _driver(connection)
            _begin(driver, patience)
            return _Group(connection, driver)
        except BaseException:
            self.close()
            raise

    def _writer(self) -> Connection:
        connection = self._writers[os.getpid()] = self._engine.connect()
        connection.begin()  # for good, so that nobody who is lent it begins and ends one; SQLite is told by us
        driver = _driver(connection)
        driver.execute("PRAGMA busy_timeout=0")  # `_begin` says why
        ((mode,),) = driver.execute("PRAGMA journal_mode")
        if mode == "wal":
            ((_, _, file),) = driver.execute("PRAGMA database_list")
            driver.execute("PRAGMA synchronous=NORMAL")  # a commit does not wait for the disk; `_settle` does
            self._log = f"{file}-wal"
        return connection

    def close(self) -> None:
        """Close this process's writing connection, undoing what it has not committed. The next write opens another."""
        connection = self._writers.pop(os.getpid(), None)
        if connection:
            connection.invalidate()
            connection.close()

    def _leave(self, group: _Group) -> None:
        last = bool(group.fault or group.undone or not self._coming or group.size >= _MOST)
        try:
            if last:
                self._end(group)
        finally:
            self._turn.release()
            if last:
                self._settle(group)

    def _end(self, group: _Group) -> None:
        """Commit. The turn is ours."""
        self._group = None
        try:
            if group.undone:
                group.driver.rollback()
            elif group.fault is None:
                _commit(group.driver)
        except BaseException as fault:
            group.fault = fault
            if not isinstance(fault, sqlite3.Error):
                raise
        finally:
            if group.fault:
                self.close()

    def _settle(self, group: _Group) -> None:
        """Wait for the disk, and tell everybody of the group. The turn is somebody else's already.

        To wait for the disk costs more than what is written, and is the same for one as for many. So who sees others
        at it gives them a moment to come along, and those who come are told by whoever waited for the disk.
        """
        if group.fault or group.undone or not self._log:
            group.done.set()
            return
        self._committed.append(group)
        if self._inside > group.size and group.done.wait(_COMPANY):
            return
        with self._disk:
            if group.done.is_set():
                return
            together, self._committed = self._committed, []
            fault: BaseException | None = None
            try:
                _to_disk(self._log)
            except BaseException as failed:
                fault = failed
                if not isinstance(failed, OSError):
                    raise
            finally:
                for one in (group, *together):
                    one.fault = fault
                    one.done.set()

    def _wait_for(self, group: _Group) -> None:
        """Until the group is committed; by this thread, if the one that was coming gave up before its turn."""
        while not group.done.wait(_LEFT_ALONE):
            if self._turn.acquire(blocking=False):
                try:
                    alone = self._group is group
                    if alone:
                        self._end(group)
                finally:
                    self._turn.release()
                if alone:
                    self._settle(group)
        if group.fault:
            raise Unavailable(f"the database did not keep it ({type(group.fault).__name__})") from group.fault


@contextmanager
def _apart(group: _Group) -> Iterator[None]:
    """What fails in here is undone alone. If SQLite has undone everything, the whole group fails."""
    if group.size == 1:
        try:
            yield
        except BaseException:
            group.undone = True
            raise
        return
    _mark(group, "SAVEPOINT mine")
    try:
        yield
    except BaseException:
        _mark(group, "ROLLBACK TO mine")
        raise
    finally:
        _mark(group, "RELEASE mine")


def _commit(driver: sqlite3.Connection) -> None:
    if not driver.in_transaction:  # a full disk ends a transaction by itself
        raise sqlite3.OperationalError("SQLite has undone what was written")
    driver.commit()


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


def _mark(group: _Group, statement: str) -> None:
    try:
        group.driver.execute(statement)
    except sqlite3.Error as fault:
        group.fault = group.fault or fault


def _begin(driver: sqlite3.Connection, patience: float) -> None:
    """Become SQLite's one writer, before the moment `patience`. Raises Unavailable.

    The lock is taken at once, for a transaction that began by reading could not take it any more. SQLite's own
    waiting sleeps up to 100 ms between two looks, in which a busy neighbour finishes a hundred transactions and
    begins the next; so it is switched off for who writes, and we look several times a millisecond.
    """
    try:
        insist(driver, "BEGIN IMMEDIATE", until=patience)
    except sqlite3.OperationalError as fault:
        raise Unavailable(f"the database is too busy ({fault})") from fault


def insist(driver: sqlite3.Connection, statement: str, *, until: float) -> None:
    """Execute it; while another process is in the way, several times a millisecond, until that moment of the clock that
    never goes back. Raises what SQLite raises.
    """
    while True:
        try:
            driver.execute(statement)
            return
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(random.uniform(0.00005, 0.00025))  # noqa: S311


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver
