"""What the desk asks the records: who may try a password, who is asked for whom, and how transfers went lately."""

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, select

from calls.record import Transfer
from gateways import ledger, rows
from gateways.database import Database
from gateways.tables import LIVE_OFFER, desk_failures, offers, transfers

FAILURES = 5
"""Wrong passwords from one address, after which it has to wait."""

LOCKED_FOR = timedelta(minutes=15)


class DeskRecords:
    """The part of `Records` that only the desk knows."""

    _db: Database

    def may_log_in(self, address: str, at: datetime) -> bool:
        """Whether this address may try a password now. It counts as wrong until `logged_in` says otherwise.

        Kept before the password is looked at: who tries many at once has failed as often.
        """
        mine = and_(desk_failures.c.address == address, desk_failures.c.at > at - LOCKED_FOR)
        with self._db.write() as connection:
            self._db.alone(connection, f"desk/{address}")
            connection.execute(delete(desk_failures).where(desk_failures.c.at <= at - LOCKED_FOR))
            failed = connection.scalar(select(func.count()).select_from(desk_failures).where(mine)) or 0
            if failed < FAILURES:
                connection.execute(desk_failures.insert(), {"address": address, "at": at})
            return failed < FAILURES

    def logged_in(self, address: str) -> None:
        """The password was right: what failed before counts no more."""
        with self._db.write() as connection:
            connection.execute(delete(desk_failures).where(desk_failures.c.address == address))

    def asked(self, business: str) -> dict[str, str]:
        """Who is asked to take whom just now, or is talking with them: the person by the entry's id."""
        live = select(offers.c.entry_id, offers.c.person, offers.c.business).where(LIVE_OFFER)
        with self._db.read() as connection:  # whose they are is looked at here, or all of a business would be read
            found = connection.execute(live.order_by(offers.c.deadline))
            return {row.entry_id: row.person for row in found if row.business == business}

    def recent_transfers(self, business: str, limit: int) -> list[Transfer]:
        """The newest transfers, the latest first."""
        query = select(transfers).where(transfers.c.business == business)
        with self._db.read() as connection:
            found = connection.execute(query.order_by(transfers.c.started_at.desc()).limit(limit)).all()
            tried = ledger.attempts_of(connection, [row.id for row in found])
        return [rows.to_transfer(row, tried.get(row.id, ())) for row in found]
