"""Placing the calls that we were asked for. Each is dialled once, whatever becomes of the request, the order or us.

The claim to dial is kept before the platform is asked, so a worker that dies in between leaves a call that nobody
dials again; what the platform then reports of it, or a look at its log, says how it ended.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from calls.orders import PlaceCall
from calls.outbound.calls import STALE, NotPlaced, PlacedCall, given_up, refusal, told
from calls.outbound.quiet_hours import next_allowed
from calls.outcomes import Outcome
from gateways.directory.versions import NoSuchBusiness
from gateways.errors import Unavailable
from gateways.signalwire.calls import OVER, Carrier, NotReached, OutOfOrder, Refused
from handlers.services.legs import certainly_not_rung
from handlers.wiring import Wiring

log = structlog.get_logger()

RINGS_FOR = 45  # seconds
AGAIN = 30.0  # seconds until a platform that was too busy, or not to be reached, is asked again
_QUIET = timedelta(minutes=5)  # nothing that is heard of more often is looked at
_LOOKS = 50  # in one sweep
_SILENT = timedelta(hours=1)  # the log of a call may know nothing of it

_TOO_LATE = "it could not be placed in time"
_NO_ANSWER = "whether it was dialled is not known: {}"
_NOT_HEARD_OF = "nothing was heard of it"


def place(wiring: Wiring, order: PlaceCall) -> None:
    """Place one call, if it is still wanted. Raises Unavailable when it should be tried again a little later."""
    call = wiring.records.placed_call(order.placed_id)
    if call is None or call.state != "waiting":
        return
    now = wiring.clock.now()
    if now - call.due_at > STALE:
        _give_up(wiring, call, Outcome.LOST, _TOO_LATE)
    elif refused := _refused(wiring, call):
        _give_up(wiring, call, Outcome.REFUSED, refused.sentence)
    elif (allowed := _allowed(wiring, call, now)) > now:
        wiring.records.postpone(call.id, allowed, now)
    elif wiring.carrier is None:
        _give_up(wiring, call, Outcome.FAILED, "there are no credentials for SignalWire's REST interface")
    elif wiring.records.begin_dial(call.id, now):
        _dial(wiring, wiring.carrier, call)


def _refused(wiring: Wiring, call: PlacedCall) -> NotPlaced | None:
    """Why it may not be placed any more: the file, or the number's owner, may have changed since it was asked for."""
    try:
        staff = wiring.staff(call.business)
    except NoSuchBusiness as reason:
        return NotPlaced("no_business", str(reason))
    if not staff.has(call.agent):
        return NotPlaced("no_agent", f"no agent {call.agent} answers here any more")
    opted_out = wiring.records.opted_out(call.to.e164, call.business)
    return refusal(call.to, call.line, staff.directory, opted_out=opted_out)


def _allowed(wiring: Wiring, call: PlacedCall, now: datetime) -> datetime:
    return next_allowed(call.to, now, wiring.directories.current(call.business).timezone)


def _dial(wiring: Wiring, carrier: Carrier, call: PlacedCall) -> None:
    links = wiring.links_of(call.business)
    try:
        call_id = carrier.dial(
            to=call.to.e164,
            from_=call.line.e164,
            url=links.placed("answer", call.id),
            status_url=links.placed("state", call.id),
            timeout=RINGS_FOR,
            variables={"placed": call.id},
        )
    except Refused as refused:
        _give_up(wiring, call, Outcome.FAILED, str(refused))
    except (NotReached, OutOfOrder) as fault:
        if certainly_not_rung(fault):
            wiring.records.put_off(call.id, wiring.clock.now(), after=AGAIN)
        else:
            wiring.records.change_placed(call.id, partial(_not_answered, fault=fault))
    except Unavailable as fault:  # it may ring all the same, so it is never dialled again
        wiring.records.change_placed(call.id, partial(_not_answered, fault=fault))
    else:
        wiring.records.change_placed(call.id, partial(_dialled, call_id=call_id))


def _dialled(call: PlacedCall, *, call_id: str) -> PlacedCall:
    return replace(call, call_id=call.call_id or call_id)


def _not_answered(call: PlacedCall, *, fault: Unavailable) -> PlacedCall:
    return replace(call, error=_NO_ANSWER.format(fault)) if call.state == "dialling" else call


def _give_up(wiring: Wiring, call: PlacedCall, outcome: Outcome, error: str) -> None:
    log.error("call_not_placed", placed=call.id, outcome=outcome, reason=error)
    now = wiring.clock.now()
    wiring.records.change_placed(call.id, lambda known: given_up(known, outcome, error, now))


def sweep(wiring: Wiring) -> None:
    """Find out how calls ended of which nothing was heard for a while. Raises Unavailable."""
    now = wiring.clock.now()
    quiet = wiring.records.quiet_placed(heard_before=now - _QUIET, due_before=now - STALE, limit=_LOOKS)
    for call in quiet:
        if call.state == "waiting":
            _give_up(wiring, call, Outcome.LOST, _TOO_LATE)
        elif not call.call_id:
            _give_up(wiring, call, Outcome.LOST, call.error or _NOT_HEARD_OF)
        elif wiring.carrier:
            _look(wiring, wiring.carrier, call, now)


def _look(wiring: Wiring, carrier: Carrier, call: PlacedCall, now: datetime) -> None:
    """Ask the platform's log."""
    try:
        state = carrier.state(call.call_id)
    except Refused as refused:
        log.warning("call_not_asked_after", placed=call.id, reason=str(refused))
        return
    if state in OVER:
        ended = "hangup" if state in ("ending", "ended", "completed") else str(state)
        wiring.records.change_placed(call.id, lambda known: told(known, "ended", now, reason=ended))
    elif state is None and now - call.changed_at > _SILENT:
        _give_up(wiring, call, Outcome.LOST, call.error or _NOT_HEARD_OF)
    elif state is not None:
        wiring.records.change_placed(call.id, lambda known: replace(known, changed_at=now))
