"""The calls on record. A call that has only been greeted is written behind; every later request can restore it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, update

from calls.call import Call
from gateways import rows
from gateways.behind import WriteBehind
from gateways.database import Database
from gateways.tables import calls


class CallRecords:
    """The part of `Records` that knows calls."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._behind = WriteBehind(self._insert_calls)
        self._insert_call = self._db.insert(calls).on_conflict_do_nothing()

    def close(self) -> None:
        """Write down what is still to be written."""
        self._behind.close()

    def note_call(self, call: Call, at: datetime) -> None:
        """Keep a call that was answered, soon. Until then the call's own token and tool calls can restore it."""
        self._behind.put(rows.of_call(call, at))

    def open_call(self, call: Call, at: datetime) -> None:
        """Keep a call now. The same call twice is the same row, and the first facts stand."""
        self._insert_calls([rows.of_call(call, at)])

    def keep_report(self, call_id: str, report: Mapping[str, object], at: datetime) -> None:
        """Keep an agent's own account of the conversation on the call. A later agent's account stands beside it.

        Raises LookupError when the call was never opened.
        """
        with self._db.write() as connection:
            mine = calls.c.id == call_id
            row = connection.execute(select(calls.c.report).where(mine).with_for_update()).first()
            if row is None:
                raise LookupError(call_id)
            said = {"at": at.isoformat(), **report}
            if not any({**one, "at": said["at"]} == said for one in row.report or []):
                connection.execute(update(calls).where(mine).values(report=[*(row.report or []), said]))

    def call(self, call_id: str) -> Mapping[str, Any] | None:
        """The row of a call."""
        with self._db.read() as connection:
            row = connection.execute(select(calls).where(calls.c.id == call_id)).first()
        return dict(row._mapping) if row else None

    def answered(self, call_id: str, at: datetime) -> None:
        """Keep when an agent began to talk with the caller; the first report of it stands."""
        self._note(call_id, "answered_at", at)

    def hung_up(self, call_id: str, at: datetime) -> None:
        """Keep when the caller hung up; the first report of it stands."""
        self._note(call_id, "hung_up_at", at)

    def _note(self, call_id: str, what: str, at: datetime) -> None:
        mine = and_(calls.c.id == call_id, calls.c[what].is_(None))
        with self._db.write() as connection:
            connection.execute(update(calls).where(mine).values({what: at}))

    def _insert_calls(self, values: list[dict[str, Any]]) -> None:
        # In one order for all, or two processes with the same calls could wait for each other.
        with self._db.write() as connection:
            connection.execute(self._insert_call, sorted(values, key=lambda one: str(one["id"])))
