"""The calls that we place, on record: each key is one call, and each call is dialled once."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select, update

from calls.numbers import Number
from calls.orders import DurableOrder, PlaceCall
from calls.outbound.calls import PlacedCall, PlacedState
from calls.outcomes import Outcome
from gateways import call_log
from gateways.database.engine import Database
from gateways.database.rows import Values
from gateways.database.tables import placed_calls

_SAME = ("id", "business", "agent", "message", "state", "call_id", "error", "asked_at", "due_at", "changed_at",
         "ended_at", "fingerprint")  # fmt: skip
_UP = ("dialling", "ringing", "answered")


class PlacedRecords:
    """The part of `Records` that knows the calls we place."""

    _db: Database
    _keep: Callable[[Connection, DurableOrder], None]

    def place(self, call: PlacedCall) -> tuple[PlacedCall, bool]:
        """Keep a call, and the order to place it, unless there is one of that key already.

        Returns the call that is on record, and whether it is a new one.
        """
        keep = self._db.insert(placed_calls).on_conflict_do_nothing().returning(placed_calls.c.id)
        with self._db.write() as connection:
            if connection.execute(keep, _of_placed(call)).first():
                self._keep(connection, PlaceCall(call.id, after=max((call.due_at - call.asked_at).total_seconds(), 0)))
            else:
                return _placed(connection.execute(_by_key(call.business, call.key)).one()), False
        call_log.placed_call_changed(None, call)
        return call, True

    def placed_call(self, placed_id: str) -> PlacedCall | None:
        """A call by its id."""
        with self._db.read() as connection:
            row = connection.execute(_by_id(placed_id)).first()
            return _placed(row) if row else None

    def placed_call_on(self, call_id: str) -> PlacedCall | None:
        """The call of ours that has this id of the platform's."""
        with self._db.read() as connection:
            row = connection.execute(select(placed_calls).where(placed_calls.c.call_id == call_id)).first()
            return _placed(row) if row else None

    def placed_call_of(self, business: str, key: str) -> PlacedCall | None:
        """A call by the key it was asked for with."""
        with self._db.read() as connection:
            row = connection.execute(_by_key(business, key)).first()
            return _placed(row) if row else None

    def placed_calls(self, *, business: str | None = None, since: datetime | None = None) -> Iterator[PlacedCall]:
        """Every call that we were asked for, oldest first."""
        query = select(placed_calls).order_by(placed_calls.c.asked_at, placed_calls.c.id)
        if business is not None:
            query = query.where(placed_calls.c.business == business)
        if since:
            query = query.where(placed_calls.c.asked_at >= since)
        with self._db.stream() as connection:
            for row in connection.execute(query):
                yield _placed(row)

    def waiting_to_be_placed(self, at: datetime) -> int:
        """How many calls are due at this moment and have not been dialled."""
        due = and_(placed_calls.c.state == "waiting", placed_calls.c.due_at <= at)
        with self._db.read() as connection:
            return connection.scalar(select(func.count()).where(due)) or 0

    def begin_dial(self, placed_id: str, at: datetime) -> bool:
        """Claim the dialling of a call. False when it was claimed before, or is not wanted any more."""
        with self._db.write() as connection:
            return _moved(connection, placed_id, "waiting", {"state": "dialling", "changed_at": at})

    def put_off(self, placed_id: str, at: datetime, *, after: float) -> None:
        """A call that was certainly not dialled is tried again, `after` seconds from now."""
        with self._db.write() as connection:
            if _moved(connection, placed_id, "dialling", {"state": "waiting", "changed_at": at}):
                self._keep(connection, PlaceCall(placed_id, after=after))

    def postpone(self, placed_id: str, due_at: datetime, at: datetime) -> None:
        """A call that has not been dialled waits until `due_at`."""
        with self._db.write() as connection:
            if _moved(connection, placed_id, "waiting", {"due_at": due_at, "changed_at": at}):
                self._keep(connection, PlaceCall(placed_id, after=(due_at - at).total_seconds()))

    def change_placed(self, placed_id: str, change: Callable[[PlacedCall], PlacedCall]) -> PlacedCall | None:
        """The call after `change`, kept; None when there is no such call."""
        with self._db.write() as connection:
            row = connection.execute(_by_id(placed_id).with_for_update()).first()
            if row is None:
                return None
            before = _placed(row)
            after = change(before)
            if after != before:
                mine = placed_calls.c.id == placed_id
                connection.execute(update(placed_calls).where(mine).values(_of_placed(after)))
        call_log.placed_call_changed(before, after)
        return after

    def cancel_placed(self, business: str, number: Number, error: str, at: datetime) -> int:
        """Calls to this number that have not been dialled are not placed any more; how many there were."""
        theirs = and_(placed_calls.c.business == business, placed_calls.c.to == number.e164)
        ended = {"state": "ended", "outcome": Outcome.CANCELLED, "error": error, "changed_at": at, "ended_at": at}
        cancel = update(placed_calls).where(theirs, placed_calls.c.state == "waiting").values(ended)
        with self._db.write() as connection:
            return connection.execute(cancel).rowcount

    def quiet_placed(self, *, heard_before: datetime, due_before: datetime, limit: int) -> list[PlacedCall]:
        """Calls that are up of which nothing was heard since, and calls that were due before and are still waiting."""
        up = and_(placed_calls.c.state.in_(_UP), placed_calls.c.changed_at < heard_before)
        waiting = and_(placed_calls.c.state == "waiting", placed_calls.c.due_at < due_before)
        query = select(placed_calls).where(or_(up, waiting)).order_by(placed_calls.c.changed_at).limit(limit)
        with self._db.read() as connection:
            return [_placed(row) for row in connection.execute(query)]


def _moved(connection: Connection, placed_id: str, of: PlacedState, values: Values) -> bool:
    """Compare and set: whether the call was in that state, and now has these values."""
    mine = and_(placed_calls.c.id == placed_id, placed_calls.c.state == of)
    return bool(connection.execute(update(placed_calls).where(mine).values(values)).rowcount)


def _by_id(placed_id: str) -> Select[Any]:
    return select(placed_calls).where(placed_calls.c.id == placed_id)


def _by_key(business: str, key: str) -> Select[Any]:
    return select(placed_calls).where(placed_calls.c.key == _key(business, key))


def _key(business: str, key: str) -> str:
    """Two businesses may well choose the same key."""
    return f"{business}/{key}"


def _of_placed(call: PlacedCall) -> Values:
    return {
        **{name: getattr(call, name) for name in _SAME},
        "key": _key(call.business, call.key),
        "to": call.to.e164,
        "from_": call.line.e164,
        "facts": [list(fact) for fact in call.facts],
        "on_machine": call.on_machine,
        "outcome": str(call.outcome) if call.outcome else None,
    }


def _placed(row: Row[Any]) -> PlacedCall:
    known = PlacedCall(
        **{name: getattr(row, name) for name in _SAME},
        key=row.key.partition("/")[2],
        to=Number(row.to),
        line=Number(row.from_),
        facts=tuple((name, value) for name, value in row.facts),
    )
    return replace(known, outcome=Outcome(row.outcome)) if row.outcome else known
