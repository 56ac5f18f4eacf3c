"""What callers have asked for and spent, against the limits of the policy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from calls.routing.policy import Asked, Budget
from gateways.database.engine import Database
from gateways.database.tables import messages, queue_entries, spendings

_SLOT = 600  # seconds
_HOUR = 6  # slots
_KEPT = 24 * _HOUR  # slots


@dataclass(frozen=True, slots=True)
class Overspent:
    """The budget that is spent. `first`: nothing was refused for it in the last hour."""

    budget: Budget
    first: bool


class LimitRecords:
    """The part of `Records` that knows what callers have asked for and spent."""

    _db: Database

    def asked_in_call(self, call_id: str, key: str) -> Asked:
        """What was asked for in a call, but for the message that has this key."""
        kept = messages.c.call_id == call_id
        entries = and_(queue_entries.c.call_id == call_id, queue_entries.c.kind == "callback")
        booked = select(queue_entries.c.department, queue_entries.c.number).where(entries)
        noted = select(messages.c.destination, messages.c.number).where(kept, messages.c.kind == "callback")
        left = select(func.count()).where(kept, messages.c.kind == "message", messages.c.key != key)
        with self._db.read() as connection:
            callbacks = frozenset((of, number) for of, number in connection.execute(booked.union(noted)))
            return Asked(callbacks, connection.scalar(left) or 0)

    def spend(self, business: str, budgets: Iterable[Budget], at: datetime, *, count: int = 1) -> Overspent | None:
        """Take `count` out of every budget of the last hour, or out of none.

        Returns the first budget that has not so much left. The hour ends with the slot of `at`.
        """
        slot = int(at.timestamp()) // _SLOT
        rows = sorted(((one, _rows(business, one)) for one in budgets), key=lambda pair: pair[0].whose)
        now = spendings.c.slot == slot
        with self._db.write() as connection:
            for one, mine in rows:
                self._open(connection, business, one, slot)
                known = select(spendings.c.spent, spendings.c.refused).where(mine, spendings.c.slot > slot - _HOUR)
                found = connection.execute(known.order_by(spendings.c.slot).with_for_update()).all()
                if sum(row.spent for row in found) + count > one.limit:
                    connection.execute(update(spendings).where(mine, now).values(refused=spendings.c.refused + 1))
                    return Overspent(one, first=not any(row.refused for row in found))
            more = {"spent": spendings.c.spent + count}
            connection.execute(update(spendings).where(now, or_(*(mine for _, mine in rows))).values(more))
            return None

    def _open(self, connection: Connection, business: str, budget: Budget, slot: int) -> None:
        """See that there is a row for this slot. Those of yesterday are forgotten as one is made."""
        named = {"business": business, "kind": budget.kind, "whose": budget.whose, "slot": slot}
        insert = self._db.insert(spendings).values(**named, spent=0, refused=0).on_conflict_do_nothing()
        if connection.execute(insert).rowcount > 0:
            connection.execute(delete(spendings).where(spendings.c.slot < slot - _KEPT))


def _rows(business: str, budget: Budget) -> ColumnElement[bool]:
    return and_(spendings.c.business == business, spendings.c.kind == budget.kind, spendings.c.whose == budget.whose)
