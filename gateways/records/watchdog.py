"""What the watchdog looks at: transfers that have gone quiet, conferences that should be empty, bridges that ended."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, or_, select

from calls.outcomes import Outcome
from calls.transfer.machine import State, Transfer
from calls.transfer.watchdog import Bridge
from gateways.database import rows
from gateways.database.engine import Database
from gateways.database.tables import LIVE, events, transfers, watches
from gateways.records.ledger import attempts_of

_LONGEST_CALL = timedelta(days=1)  # for what has ended: only what began since then is looked through


@dataclass(frozen=True, slots=True)
class Watched:
    """A transfer to look at. `heard_at` is when anything was last heard of it; the rest is of earlier looks."""

    transfer: Transfer
    heard_at: datetime
    seen_at: datetime | None = None
    misses: int = 0
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """What one look leaves behind. No `due_at`: there is no need for another. `ours`: the look has closed it."""

    transfer_id: str
    due_at: datetime | None
    seen_at: datetime | None = None
    misses: int = 0
    ours: bool = False


_heard = select(func.max(events.c.at)).where(events.c.transfer_id == transfers.c.id).scalar_subquery()
_columns = tuple(column for column in transfers.c if column.name != "reply")
_looked_at = transfers.outerjoin(watches, watches.c.transfer_id == transfers.c.id)
_earlier = (watches.c.seen_at, watches.c.misses, watches.c.ours)
_WATCHED = select(*_columns, _heard.label("heard_at"), *_earlier).select_from(_looked_at)


class WatchRecords:
    """The part of `Records` that knows the watchdog."""

    _db: Database

    def quiet(self, at: datetime, *, before: datetime, limit: int) -> list[Watched]:
        """Live transfers that are due for a look at this moment, and of which nothing was heard since `before`.

        Those that have waited longest for their look come first.
        """
        due = or_(watches.c.due_at.is_(None), watches.c.due_at <= at)
        longest_due = func.coalesce(watches.c.due_at, transfers.c.started_at)
        query = _WATCHED.where(LIVE, transfers.c.started_at < before, due, _heard < before)
        return self._watched(query.order_by(longest_due, transfers.c.id).limit(limit))

    def parted(self, at: datetime, *, before: datetime, limit: int) -> list[Watched]:
        """Consults whose talk ended in the last hour before `before`, and whose conference was not looked into yet."""
        due = or_(watches.c.transfer_id.is_(None), watches.c.due_at <= at)
        ended = (
            transfers.c.started_at > at - _LONGEST_CALL,
            transfers.c.mechanism == "consult",
            transfers.c.state == State.ENDED,
            transfers.c.outcome == Outcome.BRIDGED,
            transfers.c.ended_at.between(before - timedelta(hours=1), before),
        )
        return self._watched(_WATCHED.where(*ended, due).order_by(transfers.c.ended_at).limit(limit))

    def bridges(self, *, since: datetime, limit: int) -> list[Bridge]:
        """The last bridges that ended since then, the newest first; not those that the watchdog itself has closed."""
        ours = select(watches.c.transfer_id).where(watches.c.transfer_id == transfers.c.id, watches.c.ours).exists()
        query = (
            select(*(transfers.c[name] for name in ("id", "destination", "bridged_at", "ended_at", "flags")))
            .where(
                transfers.c.started_at > since - _LONGEST_CALL,
                transfers.c.ended_at > since,
                transfers.c.bridged_at.is_not(None),
                transfers.c.outcome == Outcome.BRIDGED,
                ~ours,
            )
            .order_by(transfers.c.ended_at.desc())
            .limit(limit)
        )
        with self._db.read() as connection:
            return [_bridge(row) for row in connection.execute(query)]

    def watch(self, looks: Iterable[Watch]) -> None:
        """Keep what looks have left behind."""
        values = [
            {name: getattr(look, name) for name in ("transfer_id", "due_at", "seen_at", "misses", "ours")}
            for look in looks
        ]
        keep = self._db.insert(watches)
        told = {name: keep.excluded[name] for name in ("due_at", "seen_at", "misses", "ours")}
        if values:
            with self._db.write() as connection:
                connection.execute(keep.on_conflict_do_update(index_elements=["transfer_id"], set_=told), values)

    def unwatch(self, *, before: datetime) -> None:
        """Forget the looks at transfers that ended before then."""
        ended = select(transfers.c.id).where(
            transfers.c.id == watches.c.transfer_id, transfers.c.state == State.ENDED, transfers.c.ended_at < before
        )
        with self._db.write() as connection:
            connection.execute(delete(watches).where(ended.exists()))

    def _watched(self, query: Select[Any]) -> list[Watched]:
        with self._db.read() as connection:
            return _with_attempts(connection, connection.execute(query).all())


def _with_attempts(connection: Connection, found: Sequence[Row[Any]]) -> list[Watched]:
    tried = attempts_of(connection, [row.id for row in found])
    return [
        Watched(
            rows.to_transfer(row, tried.get(row.id, ())), row.heard_at, row.seen_at, row.misses or 0, bool(row.ours)
        )
        for row in found
    ]


def _bridge(row: Row[Any]) -> Bridge:
    age = (row.ended_at - row.bridged_at).total_seconds()
    return Bridge(row.id, row.destination, age, tuple(row.flags or ()))
