"""Callbacks on record: entries of the waiting line whose callers are not on the line."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select, update

from calls.queue.entry import RING_BACK, QueueEntry
from calls.transfer.effects import CALLER_GONE
from gateways import call_log
from gateways.database.tables import queue_entries
from gateways.records.queue.entries import IN_LINE, IS_OPEN, QueueRecords, due_entries, of_entry, to_entry

_is_callback = queue_entries.c.kind == "callback"


class CallbackRecords(QueueRecords):
    """The part of `Records` that knows callbacks."""

    def book_callback(self, entry: QueueEntry, at: datetime) -> QueueEntry:
        """Keep a callback; whoever is to be rung back by that department already is, now at this time instead.

        Returns the entry that is on record.
        """
        with self._db.write() as connection:
            self._one_booking(connection, entry.business, entry.number)
            booked = connection.execute(_same(entry)).first()
            fresh = booked is None and self._enter_callback(connection, entry, at)
            if booked and booked.state == "waiting" and booked.due_at != entry.due_at:
                self._move(connection, to_entry(booked), entry.due_at, at)
        if fresh:
            call_log.callback(entry, "booked")
        return to_entry(booked) if booked else entry

    def _enter_callback(self, connection: Connection, entry: QueueEntry, at: datetime) -> bool:
        """Whether it was not on record."""
        keep = self._db.insert(queue_entries).on_conflict_do_nothing().returning(queue_entries.c.id)
        fresh = connection.execute(keep, of_entry(entry)).first() is not None
        if fresh:
            self._look(connection, entry.business, max(0.0, (entry.due_at - at).total_seconds()))
        return fresh

    def to_callback(self, entry_id: str, number: str, due_at: datetime, at: datetime) -> QueueEntry | None:
        """Whoever waited on the line is to be rung back instead, and keeps the place in line.

        A callback to the same number that the same department has booked already becomes this one, with the better
        place of the two. Returns the entry; None when it is not open any more: a person has them, or is about to.
        """
        mine = select(queue_entries).where(queue_entries.c.id == entry_id)
        with self._db.write() as connection:
            business = connection.scalar(select(mine.subquery().c.business))
            if business is None:
                return None
            self._one_booking(connection, business, number)
            row = connection.execute(mine.where(IS_OPEN).with_for_update()).first()
            if row is None or self._taken_by(connection, entry_id):
                return None
            changed = replace(to_entry(row), kind="callback", number=number, due_at=due_at, state="waiting")
            changed = replace(changed, since=self._merged(connection, changed, at), version=changed.version + 1)
            changed = replace(changed, look_at=None, until=None)
            names = ("kind", "number", "due_at", "state", "since", "version", "look_at", "until")
            values = {name: getattr(changed, name) for name in names}
            connection.execute(update(queue_entries).where(queue_entries.c.id == entry_id).values(values))
            self._stop_phones(connection, entry_id, RING_BACK)
            self._look(connection, business)
        call_log.callback(changed, "booked")
        return changed

    def _merged(self, connection: Connection, entry: QueueEntry, at: datetime) -> datetime:
        """Since when a caller waits whose callbacks of before become this entry."""
        since = entry.since
        for other in connection.execute(_same(entry).where(queue_entries.c.id != entry.id).with_for_update()).all():
            if not self._taken_by(connection, other.id):  # else somebody is about to ring them
                self._close(connection, other.id, "cancelled", "cancelled", at)
                self._stop_phones(connection, other.id, CALLER_GONE)
                since = min(since, other.since)
        return since

    def callbacks(self, business: str | None = None, *, only_open: bool = True) -> Iterator[QueueEntry]:
        """Who is to be rung back, whose turn it is first; of every business, unless one is named."""
        query = select(queue_entries).where(_is_callback).order_by(*IN_LINE)
        query = query.where(queue_entries.c.business == business) if business is not None else query
        with self._db.read() as connection:
            rows = connection.execute(query.where(IS_OPEN) if only_open else query).all()
        return map(to_entry, rows)

    def cancel_callbacks(self, business: str, number: str, at: datetime) -> int:
        """Whoever has this number (E.164) does not want to be rung back any more: how many callbacks that were."""
        mine = and_(queue_entries.c.business == business, queue_entries.c.number == number, _is_callback, IS_OPEN)
        with self._db.read() as connection:
            found = connection.scalars(select(queue_entries.c.id).where(mine)).all()
        return sum(1 for one in found if self.leave(one, "cancelled", "cancelled", at))

    def callbacks_due(self, business: str, at: datetime) -> list[QueueEntry]:
        """Who is to be rung back by now, and whom nobody has taken yet."""
        due = select(queue_entries).where(due_entries(business, at), _is_callback)
        with self._db.read() as connection:
            return [to_entry(row) for row in connection.execute(due)]

    def postpone_entry(self, entry: QueueEntry, due_at: datetime, at: datetime) -> None:
        """Not before `due_at`; unless something has happened to the entry meanwhile."""
        with self._db.write() as connection:
            self._move(connection, entry, due_at, at)

    def _move(self, connection: Connection, entry: QueueEntry, due_at: datetime, at: datetime) -> None:
        same = and_(queue_entries.c.id == entry.id, queue_entries.c.version == entry.version)
        later = update(queue_entries).where(same).values(due_at=due_at, version=entry.version + 1)
        if connection.execute(later).rowcount:
            self._look(connection, entry.business, max(0.0, (due_at - at).total_seconds()))

    def _one_booking(self, connection: Connection, business: str, number: str | None) -> None:
        """Until this transaction ends nobody else books a callback to this number."""
        self._db.alone(connection, f"book/{business}/{number}")

    def _one_at_a_time(self, connection: Connection, business: str) -> None:
        """Until this transaction ends nobody else matches people and entries of this business."""
        self._db.alone(connection, f"match/{business}")


def _same(entry: QueueEntry) -> Any:
    """The open callback of the same number by the same department."""
    mine = [queue_entries.c[name] == getattr(entry, name) for name in ("business", "department", "number")]
    return select(queue_entries).where(*mine, _is_callback, IS_OPEN)
