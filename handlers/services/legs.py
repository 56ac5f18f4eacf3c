"""Carrying out orders about the legs of people: ring somebody, stop their phone, take them to the caller."""

from datetime import timedelta
from http import HTTPStatus

import structlog

from agents.documents import consult
from calls.events import (
    CallerLeft,
    DialBegun,
    DialPlaced,
    DialPutOff,
    DialRefused,
    Event,
    LegEnded,
)
from calls.legs.attempts import Attempt
from calls.orders import (
    Dial,
    EndLeg,
    MovePerson,
)
from calls.outcomes import Outcome
from calls.transfer.legs import find, winner
from calls.transfer.model import State, Transfer
from calls.transfer.watchdog import LegNow
from gateways.errors import Unavailable
from gateways.signalwire.calls import OVER, Carrier, NotReached, OutOfOrder, Refused
from handlers.wiring import Wiring
from swml.render import render

log = structlog.get_logger()

_PUT_OFF = timedelta(seconds=8)  # for which a person is asked for again when the platform is too busy
_FRESH = timedelta(seconds=5)  # since the caller spoke to us


def tell(wiring: Wiring, transfer: Transfer, event: Event) -> Transfer | None:
    """The transfer after something has happened to it, kept."""
    return wiring.records.apply(transfer.id, event, wiring.clock.now())


def carrier_of(wiring: Wiring) -> Carrier:
    """The platform's REST interface. Raises Unavailable without credentials for it."""
    if wiring.carrier is None:
        raise Unavailable("no credentials for the platform's REST interface")
    return wiring.carrier


def leg_now(wiring: Wiring, call_id: str) -> LegNow:
    """What the platform says of a leg: "silence" where it says nothing, or there are no credentials for it."""
    if wiring.carrier is None:
        return "silence"
    try:
        word = wiring.carrier.state(call_id)
    except (Refused, Unavailable) as fault:
        log.warning("leg_not_told", call=call_id, reason=str(fault))
        return "silence"
    if word is None:  # our stand-in knows every call of its own; those of the one before it ended with it
        return "over" if wiring.settings.on_trial else "unknown"
    return "over" if word in OVER else "up"


def has_ended(wiring: Wiring, call_id: str) -> bool:
    """Whether the platform says that a leg is over. If it says nothing, whoever it is is taken to be there."""
    return leg_now(wiring, call_id) == "over"


def dial(wiring: Wiring, transfer: Transfer, order: Dial) -> None:
    """Ring somebody, once."""
    attempt = find(transfer, order.step, order.leg)
    planned = next((p for p in transfer.plan if (p.step, p.leg) == (order.step, order.leg)), None)
    wanted = transfer.state is State.CONSULTING and attempt and attempt.open and attempt.stage == "queued"
    if not (wanted and attempt and planned and transfer.terms):
        return  # somebody else was quicker, or it was asked for already and its outcome will be told or missed
    if wiring.clock.now() - transfer.started_at > _FRESH and has_ended(wiring, transfer.call_id):
        tell(wiring, transfer, CallerLeft())  # when nobody here could be told
        return
    if not _claimed(wiring, transfer, attempt, planned.ring_for):
        tell(wiring, transfer, LegEnded(order.step, order.leg, Outcome.BUSY))
        return
    tell(wiring, transfer, DialBegun(order.step, order.leg))
    links = wiring.links_of(transfer.business)
    at = (transfer, order.step, order.leg)
    try:
        call_id = carrier_of(wiring).dial(
            to=planned.to,
            from_=transfer.terms.caller_id,
            url=links.consult("answer", *at),
            status_url=links.event("call", *at),
            timeout=planned.ring_for,
            variables={"transfer": transfer.id},
        )
    except (NotReached, OutOfOrder) as fault:
        if certainly_not_rung(fault) and wiring.clock.now() - attempt.started_at < _PUT_OFF:
            tell(wiring, transfer, DialPutOff(order.step, order.leg))
            raise
        _dial_refused(wiring, transfer, order, fault)
        return
    except (Refused, Unavailable) as fault:  # without an answer nobody knows whether it rings: never ask again
        _dial_refused(wiring, transfer, order, fault)
        return
    tell(wiring, transfer, DialPlaced(order.step, order.leg, call_id))


def _claimed(wiring: Wiring, transfer: Transfer, attempt: Attempt, ring_for: int) -> bool:
    """Whether the person is this transfer's now: while they ring, and as long as the caller may be held for them."""
    if attempt.person is None or transfer.terms is None:
        return True
    now = wiring.clock.now()
    until = now + timedelta(seconds=ring_for + transfer.terms.hold_limit)
    return bool(wiring.records.claim(transfer.business, [attempt.person], transfer.id, until=until, at=now))


def certainly_not_rung(fault: NotReached | OutOfOrder) -> bool:
    """Whether a dial that failed so can be tried again without ringing anybody twice."""
    return isinstance(fault, NotReached) or fault.status == HTTPStatus.TOO_MANY_REQUESTS


def _dial_refused(wiring: Wiring, transfer: Transfer, order: Dial, fault: Refused | Unavailable) -> None:
    log.error("dial_refused", call=transfer.call_id, transfer=transfer.id, reason=str(fault))
    tell(wiring, transfer, DialRefused(order.step, order.leg, str(fault)))


def end_leg(wiring: Wiring, order: EndLeg) -> None:
    """With words where there are some; a leg that does not answer to them, or is still ringing, is ended at once."""
    carrier = carrier_of(wiring)
    try:
        if order.words:
            carrier.update(order.call_id, render(consult.farewell(order.words)))
            return
    except Refused as refused:
        if refused.gone:
            return
    try:
        carrier.end(order.call_id, "hangup" if order.words else "cancel")
    except Refused as refused:
        if not refused.gone:
            raise Unavailable(f"the leg could not be ended: {refused}") from None


def move_person(wiring: Wiring, transfer: Transfer, order: MovePerson) -> None:
    """Take somebody who has accepted by card from the briefing to the caller."""
    won = winner(transfer)
    if won is None or won.stage == "joined" or transfer.state not in (State.ACCEPTED, State.BRIDGED):
        return
    try:
        document = consult.joining(transfer, won, wiring.links_of(transfer.business), redirected=True)
        carrier_of(wiring).update(order.call_id, render(document))
    except Refused as refused:
        log.error("person_not_moved", call=transfer.call_id, transfer=transfer.id, reason=str(refused))
        tell(wiring, transfer, LegEnded(won.step, won.leg, Outcome.BRIDGED))
