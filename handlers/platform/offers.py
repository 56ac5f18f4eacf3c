"""An offer, as the platform asks for it: the documents of a person's leg, and what is reported of it.

A person who picks up is told what it is about and asked. What they answer counts once: the entry may have been left
meanwhile, and then a fixed sentence says so.
"""

from collections.abc import Callable

import structlog
from flask import Blueprint, Response, abort, jsonify, request

from agents.documents import offer as documents
from calls.outcomes import Outcome, read_outcome
from calls.queue.entry import PersonOffer, QueueEntry, has_reached
from calls.transfer.effects import CALLER_GONE
from gateways.directory.versions import NoSuchBusiness
from gateways.errors import Unavailable
from handlers.auth import Forged
from handlers.requests import json_body
from handlers.services.offers import (
    another_on_the_leg,
    ask_for_another,
    bridged,
    finish,
    has_left,
    line_of,
    not_reached,
    surely_talked,
    was_bridged,
)
from handlers.wiring import Wiring
from swml.render import to_bytes
from swml.requests import parse_fetch
from swml.status import parse_call_state, parse_connect_state
from swml.verbs import Document

log = structlog.get_logger()

_SORRY = "I am sorry, something has gone wrong on our side. Goodbye."

Page = Callable[[Wiring, PersonOffer, QueueEntry], Document]
Report = Callable[[Wiring, PersonOffer, QueueEntry, object], None]


def routes(wiring: Wiring) -> Blueprint:
    """`/offer/<what>`: documents, and reports."""
    pages = Blueprint("offers", __name__)

    @pages.before_request
    def guard() -> None:
        wiring.guard.credentials(request)

    @pages.post("/offer/<any(answer, brief, take, decline, over, unreached):what>")
    def fetch(what: str) -> Response:
        wiring.guard.signature(request)
        leg = parse_fetch(json_body(request)).call.call_id
        try:
            offer, entry = _of_leg(wiring, what, leg)
            document = _DOCUMENTS[what](wiring, offer, entry)
        except (Unavailable, NoSuchBusiness) as fault:  # whoever waits goes on waiting, and is offered to the next
            log.error("offer_not_kept", call=leg, reason=str(fault))
            document = documents.farewell(_SORRY)
        return Response(to_bytes(document), mimetype="application/json")

    @pages.post("/offer/<any(state, machine, bridge, reached):what>")
    def report(what: str) -> Response:
        offer, entry = _of_token(wiring, what)
        _REPORTS[what](wiring, offer, entry, json_body(request))
        return jsonify({})

    return pages


def _of_token(wiring: Wiring, what: str) -> tuple[PersonOffer, QueueEntry]:
    _, offer_id = wiring.guard.read(request.args.get("t"), f"offer_{what}")
    return wiring.records.offer(str(offer_id)) or abort(404)


def _of_leg(wiring: Wiring, what: str, leg: str) -> tuple[PersonOffer, QueueEntry]:
    """The offer of a token, which is good for one leg. Raises Forged."""
    offer, entry = _of_token(wiring, what)
    if offer.call_id not in ("", leg):
        raise Forged
    if what == "answer":
        wiring.records.offer_went_on(offer.id, "answered", wiring.clock.now(), call_id=leg)
        return wiring.records.offer(offer.id) or abort(404)
    return offer, entry


def _is_theirs(offer: PersonOffer, entry: QueueEntry) -> bool:
    return offer.live and entry.state == "offered"


# --- documents ----------------------------------------------------------------------------------------------------


def _answer(wiring: Wiring, offer: PersonOffer, entry: QueueEntry) -> Document:
    if not _is_theirs(offer, entry):
        return _too_late(wiring, offer, entry)
    return documents.answering(offer, wiring.links_of(offer.business))


def _brief(wiring: Wiring, offer: PersonOffer, entry: QueueEntry) -> Document:
    if not _is_theirs(offer, entry):
        return _another(wiring, offer) or _too_late(wiring, offer, entry)
    wiring.records.offer_went_on(offer.id, "briefing", wiring.clock.now())
    return briefing(wiring, offer, entry)


def briefing(wiring: Wiring, offer: PersonOffer, entry: QueueEntry, before: str = "") -> Document:
    """What the person is told and asked; `before` is said first."""
    directory = wiring.directories.current(offer.business)
    transfer = wiring.records.transfer(entry.transfer_id) if entry.transfer_id else None
    words = documents.words_for(entry, transfer, directory, offer.person)
    return documents.briefing(f"{before} {words}".strip(), offer, wiring.links(directory), directory)


