"""What a person who takes a caller over is told from."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from gateways.database.engine import Database
from gateways.database.tables import conversations


class HandoffRecords:
    """The part of `Records` that knows conversations."""

    _db: Database

    def keep_conversation(self, transfer_id: str, log: Sequence[Mapping[str, Any]]) -> None:
        """Keep what caller and agent said ({"role", "content"}, oldest first) before this transfer was asked for.

        Told again, the newer telling stands: the caller may have added something.
        """
        write = self._db.insert(conversations)
        write = write.on_conflict_do_update(index_elements=["transfer_id"], set_={"log": write.excluded.log})
        with self._db.write() as connection:
            connection.execute(write, {"transfer_id": transfer_id, "log": [dict(one) for one in log]})

    def conversation(self, transfer_id: str) -> list[dict[str, Any]]:
        """What was kept of it; [] when nothing was."""
        with self._db.read() as connection:
            mine = conversations.c.transfer_id == transfer_id
            return list(connection.scalar(select(conversations.c.log).where(mine)) or [])
