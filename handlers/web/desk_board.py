"""What the desk shows: who waits, who is there, what callers left, how transfers went. Values, ready to be printed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from calls.directory.hours import moment_words
from calls.directory.model import Directory
from calls.directory.queue_step import Queue
from calls.numbers import Number
from calls.outcomes import Outcome
from calls.phrases.redaction import redacted
from calls.queue.entry import QueueEntry
from calls.queue.estimate import WINDOW, expected_wait
from calls.queue.matching import takers
from calls.routing.availability import Presences, is_away, served_today, standing
from calls.transfer.model import Transfer
from gateways.directory.versions import Directories
from handlers.requests import address
from handlers.wiring import Wiring

_TRANSFERS = 20  # that are shown
_MESSAGES = 100

_ENDED: Mapping[Outcome, str] = {
    Outcome.BRIDGED: "talked",
    Outcome.HANDED_OFF: "with another agent",
    Outcome.REFERRED: "moved by the PBX",
    Outcome.MESSAGE_TAKEN: "left a message",
    Outcome.CALLBACK_BOOKED: "is rung back",
    Outcome.NO_ANSWER: "no answer",
    Outcome.CALLER_LEFT: "caller hung up",
    Outcome.TIMEOUT: "waited in vain",
    Outcome.LOST: "never heard of again",
}
_OF_DEPARTMENT = "department:"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits for a person. `who` is their name or number, `dials` what a tel: link takes, or ""."""

    id: str
    position: int
    who: str
    phone: str
    dials: str
    need: str
    waited: str
    due: str
    kind: str
    asked: str
    tries: int


@dataclass(frozen=True, slots=True)
class Line:
    """One queue. `expected` is how long a caller who came now would wait, about; "" when that is not known."""

    name: str
    title: str
    waiting: tuple[Waiting, ...]
    expected: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """One person. `standing` is a word of calls/routing/availability.py, `told` what is said of it."""

    key: str
    name: str
    standing: str
    told: str
    served: int
    away: bool


@dataclass(frozen=True, slots=True)
class Left:
    """Something that a caller left."""

    id: int
    at: str
    kind: str
    department: str
    who: str
    phone: str
    dials: str
    words: str
    wanted: str
    has_sound: bool
    seconds: int
    heard: bool
    error: str


@dataclass(frozen=True, slots=True)
class Past:
    """A transfer of late. `tone` is good, bad or open."""

    at: str
    ref: str
    to: str
    reason: str
    outcome: str
    tone: str
    person: str


@dataclass(frozen=True, slots=True)
class Board:
    """All of it, at one moment."""

    company: str
    now: str
    lines: tuple[Line, ...]
    colleagues: tuple[Colleague, ...]
    callbacks: tuple[Waiting, ...]
    messages: tuple[Left, ...]
    transfers: tuple[Past, ...]


def board(wiring: Wiring, directory: Directory, at: datetime) -> Board:
    """How a business stands at this moment (aware)."""
    records, business = wiring.records, directory.business
    watch = _Watch(ZoneInfo(directory.timezone), at)
    presences, asked = records.presences(business), records.asked(business)
    entries = records.entries(business)
    here = [entry for entry in entries if entry.due_at <= at]
    waiting = [_waiting(entry, place, asked, directory, watch) for place, entry in _placed(here)]
    by_id = {one.id: one for one in waiting}
    later = [_waiting(entry, 0, asked, directory, watch) for entry in entries if entry.due_at > at]
    return Board(
        company=directory.company,
        now=watch.clock(at),
        lines=tuple(_lines(wiring, directory, here, by_id, presences, watch)),
        colleagues=tuple(_colleagues(directory, presences, watch)),
        callbacks=tuple([by_id[entry.id] for entry in here if entry.kind == "callback"] + later),
        messages=tuple(_messages(wiring, directory, watch)),
        transfers=tuple(_past(one, directory, watch) for one in records.recent_transfers(business, _TRANSFERS)),
    )


@dataclass(frozen=True, slots=True)
class _Watch:
    """Tells moments as somebody at the desk reads them."""

    zone: ZoneInfo
    now: datetime

    def clock(self, at: datetime) -> str:
        """ "14:05"; with the day, when that is another one."""
        local = at.astimezone(self.zone)
        today = local.date() == self.now.astimezone(self.zone).date()
        return f"{local:%H:%M}" if today else f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"

    def since(self, at: datetime) -> str:
        """ "2:05", minutes and seconds; from an hour on with hours."""
        return span((self.now - at).total_seconds())


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with the directory file, or with processes that serve it."""

    says: str
    lines: tuple[str, ...]


def troubles(directories: Directories, directory: Directory, now: datetime) -> list[Wrong]:
    """What keeps a business's directory file from being served. Raises Unavailable."""
    here, head = ZoneInfo(directory.timezone), directories.version(directory.business)
    found = [one for one in directories.troubles() if one.business == directory.business]
    served = f"version {head.number} of {_since(head.at, now, here)}" if head else "the version before it"
    says = {
        "refused": "The directory file cannot be used since {since}. Served is {served}.",
        "restart": "A restart is needed since {since}: processes run other Python than the directory names.",
    }
    return [
        Wrong(says[one.kind].format(since=_since(one.at, now, here), served=served), one.words)
        for one in found
        if one.kind in says
    ]


