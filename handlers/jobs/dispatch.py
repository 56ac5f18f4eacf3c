"""Carrying out durable orders: each order is one request to the world, and what came of it is one event.

An order may be carried out twice: the process may die after the request and before its event is kept. So each looks
first whether it is still wanted, and nobody is asked to ring anybody again of whom we cannot be sure that they do not.
"""

from typing import assert_never

import structlog

from agents.documents import consult
from calls.briefing.briefing import template_summary
from calls.call import Call
from calls.events import (
    CallerMoved,
    CallerNotMoved,
    CallerResumed,
    LegEnded,
    SummaryReady,
    TimeUp,
)
from calls.numbers import Number, SipUri
from calls.orders import (
    Announce,
    Dial,
    DurableOrder,
    EndLeg,
    EndOffer,
    LookForCaller,
    Match,
    MoveCaller,
    MovePerson,
    NoteMissed,
    Notify,
    Offer,
    PlaceCall,
    Remind,
    ResumeCaller,
    RunSteps,
    Summarise,
    TransferOrder,
)
from calls.outcomes import Outcome
from calls.routing.policy import Refusal
from calls.transfer.legs import find, has_reached, winner
from calls.transfer.missed_calls import is_missed, message_of
from calls.transfer.model import State, Transfer
from gateways.errors import Unavailable
from gateways.signalwire.calls import Refused
from handlers.jobs import notifications, outbound
from handlers.jobs.phase_events import announce
from handlers.requests import call_of_row
from handlers.services import offers
from handlers.services.legs import carrier_of, dial, end_leg, has_ended, move_person, tell
from handlers.services.rest_of_chain import rest_of
from handlers.wiring import Wiring
from swml.render import render, render_message
from swml.verbs import Document

log = structlog.get_logger()

_QUIET = "The caller is about to be put through to somebody. Say nothing at all."


def carry_out(wiring: Wiring, order: DurableOrder) -> None:
    """Carry out one order. Raises Unavailable when it should be tried again a little later."""
    match order:
        case Announce():
            announce(wiring, order)
        case Match():
            offers.match(wiring, order)
        case Offer():
            offers.ring(wiring, order)
        case LookForCaller():
            offers.look_for_caller(wiring, order)
        case EndOffer():
            offers.end(wiring, order)
        case PlaceCall():
            outbound.place(wiring, order)
        case Notify():
            notifications.notify(wiring, order)
        case _:
            _of_transfer(wiring, order)


def _of_transfer(wiring: Wiring, order: TransferOrder) -> None:
    transfer = wiring.records.transfer(order.transfer_id)
    if transfer is None:
        log.error("order_without_transfer", order=type(order).__name__, transfer=order.transfer_id)
        return
    match order:
        case Dial():
            dial(wiring, transfer, order)
        case EndLeg():
            end_leg(wiring, order)
        case MoveCaller():
            _move_caller(wiring, transfer)
        case MovePerson():
            move_person(wiring, transfer, order)
        case ResumeCaller():
            _resume(wiring, transfer, order)
        case RunSteps():
            _run_steps(wiring, transfer, order)
        case Summarise():
            _summarise(wiring, transfer)
        case NoteMissed():
            _note_missed(wiring, transfer)
        case Remind():
            _remind(wiring, transfer, order)
        case _:
            assert_never(order)


# --- the caller ---------------------------------------------------------------------------------------------------


def _move_caller(wiring: Wiring, transfer: Transfer) -> None:
    won = winner(transfer)
    if won is None or transfer.state is not State.ACCEPTED:
        return
    document = consult.moving(transfer, won, wiring.links_of(transfer.business))
    try:
        _redirect(wiring, transfer.call_id, document)
    except Refused as refused:
        tell(wiring, transfer, CallerNotMoved(str(refused), gone=refused.gone))
        return
    tell(wiring, transfer, CallerMoved())


def _remind(wiring: Wiring, transfer: Transfer, order: Remind) -> None:
    """The time for something is over. A caller who was moved is looked for: they may have hung up on the way, with no
    agent and no conference to tell of it, and the person would wait alone.
    """
    if order.of == "move" and transfer.state is State.BRIDGED and has_ended(wiring, transfer.call_id):
        tell(wiring, transfer, CallerNotMoved("the caller hung up on the way", gone=True))
        return
    attempt = find(transfer, order.step, order.leg) if order.of == "attempt" else None
    if attempt and attempt.open and has_reached(attempt, "answered") and has_ended(wiring, attempt.call_id):
        tell(wiring, transfer, LegEnded(order.step, order.leg, Outcome.BRIDGED))
        return
    tell(wiring, transfer, TimeUp(order.of, order.step, order.leg))


