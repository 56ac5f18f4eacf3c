"""One engine a process, the same to its users on SQLite and on PostgreSQL."""

import os
import select
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, DisconnectionError, IntegrityError, TimeoutError
from sqlalchemy.sql.schema import Table

from gateways.database.gate import Gate
from gateways.database.kept_connections import Kept
from gateways.database.prepared_statements import Prepared
from gateways.database.rows import to_json
from gateways.database.same_file import is_same_file, watch_file
from gateways.database.turns import Turns, insist
from gateways.database.url import dialect_of
from gateways.errors import Unavailable
from gateways.private_files import make_private, mend

T = TypeVar("T")

# Seconds for a lock, a statement or a free connection: a tool must answer within two, with an apology at the worst.
# (A new connection may take the two seconds that are the least PostgreSQL's library can be told.)
_WAIT = 1.0
_CONNECT = 2
_LATER = 0.2  # seconds after which a statement's own limit should have been heard of
_FOR_A_PLACE = 0.3  # of `wait`, until one of those that may be at the database has left it
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


class Database:
    """Connections to the database at `url`. Nothing is connected to before the first transaction.

    `wait` is how many seconds a lock or a statement may take. Without `create` no missing SQLite file is made.
    """

    def __init__(self, url: str, *, wait: float = _WAIT, create: bool = True) -> None:
        self.engine = _engine(dialect_of(url), wait, create=create)
        self._gate = Gate(wait * _FOR_A_PLACE)
        self.sqlite = self.engine.dialect.name == "sqlite"
        self._turns = Turns(self.engine, wait)
        self._kept = Kept(self.engine, _is_gone if self.sqlite else _has_hung_up)
        self._driver_error: type[Exception] = self.engine.dialect.loaded_dbapi.Error
        # A look needs no transaction, and PostgreSQL saves the two round trips of beginning and ending one. Most
        # requests only look, so it is those who need a transaction that pay for switching.
        self._writer = self.engine if self.sqlite else self.engine.execution_options(isolation_level="READ COMMITTED")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction, committed when the block ends. Raises Unavailable."""
        with self._faults(), self._turns.write() if self.sqlite else self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A look, without a transaction of its own. Raises Unavailable."""
        with self._faults(), self._kept.connection() as connection:
            yield connection

    def look(self, statement: Prepared, values: Mapping[str, Any]) -> Sequence[Any]:
        """All rows of one statement, as the driver gives them: quicker than `read`. Raises Unavailable."""
        with self._faults(), self._kept.connection() as connection:
            found: Sequence[Any] = statement.run(connection, values).fetchall()
            return found

    @contextmanager
    def stream(self) -> Iterator[Connection]:
        """A long look, as it was when it began. Raises Unavailable."""
        with self._faults(), self._writer.connect() as connection:
            yield connection

    def execute(self, statement: Callable[[Connection], T]) -> T:
        """One statement that writes and is a transaction of its own. Raises Unavailable."""
        if self.sqlite:
            with self._faults():
                return self._turns.execute(statement)
        with self.read() as connection:
            return statement(connection)

    def at_opening(self, *statements: str) -> None:
        """What SQLite's connection that writes executes as it opens."""
        self._turns.opening += statements

    def alone(self, connection: Connection, name: str) -> None:
        """Wait until nobody else does what has this name, which they then do not until this transaction ends."""
        if not self.sqlite:  # where whoever writes is alone anyway
            connection.execute(_ALONE, {"name": name})

    def insert(self, table: Table) -> Any:
        """An INSERT that knows ON CONFLICT, in the database's own dialect."""
        return (sqlite if self.sqlite else postgresql).insert(table)

    def close(self) -> None:
        """Close every connection."""
        self._turns.close()
        self._kept.close()
        self.engine.dispose()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        with self._gate.entered(), self._named():
            yield

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, TimeoutError, DisconnectionError, self._driver_error) as raised:
            fault = self._as_sqlalchemy_names_it(raised)
            if isinstance(fault, IntegrityError | DataError) or _too_long(fault):
                raise fault from None  # what was asked for is wrong, and asking again will not help
            if isinstance(fault, TimeoutError) or getattr(getattr(fault, "orig", None), "silent", False):
                self._gate.was_silent()
            kind = type(fault.orig).__name__ if isinstance(fault, DBAPIError) else type(fault).__name__
            raise Unavailable(f"the database did not answer ({kind})") from fault

    def _as_sqlalchemy_names_it(self, fault: Exception) -> Exception:
        if not isinstance(fault, self._driver_error):
            return fault
        return DBAPIError.instance(None, None, fault, self._driver_error, dialect=self.engine.dialect)


