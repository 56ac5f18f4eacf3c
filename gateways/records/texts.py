"""Text messages that came in, each read once; and what whoever wrote them may be answering."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, select

from calls.messages.sms_keywords import TextIn
from calls.orders import DurableOrder, EndOffer
from calls.transfer.model import State, Transfer
from gateways.database import rows
from gateways.database.engine import Database
from gateways.database.tables import attempts, offers, opt_outs, texts_in, transfers
from gateways.records.ledger import attempts_of

_LIVE_OFFER = ("queued", "dialling", "ringing", "answered", "briefing")


@dataclass(frozen=True, slots=True)
class Asked:
    """A leg of a person who is being asked to take a call: of a transfer, or the id of an offer."""

    transfer: Transfer | None = None
    step: int = 0
    leg: int = 0
    offer_id: str = ""


class TextRecords:
    """The part of `Records` that knows texts that came in."""

    _db: Database
    _keep: Callable[[Connection, DurableOrder], None]

    def text_reply(self, text_id: str) -> str | None:
        """What a text was answered, "" for nothing; None when it has not been read."""
        with self._db.read() as connection:
            reply: str | None = connection.scalar(select(texts_in.c.reply).where(texts_in.c.id == text_id))
            return reply

    def keep_text(self, text: TextIn, business: str, did: str, reply: str, at: datetime) -> str:
        """Keep a text that was read; of two who read the same one at once the first counts. The answer on record."""
        values = {"id": text.id, "business": business, "from_": text.from_.e164, "to": text.to.e164, "at": at}
        keep = self._db.insert(texts_in).on_conflict_do_nothing()
        with self._db.write() as connection:
            connection.execute(keep, {**values, "body": text.body, "did": did, "reply": reply})
            return str(connection.scalar(select(texts_in.c.reply).where(texts_in.c.id == text.id)))

    def wrote_since(self, text: TextIn, business: str, did: str, since: datetime) -> bool:
        """Whether the same writer has sent this business another text since then, that came to the same."""
        theirs = and_(texts_in.c.business == business, texts_in.c.from_ == text.from_.e164, texts_in.c.did == did)
        with self._db.read() as connection:
            found = exists().where(theirs, texts_in.c.at >= since, texts_in.c.id != text.id)
            return bool(connection.scalar(select(found)))

    def asked_now(self, business: str, person: str) -> list[Asked]:
        """What this person is asked to take at this moment."""
        with self._db.read() as connection:
            legs = connection.execute(_open_legs(business, person)).all()
            found = [
                Asked(rows.to_transfer(row, attempts_of(connection, [row.id]).get(row.id, ())), row.at_step, row.at_leg)
                for row in legs
            ]
            theirs = and_(offers.c.business == business, offers.c.person == person, offers.c.state.in_(_LIVE_OFFER))
            return [*found, *(Asked(offer_id=one) for one in connection.scalars(select(offers.c.id).where(theirs)))]

    def stop_phone(self, offer_id: str) -> None:
        """See that the phone of an offer that was declined stops ringing."""
        with self._db.write() as connection:
            self._keep(connection, EndOffer(offer_id))

    def opt_in(self, number: str, business: str = "") -> None:
        """Text this number (E.164) again."""
        with self._db.write() as connection:
            theirs = and_(opt_outs.c.number == number, opt_outs.c.business == business)
            connection.execute(delete(opt_outs).where(theirs))


def _open_legs(business: str, person: str) -> Any:
    """The legs of this person's that somebody has been told of first, with their transfers."""
    mine = and_(attempts.c.person == person, attempts.c.outcome.is_(None))
    live = and_(transfers.c.business == business, transfers.c.state != State.ENDED)
    asks = transfers.c.mechanism.in_(("whisper", "consult"))
    return (
        select(transfers, attempts.c.step.label("at_step"), attempts.c.leg.label("at_leg"))
        .join(attempts, attempts.c.transfer_id == transfers.c.id)
        .where(mine, live, asks)
    )
