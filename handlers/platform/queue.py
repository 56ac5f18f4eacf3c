"""Callers in line: their document asks between two rounds of music, and is told what to say and whether to go on.

Each question is answered from the records, and each is safe to be asked twice. If none of them ever reaches us, the
document brings the caller on by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import Blueprint, Response, abort, jsonify, request

from agents.documents.queue import ROUND
from agents.documents.queue_prompts import OFFERED_FROM, Standing, announcement
from calls.call import Call
from calls.directory.hours import moment_words
from calls.directory.model import Department, Directory
from calls.events import Queued, Unqueued
from calls.numbers import Number
from calls.outbound.callback_times import earliest
from calls.outbound.quiet_hours import zones_of
from calls.outcomes import Outcome, read_outcome
from calls.phrases.spoken_names import in_a_sentence
from calls.queue.entry import STAYS_IN_LINE, QueueEntry
from calls.queue.estimate import WINDOW, expected_wait
from calls.routing.availability import is_away
from calls.routing.openings import closed_at
from calls.routing.policy import may_dial
from calls.routing.queues import longest_wait, people_of
from calls.transfer.model import State, Transfer
from calls.transfer.queue_membership import entry_of, queue_at
from gateways.database.rows import Json
from handlers.requests import call_of_fetch, call_of_row, json_body
from handlers.services.ended_calls import refuse_ended
from handlers.services.rest_of_chain import rest_of
from handlers.wiring import Wiring
from swml.render import render_answer
from swml.requests import Fetch
from swml.verbs import Document

_ASKS_WITHIN = timedelta(seconds=3)  # of when a round of music is over
_NOT_RUNG = "I am sorry, I cannot have that number rung back."
_TOO_LATE = "Somebody is about to take your call."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a caller waits: the transfer, the step of its chain, and `wait`, the seconds they wait there at most."""

    transfer: Transfer
    call: Call
    directory: Directory
    step: int
    wait: int
    at: datetime

    @property
    def queue(self) -> str:
        """The queue's name in the file."""
        return queue_at(self.transfer, self.step)

    @property
    def department(self) -> Department | None:
        """Whom the caller waits for; None when it is in the file no longer."""
        return self.directory.department(self.transfer.destination)


def routes(wiring: Wiring) -> Blueprint:
    """`/queue`, where the document of a caller in line asks how it stands."""
    pages = Blueprint("queueing", __name__)

    @pages.post("/queue")
    def ask() -> Response:
        wiring.guard.credentials(request)
        _, _, transfer_id, step, wait = wiring.guard.read(request.args.get("t"), "queued")
        asked = json_body(request)
        place = place_of(wiring, str(transfer_id), int(step), int(wait))
        if place is None or not isinstance(asked, Mapping) or asked.get("what") not in _ANSWERS:
            abort(404)
        refuse_ended(wiring, place.transfer)
        return jsonify(render_answer(_ANSWERS[str(asked["what"])](wiring, place, asked)))

    return pages


def place_of(wiring: Wiring, transfer_id: str, step: int, wait: int = 0) -> Place | None:
    """Where the caller of a transfer waits; None when there is no such transfer."""
    transfer = wiring.records.transfer(transfer_id)
    row = wiring.records.call(transfer.call_id) if transfer else None
    if transfer is None or row is None or not queue_at(transfer, step):
        return None
    directory = wiring.directory_of(transfer)
    return Place(transfer, call_of_row(row), directory, step, wait, wiring.clock.now())


def is_waiting(wiring: Wiring, transfer: Transfer, step: int, seconds: int) -> None:
    """The platform says that a caller waits, for so many seconds. Their own document may not have reached us."""
    if transfer.state is State.WAITING and (place := place_of(wiring, transfer.id, step)):
        entry = enter(wiring, place)
        wiring.records.heard_in_line(entry.id, place.at + timedelta(seconds=seconds) + _ASKS_WITHIN)


def enter(wiring: Wiring, place: Place) -> QueueEntry:
    """The caller's entry in the waiting line, made when it is not there yet."""
    entry = entry_of(place.transfer, place.step, place.call, queue=place.queue, since=place.at)
    wait = place.wait or longest_wait(place.queue, place.directory)
    entry = replace(entry, look_at=place.at, until=place.at + timedelta(seconds=wait) + STAYS_IN_LINE)
    kept = wiring.records.enter(entry)
    return wiring.records.come_back(kept.id) or kept if kept.state == "left" else kept


def goes_on(wiring: Wiring, fetched: Fetch, transfer_id: str, step: int) -> Document | None:
    """The document of a caller who came out of the platform's queue by the way that is meant for after a talk, but has
    talked with nobody; None when they have, or nothing is known of them.
    """
    result = str(fetched.vars.get("queue_result", ""))
    transfer = wiring.records.transfer(transfer_id) if result in ("timeout", "failed") else None
    if transfer is None:
        return None
    again = result == "timeout"
    if not again:
        wiring.records.apply(transfer.id, Unqueued(step, Outcome.FAILED), wiring.clock.now())
    call = call_of_fetch(fetched.call, transfer.agent)
    rest = rest_of(wiring, transfer, call, first=step if again else step + 1, again=again)
    return rest if isinstance(rest, Document) else None