def _too_long(fault: Exception) -> bool:
    """PostgreSQL's class 54: more than an index can hold. It sounds like trouble that passes, and does not."""
    return str(getattr(getattr(fault, "orig", None), "sqlstate", None)).startswith("54")


def _engine(url: str, wait: float, *, create: bool) -> Engine:
    if url.startswith("sqlite"):
        engine = create_engine(
            url,
            hide_parameters=True,  # an error that is logged must not tell what a caller said
            pool_size=16,
            max_overflow=0,
            pool_timeout=wait,
            connect_args={"timeout": wait},
            json_serializer=to_json,
        )
        watch_file(engine, create=create)  # first: it refuses a missing file, which the next would make anew
        event.listen(engine, "do_connect", _keep_private)
        event.listen(engine, "connect", _open_sqlite)
    else:
        milliseconds = int(wait * 1000)
        engine = create_engine(
            url,
            hide_parameters=True,  # an error that is logged must not tell what a caller said
            pool_size=16,
            max_overflow=0,
            pool_timeout=wait,
            isolation_level="AUTOCOMMIT",
            pool_recycle=300,  # seconds; whatever stands between us may forget a connection that is silent for longer
            json_serializer=to_json,
            connect_args={
                "connect_timeout": _CONNECT,
                "tcp_user_timeout": milliseconds,  # a server that vanished says nothing
                "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}",
            },
        )
        event.listen(engine, "checkout", _notice_a_hangup)
        from gateways.database.deadlines import hold_to_deadline  # noqa: PLC0415, psycopg is not needed with SQLite

        hold_to_deadline(engine, wait + _LATER)
    _leave_to_the_parent(engine)
    return engine


def _keep_private(dialect: Any, record: Any, arguments: Sequence[Any], options: Any) -> None:
    """Before SQLite makes the file, and those beside it with the same rights, readable by everybody."""
    path = str(arguments[0])
    if path == ":memory:" or path.startswith("file:"):
        return
    with suppress(OSError):  # SQLite says in its own words what is wrong with the path
        make_private(Path(path))
    for beside in ("-wal", "-shm", "-workers", "-watch", "-match", "-tidy"):
        mend(Path(path + beside))


def _notice_a_hangup(connection: Any, *_: object) -> None:
    """Nobody's tool call is the one that finds the database was restarted: then the pool connects again."""
    if _hung_up(connection):
        raise DisconnectionError("the server has closed it")


def _hung_up(connection: Any) -> bool:
    """A server has nothing to say to an idle connection but goodbye: a look at the socket does, where a ping is a round
    trip.
    """
    socket = select.poll()
    socket.register(connection.fileno(), select.POLLIN)
    return bool(socket.poll(0))


def _has_hung_up(connection: Connection) -> bool:
    return _hung_up(connection.connection.dbapi_connection)


def _is_gone(connection: Connection) -> bool:
    return not is_same_file(connection)


def _open_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    # FULL: what was committed survives a power cut, not only a killed process as with NORMAL. A transfer that was
    # announced to a caller must not be forgotten. (The one connection that writes most sees to that itself: `turns`.)
    # What a statement that fails has to undo stays in memory (SQLite would write a file beyond 64 kB), and pages are
    # brought over from the log four times as rarely as by default: written once, they have changed many times.
    sparing = ("temp_store=MEMORY", "wal_autocheckpoint=4000")
    _keep_a_log(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", *sparing):
        connection.execute(f"PRAGMA {pragma}")


def _keep_a_log(connection: Any) -> None:
    """Switch to WAL. Processes that open a new file at once all want it alone, and SQLite lets none of them wait."""
    insist(lambda: connection.execute("PRAGMA journal_mode=WAL"), until=time.monotonic() + _WAIT)


def _leave_to_the_parent(engine: Engine) -> None:
    """A connection belongs to the process that made it: a forked child makes its own and does not touch these."""

    @event.listens_for(engine, "connect")
    def mark(_: object, record: Any) -> None:
        record.info["process"] = os.getpid()

    @event.listens_for(engine, "checkout")
    def check(_: object, record: Any, proxy: Any) -> None:
        if record.info["process"] != os.getpid():
            record.dbapi_connection = proxy.dbapi_connection = None
            raise DisconnectionError("made by another process")
