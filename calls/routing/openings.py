"""When a department is open, at a moment and in words for the caller."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from calls.directory.hours import Hours, clock_words, moment_words
from calls.directory.model import Department, Directory
from calls.directory.steps import Ring, Step
from calls.phrases.spoken_names import in_a_sentence
from calls.routing.availability import Presences, free

NOWHERE = "There is no such destination. Offer only the destinations you were given."


@dataclass(frozen=True, slots=True)
class Closed:
    """The department is closed: until `opens`, None when no opening is known. `words`: "until Monday at 9 AM"."""

    opens: datetime | None
    words: str


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a destination can be reached now, in words for the caller."""

    open: bool
    words: str


def availability(
    destination: str, directory: Directory, at: datetime, presences: Presences | None = None
) -> Availability:
    """Whether a destination is open, and until when or from when; and whether nobody there can be rung just now."""
    entry = directory.find(destination)
    if entry is None:
        return Availability(False, NOWHERE)
    schedule = directory.schedule(entry) if isinstance(entry, Department) else None
    occupied = isinstance(entry, Department) and is_occupied(entry, directory, at, presences or {})
    but = f" {everybody_busy(entry)}" if occupied and isinstance(entry, Department) else ""
    if schedule is None:
        return Availability(True, f"{sentence_case(entry.title)} is open now.{but}")
    is_open = schedule[0].is_open(at, schedule[1])
    words = _open_words(*schedule, at, directory) if is_open else _closed_words(*schedule, at, directory)
    return Availability(is_open, f"{sentence_case(entry.title)} is {words}.{but if is_open else ''}")


def is_occupied(department: Department, directory: Directory, at: datetime, presences: Presences) -> bool:
    """Whether there are people to ring at this moment, and none of them can be rung."""
    legs = [leg for step in steps_at(department, directory, at) if isinstance(step, Ring) for leg in step.legs]
    return bool(legs) and not any(leg.person is None or free(presences.get(leg.person), at) for leg in legs)


def everybody_busy(department: Department) -> str:
    """That nobody of a department can be rung, for the caller."""
    return f"Everybody from {in_a_sentence(department.title)} is on the phone or away just now."


def _open_words(hours: Hours, zone: ZoneInfo, at: datetime, directory: Directory) -> str:
    closing = hours.closing(at, zone)
    return f"open {_until(closing, at, directory)}" if closing else "open now"


def _closed_words(hours: Hours, zone: ZoneInfo, at: datetime, directory: Directory) -> str:
    holiday, opens = hours.holiday(at.astimezone(zone).date()), hours.next_opening(at, zone)
    closed = f"closed today, {holiday}" if holiday else "closed"
    return f"{closed}; it opens {moment_words(opens, at)}{_elsewhere(opens, directory)}" if opens else closed


def closed_at(department: Department, directory: Directory, at: datetime) -> Closed | None:
    """How long the department is closed, or None while it is open."""
    schedule = directory.schedule(department)
    if schedule is None or schedule[0].is_open(at, schedule[1]):
        return None
    opens = schedule[0].next_opening(at, schedule[1])
    return Closed(opens, _until(opens, at, directory) if opens else "until further notice")


def steps_at(department: Department, directory: Directory, at: datetime) -> tuple[Step, ...]:
    """The department's own steps at this moment: `reach`, or outside hours what `closed` says."""
    return department.closed if closed_at(department, directory, at) else department.reach


def _until(moment: datetime, at: datetime, directory: Directory) -> str:
    today = moment.date() == at.astimezone(moment.tzinfo).date()
    words = clock_words(moment) if today else moment_words(moment, at)
    return f"until {words}{_elsewhere(moment, directory)}"


def _elsewhere(moment: datetime, directory: Directory) -> str:
    """Whose clock it is, for a department in another time zone than the company: " Los Angeles time"."""
    zone = str(moment.tzinfo)
    return "" if zone == directory.timezone else f" {zone.rpartition('/')[2].replace('_', ' ')} time"


def sentence_case(title: str) -> str:
    """A name as it begins a sentence."""
    return title[:1].upper() + title[1:]
