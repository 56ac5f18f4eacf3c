"""What somebody at the desk can do: take the next caller, send people away and bring them back, close, cancel.

Each gives the word for what is said of it then. 404 for whatever is not this business's.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import abort

from calls.directory.model import Directory, Person
from calls.messages.message import Message
from calls.outcomes import Outcome
from handlers.services.offers import take_next
from handlers.wiring import Wiring

_MESSAGE_ID = re.compile("[0-9]{1,18}")  # more than that no database can be asked for


@dataclass(frozen=True, slots=True)
class Form:
    """What somebody at the desk wants done, at what moment. `me` is who they say they are, if they do."""

    directory: Directory
    at: datetime
    me: Person | None
    fields: Mapping[str, str]

    @property
    def person(self) -> Person:
        """The person the form is about."""
        return self.directory.people.get(self.fields.get("person", "")) or abort(404)


def message_of(wiring: Wiring, directory: Directory, number: str) -> Message:
    """The message of that number, which a browser may have made up."""
    message = wiring.records.message(int(number)) if _MESSAGE_ID.fullmatch(number) else None
    return message if message and message.business == directory.business else abort(404)


def _take(wiring: Wiring, form: Form) -> str:
    """Ring the person at the desk for whoever is next."""
    if form.me is None or wiring.carrier is None:
        abort(404)
    taken = take_next(wiring, form.directory, form.me, form.fields.get("queue", ""), via="desk")
    return "taken" if taken else "nobody"


def _away(wiring: Wiring, form: Form) -> str:
    until, person = form.fields.get("until", "").strip(), form.person
    if not until:
        wiring.records.set_away(form.directory.business, person.key, None, form.at)
        return "away"
    moment = _next(until, ZoneInfo(form.directory.timezone), form.at)
    if moment is None:
        return "when"
    wiring.records.set_away(form.directory.business, person.key, moment, form.at)
    return "away"


def _next(clock: str, zone: ZoneInfo, at: datetime) -> datetime | None:
    """The next time a clock in that zone shows "14:00"; None for anything else."""
    try:
        shown = datetime.strptime(clock, "%H:%M").time()  # noqa: DTZ007, only the hour of it is used
    except ValueError:
        return None
    local = at.astimezone(zone)
    today = local.replace(hour=shown.hour, minute=shown.minute, second=0, microsecond=0)
    return today if today > local else today + timedelta(days=1)


def _back(wiring: Wiring, form: Form) -> str:
    wiring.records.set_back(form.directory.business, form.person.key, form.at)
    return "back"


def _close(wiring: Wiring, form: Form) -> str:
    message = message_of(wiring, form.directory, form.fields.get("message", ""))
    closed = wiring.records.close_message(message.id, form.me.name if form.me else "the desk", form.at)
    return "closed" if closed else "late"


def _cancel(wiring: Wiring, form: Form) -> str:
    entry = wiring.records.entry(form.fields.get("entry", ""))
    if entry is None or entry.business != form.directory.business or entry.kind != "callback":
        abort(404)
    cancelled = wiring.records.leave(entry.id, "cancelled", Outcome.CANCELLED, form.at)
    return "cancelled" if cancelled else "late"


ACTS: Mapping[str, Callable[[Wiring, Form], str]] = {
    "take": _take,
    "away": _away,
    "back": _back,
    "close": _close,
    "cancel": _cancel,
}
