"""What is kept: calls, transfers with their attempts and their journal, messages, and who wants no texts.

A transfer is changed by compare-and-set: whoever loses the race loads it again and steps again. What was decided is
on record before anybody is told of it. One thing is written behind: the row of a call that has only been greeted,
which every later request of that call can restore.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, or_, select, text, update

from calls.call import Call
from calls.events import Event, LegEnded, TextNoted
from calls.orders import BookCallback, Dial, KeepMessage, LeaveLine, Listener, Order, SendText
from calls.outcomes import Outcome
from calls.transfer import machine
from calls.transfer.machine import Transfer
from calls.transfer.phases import Phase, phases
from gateways import call_log
from gateways.database import rows
from gateways.database.engine import Database
from gateways.database.tables import attempts, events, transfers
from gateways.errors import Unavailable
from gateways.jobs.outbox import DurableOrders, Orders
from gateways.jobs.phase_events import announcements
from gateways.records import beginning
from gateways.records.calls import CallRecords
from gateways.records.conversations import HandoffRecords
from gateways.records.desk import DeskRecords
from gateways.records.limits import LimitRecords
from gateways.records.messages import MessageRecords
from gateways.records.outbound import PlacedRecords
from gateways.records.people import Claims
from gateways.records.queue.membership import LineRecords
from gateways.records.texts import TextRecords
from gateways.records.transfers import BY_ID, HOUR, TransferRecords
from gateways.records.watchdog import WatchRecords

_TRIES = 20  # of a compare-and-set; more writers than that at one transfer at once there are not

# Made once: building a statement takes longer than the database takes to answer it.
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
_SAME_VERSION = text("UPDATE alembic_version SET version_num = version_num")  # a write that changes nothing


@dataclass(frozen=True, slots=True)
class Begun:
    """A transfer and the reply it was begun with. Not `fresh`: another one already had the caller, and this is it."""

    transfer: Transfer
    key: str
    reply: rows.Json
    fresh: bool


@dataclass(frozen=True, slots=True)
class _Stepped:
    """A transfer before and after an event, the dials that follow, and the people that may be claimed for them."""

    before: Transfer
    event: Event
    transfer: Transfer
    messages: list[KeepMessage]  # that were not known
    dials: list[Dial]
    hopeful: frozenset[str] | None


def _log(steps: list[_Stepped]) -> None:
    for step in steps:
        call_log.transfer_changed(step.before, step.event, step.transfer)
        for message in step.messages:
            call_log.message_kept(message)


class Records(
    TransferRecords,
    CallRecords,
    DeskRecords,
    HandoffRecords,
    LimitRecords,
    MessageRecords,
    PlacedRecords,
    LineRecords,
    TextRecords,
    WatchRecords,
):
    """The records at `url` (a database URL). Safe in threads; each process makes its own.

    What follows from a change is kept with `orders`, in the same transaction; left out, with those of the same
    database. `listeners` says who is told of a business's phases.
    """

    def __init__(
        self, url: str, orders: Orders | None = None, listeners: Callable[[str], Sequence[Listener]] = lambda _: ()
    ) -> None:
        super().__init__(Database(url, create=False))
        self._orders, self._listeners = orders or DurableOrders(), listeners
        self._beginning = beginning.Beginning(self._db)
        self._situations = {}
        attempt = self._db.insert(attempts)
        told = ("outcome", "ended_at", "stage", "call_id", "words")
        sharpened = {name: attempt.excluded[name] for name in told}
        self._keep_attempt = attempt.on_conflict_do_update(
            index_elements=["transfer_id", "step", "leg"], set_=sharpened
        )

    def ready(self) -> None:
        """Raises Unavailable when nothing can be kept, or the database has not been migrated."""
        with self._db.write() as connection:
            connection.execute(select(transfers.c.live_key).limit(1))
            connection.execute(_SAME_VERSION)

    def close(self) -> None:
        """Write down what is still to be written, and close every connection."""
        super().close()
        self._orders.close()
        self._db.close()

    # --- transfers ------------------------------------------------------------------------------------------------

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
                call_log.transfer_begun(transfer)
                return Begun(transfer, key, reply, fresh=True)
            with self._db.read() as connection:
                row = connection.execute(_CLAIMED, {"key": key, "call": call.id}).first()
                if row:
                    return Begun(self._transfer(connection, row), row.key, row.reply or {}, fresh=False)
        raise Unavailable("the caller's transfers began and ended faster than they can be looked at")

    def begin_first(self, transfer: Transfer, *, key: str, reply: rows.Json, call: Call) -> bool:
        """As `begin`, but only as the first transfer of its call and, for an hour, of its caller, so that nobody need
        look before. False where it is not the first; then it is not kept.
        """
        since = transfer.started_at - HOUR
        begun = beginning.rows_of(transfer, key=key, reply=reply, call=call, since=since)
        if not self._keep_beginning(transfer, begun, None):
            return False
        call_log.transfer_begun(transfer)
        return True

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
                row = connection.execute(BY_ID, {"id": transfer_id}).first()
                if row is None:
                    return None
                stepped = self._step(connection, self._transfer(connection, row), event, at)
                steps = stepped and self._ring_who_is_free(connection, stepped, at)
            if steps:
                _log(steps)
                return steps[-1].transfer
        raise Unavailable(f"transfer {transfer_id} changed faster than it could be stepped")

    def _step(
        self,
        connection: Connection,
        before: Transfer,
        event: Event,
        at: datetime,
        hopeful: frozenset[str] | None = None,
    ) -> "_Stepped | None":
        """Keep what an event does to a transfer, and all that follows from it but the phones that are to be rung now.

        hopeful: those of its people who are held already, so that they may be claimed; None: nobody was looked for.
        None when another event was quicker; nothing is kept then.
        """
        after, orders = machine.step(before, event, at)
        if isinstance(event, TextNoted) and not self._noted(connection, before, event):
            after = replace(after, version=before.version + 1)
        if after != before:
            if not self._swap(connection, before, after):
                return None
            entered = phases(before, event, after)
            self._keep_step(connection, before, after, event, at, entered)
            listeners = self._listeners(after.business) if entered else ()
            self._keep_orders(connection, announcements(listeners, before, event, after, entered, at))
        dials = [order for order in orders if isinstance(order, Dial)]
        messages = self._keep_orders(connection, [order for order in orders if not isinstance(order, Dial)])
        if dials and hopeful is None:
            hopeful = self._hold_the_free(connection, after, at)
        self._talk_over(connection, before, after)
        self._free(connection, before, event, after, at)
        return _Stepped(before, event, after, messages, dials, hopeful)

    def _ring_who_is_free(self, connection: Connection, stepped: "_Stepped", at: datetime) -> "list[_Stepped]":
        """Claim the people that a consult rings now. A person of another call is busy, and the next one is tried.

        So nothing is ordered for a phone that cannot be rung, however many consults want the same people at once.
        Returns every step, `stepped` the first.
        """
        steps, dials, hopeful = [stepped], stepped.dials, stepped.hopeful
        while dials:
            free = self._claim_for(connection, steps[-1].transfer, dials, hopeful or frozenset(), at)
            self._keep_orders(connection, free)
            taken, dials = [dial for dial in dials if dial not in free], []
            for dial in taken:
                busy = LegEnded(dial.step, dial.leg, Outcome.BUSY)
                next_one = self._step(connection, steps[-1].transfer, busy, at, hopeful)
                if next_one is None:  # the row is this transaction's own
                    raise AssertionError(f"transfer {stepped.transfer.id} was changed by another transaction")
                steps.append(next_one)
                dials += next_one.dials
        return steps

    def _keep_orders(self, connection: Connection, orders: Iterable[Order]) -> list[KeepMessage]:
        """Keep what follows from a change. Returns the messages among it that were not known."""
        messages: list[KeepMessage] = []
        for order in orders:
            if isinstance(order, KeepMessage):
                messages += [order] if self._keep_message(connection, order) else []
            elif isinstance(order, LeaveLine):
                self._leave_line(connection, order)
            elif isinstance(order, SendText | BookCallback):
                raise TypeError(f"nobody here carries out {type(order).__name__}")
            else:
                self._orders.keep(connection, order)
        return messages

    def _swap(self, connection: Connection, before: Transfer, after: Transfer) -> bool:
        """Compare and set. Claims are only ever given up: a transfer that a late report revives has lost its own."""
        given_up = {name: None for name, claim in rows.claims(after, "").items() if claim is None}
        values = rows.of_transfer(after) | given_up
        if not after.live and not after.inferred:  # a guess may be corrected, and then the reply is asked for again
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
