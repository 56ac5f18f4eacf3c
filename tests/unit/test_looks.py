"""Looks at SQLite on connections that stay open: each sees what was committed before it, and a broken one is let go."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from gateways.database import Database
from gateways.errors import Unavailable
from gateways.prepared import Prepared


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/looks.db")
    with made.write() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (name TEXT PRIMARY KEY)")
    yield made
    made.close()


def names(database: Database) -> list[str]:
    look = Prepared(text("SELECT name FROM kept ORDER BY name"), database.engine.dialect)
    return [name for (name,) in database.look(look, {})]


def test_a_look_sees_what_was_committed_before_it(database: Database) -> None:
    for number in range(3):
        with database.write() as connection:
            connection.exec_driver_sql("INSERT INTO kept VALUES (?)", (str(number),))
        assert names(database) == [str(one) for one in range(number + 1)]


def test_looks_hold_nothing_once_they_are_over(database: Database) -> None:
    with ThreadPoolExecutor(12) as threads:
        assert list(threads.map(lambda _: names(database), range(200))) == [[]] * 200
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO kept VALUES ('anna')")
    file = sqlite3.connect(database.engine.url.database or "")
    busy, *_ = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()  # 1 while anybody looks on
    file.close()
    assert busy == 0


def test_a_look_that_fails_is_unavailable_and_the_next_one_is_not(database: Database) -> None:
    broken = Prepared(text("SELECT name FROM gone"), database.engine.dialect)
    with pytest.raises(Unavailable):
        database.look(broken, {})
    assert names(database) == []
