"""Bring the tables up to date, ours and those of the orders. Every command that opens the records does it first.

Once done, it costs a look.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from gateways.database.engine import Database
from gateways.errors import Unavailable

if TYPE_CHECKING:
    from alembic.config import Config

# Two processes that start at once migrate one after the other. The number is ours to choose, and means nothing else.
_LOCK = 7_264_109
_WAIT = 300.0  # seconds: a migration of a large ledger may take its time, and another process waits for it
ORDERS_VERSION = 125  # of DBOS's own tables, as the version of it makes them that we require


def migrate(url: str) -> None:
    """Bring the database at `url` up to the newest version. Raises Unavailable when it cannot be reached."""
    if versions(url, wait=_WAIT).current:
        return
    from alembic import command  # noqa: PLC0415, 0.1 s and 7 MB that nobody needs who has nothing to migrate

    database = Database(url, wait=_WAIT)
    try:
        if database.sqlite:
            event.listen(database.engine, "connect", _let_tables_go)
        with database.write() as connection:
            if not database.sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            command.upgrade(_config(connection), "head")
            if database.sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise Unavailable("the migration would leave rows without those they belong to")
        if not _has_orders(database):
            _make_orders(url)
    finally:
        database.close()


def _let_tables_go(connection: Any, _: object) -> None:
    """SQLite changes most of a table by a copy that takes its place; while it is gone, rows may refer to nothing."""
    connection.execute("PRAGMA foreign_keys=OFF")


@contextmanager
def migrating(url: str) -> Iterator[None]:
    """As `migrate`, while the block runs, in a process of its own. Raises Unavailable, once the block is over.

    What it imports takes 0.4 s and 27 MB, which would stay with this process and with all that it forks.
    """
    if versions(url, wait=_WAIT).current:
        yield
        return
    with ProcessPoolExecutor(1, initializer=_belong_to_parent) as aside:
        migrated = aside.submit(migrate, url)
        yield
        migrated.result()


def _belong_to_parent() -> None:
    """A parent that was ended halfway takes the migration with it: what was not committed is undone."""
    threading.Thread(target=_end_with, args=(os.getppid(),), name="parent", daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


class Versions(NamedTuple):
    """The version that the tables have ("" for none), the one they should have, and whether the orders have theirs."""

    found: str
    wanted: str
    orders: bool

    @property
    def current(self) -> bool:
        """Whether `migrate` has nothing to do."""
        return self.found == self.wanted and self.orders


def versions(url: str, *, wait: float = 1.0) -> Versions:
    """How far the database at `url` is migrated. Changes nothing. `wait`: seconds. Raises Unavailable.

    Asked without Alembic, which reads every migration to say the same.
    """
    database = Database(url, wait=wait)
    try:
        with database.stream() as connection:
            found = ""
            if inspect(connection).has_table("alembic_version"):
                found = connection.scalar(text("SELECT version_num FROM alembic_version")) or ""
        return Versions(found, _newest(), _has_orders(database))
    finally:
        database.close()


def _newest() -> str:
    """The last of the migrations, whose files are numbered in their order."""
    numbered = files("gateways").joinpath("migrations", "versions").iterdir()
    return max(file.name.partition("_")[0] for file in numbered if file.name[:1].isdigit())


def check_writable(url: str) -> None:
    """Write what is there already into a migrated database at `url`, and commit it. Raises Unavailable."""
    database = Database(url)
    try:
        with database.write() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
    finally:
        database.close()


def _has_orders(database: Database) -> bool:
    """Whether DBOS's tables are there; asked without importing it, which takes longer than the question."""
    schema = None if database.sqlite else "dbos"
    with database.stream() as connection:
        if not inspect(connection).has_table("dbos_migrations", schema=schema):
            return False
        table = "dbos_migrations" if database.sqlite else "dbos.dbos_migrations"
        return bool((connection.scalar(text(f"SELECT version FROM {table}")) or 0) >= ORDERS_VERSION)  # noqa: S608


def _make_orders(url: str) -> None:
    from dbos import DBOS  # noqa: PLC0415, it is needed once in the life of a database

    logging.getLogger("dbos").setLevel(logging.ERROR)  # it says what it does, line by line
    try:
        DBOS.migrate(url)
    except SQLAlchemyError as fault:
        raise Unavailable(f"the tables of the orders could not be made ({type(fault).__name__})") from fault


def _config(connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    # A "%" begins an interpolation in a configuration file, and may stand in a path.
    config.set_main_option("script_location", str(files("gateways").joinpath("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
