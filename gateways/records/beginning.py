"""How a transfer begins on record: its call, itself with the reply that starts it, and the first of its journal.

All of it or nothing, in one statement that is a transaction of its own. On PostgreSQL that is one way there and back,
not five. SQLite has one writer at a time: one statement, which writes to a view whose trigger writes the three tables,
holds nobody up between two of them; and those that begin at once are kept by one.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    and_,
    bindparam,
    column,
    exists,
    func,
    literal_column,
    select,
    table,
    text,
    union_all,
)

from calls.call import Call
from calls.events import TextNoted
from calls.transfer.machine import Transfer
from calls.transfer.phases import phases
from gateways.database import rows
from gateways.database.engine import Database
from gateways.database.prepared_statements import Binds, Prepared
from gateways.database.tables import calls, events, transfers
from gateways.errors import Unavailable

_CALL = ("id", "caller", "line", "leg", "direction", "agent", "business", "started_at")
# What only happens later, and so is not written when a transfer begins.
_LATER = frozenset({"bridged_at", "returned_at", "flags"})
_TRANSFER = tuple(one.name for one in transfers.c if one.name not in _LATER)
_LINE = tuple(events.c.keys())
_COMPANY = 0.001  # seconds for others to begin as well, where some are at it; a caller does not hear it


@dataclass(frozen=True, slots=True)
class Rows:
    """What is kept of a transfer as it begins: its call, itself, and the lines of its journal.

    `since` is for a transfer that begins only as the first: of its call, and of its caller since that moment (in UTC).
    """

    call: rows.Values
    transfer: rows.Values
    journal: Sequence[rows.Values]
    since: datetime | None = None


@dataclass(slots=True)
class _Begins:
    """One that is to be kept by whoever keeps all who wait. `kept` is None until it is known, and when not together.

    `row` is as the view takes it, and `waits` is let go when it is seen to (an Event takes ten times as long to make).
    """

    row: list[Any]
    kept: bool | None = None
    fault: Unavailable | None = None
    waits: threading.Lock = field(default_factory=threading.Lock)


class Beginning:
    """The statements, compiled once, and those who wait to be kept together."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._compiled: dict[int, Prepared] = {}
        self._lock = threading.Lock()
        self._waiting: list[_Begins] = []
        self._inside = 0
        if database.sqlite:
            self._call, self._transfer, self._line = (
                Binds(((name, kept.c[name].type) for name in names), database.engine.dialect)
                for kept, names in ((calls, _CALL), (transfers, _TRANSFER), (events, _LINE))
            )
            self._since = Binds([("since", transfers.c.started_at.type)], database.engine.dialect)
            database.at_opening(*_view_and_trigger(database))

    def keep(self, begun: Rows) -> bool:
        """Keep a transfer that begins. False when another one holds one of its claims, or it is not the first as it
        should be. Raises Unavailable.
        """
        if not self._db.sqlite:
            return self._db.execute(lambda connection: self.keep_with(connection, begun))
        mine = _Begins(self._row(begun))
        mine.waits.acquire()
        with self._lock:
            self._waiting.append(mine)
            leads = len(self._waiting) == 1
            self._inside += 1
            has_company = self._inside > 1
        try:
            if leads:
                self._keep_who_wait(_COMPANY if has_company else 0.0)
            mine.waits.acquire()
        finally:
            with self._lock:
                self._inside -= 1
        if mine.fault:
            raise Unavailable(str(mine.fault)) from mine.fault
        if mine.kept is not None:
            return mine.kept
        return self._db.execute(lambda connection: self._keep_all(connection, [mine.row]))

    def keep_with(self, connection: Connection, begun: Rows) -> bool:
        """`keep`, together with whatever else this transaction keeps."""
        if self._db.sqlite:
            return self._keep_all(connection, [self._row(begun)])
        lines = {f"line{n}": line for n, line in enumerate(begun.journal)}
        parts = {"call": begun.call, "transfer": begun.transfer, **lines}
        values = {f"{part}_{name}": value for part, row in parts.items() for name, value in row.items()}
        values["since"] = begun.since
        statement = self._compiled.get(len(lines)) or self._prepared(len(lines), _whole(self._db, len(lines)))
        return bool(statement.run(connection, values).rowcount)

    def _keep_who_wait(self, wait: float) -> None:
        """When one is refused, or can never be kept, each tries alone. A database that fails fails all of them."""
        together: list[_Begins] = []

        def keep(connection: Connection) -> bool:
            if not together:  # else SQLite was busy, and this is the next try
                together.extend(self._take())
            return self._keep_all(connection, [one.row for one in together])

        kept: bool | None = None
        fault: Unavailable | None = None
        try:
            if wait:
                time.sleep(wait)
            if self._db.execute(keep):
                kept = True
            elif len(together) == 1:
                kept = False
        except Unavailable as unavailable:
            fault = unavailable
        except Exception:  # noqa: BLE001, each is told of its own
            kept = None
        finally:
            for one in together or self._take():
                one.kept, one.fault = kept, fault
                one.waits.release()

    def _take(self) -> list[_Begins]:
        with self._lock:
            taken, self._waiting = self._waiting, []
        return taken

    def _row(self, begun: Rows) -> list[Any]:
        journal = rows.to_json([self._line(line) for line in begun.journal])
        return [*self._call(begun.call), *self._transfer(begun.transfer), *self._since({"since": begun.since}), journal]

    def _keep_all(self, connection: Connection, begin: Sequence[list[Any]]) -> bool:
        """Keep these rows, or none of them."""
        count = len(begin)
        insert = self._compiled.get(count) or self._prepared(count, _into_view(count))
        try:
            insert.execute(connection, [value for row in begin for value in row])
        except sqlite3.IntegrityError as fault:
            if fault.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_TRIGGER:
                raise
            return False
        return True

    def _prepared(self, number: int, statement: Any) -> Prepared:
        return self._compiled.setdefault(number, Prepared(statement, self._db.engine.dialect))


