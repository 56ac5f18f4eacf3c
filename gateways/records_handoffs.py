"""What a person who takes a caller over is told from, and the cards on which they answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from gateways.database import Database
from gateways.tables import cards, conversations


class HandoffRecords:
    """The part of `Records` that knows conversations and cards."""

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

    def use_card(self, transfer_id: str, step: int, leg: int, at: datetime) -> bool:
        """Use up the card of one planned leg. False when it was used before."""
        used = {"transfer_id": transfer_id, "step": step, "leg": leg, "at": at}
        keep = self._db.insert(cards).on_conflict_do_nothing().returning(cards.c.leg)
        with self._db.write() as connection:
            return connection.execute(keep, used).first() is not None

    def card_used_at(self, transfer_id: str, step: int, leg: int) -> datetime | None:
        """When the card of one planned leg was used; None while it has not been."""
        mine = (cards.c.transfer_id == transfer_id, cards.c.step == step, cards.c.leg == leg)
        with self._db.read() as connection:
            moment: datetime | None = connection.scalar(select(cards.c.at).where(*mine))
            return moment
