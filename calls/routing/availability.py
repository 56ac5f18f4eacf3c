"""Who can be rung now, and in which order. A person is reserved (claimed) before any phone of theirs rings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from calls.directory.entries import Person
from calls.directory.steps import RingOrder

Standing = Literal["available", "busy", "away", "wrapping up"]

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Presence:
    """How a person can be reached. Who has none is available, and has been for ever.

    `away_until` is when they are back by themselves; None: when they say so. `claimed` is the moment until which
    somebody has them at most, None when nobody does. `wrap_until` is when they have finished their work after a talk,
    `idle_since` when their last talk ended. `served` counts the talks of the working day of that last talk:
    whether it is over, `served_today` knows.
    """

    person: str
    away: bool = False
    away_until: datetime | None = None
    claimed: datetime | None = None
    wrap_until: datetime | None = None
    idle_since: datetime | None = None
    served: int = 0


Presences = Mapping[str, Presence]
"""By the person's key in the file."""


def standing(presence: Presence | None, at: datetime) -> Standing:
    """What keeps this person from being rung at this moment (aware), if anything does."""
    if presence is None:
        return "available"
    if is_away(presence, at):
        return "away"
    if presence.claimed and presence.claimed > at:
        return "busy"
    return "wrapping up" if presence.wrap_until and presence.wrap_until > at else "available"


def is_away(presence: Presence | None, at: datetime) -> bool:
    """Whether this person has said that they are not to be rung, and that still holds."""
    return presence is not None and presence.away and (presence.away_until is None or presence.away_until > at)


def free(presence: Presence | None, at: datetime) -> bool:
    """Whether this person may be rung at this moment (aware)."""
    return standing(presence, at) == "available"


def in_order(
    order: RingOrder,
    candidates: Iterable[Person],
    presences: Presences,
    at: datetime,
    speaks: str = "",
    skills: Iterable[str] = (),
) -> tuple[Person, ...]:
    """All candidates, free or not, in the order in which they are to be rung; they come as the file lists them.

    Whoever speaks the caller's language ("es", or "es-MX") and has the skills is rung before the others, who are not
    left out: a caller who is understood only half is still better off than one whom nobody answers.
    """
    listed = tuple(candidates)
    wanted = frozenset(skills)
    ranked = _ranked(order, listed, presences, at)
    return tuple(sorted(ranked, key=lambda person: (_foreign(person, speaks), len(wanted - set(person.skills)))))


def _ranked(order: RingOrder, listed: Sequence[Person], presences: Presences, at: datetime) -> tuple[Person, ...]:
    def idle(person: Person) -> datetime:
        known = presences.get(person.key)
        return (known and known.idle_since) or _LONG_AGO

    def load(person: Person) -> float:
        known = presences.get(person.key)
        return served_today(known, at) / person.weight if known else 0.0

    match order:
        case "longest_idle":
            return tuple(sorted(listed, key=idle))
        case "weighted":
            return tuple(sorted(listed, key=lambda person: (load(person), idle(person))))
        case "round_robin":
            last = max(range(len(listed)), key=lambda n: idle(listed[n]), default=0)
            begins = last + 1 if listed and idle(listed[last]) > _LONG_AGO else 0
            return (*listed[begins:], *listed[:begins])
        case _:
            return tuple(listed)


DAY = 8 * 3600.0
"""Seconds without a talk after which a new working day has begun, and talks are counted anew."""


def served_today(presence: Presence, at: datetime) -> int:
    """How many talks this person has had in this working day."""
    ended = presence.idle_since
    return presence.served if ended and (at - ended).total_seconds() < DAY else 0


def _foreign(person: Person, speaks: str) -> bool:
    """Whether this person does not speak the caller's language, as far as the file says."""
    language = speaks.split("-", maxsplit=1)[0].lower()
    return bool(language) and language not in person.speaks