def _redirect(wiring: Wiring, call_id: str, document: Document) -> None:
    """Put the caller on another document. Raises Refused.

    Whether the platform redirects a call that an agent holds is not documented. If it does not, the hold is ended
    first, and that takes a moment. Raises Unavailable then.
    """
    carrier = carrier_of(wiring)
    try:
        carrier.update(call_id, render(document))
    except Refused as refused:
        if refused.gone:
            raise
        carrier.message(call_id, render_message(_QUIET))
        carrier.unhold(call_id)
        raise Unavailable(f"the hold is ended first: {refused}") from None


def _resume(wiring: Wiring, transfer: Transfer, order: ResumeCaller) -> None:
    """The agent takes the caller back, knowing why. If that agent is gone, a new one does."""
    carrier = carrier_of(wiring)
    if order.anew:
        if transfer.returned_at is None:  # else the caller's own document was quicker
            _back(wiring, transfer)
        return
    if not order.words and wiring.records.live_transfer(transfer.call_id):  # on hold again, and rightly so
        return
    try:
        if order.words:
            carrier.message(transfer.call_id, render_message(order.words))
        if not (transfer.terms and transfer.terms.talk):
            carrier.unhold(transfer.call_id)
    except Refused as refused:
        if order.words and not refused.gone:
            _back(wiring, transfer)
        return
    tell(wiring, transfer, CallerResumed())


def _back(wiring: Wiring, transfer: Transfer) -> None:
    links = wiring.links_of(transfer.business)
    try:
        carrier_of(wiring).update(transfer.call_id, render(consult.back_to_the_agent(transfer, links)))
    except Refused as refused:
        if not refused.gone:  # the platform's own limit on the hold brings the caller back
            log.error("caller_not_resumed", call=transfer.call_id, transfer=transfer.id, reason=str(refused))


def _run_steps(wiring: Wiring, transfer: Transfer, order: RunSteps) -> None:
    """The rest of the chain as it was when the transfer began, on the caller's leg."""
    if transfer.state is not State.TRYING or any(attempt.step >= order.step for attempt in transfer.attempts):
        return  # it runs already
    call = _call(wiring, transfer)
    if call is None:
        tell(wiring, transfer, CallerNotMoved("the call is not on record"))
        return
    rest = rest_of(wiring, transfer, call, first=order.step)
    if isinstance(rest, Refusal):  # the file has changed meanwhile
        tell(wiring, transfer, CallerNotMoved(rest.sentence))
        return
    try:
        _redirect(wiring, transfer.call_id, rest)
    except Refused as refused:
        tell(wiring, transfer, CallerNotMoved(str(refused), gone=refused.gone))


def _note_missed(wiring: Wiring, transfer: Transfer) -> None:
    """A caller who has gone without anybody having taken care of them is somebody to be rung back."""
    if not is_missed(transfer):  # a late report has shown that they are with somebody
        return
    directory = wiring.directory_of(transfer)
    department = directory.department(transfer.destination) or directory.department(directory.terms.department)
    wiring.records.keep_missed(message_of(transfer, department))


def caller_of(wiring: Wiring, transfer: Transfer) -> Number | SipUri | None:
    """Who is calling; None when that is withheld or not on record."""
    call = _call(wiring, transfer)
    return call.caller if call else None


def _call(wiring: Wiring, transfer: Transfer) -> Call | None:
    row = wiring.records.call(transfer.call_id)
    return call_of_row(row) if row else None


# --- the summary --------------------------------------------------------------------------------------------------


def _summarise(wiring: Wiring, transfer: Transfer) -> None:
    """From the conversation, in the time a phone rings; else what the agent said stays; else from the facts."""
    if not transfer.live:
        return
    conversation = wiring.records.conversation(transfer.id)
    if wiring.summarizer and conversation:
        try:
            tell(wiring, transfer, SummaryReady(wiring.summarizer.summarise(conversation), "log"))
            return
        except Unavailable as fault:
            log.warning("summary_not_made", call=transfer.call_id, transfer=transfer.id, reason=str(fault))
    if not transfer.summary:
        directory = wiring.directory_of(transfer)
        tell(wiring, transfer, SummaryReady(template_summary(transfer, directory), "facts"))
