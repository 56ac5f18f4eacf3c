"""What callers have asked for and spent, against the limits of the policy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from calls.policy import Asked, Budget
from gateways.database import Database
from gateways.tables import messages, queue_entries, spendings

_HOUR = 3600  # seconds
_KEPT = 24  # hours


@dataclass(frozen=True, slots=True)
class Overspent:
    """The budget that is spent. `first`: nothing was refused for it in this hour before."""

    budget: Budget
    first: bool


class LimitRecords:
    """The part of `Records` that knows what callers have asked for and spent."""

    _db: Database

    def asked_in_call(self, call_id: str, own: str, key: str) -> Asked:
        """What was asked for in a call, but for what has this key; `own` is the caller's number, "" for none."""
        entries = and_(
            queue_entries.c.call_id == call_id, queue_entries.c.kind == "callback", queue_entries.c.key != key
        )
        kept = and_(messages.c.call_id == call_id, messages.c.key != key)
        booked = select(queue_entries.c.number).where(entries)
        noted = select(messages.c.number).where(kept, messages.c.kind == "callback")
        left = select(func.count()).where(kept, messages.c.kind == "message")
        with self._db.read() as connection:
            numbers = [*connection.scalars(booked), *connection.scalars(noted)]
            return Asked(len(numbers), sum(1 for one in numbers if one != own), connection.scalar(left) or 0)

    def spend(self, business: str, budgets: Iterable[Budget], at: datetime, *, count: int = 1) -> Overspent | None:
        """Take `count` out of every budget, or out of none: the first that has not so much left is returned."""
        hour = int(at.timestamp()) // _HOUR
        rows = sorted(((one, _row(business, one, hour)) for one in budgets), key=lambda pair: pair[0].whose)
        with self._db.write() as connection:
            for one, row in rows:
                self._open(connection, business, one, hour)
                known = select(spendings.c.spent, spendings.c.refused).where(row).with_for_update()
                spent, refused = connection.execute(known).one()
                if spent + count > one.limit:
                    connection.execute(update(spendings).where(row).values(refused=spendings.c.refused + 1))
                    return Overspent(one, first=not refused)
            more = {"spent": spendings.c.spent + count}
            connection.execute(update(spendings).where(or_(*(row for _, row in rows))).values(more))
            return None

    def _open(self, connection: Connection, business: str, budget: Budget, hour: int) -> None:
        """See that there is a row for this hour. Those of yesterday are forgotten as one is made."""
        named = {"business": business, "kind": budget.kind, "whose": budget.whose, "hour": hour}
        insert = self._db.insert(spendings).values(**named, spent=0, refused=0).on_conflict_do_nothing()
        if connection.execute(insert).rowcount > 0:
            connection.execute(delete(spendings).where(spendings.c.hour < hour - _KEPT))


def _row(business: str, budget: Budget, hour: int) -> ColumnElement[bool]:
    return and_(
        spendings.c.business == business,
        spendings.c.kind == budget.kind,
        spendings.c.whose == budget.whose,
        spendings.c.hour == hour,
    )
