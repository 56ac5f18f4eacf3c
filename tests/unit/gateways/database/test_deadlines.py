"""A database that says nothing is not waited for, and nothing is kept in a file that was deleted."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from gateways.database.engine import Database
from gateways.database.gate import Gate
from gateways.errors import Unavailable
from tests.conftest import Postgres, stopped
from tests.support.processes.working import wait_for

WITHIN = 2.0  # seconds, in which a caller must hear an apology


def refused(database: Database) -> float:
    """How many seconds it takes until nobody is waited for."""
    began = time.monotonic()
    with pytest.raises(Unavailable), database.read() as connection:
        connection.execute(text("SELECT 1"))
    return time.monotonic() - began


def works(database: Database) -> bool:
    with suppress(Unavailable), database.read() as connection:
        return bool(connection.execute(text("SELECT 1")).scalar() == 1)
    return False


@pytest.fixture
def hosted(postgres: Postgres) -> Iterator[Database]:
    url = postgres.database()
    made = Database(url)
    assert works(made)
    yield made
    made.close()
    postgres.drop(url)


def test_a_server_that_was_stopped_is_not_waited_for(postgres: Postgres, hosted: Database) -> None:
    with stopped(postgres), ThreadPoolExecutor(8) as threads:
        assert max(threads.map(refused, [hosted] * 8)) < WITHIN
    wait_for(lambda: works(hosted), 10)


def test_neither_is_one_that_was_never_connected_to(postgres: Postgres, hosted: Database) -> None:
    fresh = Database(hosted.engine.url.render_as_string(hide_password=False))
    with stopped(postgres):
        assert refused(fresh) < WITHIN
        assert refused(fresh) < 0.1  # within a moment nobody waits for it twice
    wait_for(lambda: works(fresh), 10)
    fresh.close()


def test_a_write_is_not_waited_for_either(postgres: Postgres, hosted: Database) -> None:
    began = time.monotonic()
    with pytest.raises(Unavailable), stopped(postgres), hosted.write() as connection:
        connection.execute(text("SELECT 1"))
    assert time.monotonic() - began < WITHIN


def test_only_five_threads_of_a_process_are_at_it_at_once() -> None:
    gate, leave = Gate(0.1), threading.Event()
    inside: list[int] = []

    def enter(number: int) -> None:
        with gate.entered(), gate.entered():  # once more is not twice
            inside.append(number)
            leave.wait(10)

    with ThreadPoolExecutor(5) as threads:
        entered = [threads.submit(enter, number) for number in range(5)]
        wait_for(lambda: len(inside) == 5)
        with pytest.raises(Unavailable, match="too busy"), gate.entered():
            pass
        leave.set()
        for one in entered:
            one.result(10)
    with gate.entered():
        pass


# --- SQLite's file ------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = Database(f"sqlite:///{tmp_path}/kept.db")
    with made.write() as connection:
        connection.execute(text("CREATE TABLE kept (name TEXT)"))
    made.close()
    return tmp_path / "kept.db"


def keep(database: Database, name: str, how: str) -> None:
    statement = text("INSERT INTO kept VALUES (:name)").bindparams(name=name)
    if how == "statement":
        database.execute(lambda connection: connection.execute(statement))
        return
    with database.write() as connection:
        connection.execute(statement)


@pytest.mark.parametrize("how", ["statement", "transaction"])
def test_nothing_is_kept_in_a_file_that_was_deleted(file: Path, how: str) -> None:
    database = Database(f"sqlite:///{file}", create=False)
    keep(database, "anna", how)
    for one in file.parent.glob("kept.db*"):
        one.unlink()
    for _ in range(2):
        with pytest.raises(Unavailable):
            keep(database, "ben", how)
    with pytest.raises(Unavailable), database.read() as connection:
        connection.execute(text("SELECT name FROM kept"))
    assert not file.exists()
    database.close()


def test_a_file_that_took_its_place_is_used_from_then_on(file: Path) -> None:
    database = Database(f"sqlite:///{file}", create=False)
    keep(database, "anna", "statement")
    for one in file.parent.glob("kept.db*"):
        one.unlink()
    restored = sqlite3.connect(file)
    restored.execute("CREATE TABLE kept (name TEXT)")
    restored.close()
    with suppress(Unavailable):
        keep(database, "ben", "statement")  # it may be noticed only then
    keep(database, "carla", "statement")
    there = sqlite3.connect(file)
    assert [name for (name,) in there.execute("SELECT name FROM kept")] == ["carla"]
    there.close()
    database.close()
