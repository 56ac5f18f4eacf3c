"""Orders that outlive a request: kept with the state they follow from, in the same transaction, or not at all.

They are kept by DBOS Transact, which queues them in our own database: `dials` at the platform's pace, `announcements`
in order for each transfer and listener, and all others in `orders`. `order_engine` carries them out.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Protocol, get_args

from sqlalchemy import Connection, Engine

from calls.orders import (
    Announce,
    Dial,
    DurableOrder,
    LookForCaller,
    Match,
    NoteMissed,
    Notify,
    Offer,
    PlaceCall,
    Remind,
    ResumeCaller,
    RunSteps,
)

if TYPE_CHECKING:
    from dbos import DBOSClient, EnqueueOptions

DIALS, ORDERS, ANNOUNCEMENTS = "dials", "orders", "announcements"
APPLICATION = "switchboard"
# An order says all that is needed to carry it out, so an order of an older version is as good as one of this version.
VERSION = "1"
CARRY_OUT = "carry_out"
_WARM_UP_AFTER = 3.0  # seconds from the start, when calls are answered already
ENDS_WAITING = {"caller": "waits"}  # of a delayed order that a caller on hold waits for, for whoever looks on

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(DurableOrder)}


class Orders(Protocol):
    """Where orders are kept."""

    def keep(self, connection: Connection, order: DurableOrder) -> None:
        """Keep an order: when the transaction of `connection` is committed, and not otherwise."""

    def close(self) -> None:
        """Let go of whatever was needed for it."""


class DurableOrders:
    """Orders kept by DBOS, in the database of the connection that keeps them."""

    def __init__(self) -> None:
        self._clients: dict[Engine, DBOSClient] = {}
        self._making = threading.Lock()

    def warm_up(self) -> None:
        """Import what the first order will need, beside whatever else goes on: it takes a fifth of a second."""
        later = threading.Timer(_WARM_UP_AFTER, _import)
        later.daemon = True
        later.start()

    def keep(self, connection: Connection, order: DurableOrder) -> None:
        """Keep an order with the transaction of `connection`."""
        client = self._clients.get(connection.engine) or self._client(connection.engine)
        client.enqueue_in_transaction(connection, _options(order), json.dumps(to_json(order)))

    def close(self) -> None:
        """Nothing: the connections are the records'."""
        self._clients.clear()

    def _client(self, engine: Engine) -> "DBOSClient":
        from dbos import DBOSClient  # noqa: PLC0415, a fifth of a second that most processes do not need

        with self._making:
            made = DBOSClient(system_database_engine=engine, application_name=APPLICATION, lazy=True)
            return self._clients.setdefault(engine, made)


def to_json(order: DurableOrder) -> dict[str, Any]:
    """An order as JSON values."""
    return {"order": type(order).__name__, **asdict(order)}


def from_json(kept: Mapping[str, Any]) -> DurableOrder:
    """The order that was kept so. Raises LookupError when this version knows no such order."""
    kind = _KINDS[kept["order"]]
    known = {one.name for one in fields(kind)}
    order: DurableOrder = kind(**{name: value for name, value in kept.items() if name in known})
    return order


def _options(order: DurableOrder) -> "EnqueueOptions":
    options: EnqueueOptions = {"workflow_name": CARRY_OUT, "queue_name": ORDERS, "app_version": VERSION}
    match order:
        case Dial() | Offer() | PlaceCall():
            options["queue_name"] = DIALS
            if isinstance(order, PlaceCall) and order.after:
                options["delay_seconds"] = order.after
        case Announce():
            options["queue_name"] = ANNOUNCEMENTS
            options["queue_partition_key"] = f"{order.transfer_id}/{order.to}"
            options["priority"] = order.seq + 1
        case Notify():
            options["queue_name"] = ANNOUNCEMENTS
            options["queue_partition_key"] = f"message/{order.message_id}"  # or two at once would tell everybody twice
        case Remind() | ResumeCaller() | RunSteps() | NoteMissed() | Match() | LookForCaller() if order.after:
            options["delay_seconds"] = order.after
            if isinstance(order, RunSteps) or (isinstance(order, ResumeCaller) and order.words):
                options["attributes"] = dict(ENDS_WAITING)  # other delayed orders are for when something goes wrong
    return options


def _import() -> None:
    import dbos  # noqa: F401, PLC0415
