"""What the worker has to do, seen from outside: in development somebody waits for it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Select, Text, column, select, table

from gateways.database.engine import Database
from gateways.jobs.outbox import DIALS, ENDS_WAITING, ORDERS


class PendingOrders:
    """Looks at the database `url` for orders that wait to be carried out or are being carried out.

    DBOS's own table is read: whoever only looks need not wait for the import. Nothing is connected to before that.
    """

    def __init__(self, url: str) -> None:
        self._db = Database(url)

    def any_due(self, now: datetime, within: timedelta) -> bool:
        """Whether there is one to be carried out now, or within that time one that a caller on hold waits for.

        Telling somebody of a phase is none. Raises Unavailable.
        """
        with self._db.read() as connection:
            return connection.execute(self._one_of(now + within)).first() is not None

    def close(self) -> None:
        """Close every connection."""
        self._db.close()

    def _one_of(self, until: datetime) -> Select[Any]:
        status, queue, due = (
            column("status", Text),
            column("queue_name", Text),
            column("delay_until_epoch_ms", BigInteger),
        )
        (name, value), *_ = ENDS_WAITING.items()
        waits = column("attributes", JSON)[name].as_string() == value
        delayed = (status == "DELAYED") & (due < until.timestamp() * 1000) & waits
        kept = table("workflow_status", schema=None if self._db.sqlite else "dbos")
        wanted = (status.in_(("ENQUEUED", "PENDING")) | delayed) & queue.in_((ORDERS, DIALS))
        return select(status).select_from(kept).where(wanted).limit(1)