def _take(wiring: Wiring, offer: PersonOffer, entry: QueueEntry) -> Document:
    if has_left(wiring, entry) or not wiring.records.accept_offer(offer.id, wiring.clock.now()):
        return _another(wiring, offer) or _too_late(wiring, *_of_token(wiring, "take"))
    directory = wiring.directories.current(offer.business)
    links = wiring.links(directory)
    if entry.kind == "caller":
        return documents.to_the_caller(offer, entry, links)
    return documents.to_their_phone(offer, entry, links, line=line_of(entry, directory))


def _decline(wiring: Wiring, offer: PersonOffer, entry: QueueEntry) -> Document:
    finish(wiring, offer, entry, Outcome.DECLINED)
    return documents.farewell(documents.THANKS)


def _over(wiring: Wiring, offer: PersonOffer, entry: QueueEntry) -> Document:
    """The talk is over, and the person is still there."""
    if has_reached(offer, "accepted") and offer.live:
        bridged(wiring, offer, entry)
        finish(wiring, *_of_token(wiring, "over"), Outcome.BRIDGED)
    return documents.OVER


def _unreached(wiring: Wiring, offer: PersonOffer, entry: QueueEntry) -> Document:
    if not offer.live:
        return documents.farewell(documents.THANKS)
    return documents.farewell(f"{not_reached(wiring, offer, entry, Outcome.NO_ANSWER)} {documents.THANKS}")


def _another(wiring: Wiring, offer: PersonOffer) -> Document | None:
    """The briefing about the next caller, for a person whose own has left; None when nobody waits."""
    found = another_on_the_leg(wiring, offer) if offer.live else None
    return briefing(wiring, *found, before=documents.LEFT_MEANWHILE) if found else None


def _too_late(wiring: Wiring, offer: PersonOffer, entry: QueueEntry) -> Document:
    if offer.live and not offer.bridged_at:  # else it is a question of earlier that comes again
        finish(wiring, offer, entry, Outcome.CANCELLED)
    left = entry.state == "left"
    return documents.farewell(CALLER_GONE if left else documents.NOT_NEEDED)


# --- reports ------------------------------------------------------------------------------------------------------


def _state(wiring: Wiring, offer: PersonOffer, entry: QueueEntry, body: object) -> None:
    """The person's leg."""
    state = parse_call_state(body)
    if state.call_state in ("created", "ringing"):
        wiring.records.offer_went_on(offer.id, "ringing", wiring.clock.now(), call_id=state.call_id)
    elif state.call_state == "ended" and offer.live:
        talked = was_bridged(entry) or surely_talked(wiring, offer, entry)
        if has_reached(offer, "accepted") and talked:
            bridged(wiring, offer, entry)
        outcome = read_outcome(state.end_reason)
        hung_up = outcome is Outcome.BRIDGED and not (offer.bridged_at or talked)
        offer, entry = wiring.records.offer(offer.id) or (offer, entry)
        finish(wiring, offer, entry, Outcome.DECLINED if hung_up else outcome, leg_over=True)
    elif state.call_state == "ended" and wiring.records.leg_over(offer.id, wiring.clock.now()):
        ask_for_another(wiring, offer)


def _machine(wiring: Wiring, offer: PersonOffer, entry: QueueEntry, body: object) -> None:
    finish(wiring, offer, entry, Outcome.MACHINE)


def _bridge(wiring: Wiring, offer: PersonOffer, entry: QueueEntry, body: object) -> None:
    if parse_connect_state(body).connect_state == "connected":
        bridged(wiring, offer, entry)


def _reached(wiring: Wiring, offer: PersonOffer, entry: QueueEntry, body: object) -> None:
    """The leg of somebody who is rung back: nobody asks them anything, so answered is connected."""
    if parse_call_state(body).call_state == "answered":
        bridged(wiring, offer, entry)


_DOCUMENTS: dict[str, Page] = {
    "answer": _answer,
    "brief": _brief,
    "take": _take,
    "decline": _decline,
    "over": _over,
    "unreached": _unreached,
}
_REPORTS: dict[str, Report] = {"state": _state, "machine": _machine, "bridge": _bridge, "reached": _reached}
