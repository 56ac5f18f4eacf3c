"""Carrying out the orders of the waiting line: who takes whom next, and ringing them for it.

A person is rung once for an offer: that their phone is about to ring is kept before the platform is asked. Whatever
is lost after that (an answer, a report, this process), the offer's deadline ends it, and the next is asked.
"""

from datetime import timedelta

import structlog

from agents.documents import offer as documents
from calls.directory.model import Directory, Person
from calls.events import CallerLeft, Offered
from calls.numbers import Number
from calls.orders import EndOffer, LookForCaller, Match, Offer
from calls.outbound.callback_times import earliest, message_of, tried_in_vain
from calls.outcomes import Outcome
from calls.queue.entry import RING_FOR, STAYS, PersonOffer, QueueEntry, Via, has_reached
from calls.transfer.model import State
from gateways import call_log
from gateways.directory.versions import NoSuchBusiness
from gateways.errors import Unavailable
from gateways.signalwire.calls import NotReached, OutOfOrder, Refused
from handlers.services.legs import carrier_of, certainly_not_rung, has_ended
from handlers.services.line_watch import leaves
from handlers.wiring import Wiring
from swml.render import render

log = structlog.get_logger()

_MOST_OFFERS = 20  # of one callback, until it is a message
_FRESH = timedelta(seconds=5)  # since the caller spoke to us
_GHOSTS = 10  # callers who have hung up, passed over for one person


def match(wiring: Wiring, order: Match) -> None:
    """Give whoever waits to whoever is free. Raises Unavailable when it should be tried again a little later."""
    try:
        directory = wiring.directories.current(order.business)
    except NoSuchBusiness:
        log.error("nobody_matched", business=order.business, reason="its file is gone")
        return
    # Where much happens at once there are as many orders, and all of them would wait for each other in the database.
    wiring.matching.do(order.business, lambda: _match(wiring, directory))


def _match(wiring: Wiring, directory: Directory) -> None:
    now = wiring.clock.now()
    for offer, entry in wiring.records.overdue(now, directory.business):
        _overdue(wiring, offer, entry)
    for entry in wiring.records.callbacks_due(directory.business, now):
        _put_off_the_night(wiring, directory, entry)
    if wiring.carrier is None:  # then people take the next caller by ringing in
        return
    for offer in wiring.records.match(directory.business, directory, now):
        log.info("offered", offer=offer.id, entry=offer.entry_id, person=offer.person)


def sweep(wiring: Wiring) -> None:
    """Look for matches everywhere, for an order may be lost, and a business go wrong. Raises Unavailable."""
    for directory in wiring.directories.all():
        try:
            match(wiring, Match(directory.business))
        except Unavailable:
            raise
        except Exception:  # nobody of another business waits for it
            log.exception("match_failed", business=directory.business)


def _put_off_the_night(wiring: Wiring, directory: Directory, entry: QueueEntry) -> None:
    now, department = wiring.clock.now(), directory.departments.get(entry.department)
    allowed = earliest(Number(entry.number), department, directory, now) if entry.number else now
    if allowed > now:
        wiring.records.postpone_entry(entry, allowed, now)


# --- ringing a person ---------------------------------------------------------------------------------------------


def ring(wiring: Wiring, order: Offer) -> None:
    """Ring the person of one offer, once. Raises Unavailable when it should be tried again a little later."""
    found = wiring.records.offer(order.offer_id)
    if found is None or found[0].state != "queued":
        return  # given up meanwhile, or asked for already: what comes of it will be told or missed
    offer, entry = found
    fresh = wiring.clock.now() - entry.since < _FRESH
    if entry.state != "offered" or (not fresh and has_left(wiring, entry)):
        finish(wiring, offer, entry, Outcome.CANCELLED)
        ask_for_another(wiring, offer)
        return
    tell(wiring, entry, offer)
    if dialled := wiring.records.offer_went_on(offer.id, "dialling", wiring.clock.now(), only_from="queued"):
        _of_callback(entry, "asking", offer)
        _dial(wiring, dialled, entry)


