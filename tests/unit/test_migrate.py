"""The migrations: what they build is what the code expects, and running them again costs nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect

from gateways.database import Database
from gateways.errors import Unavailable
from gateways.migrate import migrate
from gateways.tables import metadata


@pytest.fixture
def engine(empty_database_url: str) -> Iterator[Engine]:
    made = create_engine(empty_database_url)
    yield made
    made.dispose()


def shape(connection: Connection) -> dict[str, object]:
    """Everything a table promises that Alembic does not compare."""
    look = inspect(connection)
    return {
        table: (
            sorted(look.get_pk_constraint(table)["constrained_columns"]),
            sorted(tuple(one["column_names"]) for one in look.get_unique_constraints(table)),
            sorted(tuple(one["constrained_columns"]) for one in look.get_foreign_keys(table)),
        )
        for table in metadata.tables
    }


def test_the_migrations_build_what_the_code_expects(empty_database_url: str, engine: Engine) -> None:
    migrate(empty_database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert list(compare_metadata(context, metadata)) == []
        migrated = shape(connection)
    with engine.begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
        assert migrated == shape(connection)


def test_migrating_again_changes_nothing_and_loses_nothing(empty_database_url: str, engine: Engine) -> None:
    migrate(empty_database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO opt_outs VALUES ('+12025550111', 'STOP', '2026-03-02 12:00:00')")
    migrate(empty_database_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT number FROM opt_outs").scalars().all() == ["+12025550111"]


def test_a_migration_that_fails_leaves_nothing_behind(empty_database_url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE messages (id INTEGER)")  # in the way of ours
    with pytest.raises(Unavailable):
        migrate(empty_database_url)
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"messages", "alembic_version"}
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE messages")
    migrate(empty_database_url)


@pytest.mark.parametrize("url", ["postgresql://u:hunter2@127.0.0.1:1/x", "sqlite:////nowhere/at/all.db"])
def test_a_database_that_is_not_there_is_unavailable(url: str) -> None:
    with pytest.raises(Unavailable):
        migrate(url)


@pytest.mark.parametrize("folder", ["a folder", "50%", "a#b"])
def test_a_database_may_lie_in_any_folder(tmp_path: Path, folder: str) -> None:
    from handlers.settings import Settings

    (tmp_path / folder).mkdir()
    settings = Settings(switchboard_directory=tmp_path / folder / "switchboard.yaml", secret_key="k")
    migrate(settings.database_url)
    database = Database(settings.database_url)
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM transfers").scalar() == 0
    database.close()
    assert (tmp_path / folder / "switchboard.db").exists()
