"""Booking that a caller is rung back: an entry in the waiting line, or a message where no person could be rung."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agents.tools.context import Asked, Visit
from calls.directory.hours import moment_words
from calls.directory.model import Department
from calls.names import caller_name
from calls.numbers import Number
from calls.orders import BookCallback, KeepMessage
from calls.outbound.callback_times import earliest
from calls.phrases.time_phrases import wanted_moment
from calls.queue.entry import QueueEntry
from calls.queue.matching import queue_for, takers
from calls.routing.openings import closed_at

AFTER_THE_CALL = timedelta(seconds=60)
"""Nobody is rung back while they are still on the line with the agent who books it."""


@dataclass(frozen=True, slots=True)
class Booked:
    """What is to be kept, and what the agent is told of it."""

    order: BookCallback | KeepMessage
    told: str


def book(asked: Asked, visit: Visit, department: Department, number: Number) -> Booked | None:
    """A callback at the time the caller wants it; None when that time cannot be understood."""
    zone = ZoneInfo(department.timezone or visit.directory.timezone)
    at, closed = visit.at.astimezone(zone), closed_at(department, visit.directory, visit.at)
    when = asked.text("when", limit=200)
    wanted = wanted_moment(when, at, opens=closed.opens if closed else None, language=visit.directory.language)
    if wanted is None:
        return None
    queue = queue_for(department, visit.directory)
    if not (visit.can_consult and takers(queue, visit.directory)):
        message = KeepMessage(
            key=asked.key(visit.call.id),
            kind="callback",
            call_id=visit.call.id,
            destination=department.name,
            at=visit.at,
            number=number,
            wanted_at=when,
            business=visit.call.business,
        )
        return Booked(message, f"A callback from {department.title} is booked.")
    due = max(earliest(number, department, visit.directory, wanted), visit.at + AFTER_THE_CALL)
    entry = _entry(asked, visit, department, number, queue=queue, due=due)
    return Booked(BookCallback(entry), _told(department, wanted, due, at))


def _entry(
    asked: Asked, visit: Visit, department: Department, number: Number, *, queue: str, due: datetime
) -> QueueEntry:
    facts, about = dict(asked.facts), visit.waiting or visit.sent_by
    need = (about.summary or about.reason) if about else ""
    return QueueEntry(
        key=asked.key(visit.call.id),
        queue=queue,
        department=department.name,
        kind="callback",
        since=visit.at,
        due_at=due,
        business=visit.call.business,
        call_id=visit.call.id,
        transfer_id=about.id if about else "",
        number=number.e164,
        name=caller_name(facts),
        line=str(visit.call.line or ""),
        need=need or facts.get("need", ""),
        language=facts.get("language", ""),
    )


def _told(department: Department, wanted: datetime, due: datetime, at: datetime) -> str:
    """What was booked, and why it is another time than was asked for."""
    soon = due - at <= AFTER_THE_CALL
    when = "as soon as someone is free" if soon else moment_words(due.astimezone(at.tzinfo), at)
    moved = due - wanted > AFTER_THE_CALL
    why = " That is the first time at which they are there and may ring this number." if moved else ""
    return f"A callback from {department.title} is booked: {when}.{why}"