def _dial(wiring: Wiring, offer: PersonOffer, entry: QueueEntry) -> None:
    directory = wiring.directories.current(offer.business)
    links = wiring.links(directory)
    try:
        call_id = carrier_of(wiring).dial(
            to=offer.to,
            from_=line_of(entry, directory),
            url=links.offer("answer", offer.id),
            status_url=links.offer("state", offer.id),
            timeout=RING_FOR,
            variables={"offer": offer.id, "transfer": entry.transfer_id if entry.kind == "caller" else ""},
        )
    except (NotReached, OutOfOrder) as fault:
        not_rung = certainly_not_rung(fault)
        if not_rung and wiring.clock.now() - offer.started_at < STAYS["queued"]:
            wiring.records.put_off_offer(offer.id)
            raise
        _not_dialled(wiring, offer, entry, fault, rung=not not_rung)
    except Unavailable as fault:  # without an answer nobody knows whether it rings: never ask again
        _not_dialled(wiring, offer, entry, fault, rung=True)
    except Refused as fault:
        _not_dialled(wiring, offer, entry, fault, rung=False)
    else:
        late = wiring.records.leg_of_offer(offer.id, call_id)
        if late and not late.live:
            _stop(wiring, late, "")


def _not_dialled(
    wiring: Wiring, offer: PersonOffer, entry: QueueEntry, fault: Refused | Unavailable, *, rung: bool
) -> None:
    """`rung`: it may be that the phone rings all the same."""
    log.error("offer_not_dialled", call=entry.call_id, offer=offer.id, person=offer.person, reason=str(fault))
    finish(wiring, offer, entry, Outcome.FAILED, leg_over=not rung)


def line_of(entry: QueueEntry, directory: Directory) -> str:
    """The number that is shown: the line the caller rang, as long as it is one of ours."""
    listed = entry.line in directory.lines or not directory.lines
    return entry.line if listed and entry.line else next(iter(directory.lines), "")


def look_for_caller(wiring: Wiring, order: LookForCaller) -> None:
    """While a phone rings: nobody tells of a caller who hangs up while they are told their place in line. Nor of a
    person who has rung us, and hangs up while they are told what it is about.
    """
    found = wiring.records.offer(order.offer_id)
    if found is None or not found[0].live or has_reached(found[0], "accepted") or wiring.carrier is None:
        return
    offer, entry = found
    has_rung_us = offer.via == "dial_in"
    if has_rung_us and has_ended(wiring, offer.call_id):
        finish(wiring, offer, entry, Outcome.DECLINED, leg_over=True)
    elif (has_rung_us or entry.kind == "caller") and not has_left(wiring, entry):
        wiring.records.look_again(order.offer_id)


def has_left(wiring: Wiring, entry: QueueEntry) -> bool:
    """Whether a caller in line has hung up, as the platform says; that is kept, and stops the phones."""
    if entry.kind != "caller" or wiring.carrier is None or not has_ended(wiring, entry.call_id):
        return False
    leaves(wiring, entry, CallerLeft(), wiring.clock.now())
    return True


def take_next(
    wiring: Wiring, directory: Directory, person: Person, queue: str, *, via: Via, call_id: str = ""
) -> tuple[PersonOffer, QueueEntry] | None:
    """Offer the first caller of a queue who is still there to a person who asks for one; None when nobody waits."""
    for _ in range(_GHOSTS):
        now = wiring.clock.now()
        offer = wiring.records.take_next(directory.business, queue, person, now, via=via, call_id=call_id)
        found = wiring.records.offer(offer.id) if offer else None
        if found is None or now - found[1].since < _FRESH or not has_left(wiring, found[1]):
            return found
        finish(wiring, *found, Outcome.CANCELLED, leg_over=True)  # or the person could not be given the next one
    return None


def ask_for_another(wiring: Wiring, offer: PersonOffer) -> None:
    """Ring a person who asked at the desk for the next caller, and whose caller has left, for the one after.

    A person who has not asked is matched anew as soon as their phone is free.
    """
    entry, person, directory = _left_alone(wiring, offer)
    if offer.via == "desk" and entry and person:
        take_next(wiring, directory, person, entry.queue, via="desk")


