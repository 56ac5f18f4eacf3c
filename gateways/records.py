"""What is kept: calls, transfers with their attempts and their journal, messages, and who wants no texts.

A transfer is changed by compare-and-set: whoever loses the race loads it again and steps again. What was decided is
on record before anybody is told of it. One thing is written behind: the row of a call that has only been greeted,
which every later request of that call can restore.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, exists, func, or_, select, update

from calls import transfer as machine
from calls.call import Call
from calls.events import Event, TextNoted
from calls.numbers import Number, SipUri
from calls.orders import BookCallback, KeepMessage, LeaveLine, Listener, Order, SendText
from calls.outcomes import Outcome
from calls.phases import Phase, phases
from calls.transfer import State, Transfer
from gateways import beginning, ledger, rows
from gateways.announcements import announcements
from gateways.database import Database
from gateways.errors import Unavailable
from gateways.orders import DurableOrders, Orders
from gateways.prepared import Prepared
from gateways.records_calls import CallRecords
from gateways.records_desk import DeskRecords
from gateways.records_handoffs import HandoffRecords
from gateways.records_line import LineRecords
from gateways.records_messages import MessageRecords
from gateways.records_people import Claims
from gateways.records_placed import PlacedRecords
from gateways.records_texts import TextRecords
from gateways.tables import attempts, events, opt_outs, transfers
from gateways.watching import WatchRecords

_HOUR = timedelta(hours=1)
_TRIES = 20  # of a compare-and-set; more writers than that at one transfer at once there are not

# Made once: building a statement takes longer than the database takes to answer it.
# No LIMIT: a call has few live transfers, and one would tempt PostgreSQL to look for the call by going through time.
_is_live = transfers.c.state != State.ENDED
_LIVE = (
    select(transfers)
    .where(transfers.c.call_id == bindparam("call"), _is_live)
    .order_by(transfers.c.started_at.desc(), transfers.c.id)
)
# What was refused or closed moved nobody, and does not count against the caller.
_moved = or_(
    transfers.c.outcome.is_(None),
    and_(transfers.c.outcome != Outcome.CLOSED, transfers.c.outcome != Outcome.REFUSED),
)
_this_call = (
    select(func.count().filter(_moved).label("this_call"), func.count().filter(_is_live).label("live"))
    .where(transfers.c.call_id == bindparam("call"))
    .subquery()
)
_recently = and_(
    transfers.c.caller == bindparam("caller"),
    transfers.c.started_at > bindparam("since"),
    transfers.c.business == bindparam("business"),
)
_last_hour = select(func.count()).where(_recently, _moved).scalar_subquery().label("last_hour")
_BY_ID = select(transfers).where(transfers.c.id == bindparam("id"))
_CLAIMED = (  # by whom; the transfer of the very same tool call rather than another one of the call
    select(transfers)
    .where(
        transfers.c.call_id == bindparam("call"),
        or_(transfers.c.live_key == bindparam("key"), transfers.c.live_call.is_not(None)),
    )
    .order_by((transfers.c.live_key == bindparam("key")).desc())
    .limit(1)
)
_JOURNAL = events.insert()


@dataclass(frozen=True, slots=True)
class Situation:
    """How a call stands: its newest live transfer, if any, and how often it and its caller were put through.

    opted_out: which of the numbers asked about want no texts, as E.164.
    """

    transfer: Transfer | None
    key: str
    reply: Mapping[str, Any]
    transfers_this_call: int
    transfers_last_hour: int
    opted_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Begun:
    """A transfer and the reply it was begun with. Not `fresh`: another one already had the caller, and this is it."""

    transfer: Transfer
    key: str
    reply: rows.Json
    fresh: bool


class Records(
    CallRecords, DeskRecords, HandoffRecords, MessageRecords, PlacedRecords, LineRecords, TextRecords, WatchRecords
):
    """The records at `url` (a database URL). Safe in threads; each process makes its own.

    What follows from a change is kept with `orders`, in the same transaction; left out, with those of the same
    database. `listeners` says who is told of a business's phases.
    """

    def __init__(
        self, url: str, orders: Orders | None = None, listeners: Callable[[str], Sequence[Listener]] = lambda _: ()
    ) -> None:
        super().__init__(Database(url))
        self._orders, self._listeners = orders or DurableOrders(), listeners
        self._beginning = beginning.Beginning(self._db)
        self._situations: dict[int, Prepared] = {}  # by how many numbers are looked up among the opt-outs
        attempt = self._db.insert(attempts)
        told = ("outcome", "ended_at", "stage", "call_id", "words")
        sharpened = {name: attempt.excluded[name] for name in told}
        self._keep_attempt = attempt.on_conflict_do_update(
            index_elements=["transfer_id", "step", "leg"], set_=sharpened
        )

    def ready(self) -> None:
        """Raises Unavailable when the database cannot be used, or has not been migrated."""
        with self._db.read() as connection:
            connection.execute(select(transfers.c.live_key).limit(1))

    def close(self) -> None:
        """Write down what is still to be written, and close every connection."""
        super().close()
        self._orders.close()
        self._db.close()

    # --- transfers ------------------------------------------------------------------------------------------------

    def situation(
        self,
        call_id: str,
        caller: Number | SipUri | None,
        at: datetime,
        *,
        texting: Iterable[Number] = (),
        business: str = "",
    ) -> Situation:
        """How the call stands at this moment, and who of `texting` opted out. A withheld number has no last hour."""
        who = str(caller) if caller else None
        asked = {"call": call_id, "caller": who, "since": at - _HOUR, "business": business}
        numbers = {f"number_{n}": number.e164 for n, number in enumerate(texting)}
        look = self._situations.get(len(numbers)) or self._looking(len(numbers))
        ((this_call, live, last_hour, *opted_out),) = self._db.look(look, asked | numbers)
        silent = frozenset(number for number, out in zip(numbers.values(), opted_out, strict=True) if out)
        if not live:
            return Situation(None, "", {}, this_call, last_hour, silent)
        with self._db.read() as connection:
            row = connection.execute(_LIVE, {"call": call_id}).first()
            transfer = self._transfer(connection, row) if row else None
        if row is None:  # over meanwhile
            return Situation(None, "", {}, this_call, last_hour, silent)
        return Situation(transfer, row.key, row.reply or {}, this_call, last_hour, silent)

    def _looking(self, numbers: int) -> Prepared:
        asked = [f"number_{n}" for n in range(numbers)]
        mine = opt_outs.c.business == bindparam("business")
        silent = [exists().where(opt_outs.c.number == bindparam(one), mine).label(f"silent_{one}") for one in asked]
        statement = select(_this_call, _last_hour, *silent)
        return self._situations.setdefault(numbers, Prepared(statement, self._db.engine.dialect))

    def begin(
        self,
        transfer: Transfer,
        *,
        key: str,
        reply: rows.Json,
        call: Call,
        texts: Sequence[TextNoted] = (),
        claims: Claims | None = None,
    ) -> Begun:
        """Keep a new transfer with the reply that starts it, unless the call's caller is already being transferred.

        Two processes with the same tool call (`key`) end with one row, and both get that row's reply. A refusal, which
        has ended as it begins, is always kept. `texts`: what is known of its text messages as it begins.

        Raises NotFree when not all the people of `claims`, who ring first, can be had. Nothing is kept then.
        """
        transfer = replace(transfer, version=len(texts)) if texts else transfer
        begun = beginning.rows_of(transfer, key=key, reply=reply, call=call, texts=texts)
        for _ in range(_TRIES):
            if self._keep_beginning(transfer, begun, claims):
                return Begun(transfer, key, reply, fresh=True)
            with self._db.read() as connection:
                row = connection.execute(_CLAIMED, {"key": key, "call": call.id}).first()
                if row:
                    return Begun(self._transfer(connection, row), row.key, row.reply or {}, fresh=False)
        raise Unavailable("the caller's transfers began and ended faster than they can be looked at")

    def _keep_beginning(self, transfer: Transfer, begun: beginning.Rows, claims: Claims | None) -> bool:
        """Keep a transfer that begins with all that must be kept or lost together with it."""
        listeners = self._listeners(transfer.business)
        if not (listeners or claims):
            return self._beginning.keep(begun)
        with self._db.write() as connection:
            if not self._beginning.keep_with(connection, begun):
                return False
            if claims:
                self._claim_all(connection, transfer, claims)
            entered, at = phases(None, None, transfer), transfer.started_at
            self._keep_orders(connection, announcements(listeners, None, None, transfer, entered, at))
        return True

    def apply(self, transfer_id: str, event: Event, at: datetime) -> Transfer | None:
        """The transfer after `event`, kept; None when there is no such transfer. Told twice changes nothing."""
        for _ in range(_TRIES):
            with self._db.write() as connection:
                row = connection.execute(_BY_ID, {"id": transfer_id}).first()
                if row is None:
                    return None
                before = self._transfer(connection, row)
                after, orders = machine.step(before, event, at)
                if isinstance(event, TextNoted) and not self._noted(connection, before, event):
                    after = replace(after, version=before.version + 1)
                if after != before:
                    if not self._swap(connection, before, after):
                        continue
                    entered = phases(before, event, after)
                    self._keep_step(connection, before, after, event, at, entered)
                    listeners = self._listeners(after.business) if entered else ()
                    self._keep_orders(connection, announcements(listeners, before, event, after, entered, at))
                self._keep_orders(connection, orders)
                self._talk_over(connection, before, after)
                self._free(connection, before, event, after, at)
                return after
        raise Unavailable(f"transfer {transfer_id} changed faster than it could be stepped")

    def _keep_orders(self, connection: Connection, orders: Iterable[Order]) -> None:
        for order in orders:
            if isinstance(order, KeepMessage):
                self._keep_message(connection, order)
            elif isinstance(order, LeaveLine):
                self._leave_line(connection, order)
            elif isinstance(order, SendText | BookCallback):
                raise TypeError(f"nobody here carries out {type(order).__name__}")
            else:
                self._orders.keep(connection, order)

    def _swap(self, connection: Connection, before: Transfer, after: Transfer) -> bool:
        """Compare and set. Claims are only ever given up: a transfer that a late report revives has lost its own."""
        given_up = {name: None for name, claim in rows.claims(after, "").items() if claim is None}
        values = rows.of_transfer(after) | given_up
        if not after.live and not after.inferred:
            values["reply"] = None
        mine = and_(transfers.c.id == before.id, transfers.c.version == before.version)
        return bool(connection.execute(update(transfers).where(mine).values(values)).rowcount)

    def _keep_step(
        self,
        connection: Connection,
        before: Transfer,
        after: Transfer,
        event: Event,
        at: datetime,
        entered: Sequence[Phase],
    ) -> None:
        changed = [rows.of_attempt(after.id, one) for one in after.attempts if one not in before.attempts]
        if changed:
            connection.execute(self._keep_attempt, changed)
        connection.execute(_JOURNAL, rows.of_event(rows.name_of(event), after, asdict(event), at, entered))

    def _noted(self, connection: Connection, transfer: Transfer, event: TextNoted) -> bool:
        """Whether the journal holds this report already."""
        mine = and_(events.c.transfer_id == transfer.id, events.c.event == rows.name_of(event))
        return asdict(event) in connection.scalars(select(events.c.data).where(mine)).all()

    def transfer(self, transfer_id: str) -> Transfer | None:
        """A transfer by its id."""
        return self._find(_BY_ID, {"id": transfer_id})

    def live_transfer(self, call_id: str) -> Transfer | None:
        """The newest live transfer of the call."""
        return self._find(_LIVE, {"call": call_id})

    def _find(self, query: Any, asked: Mapping[str, str]) -> Transfer | None:
        with self._db.read() as connection:
            row = connection.execute(query, asked).first()
            return self._transfer(connection, row) if row else None

    def _transfer(self, connection: Connection, row: Row[Any]) -> Transfer:
        # Nothing has been tried before the first event, so the hot path needs no second look.
        tried = ledger.attempts_of(connection, [row.id]).get(row.id, ()) if row.version else ()
        return rows.to_transfer(row, tried)

    def ledger(
        self, *, call_id: str | None = None, since: datetime | None = None, business: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Every transfer, oldest first, with its attempts and its journal, as JSON values."""
        return ledger.transfer_entries(self._db, call_id=call_id, since=since, business=business)