# --- what the document asks ---------------------------------------------------------------------------------------


def _round(wiring: Wiring, place: Place, asked: Mapping[str, object]) -> Json:
    """Before each round: `say` what, and `next` is to wait, to go on with the chain, or that a callback is booked."""
    transfer = place.transfer
    if transfer.state in (State.BRIDGED, State.AWAY) or not (transfer.live or transfer.inferred):
        return {"next": "on"}
    entry = enter(wiring, place)
    if entry.kind == "callback" and entry.open:  # booked, and our answer was lost
        return _booked(wiring, place, entry)
    standing = _standing(wiring, place, entry)
    wiring.records.apply(transfer.id, Queued(place.step, standing.position, here=True), place.at)
    if over := _over(place, entry):
        _leave(wiring, place, Outcome.TIMEOUT)
        return over
    wiring.records.heard_in_line(entry.id, place.at)  # of a caller who hangs up in an announcement nobody tells
    told = str(asked.get("told") or "")
    if entry.state == "offered":  # somebody's phone rings: nobody should miss them for an announcement
        return {"next": "wait", "say": "", "told": told}
    waited = (place.at - entry.since).total_seconds()
    expected = waited if standing.wait is None else standing.wait
    ring_back = expected >= OFFERED_FROM and _number(place) is not None
    return {"next": "wait", "say": announcement(standing, told, ring_back=ring_back), "told": standing.told}


def _standing(wiring: Wiring, place: Place, entry: QueueEntry) -> Standing:
    records, business = wiring.records, place.transfer.business
    position = records.position(entry.id, place.at)
    presences = records.presences(business)
    on_duty = [key for key in people_of(entry.queue, place.directory) if not is_away(presences.get(key), place.at)]
    head = records.head_since(business, entry.queue, place.at)
    pickups = records.pickups(business, entry.queue, place.at - WINDOW)
    return Standing(position, expected_wait(position, pickups, len(on_duty), place.at, head_since=head))


def _over(place: Place, entry: QueueEntry) -> Json | None:
    """The answer when the caller has waited long enough here, or in vain; None while they go on waiting."""
    if not entry.open:
        return {"next": "on"}
    if entry.state == "offered":
        return None
    if (place.at - entry.since).total_seconds() + ROUND / 2 >= place.wait:  # another round would be too long
        return {"next": "on"}
    department = place.department
    if department and _closed_since(department, place):
        return {"next": "on", "say": f"I am sorry, {in_a_sentence(department.title)} has closed for now."}
    return None


def _closed_since(department: Department, place: Place) -> bool:
    """Whether a department that was open when the caller was put in line is closed by now."""
    began = place.transfer.started_at
    return not closed_at(department, place.directory, began) and bool(closed_at(department, place.directory, place.at))


def _callback(wiring: Wiring, place: Place, asked: Mapping[str, object]) -> Json:
    """The caller would rather be rung back, and keeps the place."""
    number = _number(place)
    if number is None:
        return {"next": "wait", "say": _NOT_RUNG}
    due = earliest(number, place.department, place.directory, place.at)
    entry = enter(wiring, place)
    booked = entry if entry.kind == "callback" else wiring.records.to_callback(entry.id, number.e164, due, place.at)
    if booked is None or not booked.open:
        return {"next": "wait", "say": _TOO_LATE}
    return _booked(wiring, place, booked)


def _booked(wiring: Wiring, place: Place, entry: QueueEntry) -> Json:
    _leave(wiring, place, Outcome.CALLBACK_BOOKED)
    when = "as soon as it is your turn"
    if entry.number and entry.due_at > place.at:
        there = zones_of(Number(entry.number), place.directory.timezone)[0]
        when = f"from {moment_words(entry.due_at.astimezone(there), place.at)} on, when it is your turn"
    return {"next": "booked", "say": f"We will ring you back {when}. Thank you for calling. Goodbye."}


def _message(wiring: Wiring, place: Place, asked: Mapping[str, object]) -> Json:
    """The caller would rather leave a message."""
    _leave(wiring, place, Outcome.CANCELLED)
    return {}


def _all_over(wiring: Wiring, place: Place, asked: Mapping[str, object]) -> Json:
    """All rounds are over, or the platform's queue is closed to the caller: the chain goes on."""
    outcome = read_outcome(str(asked.get("result")))
    _leave(wiring, place, outcome if outcome is Outcome.FAILED else Outcome.TIMEOUT)
    return {}


def _there(wiring: Wiring, place: Place, asked: Mapping[str, object]) -> Json:
    """Whether we are there to be asked what follows."""
    return {}


_ANSWERS: Mapping[str, Callable[[Wiring, Place, Mapping[str, object]], Json]] = {
    "round": _round,
    "callback": _callback,
    "message": _message,
    "over": _all_over,
    "there": _there,
}


def _leave(wiring: Wiring, place: Place, outcome: Outcome) -> None:
    wiring.records.apply(place.transfer.id, Unqueued(place.step, outcome), place.at)


def _number(place: Place) -> Number | None:
    """The caller's own number, if it is one that may be rung back."""
    caller = place.call.caller
    return caller if isinstance(caller, Number) and may_dial(caller, place.directory) else None