def another_on_the_leg(wiring: Wiring, offer: PersonOffer) -> tuple[PersonOffer, QueueEntry] | None:
    """The next caller, for a person on the phone whose own has left before they were taken; None when nobody waits."""
    entry, person, directory = _left_alone(wiring, offer)
    if not (entry and person and offer.call_id and not offer.bridged_at):
        return None
    finish(wiring, offer, entry, Outcome.CANCELLED, leg_over=True)  # the leg goes on
    found = take_next(wiring, directory, person, entry.queue, via="dial_in", call_id=offer.call_id)
    if found:
        tell(wiring, found[1], found[0])
    return found


def _left_alone(wiring: Wiring, offer: PersonOffer) -> tuple[QueueEntry | None, Person | None, Directory]:
    """The caller of an offer, if they have left before they were taken; and the person, if they are in the file yet."""
    found, directory = wiring.records.offer(offer.id), wiring.directories.current(offer.business)
    entry = found[1] if found and (found[1].kind, found[1].state) == ("caller", "left") else None
    return entry, directory.people.get(offer.person), directory


# --- the end of an offer ------------------------------------------------------------------------------------------


def end(wiring: Wiring, order: EndOffer) -> None:
    """Stop the phone of one offer. Raises Unavailable when it should be tried again a little later."""
    found = wiring.records.offer(order.offer_id)
    if found is None:
        return
    offer, entry = found
    if offer.state == "bridged":
        _talk_over(wiring, offer, entry)
        return
    if offer.call_id and (offer.live or not offer.answered_at):  # else their own document says what there is to say
        _stop(wiring, offer, order.words if has_reached(offer, "answered") and offer.live else "")
    if offer.live:
        finish(wiring, offer, entry, Outcome.CANCELLED)


def _talk_over(wiring: Wiring, offer: PersonOffer, entry: QueueEntry) -> None:
    """The caller has no person any more; the person's own document brings their leg to its end."""
    transfer = wiring.records.transfer(entry.transfer_id)
    if transfer and transfer.state is not State.BRIDGED:
        finish(wiring, offer, entry, Outcome.BRIDGED)


def _stop(wiring: Wiring, offer: PersonOffer, words: str) -> None:
    """End the leg of an offer: with words, if it takes them, else at once."""
    carrier = carrier_of(wiring)
    try:
        if words:
            carrier.update(offer.call_id, render(documents.farewell(words)))
            return
    except Refused as refused:
        if refused.gone:
            return
    try:
        carrier.end(offer.call_id, "hangup" if words else "cancel")
    except Refused as refused:
        if not refused.gone:
            raise Unavailable(f"the leg could not be ended: {refused}") from None


def _is_stopped(wiring: Wiring, offer: PersonOffer) -> bool:
    """End the leg of an offer that is void, if there is one. Whoever waits is offered to the next all the same."""
    try:
        if offer.call_id and wiring.carrier:
            _stop(wiring, offer, "")
    except Unavailable as fault:
        log.error("leg_not_ended", offer=offer.id, reason=str(fault))
        return False
    return True


def finish(wiring: Wiring, offer: PersonOffer, entry: QueueEntry, outcome: Outcome, *, leg_over: bool = False) -> None:
    """An offer is over; whoever still waits is offered to the next. Told twice changes nothing.

    Unless it is known that the person's leg is over as well, nobody rings them until it is.
    """
    now, directory = wiring.clock.now(), wiring.directories.current(offer.business)
    if not offer.bridged_at:
        tell(wiring, entry, offer, outcome)
    if entry.kind == "callback" and offer.state == "accepted":  # their phone has rung
        not_reached(wiring, offer, entry, outcome)
        if leg_over:
            wiring.records.leg_over(offer.id, now)
        return
    if entry.kind == "callback" and offer.leg >= _MOST_OFFERS and not offer.bridged_at:
        _give_up(wiring, entry, "Nobody was free to ring back.", outcome)
    department = directory.departments.get(entry.department)
    wrap_up, leaving = department.wrap_up if department else 0.0, offer.state != "queued" and not leg_over
    if wiring.records.end_offer(offer.id, outcome, now, wrap_up=wrap_up, leaving=leaving) and not offer.bridged_at:
        _of_callback(entry, outcome, offer)
    if leg_over:
        wiring.records.leg_over(offer.id, now)


