"""The migrations: what they build is what the code expects, and running them again costs nothing."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect

from calls.events import LegEnded
from calls.legs.attempts import Attempt, PlannedLeg
from calls.outcomes import Outcome
from gateways.database.engine import Database
from gateways.database.migrate import ORDERS_VERSION, _config, migrate, migrating, versions
from gateways.database.tables import metadata
from gateways.errors import Unavailable
from gateways.records.records import Records
from tests.support.kept import DANA, NOON, call, later, sales


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
        options = {
            "compare_type": True,
            "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
        }
        context = MigrationContext.configure(connection, opts=options)
        assert list(compare_metadata(context, metadata)) == []
        migrated = shape(connection)
    with engine.begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
        assert migrated == shape(connection)


def test_migrating_again_changes_nothing_and_loses_nothing(empty_database_url: str, engine: Engine) -> None:
    migrate(empty_database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO opt_outs VALUES ('', '+12025550111', 'STOP', '2026-03-02 12:00:00')")
    migrate(empty_database_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT number FROM opt_outs").scalars().all() == ["+12025550111"]


def test_what_was_kept_before_a_migration_can_still_be_read(empty_database_url: str, engine: Engine) -> None:
    """A transfer that an earlier version began, with a leg tried and two lines of journal."""
    database = Database(empty_database_url)
    with database.write() as connection:
        command.upgrade(_config(connection), "0001")
    database.close()
    with engine.begin() as connection:
        for statement in BEFORE:
            connection.exec_driver_sql(statement)
    migrate(empty_database_url)
    records = Records(empty_database_url)
    kept = records.transfer("t_1")
    assert kept is not None
    assert kept.plan == (PlannedLeg(1, 0, DANA, "dana"), PlannedLeg(2, 0, "queue:sales"))
    assert kept.attempts == (Attempt(1, 0, DANA, "dana", NOON),)
    assert (kept.terms, kept.bridged_at, kept.returned_at, kept.error, kept.flags) == (None, None, None, "", ())
    assert not records.begin(sales("t_2"), key="k", reply={}, call=call()).fresh  # it has its caller, as it had
    told = records.apply("t_1", LegEnded(1, 0, Outcome.BUSY), later(9))
    assert told is not None
    (entry,) = records.ledger()
    assert [(line["event"], line["phases"]) for line in entry["events"][:2]] == [
        ("requested", []),
        ("leg_progressed", []),
    ]
    assert entry["attempts"][0]["outcome"] == "busy"
    records.close()


def test_a_migration_keeps_no_row_without_the_one_it_belongs_to(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/records.db"
    database = Database(url)
    with database.write() as connection:
        command.upgrade(_config(connection), "0001")
    database.close()
    lax = create_engine(url)
    with lax.begin() as connection:
        connection.exec_driver_sql(BEFORE[2])  # an attempt of no transfer
    with pytest.raises(Unavailable):
        migrate(url)
    assert versions(url).found == "0001"
    lax.dispose()


BEFORE = (
    """INSERT INTO calls (id, caller, line, leg, direction, agent, started_at)
       VALUES ('c1', '', '', 'phone', 'inbound', 'receptionist', '2026-03-02 12:00:00+00:00')""",
    f"""INSERT INTO transfers (id, ref, call_id, caller, mechanism, destination, final, reason, summary, agent, sent_by,
        note, facts, plan, state, inferred, started_at, version, key, live_call, live_key)
        VALUES ('t_1', 'K7Q4', 'c1', '', 'connect', 'sales', true, 'a quote', 'Wants a boiler.', 'receptionist', '', '',
        '[]', '[[1, 0, "{DANA}", "dana"], [2, 0, "queue:sales", null]]', 'trying', false,
        '2026-03-02 12:00:00+00:00', 1, 'k', 'c1', 'k')""",
    f"""INSERT INTO attempts (transfer_id, step, leg, "to", person, started_at)
        VALUES ('t_1', 1, 0, '{DANA}', 'dana', '2026-03-02 12:00:00+00:00')""",
    """INSERT INTO events (transfer_id, seq, at, event, state, data)
       VALUES ('t_1', 0, '2026-03-02 12:00:00+00:00', 'requested', 'requested', '{}'),
              ('t_1', 1, '2026-03-02 12:00:00+00:00', 'leg_progressed', 'trying', '{}')""",
)


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


def test_the_tables_of_the_orders_are_those_that_dbos_wants(empty_database_url: str) -> None:
    """Our own look at their version must not be older than the library that is installed."""
    migrate(empty_database_url)
    sqlite = empty_database_url.startswith("sqlite")
    where, database = "dbos_migrations" if sqlite else "dbos.dbos_migrations", Database(empty_database_url)
    with database.read() as connection:
        assert connection.exec_driver_sql(f"SELECT version FROM {where}").scalar() == ORDERS_VERSION
    database.close()


def test_once_they_are_there_neither_dbos_nor_alembic_is_even_imported(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/records.db"
    migrate(url)
    program = (
        f"import sys; from gateways.database.migrate import migrate; migrate({url!r}); "
        "sys.exit(not sys.modules.keys().isdisjoint({'dbos', 'alembic'}))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_beside_other_work_the_same_is_migrated_and_nothing_of_it_stays(empty_database_url: str) -> None:
    program = (
        f"import sys; from gateways.database.migrate import migrating\nwith migrating({empty_database_url!r}): pass\n"
        "sys.exit(not sys.modules.keys().isdisjoint({'dbos', 'alembic'}))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
    assert versions(empty_database_url).current


def test_a_migration_beside_other_work_that_fails_is_said(empty_database_url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE messages (id INTEGER)")  # in the way of ours
    with pytest.raises(Unavailable), migrating(empty_database_url):
        pass


def test_the_newest_version_is_what_alembic_says(empty_database_url: str) -> None:
    assert not versions(empty_database_url).current
    database = Database(empty_database_url)
    with database.write() as connection:
        head = ScriptDirectory.from_config(_config(connection)).get_current_head()
    database.close()
    assert versions(empty_database_url).wanted == head
