"""What the desk asks the records: who may try a password, who is asked for whom, and how transfers went lately."""

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, select

from calls.transfer.model import Transfer
from gateways.database import rows
from gateways.database.engine import Database
from gateways.database.tables import LIVE_OFFER, desk_failures, desk_sessions, offers, transfers
from gateways.records import ledger

FAILURES = 5
"""Wrong passwords from one address or one known browser, after which it has to wait."""

FAILURES_OF_ALL = 50
"""Wrong passwords from an address that all share, such as a proxy's."""

LOCKED_FOR = timedelta(minutes=15)


class DeskRecords:
    """The part of `Records` that only the desk knows."""

    _db: Database

    def may_log_in(self, address: str, at: datetime, *, failures: int = FAILURES) -> bool:
        """Whether this address may try a password now, with fewer than so many `failures` of late.

        It counts as wrong until `logged_in` says otherwise.
        Kept before the password is looked at: many tries at once are as many failures.
        """
        mine = and_(desk_failures.c.address == address, desk_failures.c.at > at - LOCKED_FOR)
        with self._db.write() as connection:
            self._db.alone(connection, f"desk/{address}")
            connection.execute(delete(desk_failures).where(desk_failures.c.at <= at - LOCKED_FOR))
            failed = connection.scalar(select(func.count()).select_from(desk_failures).where(mine)) or 0
            if failed < failures:
                connection.execute(desk_failures.insert(), {"address": address, "at": at})
            return failed < failures

    def logged_in(self, address: str) -> None:
        """The password was right: what failed before counts no more."""
        with self._db.write() as connection:
            connection.execute(delete(desk_failures).where(desk_failures.c.address == address))

    def begin_session(self, session_id: str, until: datetime, at: datetime) -> None:
        """Keep a login until that moment; those that are over by now are forgotten."""
        with self._db.write() as connection:
            connection.execute(delete(desk_sessions).where(desk_sessions.c.expires_at <= at))
            connection.execute(desk_sessions.insert(), {"id": session_id, "expires_at": until})

    def has_session(self, session_id: str, at: datetime) -> bool:
        """Whether a login has neither ended nor expired."""
        kept = select(desk_sessions.c.id).where(desk_sessions.c.id == session_id, desk_sessions.c.expires_at > at)
        with self._db.read() as connection:
            return connection.scalar(kept) is not None

    def end_session(self, session_id: str) -> None:
        """Log out: the session's cookie opens nothing any more."""
        with self._db.write() as connection:
            connection.execute(delete(desk_sessions).where(desk_sessions.c.id == session_id))

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
