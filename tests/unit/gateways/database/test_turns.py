"""Threads take turns at writing to SQLite and wait for the disk together: each is kept, or told that it was not."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from gateways.database import engine as database_of
from gateways.database import turns
from gateways.database.engine import Database
from gateways.errors import Unavailable
from tests.support.processes.working import wait_for


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/turns.db")
    with made.write() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (name TEXT PRIMARY KEY)")
    yield made
    made.close()


def kept(database: Database) -> list[str]:
    """What another connection finds: what was committed."""
    file = sqlite3.connect(database.engine.url.database or "")
    try:
        return sorted(name for (name,) in file.execute("SELECT name FROM kept"))
    finally:
        file.close()


def test_who_fails_is_undone_alone(database: Database) -> None:
    for name in ("anna", "ben", "carla"):
        with suppress(LookupError), database.write() as connection:
            connection.exec_driver_sql("INSERT INTO kept VALUES (?)", (name,))
            if name == "ben":
                raise LookupError(name)
    assert kept(database) == ["anna", "carla"]


def test_what_was_undone_meanwhile_is_not_said_to_be_kept(database: Database) -> None:
    with pytest.raises(Unavailable), database.write() as connection:
        _insert(connection, "anna", "ROLLBACK")  # SQLite itself ends a transaction when the disk is full
    assert kept(database) == []
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO kept VALUES ('ben')")
    assert kept(database) == ["ben"]


def test_one_statement_needs_no_transaction_around_it(database: Database) -> None:
    def insert(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        assert not driver.in_transaction
        _insert(connection, "anna")

    database.execute(insert)
    assert kept(database) == ["anna"]


@pytest.mark.parametrize("how", ["transaction", "statement"])
def test_another_process_that_writes_is_waited_for_and_not_for_ever(tmp_path: Path, how: str) -> None:
    database = Database(f"sqlite:///{tmp_path}/busy.db", wait=0.2)
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (name TEXT PRIMARY KEY)")

    def insert(name: str) -> None:
        if how == "statement":
            database.execute(lambda connection: _insert(connection, name))
            return
        with database.write() as connection:
            _insert(connection, name)

    other = sqlite3.connect(tmp_path / "busy.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="too busy"):
        insert("anna")
    soon = threading.Timer(0.05, other.execute, ["COMMIT"])
    soon.start()
    insert("ben")
    soon.join()
    assert kept(database) == ["ben"]
    other.close()
    database.close()


def _insert(connection: Connection, name: str, *more: str) -> None:
    driver: Any = connection.connection.dbapi_connection
    driver.execute("INSERT INTO kept VALUES (?)", (name,))
    for statement in more:
        driver.execute(statement)


def test_nobody_goes_on_before_it_is_on_disk_and_others_write_meanwhile(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, told = threading.Event(), list[str]()
    to_disk, flushed = turns._to_disk, list[str]()

    def slow(log: str) -> None:
        assert disk.wait(10)
        to_disk(log)
        flushed.append(log)

    def write(name: str) -> None:
        with database.write() as connection:
            connection.exec_driver_sql("INSERT INTO kept VALUES (?)", (name,))
        told.append(name)

    monkeypatch.setattr(turns, "_to_disk", slow)
    names = [f"n{number}" for number in range(5)]  # more are not at the database at once
    threads = [threading.Thread(target=write, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    wait_for(lambda: kept(database) == names, 10)
    assert told == []
    disk.set()
    for thread in threads:
        thread.join(10)
    assert sorted(told) == names
    assert len(flushed) < len(names)  # who waits while the disk is busy goes to it together with others


def test_whoever_writes_is_told_when_the_disk_fails(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(log: str) -> None:
        raise OSError(5, "Input/output error", log)

    monkeypatch.setattr(turns, "_to_disk", broken)
    with pytest.raises(Unavailable, match="OSError"), database.write() as connection:
        connection.exec_driver_sql("INSERT INTO kept VALUES ('anna')")


def test_after_the_disk_has_failed_nothing_is_written_before_the_log_is_brought_over(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(log: str) -> None:
        raise OSError(5, "Input/output error", log)

    reader = sqlite3.connect(database.engine.url.database or "", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM kept").fetchall()  # needs the log
    with monkeypatch.context() as failing:
        failing.setattr(turns, "_to_disk", broken)
        with pytest.raises(Unavailable, match="OSError"):
            database.execute(lambda connection: _insert(connection, "anna"))
    with pytest.raises(Unavailable, match="disk has failed"):
        database.execute(lambda connection: _insert(connection, "ben"))
    reader.close()
    database.execute(lambda connection: _insert(connection, "carla"))
    assert kept(database) == ["anna", "carla"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_nobody_waits_for_ever_for_who_gave_up_at_the_disk(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, Any] = {}

    def interrupted(log: str) -> None:
        raise KeyboardInterrupt

    def write(name: str) -> None:
        try:
            with database.write() as connection:
                _insert(connection, name)
            told[name] = "on disk"
        except Unavailable:
            told[name] = "lost"

    to_disk = turns._to_disk
    monkeypatch.setattr(turns, "_to_disk", interrupted)
    names = ["anna", "ben", "carla"]
    threads = [threading.Thread(target=write, args=(name,)) for name in names]
    with database._turns._disk:
        for thread in threads:
            thread.start()
        wait_for(lambda: len(database._turns._committed) == len(names), 10)
    for thread in threads:
        thread.join(10)
    monkeypatch.setattr(turns, "_to_disk", to_disk)
    assert list(told.values()) == ["lost", "lost"]  # the third is the interrupted thread
    with database.write() as connection:
        _insert(connection, "dana")
    assert kept(database) == [*names, "dana"]


def test_it_is_the_log_that_is_waited_for(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(turns, "_flush", lambda file: flushed.append(os.fstat(file).st_ino))
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO kept VALUES ('anna')")
    assert flushed == [Path(f"{database.engine.url.database}-wal").stat().st_ino]


def test_without_a_log_it_is_sqlite_that_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a file system that shares no memory."""
    monkeypatch.setattr(database_of, "_keep_a_log", lambda connection: None)
    monkeypatch.setattr(turns, "_to_disk", lambda log: pytest.fail("there is none"))
    database = Database(f"sqlite:///{tmp_path}/plain.db")
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (name TEXT PRIMARY KEY)")
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    reader = sqlite3.connect(tmp_path / "plain.db", isolation_level=None, check_same_thread=False)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM kept").fetchall()
    soon = threading.Timer(0.05, reader.execute, ["COMMIT"])  # until then nobody else can commit
    soon.start()
    with database.write() as connection:
        _insert(connection, "anna")
    soon.join()
    reader.close()
    assert kept(database) == ["anna"]
    assert database._turns._committed == []
    database.close()


def test_a_writer_that_could_not_be_opened_is_opened_anew(database: Database) -> None:
    database.close()
    database.at_opening("not SQL")
    with pytest.raises(Unavailable):
        database.execute(lambda connection: _insert(connection, "anna"))
    database._turns.opening = ("CREATE TEMP TRIGGER twice AFTER INSERT ON kept BEGIN SELECT 1; END",)
    database.execute(lambda connection: _insert(connection, "ben", "DROP TRIGGER twice"))
    assert kept(database) == ["ben"]


def test_a_writer_that_somebody_closed_is_opened_anew(database: Database) -> None:
    def closed(connection: Connection) -> None:
        database.close()
        raise LookupError

    with pytest.raises(LookupError):
        database.execute(closed)
    database.execute(lambda connection: _insert(connection, "anna"))
    assert kept(database) == ["anna"]
