"""Before a document rings somebody, it asks whether they are free. They are claimed with the answer, or left alone."""

from datetime import timedelta

from flask import Blueprint, Response, jsonify, request

from calls.events import ConnectFailed
from calls.outcomes import Outcome
from calls.routing.availability import is_away
from calls.transfer.machine import Transfer
from gateways.records.people import Claims
from handlers.services.ended_calls import refuse_ended
from handlers.wiring import Wiring


def routes(wiring: Wiring) -> Blueprint:
    """`/people/claim`, which a document asks before it rings people."""
    pages = Blueprint("people", __name__)

    @pages.before_request
    def guard() -> None:
        wiring.guard.credentials(request)

    @pages.post("/people/claim")
    def claim() -> Response:
        _, _, transfer_id, step, *legs, seconds = wiring.guard.read(request.args.get("t"), "claim")
        transfer = wiring.records.transfer(str(transfer_id))
        refuse_ended(wiring, transfer)
        first, last = (int(leg) for leg in legs)
        # Whoever cannot be known to be taken is rung: the caller is waiting.
        got = transfer is None or _claim(wiring, transfer, int(step), range(first, last + 1), float(seconds))
        return jsonify({"ring": got})

    return pages


def _claim(wiring: Wiring, transfer: Transfer, step: int, legs: range, seconds: float) -> bool:
    """Whether all the people of these legs are this transfer's now. One who is on another call is on record as busy."""
    now = wiring.clock.now()
    people = tuple(leg.person for leg in transfer.plan if leg.step == step and leg.leg in legs and leg.person)
    if not people or wiring.records.claim_next(transfer, Claims(people, now + timedelta(seconds=seconds)), now):
        return True
    if len(legs) == 1 and not is_away(wiring.records.presences(transfer.business).get(people[0]), now):
        wiring.records.apply(transfer.id, ConnectFailed(step, Outcome.BUSY, tuple(legs)), now)
    return False
