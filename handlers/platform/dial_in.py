"""A line where people ring in to take the next caller of a queue. Whoever is none of them gets the receptionist."""

import structlog

from agents.documents import offer as documents
from calls.call import Call
from calls.directory.model import Directory, Person
from calls.routing.availability import standing
from gateways.errors import Unavailable
from handlers.platform.offers import briefing
from handlers.services.offers import take_next, tell
from handlers.wiring import Wiring
from swml.verbs import Document

log = structlog.get_logger()

_HAS_ONE = "You have a caller already, or are being rung for one. Goodbye."
_SORRY = "I am sorry, the queue cannot be reached just now. Please ring again in a moment. Goodbye."


def next_caller(wiring: Wiring, directory: Directory, call: Call) -> Document | None:
    """What a person hears who rings in for the next caller; None when the line or whoever rings is another."""
    line = directory.line(call.line)
    person = directory.person_at(call.caller) if line and line.queue else None
    if line is None or person is None:
        return None
    try:
        return _next(wiring, directory, call, person, line.queue)
    except Unavailable as fault:
        log.error("queue_not_reached", call=call.id, reason=str(fault))
        return documents.farewell(_SORRY)


def _next(wiring: Wiring, directory: Directory, call: Call, person: Person, queue: str) -> Document:
    now, records = wiring.clock.now(), wiring.records
    found = take_next(wiring, directory, person, queue, via="dial_in", call_id=call.id)
    if found is None:
        has_one = standing(records.presences(directory.business).get(person.key), now) == "busy"
        words = _HAS_ONE if has_one else documents.NOBODY_WAITS.format(queue=queue.replace("_", " "))
        return documents.farewell(words)
    tell(wiring, found[1], found[0])
    return briefing(wiring, *found)
