"""When a person who was claimed for a transfer can be rung by others again, read off what has happened to it.

Reports come late, twice or never. So a person is freed whenever we are told that their leg or the talk is over, told
twice frees nobody twice, and every claim ends by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from calls.events import (
    CallerLeft,
    ConnectFailed,
    Disconnected,
    Event,
    Forgotten,
    HandedOver,
    LegEnded,
    MessageLeft,
    Queued,
    Returned,
)
from calls.legs.attempts import Attempt
from calls.outcomes import Outcome
from calls.transfer.legs import has_reached, winner
from calls.transfer.model import State, Transfer

LONGEST_TALK = timedelta(hours=4)
"""How long a person who talks is not rung, should nobody ever tell that the talk is over."""

GOODBYE = timedelta(seconds=10)
"""How long a person may still be on the phone whom we have told that they are not needed, or who has declined."""

# The caller's document has come past everybody it rang.
_PAST_EVERYBODY = (Returned, HandedOver, MessageLeft, Forgotten, Disconnected)


@dataclass(frozen=True, slots=True)
class Freed:
    """People whose legs are over. Those of them who have `talked` are not rung for `wrap_up` seconds.

    `everybody`: nobody is claimed for this transfer any more, whoever else that might be.
    """

    people: frozenset[str] = frozenset()
    talked: frozenset[str] = frozenset()
    wrap_up: int = 0
    everybody: bool = False


def freed(before: Transfer, event: Event, after: Transfer) -> Freed | None:
    """Who is free by this event; None when nobody is. It may be one that changes nothing about the transfer."""
    people = frozenset(leg.person for leg in after.plan if leg.person)
    if not people:
        return None
    in_line = isinstance(event, Queued) and after.state is State.WAITING  # told late, the chain has gone on
    hung_up = isinstance(event, CallerLeft) and before.state is State.BRIDGED
    if in_line or hung_up or isinstance(event, _PAST_EVERYBODY):
        return _freed(before, after, people, everybody=True)
    over = (*_over(event, after), *_never_dialled(before, after))
    gone = frozenset(a.person for a in over if a.person)
    elsewhere = frozenset(a.person for a in after.attempts if a.person and a.open)
    return _freed(before, after, gone - elsewhere) if gone - elsewhere else None


def _freed(before: Transfer, after: Transfer, people: frozenset[str], *, everybody: bool = False) -> Freed:
    talked = people & (talkers(before) | _have_talked(after))
    wrap_up = max((leg.wrap_up for leg in after.plan if leg.person in talked), default=0)
    return Freed(people, talked, wrap_up, everybody)


def _over(event: Event, after: Transfer) -> Iterable[Attempt]:
    """The attempts whose legs are over, as the platform says."""
    match event:
        case LegEnded():
            return [a for a in after.attempts if (a.step, a.leg) == (event.step, event.leg)]
        case ConnectFailed():
            return [a for a in after.attempts if a.step == event.step and (not event.legs or a.leg in event.legs)]
    return []


def _never_dialled(before: Transfer, after: Transfer) -> list[Attempt]:
    """The attempts that this change has closed before any phone could ring."""
    waiting = {(a.step, a.leg) for a in before.attempts if a.open and a.stage == "queued"}
    return [a for a in after.attempts if not a.open and (a.step, a.leg) in waiting]


def talkers(t: Transfer) -> frozenset[str]:
    """Who has the caller of a transfer that is bridged, as far as we know."""
    if t.bridged_at is None:
        return frozenset()
    if won := winner(t):
        return frozenset([won.person]) if won.person else frozenset()
    up = [a for a in t.attempts if a.open]
    answered = [a for a in up if has_reached(a, "answered")]
    several = len(up) > 1
    return frozenset(a.person for a in (answered if several else up) if a.person)


def _have_talked(t: Transfer) -> frozenset[str]:
    return frozenset(a.person for a in t.attempts if a.person and a.outcome is Outcome.BRIDGED)


def begins_to_talk(before: Transfer, after: Transfer) -> frozenset[str]:
    """Who has got the caller by this change, and is not to be rung for as long as the talk may last."""
    return talkers(after) if after.bridged_at and not before.bridged_at else frozenset()


def says_goodbye(before: Transfer, after: Transfer) -> frozenset[str]:
    """Who is not needed any more, or has declined, and may still be on the phone for a moment."""
    if after.terms is None:  # of a document, which brings every leg of its own to an end and tells us
        return frozenset()
    was_up = {(a.step, a.leg) for a in before.attempts if a.open}
    unheard = _never_dialled(before, after)
    closed = [
        a
        for a in after.attempts
        if not a.open and (a.step, a.leg) in was_up and a.outcome is not Outcome.BRIDGED and a not in unheard
    ]
    return frozenset(a.person for a in closed if a.person)
