"""What we write is read by its owner only: it holds what callers said, and our credentials."""

import os
import stat
from pathlib import Path

from click.testing import CliRunner

from gateways.database.engine import Database
from gateways.database.migrate import migrate
from gateways.jobs.leases import places_at
from handlers.cli.main import main


def modes(folder: Path) -> dict[str, str]:
    return {one.name: oct(stat.S_IMODE(one.stat().st_mode)) for one in folder.iterdir()}


def test_the_database_and_the_files_beside_it_are_the_owner_s_alone(tmp_path: Path) -> None:
    url, before = f"sqlite:///{tmp_path}/switchboard.db", os.umask(0o022)
    try:
        migrate(url)
        places = places_at(url, "watch")
        assert places.take(0)
        database = Database(url)
        with database.write() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")
            found = modes(tmp_path)
        database.close()
        places.close()
    finally:
        os.umask(before)
    assert {"switchboard.db", "switchboard.db-wal", "switchboard.db-shm", "switchboard.db-watch"} <= set(found)
    assert set(found.values()) == {"0o600"}


def test_files_of_before_are_mended(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/switchboard.db"
    migrate(url)
    for name in ("switchboard.db", "switchboard.db-workers"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o644)
    database = Database(url)
    with database.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    database.close()
    assert set(modes(tmp_path).values()) == {"0o600"}


def test_every_command_writes_for_its_owner_only() -> None:
    before = os.umask(0o022)
    try:
        CliRunner().invoke(main, ["diagram"])
        assert os.umask(0o022) == 0o077
    finally:
        os.umask(before)