def _since(moment: datetime, now: datetime, here: ZoneInfo) -> str:
    local, today = moment.astimezone(here), now.astimezone(here)
    return f"{local:%H:%M}" if local.date() == today.date() else moment_words(local, today)


def span(seconds: float) -> str:
    """A duration: "0:07", "12:40", "1:02:40"."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _placed(entries: list[QueueEntry]) -> Iterator[tuple[int, QueueEntry]]:
    """Each with its place in its own queue, from 1."""
    seen: dict[str, int] = {}
    for entry in entries:
        seen[entry.queue] = seen.get(entry.queue, 0) + 1
        yield seen[entry.queue], entry


def _waiting(
    entry: QueueEntry, position: int, asked: Mapping[str, str], directory: Directory, watch: _Watch
) -> Waiting:
    known = directory.people.get(asked.get(entry.id, ""))
    return Waiting(
        id=entry.id,
        position=position,
        who=redacted(entry.name, "card") or _written(entry.number),
        phone=_written(entry.number),
        dials=_dials(entry.number),
        need=redacted(entry.need, "card"),
        waited=watch.since(entry.since),
        due=watch.clock(entry.due_at) if entry.due_at > watch.now else "",
        kind=entry.kind,
        asked=known.name if known else asked.get(entry.id, ""),
        tries=entry.tries,
    )


def _lines(
    wiring: Wiring,
    directory: Directory,
    entries: list[QueueEntry],
    known: Mapping[str, Waiting],
    presences: Presences,
    watch: _Watch,
) -> Iterator[Line]:
    names = dict.fromkeys([*_queues(directory), *(entry.queue for entry in entries)])
    for name in names:
        mine = [entry for entry in entries if entry.queue == name]
        on_duty = [one for one in takers(name, directory) if not is_away(presences.get(one.key), watch.now)]
        pickups = wiring.records.pickups(directory.business, name, watch.now - WINDOW)
        head = mine[0].since if mine else None
        wait = expected_wait(len(mine) + 1, pickups, len(on_duty), watch.now, head_since=head)
        title = name.removeprefix(_OF_DEPARTMENT).replace("_", " ").replace("-", " ")
        yield Line(name, title, tuple(known[one.id] for one in mine), span(wait) if wait is not None else "")


def _queues(directory: Directory) -> Iterator[str]:
    for department in directory.departments.values():
        for step in (*department.reach, *department.closed):
            if isinstance(step, Queue):
                yield step.name


def _colleagues(directory: Directory, presences: Presences, watch: _Watch) -> Iterator[Colleague]:
    for person in directory.people.values():
        known = presences.get(person.key)
        stands = standing(known, watch.now)
        told = {"available": "free", "busy": "on the phone", "wrapping up": "after a call", "away": "away"}[stands]
        if known and stands == "away" and known.away_until:
            told = f"away until {watch.clock(known.away_until)}"
        elif known and stands == "wrapping up" and known.wrap_until:
            told = f"after a call, until {watch.clock(known.wrap_until)}"
        elif known and stands == "available" and known.idle_since:
            told = f"free for {watch.since(known.idle_since)}"
        served = served_today(known, watch.now) if known else 0
        yield Colleague(person.key, person.name, stands, told, served, away=stands == "away")


def _messages(wiring: Wiring, directory: Directory, watch: _Watch) -> Iterator[Left]:
    for message in wiring.records.newest_open(directory.business, _MESSAGES):
        department = directory.departments.get(message.destination)
        yield Left(
            id=message.id,
            at=watch.clock(message.at),
            kind=message.kind,
            department=department.title if department else message.destination,
            who=redacted(message.name, "card") or _written(message.number),
            phone=_written(message.number),
            dials=_dials(message.number),
            words=redacted(message.body or message.transcript, "card"),
            wanted=redacted(message.wanted_at, "card"),
            has_sound=bool(message.file or message.url),
            seconds=round(message.seconds),
            heard=message.heard_at is not None,
            error=message.error,
        )


def _past(transfer: Transfer, directory: Directory, watch: _Watch) -> Past:
    department = directory.departments.get(transfer.destination)
    reached = next((one.person for one in transfer.attempts if one.outcome is Outcome.BRIDGED), None)
    person = directory.people.get(reached or "")
    outcome = transfer.outcome
    good = outcome is not None and outcome.taken_care_of
    return Past(
        at=watch.clock(transfer.started_at),
        ref=transfer.ref,
        to=department.title if department else transfer.destination,
        reason=redacted(transfer.reason, "card"),
        outcome=_ENDED.get(outcome, outcome.replace("_", " ")) if outcome else "under way",
        tone="good" if good else "bad" if outcome else "open",
        person=person.name if person else reached or "",
    )


def _written(number: str | None) -> str:
    known = address(number)
    return known.written if isinstance(known, Number) else str(known or "number withheld")


def _dials(number: str | None) -> str:
    known = address(number)
    return str(known) if isinstance(known, Number) else ""
