"""Callers come into the waiting line and leave it as their transfers go on, in the same transaction."""

from datetime import datetime

from sqlalchemy import Connection, and_, select, update

from calls.orders import EndOffer, LeaveLine
from calls.outcomes import Outcome
from calls.queue.entry import QueueEntry
from calls.transfer.effects import CALLER_GONE
from calls.transfer.model import State, Transfer
from gateways.database.tables import offers, queue_entries
from gateways.records.queue.entries import IS_OPEN, to_entry
from gateways.records.queue.offers import OfferRecords


class LineRecords(OfferRecords):
    """The part of `Records` that keeps the waiting line in step with the transfers."""

    def come_back(self, entry_id: str) -> QueueEntry | None:
        """A caller who was thought to have left waits after all, in the old place. None when they had not left."""
        left = queue_entries.c.id == entry_id, queue_entries.c.kind == "caller", queue_entries.c.state == "left"
        again = {"state": "waiting", "outcome": None, "ended_at": None, "version": queue_entries.c.version + 1}
        change = update(queue_entries).where(*left).values(again).returning(*queue_entries.c)
        with self._db.write() as connection:
            row = connection.execute(change).first()
            if row is None:
                return None
            self._look(connection, row.business)
            return to_entry(row)

    def _leave_line(self, connection: Connection, order: LeaveLine) -> None:
        """Take a caller out of the line. Whoever has accepted them talks with them, or hears that they are gone."""
        mine = queue_entries.c.key == order.key, queue_entries.c.kind == "caller", IS_OPEN
        # Held, or whoever chooses to be rung back at this very moment would lose that.
        entry_id = connection.scalar(select(queue_entries.c.id).where(*mine).with_for_update())
        if entry_id is None:
            return
        if order.outcome is Outcome.BRIDGED:
            self._close(connection, entry_id, "done", order.outcome, order.at)
            self._taken(connection, entry_id, order.at)
        else:
            self._close(connection, entry_id, "left", order.outcome, order.at)
            self._stop_phones(connection, entry_id, CALLER_GONE)

    def _talk_over(self, connection: Connection, before: Transfer, after: Transfer) -> None:
        """See that whoever took the caller of a transfer out of a queue is free, once their talk is over."""
        queued = any(leg.to.startswith("queue:") for leg in after.plan)
        if not queued or before.state is not State.BRIDGED or after.state is State.BRIDGED:
            return
        mine = queue_entries.c.id == offers.c.entry_id, queue_entries.c.transfer_id == after.id
        for offer in connection.scalars(select(offers.c.id).where(*mine, offers.c.state == "bridged")).all():
            self._keep(connection, EndOffer(offer))

    def _taken(self, connection: Connection, entry_id: str, at: datetime) -> None:
        """The caller's side was quicker to tell of the bridge than the person's."""
        self._talk(connection, and_(offers.c.entry_id == entry_id, offers.c.state == "accepted"), at)
