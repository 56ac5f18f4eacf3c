"""Threads that write to SQLite at once share a commit: each is kept or told that it was not, none spoils another."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateways import turns
from gateways.database import Database
from gateways.errors import Unavailable
from tests.working import wait_for


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


def everybody(database: Database, *names: str, fail: str = "", before: Any = None) -> dict[str, Any]:
    """Write all names at once, in one group; what each found committed when it was told, or why it failed."""
    told: dict[str, Any] = {}
    first = threading.Event()

    def write(name: str) -> None:
        try:
            with database.write() as connection:
                first.set()
                while database._turns._coming < len(names) - 1 and name == names[0]:
                    pass  # until everybody has come
                connection.exec_driver_sql("INSERT INTO kept VALUES (?)", (name,))
                if before and name == names[-1]:
                    before(connection)
                if name == fail:
                    raise LookupError(name)
            told[name] = kept(database)
        except Exception as fault:
            told[name] = type(fault)

    threads = [threading.Thread(target=write, args=(name,)) for name in names]
    threads[0].start()
    first.wait()
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join(10)
    return told


@pytest.mark.parametrize("fail", ["anna", "ben"])
def test_who_fails_is_undone_alone(database: Database, fail: str) -> None:
    others = [name for name in ("anna", "ben", "carla") if name != fail]
    told = everybody(database, "anna", "ben", "carla", fail=fail)
    assert told[fail] is LookupError
    assert kept(database) == others
    assert all(set(told[name]) >= {name} for name in others)


def test_what_was_undone_while_alone_is_not_said_to_be_kept(database: Database) -> None:
    told = everybody(database, "anna", before=lambda one: one.connection.dbapi_connection.execute("ROLLBACK"))
    assert told == {"anna": Unavailable}
    assert kept(database) == []


def test_the_first_to_come_is_told_when_all_are_committed(database: Database) -> None:
    names = [f"n{number}" for number in range(8)]
    assert everybody(database, *names)["n0"] == names


def test_nobody_is_told_yes_when_the_commit_is_lost(database: Database) -> None:
    told = everybody(database, "anna", "ben", before=lambda one: one.connection.dbapi_connection.execute("ROLLBACK"))
    assert told == {"anna": Unavailable, "ben": Unavailable}
    assert kept(database) == []
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO kept VALUES ('carla')")
    assert kept(database) == ["carla"]


def test_who_waits_for_one_that_never_comes_commits(database: Database) -> None:
    database._turns._coming = 1
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO kept VALUES ('anna')")
    assert kept(database) == ["anna"]


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
    names = [f"n{number}" for number in range(6)]
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


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_nobody_waits_for_ever_for_who_gave_up_at_the_disk(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(log: str) -> None:
        raise KeyboardInterrupt

    to_disk = turns._to_disk
    monkeypatch.setattr(turns, "_to_disk", interrupted)
    told = everybody(database, "anna", "ben")
    monkeypatch.setattr(turns, "_to_disk", to_disk)
    assert Unavailable in told.values()  # who shared the commit; the other one is the interrupted thread
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO kept VALUES ('carla')")
    assert "carla" in kept(database)


def test_it_is_the_log_that_is_waited_for(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(turns, "_flush", lambda file: flushed.append(os.fstat(file).st_ino))
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO kept VALUES ('anna')")
    assert flushed == [Path(f"{database.engine.url.database}-wal").stat().st_ino]
