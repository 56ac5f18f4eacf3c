"""Durable orders in a rehearsal: kept with the state they follow from, carried out in the exchange's own time.

They lie in a table of their own beside the records, so an order is kept with its transaction or not at all. Virtual
time stands still while an order is carried out, as it does while the application answers, so one seed gives one ladder.
"""

import asyncio
from collections.abc import Callable
from dataclasses import fields

from sqlalchemy import JSON, Column, Connection, Integer, MetaData, Table, select

from calls.orders import (
    Announce,
    Dial,
    DurableOrder,
    LookForCaller,
    Match,
    NoteMissed,
    Offer,
    PlaceCall,
    Remind,
    ResumeCaller,
    RunSteps,
)
from exchange import Exchange
from gateways.database.engine import Database
from gateways.errors import Unavailable
from gateways.jobs.outbox import from_json, to_json

DELAY = 0.1  # seconds from an order's being kept to its being carried out, when nothing else says how long
DIALS_APART = 1.0  # seconds
RETRIES = (1.0, 2.0, 4.0, 8.0, 16.0)  # seconds between two tries


class RehearsedOrders:
    """The orders of one rehearsal, in the database at `url`. They wait there until `start`."""

    def __init__(self, url: str, exchange: Exchange) -> None:
        self._exchange = exchange
        self._kept = Table(
            "rehearsed_orders", MetaData(), Column("id", Integer, primary_key=True), Column("said", JSON)
        )
        self._db = Database(url)
        self._kept.create(self._db.engine)
        self._seen = 0  # the last of them that was found
        self._next_dial = 0.0
        self._carry_out: Callable[[DurableOrder], None] | None = None
        self._started = asyncio.Event()
        self._turns: dict[str, asyncio.Lock] = {}

    def keep(self, connection: Connection, order: DurableOrder) -> None:
        """Keep an order with the transaction of `connection`."""
        connection.execute(self._kept.insert().values(said=to_json(order)))
        # Found once whoever keeps it is done: the exchange stands still meanwhile.
        self._exchange.loop.call_soon_threadsafe(self._look)

    def start(self, carry_out: Callable[[DurableOrder], None]) -> None:
        """Carry orders out from now on, those that waited for it as well."""
        self._carry_out = carry_out
        self._exchange.do(self._started.set)

    def stop(self) -> None:
        """Carry none out, as when the worker's machine fails."""
        self._exchange.do(self._started.clear)

    def close(self) -> None:
        """Nothing: an application that is stopped leaves its orders to the one that is started after it."""

    def forget(self) -> None:
        """Drop them all, and close every connection."""
        self._kept.drop(self._db.engine)
        self._db.close()

    def _look(self) -> None:
        with self._db.read() as connection:
            found = connection.execute(select(self._kept).where(self._kept.c.id > self._seen).order_by("id")).all()
        for row in found:
            self._seen = row.id
            order = from_json(row.said)
            self._exchange.spawn(self._after(self._delay(order), order))

    def _delay(self, order: DurableOrder) -> float:
        if (
            isinstance(order, Remind | ResumeCaller | RunSteps | NoteMissed | Match | LookForCaller | PlaceCall)
            and order.after
        ):
            return order.after
        if not isinstance(order, Dial | Offer | PlaceCall):
            return DELAY
        now = self._exchange.clock.elapsed
        moment = max(now + DELAY, self._next_dial)
        self._next_dial = moment + DIALS_APART
        return moment - now

    async def _after(self, delay: float, order: DurableOrder) -> None:
        await asyncio.sleep(delay)
        if isinstance(order, Announce):  # what one listener is told of one transfer stays in its order
            async with self._turns.setdefault(f"{order.transfer_id}/{order.to}", asyncio.Lock()):
                await self._until_done(order)
        else:
            await self._until_done(order)

    async def _until_done(self, order: DurableOrder) -> None:
        for pause in (*RETRIES, None):
            await self._started.wait()
            assert self._carry_out is not None
            try:
                self._carry_out(order)
            except Unavailable as fault:
                self._note(order, f"{type(fault).__name__}: {fault}")
                if pause is None:
                    self._exchange.office.note("error", f"given up: {_shown(order)}")
                    return
                await asyncio.sleep(pause)
            except Exception as fault:  # noqa: BLE001, whatever it is, the rehearsal tells it
                self._exchange.office.note("error", f"{_shown(order)}: {type(fault).__name__}: {fault}")
                return
            else:
                self._note(order)
                return

    def _note(self, order: DurableOrder, trouble: str = "") -> None:
        self._exchange.office.note("order", f"{_shown(order)} {trouble}".strip())


def _shown(order: DurableOrder) -> str:
    """An order as a ladder shows it: what it is, and what there is to say about it in few words."""
    if isinstance(order, Announce):
        return f"Announce {order.phase.get('phase')} to {order.to}"
    ids = ("transfer_id", "call_id", "offer_id", "placed_id", "message_id")
    said = {one.name: getattr(order, one.name) for one in fields(order) if one.name not in ids}
    return " ".join((type(order).__name__, *(f"{name}={value}" for name, value in said.items() if value != "")))
