"""How the transfers on record are looked up."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, exists, func, or_, select, update

from calls.numbers import Number, SipUri
from calls.outcomes import Outcome
from calls.transfer.machine import State, Transfer
from gateways.database import rows
from gateways.database.engine import Database
from gateways.database.prepared_statements import Prepared
from gateways.database.tables import ENDED_WITH_REPLY, opt_outs, transfers
from gateways.records import ledger

HOUR = timedelta(hours=1)

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
BY_ID = select(transfers).where(transfers.c.id == bindparam("id"))


@dataclass(frozen=True, slots=True)
class Situation:
    """How a call stands: its newest live transfer, if any, and how often it and its caller were put through.

    opted_out: which of the numbers asked about want no texts, as E.164.
    """

    transfer: Transfer | None = None
    key: str = ""
    reply: Mapping[str, Any] = field(default_factory=dict)
    transfers_this_call: int = 0
    transfers_last_hour: int = 0
    opted_out: frozenset[str] = frozenset()


class TransferRecords:
    """The part of `Records` that reads transfers."""

    _db: Database
    _situations: dict[int, Prepared]  # by how many numbers are looked up among the opt-outs

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
        asked = {"call": call_id, "caller": who, "since": at - HOUR, "business": business}
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

    def transfer(self, transfer_id: str) -> Transfer | None:
        """A transfer by its id."""
        return self._find(BY_ID, {"id": transfer_id})

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

    def forget_replies(self, ended_before: datetime) -> int:
        """Forget the replies of transfers that ended before this moment; how many. They hold our credentials.

        The platform repeats a tool call within seconds, so nobody asks for them any more.
        """
        forget = update(transfers).where(ENDED_WITH_REPLY, transfers.c.ended_at < ended_before).values(reply=None)
        with self._db.write() as connection:
            return connection.execute(forget).rowcount

    def ledger(
        self, *, call_id: str | None = None, since: datetime | None = None, business: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Every transfer, oldest first, with its attempts and its journal, as JSON values."""
        return ledger.transfer_entries(self._db, call_id=call_id, since=since, business=business)
