"""Bring the tables up to date. Every command that opens the records does it first; once done, it costs a look."""

from importlib.resources import files

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from gateways.tables import metadata

# Two processes that start at once migrate one after the other. The number is ours to choose, and means nothing else.
_LOCK = 7_264_109


def migrate(url: str) -> None:
    """Bring the database at `url` up to the newest version. Raises SQLAlchemy's errors when it cannot be reached."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            command.upgrade(_config(connection), "head")
    finally:
        engine.dispose()


def differences(url: str) -> list[object]:
    """What the tables of the database at `url` lack, or have too much, compared with what the code expects."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return list(compare_metadata(MigrationContext.configure(connection), metadata))
    finally:
        engine.dispose()


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("gateways").joinpath("migrations")))
    config.attributes["connection"] = connection
    return config
