"""Bring the tables up to date. Every command that opens the records does it first; once done, it costs a look."""

from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from gateways.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

# Two processes that start at once migrate one after the other. The number is ours to choose, and means nothing else.
_LOCK = 7_264_109
_WAIT = 300.0  # seconds: a migration of a large ledger may take its time, and another process waits for it


def migrate(url: str) -> None:
    """Bring the database at `url` up to the newest version. Raises Unavailable when it cannot be reached."""
    from alembic import command  # noqa: PLC0415, a fifth of a second and some megabytes that no worker needs

    database = Database(url, wait=_WAIT)
    try:
        with database.write() as connection:
            if not database.sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            command.upgrade(_config(connection), "head")
    finally:
        database.close()


def _config(connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    # A "%" begins an interpolation in a configuration file, and may stand in a path.
    config.set_main_option("script_location", str(files("gateways").joinpath("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