# --- the statements -----------------------------------------------------------------------------------------------

Value = Callable[[str, Any], Any]  # what is to be written, by its name and the column it is written to


def _bound(name: str, where: Column[Any]) -> Any:
    return bindparam(name, type_=where.type)


def _new(name: str, _: object = None) -> Any:
    """As a trigger knows it."""
    return literal_column(f"NEW.{name}")


def _call(db: Database, value: Value) -> Any:
    row = select(*(value(f"call_{name}", calls.c[name]) for name in _CALL))
    return db.insert(calls).from_select(_CALL, row).on_conflict_do_nothing()


def _transfer(db: Database, value: Value) -> Any:
    """The transfer, if no other of its call lives that was asked for by the same tool call; and if it is the first one,
    where it should be.

    Its call needs no unique index for that: two that begin at once want the call as well, of which there is one.
    (Of two calls of one caller that begin at once, PostgreSQL takes each for the first.)
    """
    written = {name: value(f"transfer_{name}", transfers.c[name]) for name in _TRANSFER}
    same = and_(*(transfers.c[name] == written[name] for name in ("call_id", "live_key")))
    since = value("since", transfers.c.started_at)
    row = select(*written.values()).where(
        ~exists().where(same),
        ~exists().where(since.is_not(None), transfers.c.call_id == written["call_id"]),
        ~exists().where(
            *(transfers.c[name] == written[name] for name in ("caller", "business")), transfers.c.started_at > since
        ),
    )
    return db.insert(transfers).from_select(_TRANSFER, row).on_conflict_do_nothing()


# PostgreSQL's: a journal is only begun for a transfer that was kept.


def _whole(db: Database, lines: int) -> Any:
    kept = _transfer(db, _bound).returning(transfers.c.id).cte("kept")
    journal = union_all(*(_a_line(f"line{n}_").select_from(kept) for n in range(lines)))
    return events.insert().from_select(_LINE, journal).add_cte(_call(db, _bound).cte("called"))


def _a_line(part: str) -> Any:
    return select(*(bindparam(f"{part}{name}", type_=events.c[name].type) for name in _LINE))


# SQLite's: it knows no statement for several tables but a trigger's.

_REFUSE = text("SELECT RAISE(ABORT, 'claimed') WHERE changes() = 0")  # the transfer was not kept: nothing is
_BEGINNINGS = table(
    "beginnings",
    *(column(f"call_{name}") for name in _CALL),
    *(column(f"transfer_{name}") for name in _TRANSFER),
    column("since"),
    column("journal"),  # its lines as JSON
)


def _into_view(count: int) -> Any:
    names = _BEGINNINGS.c.keys()
    row: Any = select(*(bindparam(name) for name in names))
    return _BEGINNINGS.insert().from_select(names, union_all(*[row] * count))


def _view_and_trigger(db: Database) -> tuple[str, str]:
    """Temporary ones: they belong to a connection as its prepared statements do, and no schema knows of them."""
    names = _BEGINNINGS.c.keys()
    line = func.json_each(_new("journal")).table_valued("value").c.value
    journal = select(*(func.json_extract(line, literal_column(f"'$[{n}]'")) for n in range(len(_LINE))))
    keep = (_call(db, _new), _transfer(db, _new), _REFUSE, events.insert().from_select(_LINE, journal))
    body = "; ".join(str(one.compile(dialect=db.engine.dialect)) for one in keep)
    return (
        f"CREATE TEMP VIEW beginnings ({', '.join(names)}) AS SELECT {', '.join(['NULL'] * len(names))}",
        f"CREATE TEMP TRIGGER keep_beginning INSTEAD OF INSERT ON beginnings BEGIN {body}; END",
    )


def rows_of(
    transfer: Transfer,
    *,
    key: str,
    reply: rows.Json,
    call: Call,
    texts: Sequence[TextNoted] = (),
    since: datetime | None = None,
) -> Rows:
    """The rows of a transfer that begins, for `Beginning`."""
    at = transfer.started_at
    begun = {"key": key, "reply": reply if transfer.live else None, "caller": str(call.caller or "")}
    journal = [rows.of_event("requested", transfer, {}, at, phases(None, None, transfer))]
    journal += [rows.of_event(rows.name_of(text), transfer, asdict(text), at) for text in texts]
    return Rows(
        rows.of_call(call, at),
        {**rows.of_transfer(transfer), **rows.claims(transfer, key), **begun},
        [{**line, "seq": n} for n, line in enumerate(journal)],
        since,
    )
