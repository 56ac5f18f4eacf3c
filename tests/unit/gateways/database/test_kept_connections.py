"""Looks on connections that stay open: each sees what was committed before it, and one that is of no use is let go."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from gateways.database import kept_connections
from gateways.database.engine import Database
from gateways.database.prepared_statements import Prepared
from gateways.errors import Unavailable


@pytest.fixture
def database(empty_database_url: str) -> Iterator[Database]:
    made = Database(empty_database_url)
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
            connection.execute(text("INSERT INTO kept VALUES (:name)"), {"name": str(number)})
        assert names(database) == [str(one) for one in range(number + 1)]


def test_looks_hold_nothing_once_they_are_over(database: Database) -> None:
    with ThreadPoolExecutor(12) as threads:
        assert list(threads.map(lambda _: names(database), range(200))) == [[]] * 200
    with database.read() as connection:
        connection.execute(text("SELECT 1"))
    with database.write() as connection:
        connection.execute(text("INSERT INTO kept VALUES ('anna')"))
    if not database.sqlite:
        with database.read() as connection:
            ours = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            assert connection.execute(text(f"{ours} AND state = 'idle in transaction'")).scalar_one() == 0
        return
    file = sqlite3.connect(database.engine.url.database or "")
    busy, *_ = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()  # 1 while anybody looks on
    file.close()
    assert busy == 0


def test_looks_one_after_another_need_one_connection(database: Database) -> None:
    used = set[int]()
    for _ in range(5):
        with database._kept.connection() as connection:
            used.add(id(connection))
    assert len(used) == 1


def test_a_connection_that_was_silent_for_long_is_not_trusted(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database._kept.connection() as first:
        pass
    monkeypatch.setattr(kept_connections, "_SILENT", 0.0)
    with database._kept.connection() as second:
        assert second is not first
    assert first.closed


def test_a_look_that_fails_is_unavailable_and_the_next_one_is_not(database: Database) -> None:
    broken = Prepared(text("SELECT name FROM gone"), database.engine.dialect)
    with pytest.raises(Unavailable):
        database.look(broken, {})
    assert names(database) == []
