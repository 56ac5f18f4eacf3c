"""Reading the records from end to end: a batch at a time, so that a million rows take no more memory than a few."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from calls.transfer.machine import Attempt
from gateways.database import rows
from gateways.database.engine import Database
from gateways.database.tables import attempts, events, transfers

_BATCH = 500  # rows

Entry = dict[str, Any]


def transfer_entries(
    database: Database, *, call_id: str | None, since: datetime | None, business: str | None = None
) -> Iterator[Entry]:
    """Every transfer, oldest first, with its attempts and its journal; of every business, unless one is named."""
    columns = [column for column in transfers.c if column.name != "reply"]
    wanted = [transfers.c.call_id == call_id] if call_id else []
    wanted += [transfers.c.started_at >= since] if since else []
    wanted += [transfers.c.business == business] if business is not None else []
    query = select(*columns).where(*wanted).order_by(transfers.c.started_at, transfers.c.id)
    with database.stream() as connection:
        for batch in connection.execution_options(yield_per=_BATCH).execute(query).partitions():
            yield from _entries(database, batch)


def attempts_of(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[Attempt, ...]]:
    """The attempts of these transfers, by transfer."""
    found: dict[str, list[Attempt]] = {}
    order = (attempts.c.transfer_id, attempts.c.step, attempts.c.leg)
    for row in connection.execute(select(attempts).where(attempts.c.transfer_id.in_(ids)).order_by(*order)):
        found.setdefault(row.transfer_id, []).append(rows.to_attempt(row))
    return {transfer_id: tuple(tried) for transfer_id, tried in found.items()}


def _entries(database: Database, batch: Sequence[Row[Any]]) -> Iterator[Entry]:
    ids = [row.id for row in batch]
    journal: dict[str, list[Row[Any]]] = {one: [] for one in ids}
    order = (events.c.transfer_id, events.c.seq)
    with database.read() as connection:
        tried = attempts_of(connection, ids)
        for row in connection.execute(select(events).where(events.c.transfer_id.in_(ids)).order_by(*order)):
            journal[row.transfer_id].append(row)
    for row in batch:
        yield rows.to_ledger(row, tried.get(row.id, ()), journal[row.id])
