"""What is kept: calls, transfers with their attempts and their journal, messages, and who wants no texts.

A transfer is changed by compare-and-set: whoever loses the race loads it again and steps again. What was decided is
on record before anybody is told of it. One thing is written behind: the row of a call that has only been greeted,
which every later request of that call can restore.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, literal, or_, select, update

from calls import transfer as machine
from calls.call import Call
from calls.events import Event, TextNoted
from calls.numbers import Number, SipUri
from calls.orders import KeepMessage
from calls.outcomes import Outcome
from calls.transfer import Attempt, Transfer
from gateways import rows
from gateways.behind import WriteBehind
from gateways.database import Database
from gateways.tables import attempts, calls, events, messages, opt_outs, transfers

_HOUR = timedelta(hours=1)
_TRIES = 20  # of a compare-and-set; more writers than that at one transfer at once there are not
_BATCH = 500  # rows of the ledger that are read at once


@dataclass(frozen=True, slots=True)
class Situation:
    """How a call stands: the transfer that has its caller, if any, and how often it and its caller were put through."""

    transfer: Transfer | None
    key: str
    reply: Mapping[str, Any]
    transfers_this_call: int
    transfers_last_hour: int


@dataclass(frozen=True, slots=True)
class Begun:
    """A transfer and the reply it was begun with. Not `fresh`: another one already had the caller, and this is it."""

    transfer: Transfer
    key: str
    reply: Mapping[str, Any]
    fresh: bool


class Records:
    """The records at `url` (a database URL). Safe in threads; each process makes its own."""

    def __init__(self, url: str) -> None:
        self._db = Database(url)
        self._behind = WriteBehind(self._insert_calls)

    def ready(self) -> None:
        """Raises Unavailable when the database cannot be used."""
        with self._db.read() as connection:
            connection.execute(select(transfers.c.id).limit(1))

    def close(self) -> None:
        """Write down what is still to be written, and close every connection."""
        self._behind.close()
        self._db.close()

    # --- calls ----------------------------------------------------------------------------------------------------

    def note_call(self, call: Call, at: datetime) -> None:
        """Keep a call that was answered, soon. Until then the call's own token and tool calls can restore it."""
        self._behind.put(rows.of_call(call, at))

    def open_call(self, call: Call, at: datetime) -> None:
        """Keep a call now. The same call twice is the same row, and the first facts stand."""
        self._insert_calls([rows.of_call(call, at)])

    def keep_report(self, call_id: str, report: Mapping[str, object], at: datetime) -> None:
        """Keep an agent's own account of the conversation on the call. A later agent's account stands beside it."""
        with self._db.write() as connection:
            known = connection.scalar(select(calls.c.report).where(calls.c.id == call_id).with_for_update()) or []
            said = {"at": at.isoformat(), **report}
            if not any({**one, "at": said["at"]} == said for one in known):
                connection.execute(update(calls).where(calls.c.id == call_id).values(report=[*known, said]))

    def call(self, call_id: str) -> Mapping[str, Any] | None:
        """The row of a call."""
        with self._db.read() as connection:
            row = connection.execute(select(calls).where(calls.c.id == call_id)).first()
        return dict(row._mapping) if row else None

    def hung_up(self, call_id: str, at: datetime) -> None:
        """Keep when the caller hung up; the first report of it stands."""
        mine = and_(calls.c.id == call_id, calls.c.hung_up_at.is_(None))
        with self._db.write() as connection:
            connection.execute(update(calls).where(mine).values(hung_up_at=at))

    def _insert_calls(self, values: list[dict[str, Any]]) -> None:
        with self._db.write() as connection:
            connection.execute(self._db.insert(calls).on_conflict_do_nothing(), values)

    # --- transfers ------------------------------------------------------------------------------------------------

    def situation(self, call_id: str, caller: Number | SipUri | None, at: datetime) -> Situation:
        """How the call stands at this moment."""
        counted = or_(transfers.c.outcome.is_(None), transfers.c.outcome.not_in((Outcome.CLOSED, Outcome.REFUSED)))
        this_call = select(func.count()).where(transfers.c.call_id == call_id, counted).scalar_subquery()
        recent = and_(transfers.c.caller == str(caller), transfers.c.started_at > at - _HOUR)
        last_hour = select(func.count()).where(recent, counted).scalar_subquery() if caller else literal(0)
        one = select(this_call.label("this_call"), last_hour.label("last_hour")).subquery()
        live = one.outerjoin(transfers, transfers.c.live_call == call_id)
        with self._db.read() as connection:
            row = connection.execute(select(one, transfers).select_from(live)).one()
            found = self._transfer(connection, row) if row.id else None
        return Situation(found, row.key or "", row.reply or {}, row.this_call, row.last_hour)

    def begin(self, transfer: Transfer, *, key: str, reply: Mapping[str, Any], call: Call) -> Begun:
        """Keep a new transfer with the reply that starts it, unless the call's caller is already being transferred.

        Two processes with the same tool call end with one row, and both get that row's reply.
        """
        for _ in range(_TRIES):
            with self._db.write() as connection:
                if self._claim(connection, transfer, key=key, reply=reply, call=call):
                    return Begun(transfer, key, reply, fresh=True)
                row = connection.execute(select(transfers).where(transfers.c.live_call == call.id)).first()
                if row:
                    return Begun(self._transfer(connection, row), row.key, row.reply, fresh=False)
        raise AssertionError("the caller's transfers began and ended faster than they can be looked at")

    def _claim(
        self, connection: Connection, transfer: Transfer, *, key: str, reply: Mapping[str, Any], call: Call
    ) -> bool:
        row = rows.of_transfer(transfer) | {"key": key, "reply": reply, "caller": str(call.caller or "")}
        connection.execute(self._db.insert(calls).on_conflict_do_nothing(), rows.of_call(call, transfer.started_at))
        claimed = connection.execute(self._db.insert(transfers).on_conflict_do_nothing(), row)
        if not claimed.rowcount:
            return False
        journal = rows.of_event("requested", transfer, {}, transfer.started_at)
        connection.execute(events.insert(), journal)
        return True

    def apply(self, transfer_id: str, event: Event, at: datetime) -> Transfer | None:
        """The transfer after `event`, kept; None when there is no such transfer. Told twice changes nothing."""
        for _ in range(_TRIES):
            with self._db.write() as connection:
                row = connection.execute(select(transfers).where(transfers.c.id == transfer_id)).first()
                if row is None:
                    return None
                before = self._transfer(connection, row)
                after, orders = machine.step(before, event, at)
                if isinstance(event, TextNoted):
                    after = replace(after, version=before.version + 1)
                if after != before:
                    if not self._swap(connection, before, after):
                        continue
                    self._keep_step(connection, before, after, event, at)
                for order in orders:
                    if isinstance(order, KeepMessage):
                        self._insert_message(connection, order)
                return after
        raise AssertionError(f"transfer {transfer_id} changed faster than it could be stepped")

    def _swap(self, connection: Connection, before: Transfer, after: Transfer) -> bool:
        """Compare and set. A report that comes after the end may find the call in another transfer by now."""
        values = rows.of_transfer(after)
        mine = and_(transfers.c.id == before.id, transfers.c.version == before.version)
        if values["live_call"] and not before.live:
            taken = select(transfers.c.id).where(transfers.c.live_call == before.call_id)
            if connection.execute(taken).first():
                values["live_call"] = None
        return bool(connection.execute(update(transfers).where(mine).values(values)).rowcount)

    def _keep_step(self, connection: Connection, before: Transfer, after: Transfer, event: Event, at: datetime) -> None:
        changed = [rows.of_attempt(after.id, one) for one in after.attempts if one not in before.attempts]
        if changed:
            insert = self._db.insert(attempts)
            sharpened = {"outcome": insert.excluded.outcome, "ended_at": insert.excluded.ended_at}
            connection.execute(
                insert.on_conflict_do_update(index_elements=["transfer_id", "step", "leg"], set_=sharpened), changed
            )
        connection.execute(events.insert(), rows.of_event(rows.name_of(event), after, asdict(event), at))

    def transfer(self, transfer_id: str) -> Transfer | None:
        """A transfer by its id."""
        return self._find(transfers.c.id == transfer_id)

    def live_transfer(self, call_id: str) -> Transfer | None:
        """The transfer that has the call's caller now."""
        return self._find(transfers.c.live_call == call_id)

    def _find(self, which: Any) -> Transfer | None:
        with self._db.read() as connection:
            row = connection.execute(select(transfers).where(which)).first()
            return self._transfer(connection, row) if row else None

    def _transfer(self, connection: Connection, row: Row[Any]) -> Transfer:
        # Nothing has been tried before the first event, so the hot path needs no second look.
        tried = self._attempts(connection, [row.id]).get(row.id, ()) if row.version else ()
        return rows.to_transfer(row, tried)

    def _attempts(self, connection: Connection, ids: list[str]) -> dict[str, tuple[Attempt, ...]]:
        found: dict[str, tuple[Attempt, ...]] = {}
        order = (attempts.c.transfer_id, attempts.c.step, attempts.c.leg)
        for row in connection.execute(select(attempts).where(attempts.c.transfer_id.in_(ids)).order_by(*order)):
            found[row.transfer_id] = (*found.get(row.transfer_id, ()), rows.to_attempt(row))
        return found

    def ledger(self, *, call_id: str | None = None, since: datetime | None = None) -> Iterator[dict[str, Any]]:
        """Every transfer, oldest first, with its attempts and its journal, as JSON values."""
        wanted = [transfers.c.call_id == call_id] if call_id else []
        wanted += [transfers.c.started_at >= since] if since else []
        query = select(transfers).where(*wanted).order_by(transfers.c.started_at, transfers.c.id)
        with self._db.read() as connection:
            found = connection.execution_options(yield_per=_BATCH).execute(query)
            for batch in found.partitions():
                yield from self._entries(batch)

    def _entries(self, batch: Iterable[Row[Any]]) -> Iterator[dict[str, Any]]:
        batch = list(batch)
        ids = [row.id for row in batch]
        with self._db.read() as connection:
            tried = self._attempts(connection, ids)
            journal: dict[str, list[Row[Any]]] = {one: [] for one in ids}
            order = (events.c.transfer_id, events.c.seq)
            for row in connection.execute(select(events).where(events.c.transfer_id.in_(ids)).order_by(*order)):
                journal[row.transfer_id].append(row)
        for row in batch:
            yield rows.to_ledger(row, tried.get(row.id, ()), journal[row.id])

    # --- messages and texts ---------------------------------------------------------------------------------------

    def keep_message(self, order: KeepMessage) -> None:
        """Keep a message. The same one (by key) twice is kept once."""
        with self._db.write() as connection:
            self._insert_message(connection, order)

    def _insert_message(self, connection: Connection, order: KeepMessage) -> None:
        connection.execute(self._db.insert(messages).on_conflict_do_nothing(), rows.of_message(order))

    def messages(self, *, since: datetime | None = None) -> Iterator[dict[str, Any]]:
        """What callers left, oldest first, as JSON values."""
        query = select(messages).where(*([messages.c.at >= since] if since else [])).order_by(messages.c.id)
        with self._db.read() as connection:
            for row in connection.execution_options(yield_per=_BATCH).execute(query):
                yield {**row._mapping, "at": row.at.isoformat()}

    def opt_out(self, number: str, reason: str, at: datetime) -> None:
        """Never text this number (E.164) again."""
        with self._db.write() as connection:
            values = {"number": number, "reason": reason, "at": at}
            connection.execute(self._db.insert(opt_outs).on_conflict_do_nothing(), values)

    def opted_out(self, numbers: Iterable[Number]) -> frozenset[str]:
        """Those of the numbers that want no texts, as E.164."""
        wanted = [number.e164 for number in numbers]
        with self._db.read() as connection:
            found = connection.scalars(select(opt_outs.c.number).where(opt_outs.c.number.in_(wanted)))
            return frozenset(found)
