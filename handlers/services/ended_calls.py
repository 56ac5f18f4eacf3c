"""A call's tokens end with the call.

A record may say too early that a call is over: an agent's hook comes when its own part ends, and the watchdog guesses.
So the platform is asked before a token is refused, and a call that it says is up goes on. It is asked only where the
record says that the call is over, which costs a live call nothing.

Reports of a transfer (`/events/...`) may come late, within the 24 hours of every token: a text is delivered and a
recording finished after the call. They ring nobody: the table of an ended transfer takes what sharpens its record, and
reopens it only where its end was a guess. The same holds for the documents of a person's leg (`/consult/...`,
`/offer/...`): a transfer or an offer that is over has only a farewell for them.
"""

from datetime import UTC, datetime, timedelta

import structlog

from calls.outbound.calls import PlacedCall
from calls.outcomes import Outcome
from calls.transfer.machine import Transfer
from gateways.errors import Unavailable
from handlers.auth import Forged
from handlers.services.legs import leg_now
from handlers.wiring import Wiring

log = structlog.get_logger()

_GRACE = timedelta(minutes=10)  # for a document that was on its way, and for one that is asked for twice


def refuse_after(wiring: Wiring, call_id: str, made_at: datetime, grace: timedelta) -> None:
    """Refuse a token that was made before its call ended, once `grace` has passed since. Raises Forged.

    An agent that has the call after an earlier one's hang-up was told has a younger token.
    """
    try:
        row = wiring.records.call(call_id)
    except Unavailable as fault:  # what needs the records is refused by them; the rest serves the caller
        log.warning("call_not_looked_up", call=call_id, reason=str(fault))
        return
    hung_up = row["hung_up_at"] if row else None
    if hung_up and made_at.astimezone(UTC) <= hung_up and wiring.clock.now() - hung_up > grace:
        _refuse_unless_up(wiring, call_id, sure=True)


def refuse_ended(wiring: Wiring, transfer: Transfer | None) -> None:
    """Refuse what would start something new for a caller whose transfer has long ended. Raises Forged.

    A transfer that ended otherwise than by the caller's leaving has a caller who may be anywhere: there only the
    platform's word that the call is over counts.
    """
    if transfer and transfer.ended_at and wiring.clock.now() - transfer.ended_at > _GRACE:
        _refuse_unless_up(wiring, transfer.call_id, sure=transfer.outcome is Outcome.CALLER_LEFT)


def refuse_placed(wiring: Wiring, placed: PlacedCall, call_id: str) -> None:
    """Refuse the document of a call we placed that has long ended. One we lost sight of may be answered yet.

    Raises Forged.
    """
    if placed.ended_at and wiring.clock.now() - placed.ended_at > _GRACE:
        _refuse_unless_up(wiring, call_id, sure=placed.outcome is not Outcome.LOST)


def _refuse_unless_up(wiring: Wiring, call_id: str, *, sure: bool) -> None:
    """Refuse when the platform says the call is over, and when it says nothing where the record is `sure`."""
    word = leg_now(wiring, call_id)
    if word == "over" or (sure and word != "up"):
        log.warning("token_of_a_call_that_is_over", call=call_id)
        raise Forged
    log.warning("call_goes_on_after_its_end", call=call_id, platform=word)