def not_reached(wiring: Wiring, offer: PersonOffer, entry: QueueEntry, outcome: Outcome) -> str:
    """A caller who is rung back does not answer: what happens next, in words for the person."""
    now, directory = wiring.clock.now(), wiring.directories.current(offer.business)
    if not entry.open:  # they have cancelled it meanwhile
        wiring.records.end_offer(offer.id, outcome, now, leaving=True)
        return "They did not answer, and are not rung again."
    call_log.callback(entry, "caller_not_reached", offer.person)
    again = tried_in_vain(entry, directory, now)
    if again is None:
        _give_up(wiring, entry, f"Rung back {entry.tries + 1} times, and not reached: {outcome}.", outcome)
        wiring.records.end_offer(offer.id, outcome, now, leaving=True)
        return "They did not answer, and were rung as often as they are to be. There is a message about it."
    wiring.records.not_reached(offer.id, outcome, now, again)
    return "They did not answer. They are rung again later."


def _give_up(wiring: Wiring, entry: QueueEntry, why: str, outcome: Outcome) -> None:
    """A callback that came to nothing becomes a message, so that somebody sees to it."""
    now = wiring.clock.now()
    wiring.records.keep_message(message_of(entry, now, why))
    wiring.records.leave(entry.id, "failed", outcome, now)


def tell(wiring: Wiring, entry: QueueEntry, offer: PersonOffer, outcome: Outcome | None = None) -> None:
    """The caller's own ledger: who is asked to take them, and what came of it."""
    if entry.kind == "caller" and entry.transfer_id:
        asked = Offered(entry.step, offer.leg, offer.to, offer.person, outcome)
        wiring.records.apply(entry.transfer_id, asked, wiring.clock.now())


def _of_callback(entry: QueueEntry, state: str, offer: PersonOffer) -> None:
    """Of a caller on the line the journal of their transfer tells; of a callback, this line of the log."""
    if entry.kind == "callback":
        call_log.callback(entry, state, offer.person)


def bridged(wiring: Wiring, offer: PersonOffer, entry: QueueEntry) -> None:
    """Caller and person hear each other."""
    if wiring.records.offer_bridged(offer.id, wiring.clock.now()):
        _of_callback(entry, "bridged", offer)
    tell(wiring, entry, offer, Outcome.BRIDGED)


def was_bridged(entry: QueueEntry) -> bool:
    """Whether an entry is known to have come to a talk, by whatever was told of the caller's side."""
    return entry.state == "done" and entry.outcome == Outcome.BRIDGED


def surely_talked(wiring: Wiring, offer: PersonOffer, entry: QueueEntry) -> bool:
    """Whether a person who rang somebody back had them on the phone, though nobody told: they stayed on the line for
    longer than a phone rings.
    """
    if entry.kind != "callback" or offer.state != "accepted":
        return False
    accepted_at = offer.deadline - STAYS["accepted"]
    return wiring.clock.now() - accepted_at > timedelta(seconds=documents.RINGS_FOR) + _FRESH


# --- nothing was heard of it --------------------------------------------------------------------------------------


def _overdue(wiring: Wiring, offer: PersonOffer, entry: QueueEntry) -> None:
    """An offer of which nothing more was told in its time."""
    now = wiring.clock.now()
    if not has_reached(offer, "accepted"):
        log.warning("offer_void", offer=offer.id, state=offer.state)
        outcome = Outcome.CANCELLED if offer.state == "queued" else Outcome.LOST
        finish(wiring, offer, entry, outcome, leg_over=_is_stopped(wiring, offer))
    elif has_ended(wiring, offer.call_id) or (wiring.carrier is None and offer.state == "accepted"):
        if was_bridged(entry):
            bridged(wiring, offer, entry)
        finish(wiring, offer, entry, Outcome.LOST, leg_over=True)
    else:  # the leg is up: they talk
        bridged(wiring, offer, entry)
        wiring.records.still_talking(offer.id, now)
