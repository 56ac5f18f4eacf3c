"""What callers leave, and who has been told of it; and who wants no texts.

A message is kept with the order to tell its department, in the same transaction. What was told is noted channel by
channel, so that an order that is carried out again tells nobody twice.
"""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, case, exists, func, or_, select, update

from calls.messages.message import Message, MessageState
from calls.orders import KeepMessage, Notify
from calls.outcomes import TAKEN_CARE_OF
from calls.transfer.model import State
from gateways import call_log
from gateways.database import rows
from gateways.database.engine import Database
from gateways.database.tables import calls, messages, opt_outs, queue_entries, transfers
from gateways.jobs.outbox import Orders

_BATCH = 500  # rows
_TIMES = ("at", "closed_at", "heard_at")

# Who left no number is reached at the one they rang from.
_NUMBER = func.coalesce(messages.c.number, func.nullif(calls.c.caller, "")).label("number")
_COLUMNS = [*(column for column in messages.c if column.name != "number"), _NUMBER]
_ALL: Select[Any] = select(*_COLUMNS, func.coalesce(calls.c.line, "").label("line")).select_from(
    messages.outerjoin(calls, messages.c.call_id == calls.c.id)
)


class MessageRecords:
    """The part of `Records` that knows messages and opt-outs."""

    _db: Database
    _orders: Orders

    def keep_message(self, order: KeepMessage) -> None:
        """Keep a message, and see that its department is told. The same one (by key) twice is kept once."""
        with self._db.write() as connection:
            kept = self._keep_message(connection, order)
        if kept:
            call_log.message_kept(order)

    def keep_missed(self, order: KeepMessage) -> None:
        """Keep a missed call, unless its caller left a word, is to be rung back, or was taken care of after all."""
        left = exists().where(messages.c.call_id == order.call_id)
        waits = exists().where(queue_entries.c.call_id == order.call_id, queue_entries.c.kind == "callback")
        helped = or_(transfers.c.state != State.ENDED, transfers.c.outcome.in_(TAKEN_CARE_OF))
        later = exists().where(transfers.c.call_id == order.call_id, helped)
        with self._db.write() as connection:
            known = connection.scalar(select(or_(left, waits, later)))
            kept = not known and self._keep_message(connection, order)
        if kept:
            call_log.message_kept(order)

    def _keep_message(self, connection: Connection, order: KeepMessage) -> bool:
        """Whether there was something new in it."""
        insert = self._db.insert(messages)
        now, new = messages.c, insert.excluded
        fuller = {  # a voicemail's recording and its transcript are told each by itself, and not always by both
            "url": case((now.url == "", new.url), else_=now.url),
            "transcript": case((now.transcript == "", new.transcript), else_=now.transcript),
            "seconds": case((now.seconds < new.seconds, new.seconds), else_=now.seconds),
        }
        url, words = and_(now.url == "", new.url != ""), and_(now.transcript == "", new.transcript != "")
        news = or_(url, words, now.seconds < new.seconds)
        keep = insert.on_conflict_do_update(index_elements=["key"], set_=fuller, where=news)
        kept = connection.execute(keep.values(rows.of_message(order)).returning(messages.c.id)).first()
        if kept:
            self._orders.keep(connection, Notify(kept.id))
        return kept is not None

    def messages(
        self,
        *,
        since: datetime | None = None,
        business: str | None = None,
        state: MessageState | None = None,
        message_id: int | None = None,
        call_id: str | None = None,
    ) -> Iterator[dict[str, Any]]:
        """What callers left, oldest first, as JSON values; of every business and in every state, unless named."""
        asked = [messages.c.at >= since] if since else []
        asked += [messages.c.business == business] if business is not None else []
        asked += [messages.c.state == state] if state else []
        asked += [messages.c.id == message_id] if message_id is not None else []
        asked += [messages.c.call_id == call_id] if call_id is not None else []
        query = _ALL.where(*asked).order_by(messages.c.id)
        with self._db.stream() as connection:
            for row in connection.execution_options(yield_per=_BATCH).execute(query):
                yield _entry(row)

    def newest_open(self, business: str, limit: int) -> list[Message]:
        """What is to be seen to in a business, the newest first."""
        mine = and_(messages.c.business == business, messages.c.state == "open")
        with self._db.read() as connection:
            return [_message(row) for row in connection.execute(_newest(mine, limit))]

    def message(self, message_id: int) -> Message | None:
        """A message by its id."""
        with self._db.read() as connection:
            row = connection.execute(_ALL.where(messages.c.id == message_id)).first()
        return _message(row) if row else None

    def close_message(self, message_id: int, by: str, at: datetime) -> bool:
        """Somebody has seen to it. False when it was closed already, or is not there."""
        mine = and_(messages.c.id == message_id, messages.c.state == "open")
        with self._db.write() as connection:
            closed = update(messages).where(mine).values(state="closed", closed_by=by, closed_at=at)
            return bool(connection.execute(closed).rowcount)

    def hear_message(self, message_id: int, at: datetime) -> None:
        """Somebody listens to its recording; the first time stands."""
        mine = and_(messages.c.id == message_id, messages.c.heard_at.is_(None))
        with self._db.write() as connection:
            connection.execute(update(messages).where(mine).values(heard_at=at))

    # --- telling the department -----------------------------------------------------------------------------------

    def keep_recording(self, message_id: int, file: str) -> None:
        """Its recording is in that file now, below the folder of recordings."""
        with self._db.write() as connection:
            connection.execute(update(messages).where(messages.c.id == message_id).values(file=file))

    def message_told(self, message_id: int, channel: str) -> None:
        """This channel knows of the message. Told twice changes nothing."""
        mine = messages.c.id == message_id
        with self._db.write() as connection:
            row = connection.execute(select(messages.c.told).where(mine).with_for_update()).first()
            if row and channel not in (row.told or []):
                connection.execute(update(messages).where(mine).values(told=[*(row.told or []), channel]))

    def message_error(self, message_id: int, error: str) -> None:
        """Why somebody does not know of it, or why its recording is not here; "" when there is nothing to say."""
        mine = and_(messages.c.id == message_id, messages.c.error != error)
        with self._db.write() as connection:
            connection.execute(update(messages).where(mine).values(error=error))

    # --- opt-outs -------------------------------------------------------------------------------------------------

    def opt_out(self, number: str, reason: str, at: datetime, business: str = "") -> None:
        """Never text this number (E.164) again, in the name of this business."""
        with self._db.write() as connection:
            values = {"business": business, "number": number, "reason": reason, "at": at}
            connection.execute(self._db.insert(opt_outs).on_conflict_do_nothing(), values)

    def opted_out(self, number: str, business: str = "") -> bool:
        """Whether this number (E.164) wants no texts from this business."""
        mine = and_(opt_outs.c.number == number, opt_outs.c.business == business)
        with self._db.read() as connection:
            return bool(connection.scalar(select(exists().where(mine))))


def _newest(mine: Any, limit: int) -> Select[Any]:
    return _ALL.where(mine).order_by(messages.c.id.desc()).limit(limit)


def _message(row: Row[Any]) -> Message:
    values = {one.name: getattr(row, one.name) for one in fields(Message)}
    return Message(**{**values, "told": tuple(row.told or ())})


def _entry(row: Row[Any]) -> dict[str, Any]:
    moments = {name: moment.isoformat() if (moment := getattr(row, name)) else None for name in _TIMES}
    return {**row._mapping, **moments, "told": row.told or []}
