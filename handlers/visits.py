"""A call's tokens end with the call."""

from datetime import UTC, datetime, timedelta

import structlog

from gateways.errors import Unavailable
from handlers.guard import Forged
from handlers.wiring import Wiring

log = structlog.get_logger()


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
        log.warning("token_of_a_call_that_is_over", call=call_id)
        raise Forged
