"""Matches queue entries to available people. Values only: `gateways/records/queue/offers.py` keeps them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from calls.directory.model import Department, Directory, Person
from calls.directory.queue_step import Queue
from calls.directory.steps import Leg, Ring
from calls.numbers import Number
from calls.outcomes import Outcome
from calls.queue.entry import PersonOffer, QueueEntry
from calls.routing import queues
from calls.routing.availability import Presences, free, in_order

RESTS = timedelta(seconds=60)
"""For so long nobody is rung again who did not pick up, nor asked again for the same caller after a no."""

RESTS_FOR_CALLBACK = timedelta(minutes=10)
"""For so long nobody is asked again to ring the same caller back, who is not on the line."""

_NOT_TAKEN = frozenset(
    {Outcome.NO_ANSWER, Outcome.BUSY, Outcome.MACHINE, Outcome.FAILED, Outcome.TIMEOUT, Outcome.DECLINED}
)
_OF_DEPARTMENT = "department:"  # no queue of the file has a colon in its name


@dataclass(frozen=True, slots=True)
class Pair:
    """This entry is for this person now."""

    entry: QueueEntry
    person: Person


def queue_for(department: Department, directory: Directory) -> str:
    """The queue whose people ring the callers of a department back: its own, else one of its name alone."""
    named = next((step.name for step in directory.every_step(department) if isinstance(step, Queue)), None)
    return named or f"{_OF_DEPARTMENT}{department.name}"


def takers(queue: str, directory: Directory) -> tuple[Person, ...]:
    """The people who take the callers of a queue, as the file lists them.

    Of a department that rings no people but has numbers, each number counts as a person.
    """
    name = queue.removeprefix(_OF_DEPARTMENT)
    if name == queue:
        return tuple(directory.people[key] for key in queues.people_of(queue, directory))
    department = directory.departments.get(name)
    legs = list(_legs(department, directory)) if department else []
    people = [directory.people[leg.person] for leg in legs if leg.person and leg.person in directory.people]
    return tuple(dict.fromkeys(people or map(_nobody_s, legs)))


def pairs(
    entries: Iterable[QueueEntry],
    takers_of: Mapping[str, Collection[Person]],
    presences: Presences,
    recent: Iterable[PersonOffer],
    at: datetime,
) -> tuple[Pair, ...]:
    """Who is offered to whom at this moment (aware): the oldest entry first, to whoever has been idle for longest.

    The place in line decides, and nothing else: a caller who is to be rung back is served in their turn. Among the free
    people those who speak the caller's language come first. `recent` are offers that came to nothing within
    `RESTS_FOR_CALLBACK`.
    """
    made, taken = list[Pair](), set[str]()
    waiting = sorted(entries, key=lambda entry: (entry.since, entry.id))
    callbacks = {entry.id for entry in waiting if entry.kind == "callback"}
    tired, refused = _resting(recent, callbacks, at)
    for entry in waiting:
        may = [
            person
            for person in takers_of.get(entry.queue, ())
            if person.key not in taken | tired
            and (person.key, entry.id) not in refused
            and free(presences.get(person.key), at)
            and not _is_caller(person, entry)
        ]
        for person in in_order("longest_idle", may, presences, at, speaks=entry.language)[:1]:
            made.append(Pair(entry, person))
            taken.add(person.key)
    return tuple(made)


def next_for(person: Person, entries: Iterable[QueueEntry]) -> QueueEntry | None:
    """The entry that a person gets who asks for one: the oldest, but for their own call."""
    waiting = sorted(entries, key=lambda entry: (entry.since, entry.id))
    return next((entry for entry in waiting if not _is_caller(person, entry)), None)


def _resting(
    recent: Iterable[PersonOffer], callbacks: Collection[str], at: datetime
) -> tuple[set[str], set[tuple[str, str]]]:
    """Who is not rung for a while, and who is not asked again for what."""
    ended = [(offer, at - offer.ended_at) for offer in recent if offer.ended_at and offer.outcome in _NOT_TAKEN]
    tired = {offer.person for offer, ago in ended if ago < RESTS and offer.outcome != Outcome.DECLINED}
    rests = dict.fromkeys(callbacks, RESTS_FOR_CALLBACK)
    return tired, {(one.person, one.entry_id) for one, ago in ended if ago < rests.get(one.entry_id, RESTS)}


def _is_caller(person: Person, entry: QueueEntry) -> bool:
    return entry.number is not None and entry.number in (str(person.phone), str(person.sip))


def _legs(department: Department, directory: Directory) -> Iterator[Leg]:
    for step in directory.every_step(department):
        if isinstance(step, Ring):
            yield from step.legs


def _nobody_s(leg: Leg) -> Person:
    """A phone that is no one person's, under its own number."""
    phone, sip = (leg.to, None) if isinstance(leg.to, Number) else (None, leg.to)
    return Person.model_construct(key=str(leg.to), name="", phone=phone, sip=sip)
