"""How a transfer begins on record: its call, itself with the reply that starts it, and the first of its journal.

All of it or nothing, and on PostgreSQL in one statement, a transaction of its own: one way there and back, not five.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, exists, func, select, union_all

from calls.call import Call
from calls.events import TextNoted
from calls.phases import phases
from calls.transfer import Transfer
from gateways import rows
from gateways.database import Database
from gateways.prepared import Prepared
from gateways.tables import calls, events, transfers

_CALL = ("id", "caller", "line", "leg", "direction", "agent", "business", "started_at")
# What only happens later, and so is not written when a transfer begins.
_LATER = frozenset({"bridged_at", "returned_at", "flags"})


class Beginning:
    """The statements, compiled once for each number of lines that a journal begins with."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._by_lines: dict[int, tuple[Prepared, ...]] = {}

    @contextmanager
    def transaction(self, *, alone: bool) -> Iterator[Connection]:
        """Where `keep` is used: `alone`, or with more that must be kept or lost together with it."""
        with self._db.read() if alone and not self._db.sqlite else self._db.write() as connection:
            yield connection

    def keep(self, connection: Connection, values: Mapping[str, Any], *, lines: int) -> bool:
        """Keep what `values` made of a transfer. False when another transfer holds one of its claims."""
        statements = self._by_lines.get(lines) or self._compiled(lines)
        return bool([statement.run(connection, values).rowcount for statement in statements][-1])

    def _compiled(self, lines: int) -> tuple[Prepared, ...]:
        call = self._insert("call", calls, _CALL).on_conflict_do_nothing()
        columns = [column.name for column in transfers.c if column.name not in _LATER]
        transfer = self._unless_asked_before(columns).on_conflict_do_nothing()
        journal = [
            select(*(bindparam(f"line{n}_{one.name}", type_=one.type) for one in events.c)) for n in range(lines)
        ]
        write = events.insert()
        names = events.c.keys()
        # A journal is only begun for a transfer that was kept. SQLite runs no INSERT within another one.
        if self._db.sqlite:
            chosen = union_all(*(line.where(func.changes() > 0) for line in journal))
            statements = [call, transfer, write.from_select(names, chosen)]
        else:
            kept = transfer.returning(transfers.c.id).cte("kept")
            chosen = union_all(*(line.select_from(kept) for line in journal))
            statements = [write.from_select(names, chosen).add_cte(call.cte("called"))]
        compiled = tuple(Prepared(statement, self._db.engine.dialect) for statement in statements)
        return self._by_lines.setdefault(lines, compiled)

    def _unless_asked_before(self, names: Sequence[str]) -> Any:
        """The transfer, if no other of its call lives that was asked for by the same tool call.

        No unique index is needed for that: two that begin at once want the call as well, of which there is one.
        """
        same = and_(
            transfers.c.call_id == bindparam("transfer_call_id"), transfers.c.live_key == bindparam("transfer_live_key")
        )
        row = select(*(bindparam(f"transfer_{name}", type_=transfers.c[name].type) for name in names))
        return self._db.insert(transfers).from_select(names, row.where(~exists().where(same)))

    def _insert(self, part: str, table: Table, names: Iterable[str]) -> Any:
        return self._db.insert(table).values({name: bindparam(f"{part}_{name}") for name in names})


def values(transfer: Transfer, *, key: str, reply: rows.Json, call: Call, texts: Sequence[TextNoted]) -> dict[str, Any]:
    """The rows of a transfer that begins, for `Beginning.keep`."""
    at = transfer.started_at
    begun = {"key": key, "reply": reply if transfer.live else None, "caller": str(call.caller or "")}
    journal = [rows.of_event("requested", transfer, {}, at, phases(None, None, transfer))]
    journal += [rows.of_event(rows.name_of(text), transfer, asdict(text), at) for text in texts]
    parts = {
        "call": rows.of_call(call, at),
        "transfer": rows.of_transfer(transfer) | rows.claims(transfer, key) | begun,
        **{f"line{n}": {**line, "seq": n} for n, line in enumerate(journal)},
    }
    return {f"{part}_{name}": value for part, row in parts.items() for name, value in row.items()}
