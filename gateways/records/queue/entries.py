"""The waiting line on record: who waits, who was offered to whom, and how that ended.

An entry is changed by compare-and-set on its version; whatever may make a match possible keeps the order to look.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select, update

from calls.orders import DurableOrder, EndOffer
from calls.queue.entry import LONGEST_IN_LINE, OPEN, EntryState, QueueEntry
from calls.queue.estimate import Pickup
from calls.transfer.effects import CALLER_GONE
from gateways import call_log
from gateways.database.engine import Database
from gateways.database.tables import offers, queue_entries
from gateways.jobs.outbox import Orders
from gateways.records.people import PeopleRecords

_ENTRY = tuple(one.name for one in fields(QueueEntry))
_LOOKED_AT = 200  # entries in one match; what is left is matched in the next
_PICKUPS = 100  # that every caller in line asks for again and again

IS_OPEN = queue_entries.c.state.in_(OPEN)
"""Whoever waits, or is being offered to somebody."""

IN_LINE = (queue_entries.c.since, queue_entries.c.id)
"""Whose turn it is first."""


class QueueRecords(PeopleRecords):
    """The part of `Records` that knows the waiting line."""

    _db: Database
    _orders: Orders

    def enter(self, entry: QueueEntry) -> QueueEntry:
        """Keep an entry, and see that somebody looks for a person. The same one (by key) twice is kept once.

        Returns the entry that is on record.
        """
        keep = self._db.insert(queue_entries).on_conflict_do_nothing().returning(queue_entries.c.id)
        with self._db.write() as connection:
            fresh = connection.execute(keep, of_entry(entry)).first() is not None
            if fresh:
                self._look(connection, entry.business, max(0.0, (entry.due_at - entry.since).total_seconds()))
            return entry if fresh else to_entry(connection.execute(_by_key(entry.key)).one())

    def leave(self, entry_id: str, state: EntryState, outcome: str | None, at: datetime) -> QueueEntry | None:
        """Whoever waited does so no more: done, left, failed or cancelled. Phones that ring for them are stopped.

        Returns the entry; None when it is not open (told twice, or somebody was quicker).
        """
        with self._db.write() as connection:
            row = self._close(connection, entry_id, state, outcome, at)
            if row is None:
                return None
            if state in ("left", "cancelled"):  # else whoever has taken them knows, or is being told
                self._stop_phones(connection, entry_id, CALLER_GONE)
        entry = to_entry(row)
        if entry.kind == "callback":
            call_log.callback(entry, state)
        return entry

    def heard_in_line(self, entry_id: str, look_at: datetime, until: datetime | None = None) -> None:
        """Something was heard of a caller in line: they are looked for at `look_at`, and wait until then at most.

        Without `until` that stays as it is.
        """
        mine = and_(queue_entries.c.id == entry_id, queue_entries.c.kind == "caller", IS_OPEN)
        told = {"look_at": look_at} | ({"until": until} if until else {})
        with self._db.write() as connection:
            connection.execute(update(queue_entries).where(mine).values(told))

    def unheard_in_line(self, business: str, at: datetime, *, limit: int) -> list[QueueEntry]:
        """The callers in line who are to be looked for by now, first those of whom nothing is heard for longest."""
        values = {"business": business, "at": at, "since": at - LONGEST_IN_LINE, "limit": limit}
        with self._db.read() as connection:
            return [to_entry(row) for row in connection.execute(_UNHEARD, values)]

    def entry(self, entry_id: str) -> QueueEntry | None:
        """An entry by its id."""
        with self._db.read() as connection:
            row = connection.execute(select(queue_entries).where(queue_entries.c.id == entry_id)).first()
            return to_entry(row) if row else None

    def entries(self, business: str, *, only_open: bool = True) -> list[QueueEntry]:
        """Who waits, whose turn it is first. With `only_open=False` those of the past too."""
        query = select(queue_entries).where(queue_entries.c.business == business).order_by(*IN_LINE)
        with self._db.read() as connection:
            return [to_entry(row) for row in connection.execute(query.where(IS_OPEN) if only_open else query)]

    def entries_of_call(self, call_id: str) -> list[QueueEntry]:
        """Every place in line that the caller of this call has had, and the callbacks they have booked."""
        mine = select(queue_entries).where(queue_entries.c.call_id == call_id).order_by(queue_entries.c.since)
        with self._db.read() as connection:
            return [to_entry(row) for row in connection.execute(mine)]

    def position(self, entry_id: str, at: datetime) -> int:
        """How many are to be served up to this one, itself included: 1 is the next. 0 when it does not wait.

        Whoever is not due yet stands before nobody.
        """
        mine = queue_entries.alias()
        before = or_(
            queue_entries.c.since < mine.c.since,
            and_(queue_entries.c.since == mine.c.since, queue_entries.c.id <= mine.c.id),
        )
        query = (
            select(func.count())
            .select_from(queue_entries)
            .join(mine, and_(mine.c.business == queue_entries.c.business, mine.c.queue == queue_entries.c.queue))
            .where(mine.c.id == entry_id, mine.c.state.in_(OPEN), IS_OPEN, before)
            .where(or_(and_(queue_entries.c.due_at <= at, may_wait(at)), queue_entries.c.id == entry_id))
        )
        with self._db.read() as connection:
            return connection.scalar(query) or 0

    def place_at_first(self, entry: QueueEntry) -> int:
        """Which place in its line an entry had as it came: 1 is the next."""
        mine = and_(queue_entries.c.business == entry.business, queue_entries.c.queue == entry.queue)
        earlier = or_(
            queue_entries.c.since < entry.since,
            and_(queue_entries.c.since == entry.since, queue_entries.c.id <= entry.id),
        )
        there = or_(queue_entries.c.ended_at.is_(None), queue_entries.c.ended_at > entry.since)
        before = and_(mine, earlier, there, queue_entries.c.due_at <= entry.since)
        with self._db.read() as connection:
            return max(1, connection.scalar(select(func.count()).select_from(queue_entries).where(before)) or 0)

    def head_since(self, business: str, queue: str, at: datetime) -> datetime | None:
        """Since when the first in line has waited; None when nobody is due."""
        due = and_(queue_entries.c.business == business, queue_entries.c.queue == queue, IS_OPEN, may_wait(at))
        with self._db.read() as connection:
            first = select(func.min(queue_entries.c.since)).where(due, queue_entries.c.due_at <= at)
            since: datetime | None = connection.scalar(first)
            return since

    def pickups(self, business: str, queue: str, since: datetime) -> list[Pickup]:
        """The last whom people took out of this queue since then, in that order: enough to tell their pace by."""
        query = (
            select(queue_entries.c.since, queue_entries.c.due_at, offers.c.bridged_at)
            .join(queue_entries, queue_entries.c.id == offers.c.entry_id)
            .where(offers.c.business == business, offers.c.bridged_at >= since, queue_entries.c.queue == queue)
            .order_by(offers.c.bridged_at.desc())
            .limit(_PICKUPS)
        )
        with self._db.read() as connection:
            rows = connection.execute(query).all()
        return [Pickup(max(row.since, row.due_at), row.bridged_at) for row in reversed(rows)]

    def _queues(self, connection: Connection, business: str, at: datetime) -> list[str]:
        due = due_entries(business, at)
        return list(connection.scalars(select(queue_entries.c.queue).where(due).distinct()))

    def _waiting(self, connection: Connection, business: str, queues: Iterable[str], at: datetime) -> list[QueueEntry]:
        query = select(queue_entries).where(due_entries(business, at), queue_entries.c.queue.in_(list(queues)))
        # Whoever is just leaving the line, or being taken out of it, is nobody's to have.
        query = query.order_by(*IN_LINE).limit(_LOOKED_AT)
        query = query.with_for_update(skip_locked=True)
        return [to_entry(row) for row in connection.execute(query)]

    def _close(
        self, connection: Connection, entry_id: str, state: EntryState, outcome: str | None, at: datetime
    ) -> Row[Any] | None:
        closed = {"state": state, "outcome": outcome, "ended_at": at, "version": queue_entries.c.version + 1}
        change = update(queue_entries).where(queue_entries.c.id == entry_id, IS_OPEN).values(closed)
        return connection.execute(change.returning(*queue_entries.c)).first()

    def _taken_by(self, connection: Connection, entry_id: str) -> set[str]:
        """The offers whose person has said yes to this entry; whoever asks holds its row."""
        taken = offers.c.state.in_(("accepted", "bridged"))
        return set(connection.scalars(select(offers.c.id).where(offers.c.entry_id == entry_id, taken)))

    def _stop_phones(self, connection: Connection, entry_id: str, words: str) -> None:
        live = select(offers.c.id).where(offers.c.entry_id == entry_id, offers.c.state.not_in(("bridged", "over")))
        for offer in connection.scalars(live).all():
            self._keep(connection, EndOffer(offer, words))

    def _keep(self, connection: Connection, order: DurableOrder) -> None:
        self._orders.keep(connection, order)


def due_entries(business: str, at: datetime) -> Any:
    """Who waits, and may be served by now."""
    mine = queue_entries.c.business == business
    return and_(mine, queue_entries.c.state == "waiting", queue_entries.c.due_at <= at, may_wait(at))


def may_wait(at: datetime) -> Any:
    """Who is to be rung back, or is on the line for no longer than they can wait there."""
    return _may_wait(at, at - LONGEST_IN_LINE)


def _may_wait(at: Any, since: Any) -> Any:
    not_kept = and_(queue_entries.c.until.is_(None), queue_entries.c.since > since)
    return or_(queue_entries.c.kind == "callback", queue_entries.c.until > at, not_kept)


# Every worker asks it every three seconds, for each business.
_UNHEARD = (
    select(queue_entries)
    .where(queue_entries.c.business == bindparam("business"), IS_OPEN, queue_entries.c.kind == "caller")
    .where(or_(queue_entries.c.look_at <= bindparam("at"), ~_may_wait(bindparam("at"), bindparam("since"))))
    .order_by(queue_entries.c.look_at, queue_entries.c.id)
    .limit(bindparam("limit"))
)


def _by_key(key: str) -> Any:
    return select(queue_entries).where(queue_entries.c.key == key)


def of_entry(entry: QueueEntry) -> Mapping[str, Any]:
    """An entry as its row."""
    return {"id": entry.id, **{name: getattr(entry, name) for name in _ENTRY}}


def to_entry(row: Row[Any]) -> QueueEntry:
    """A row as the entry it was."""
    return QueueEntry(**{name: getattr(row, name) for name in _ENTRY})
