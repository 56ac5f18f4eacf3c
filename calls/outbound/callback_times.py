"""When a caller is rung back: not while the department is closed, and not at night where the caller may be.

Where nobody can ring them back, the callback becomes a message.
"""

from datetime import datetime, timedelta

from calls.directory.model import Department, Directory
from calls.numbers import Number
from calls.orders import KeepMessage
from calls.outbound.quiet_hours import next_allowed
from calls.queue.entry import QueueEntry
from calls.routing.openings import closed_at

_HOPS = 20  # between opening hours and calling hours, until there is a moment that both allow


def earliest(number: Number, department: Department | None, directory: Directory, at: datetime) -> datetime:
    """The first moment from `at` (aware) on at which the department is open and this number may be rung.

    A department that never opens is no reason to ring nobody: then the number's own hours count alone.
    """
    moment = at
    for _ in range(_HOPS):
        closed = closed_at(department, directory, moment) if department else None
        opens = closed.opens if closed and closed.opens else moment
        allowed = next_allowed(number, opens, directory.timezone)
        if allowed == moment:
            return moment
        moment = allowed
    return next_allowed(number, at, directory.timezone)


def tried_in_vain(entry: QueueEntry, directory: Directory, at: datetime) -> datetime | None:
    """When a caller who has just not answered is rung again; None when it was tried as often as it should be."""
    department = directory.departments.get(entry.department)
    if department is None or entry.tries + 1 >= department.callbacks.tries:
        return None
    again = at + timedelta(minutes=department.callbacks.every)
    return earliest(Number(entry.number), department, directory, again) if entry.number else None


def message_of(entry: QueueEntry, at: datetime, why: str = "") -> KeepMessage:
    """What the department is told of a callback that is not made; `why` it is not, as a sentence."""
    return KeepMessage(
        key=f"callback:{entry.key}",
        kind="callback",
        call_id=entry.call_id or None,
        destination=entry.department,
        at=at,
        body=" ".join(filter(None, (entry.need, why))),
        name=entry.name,
        number=Number(entry.number) if entry.number else None,
        transfer_id=entry.transfer_id,
        business=entry.business,
    )
