"""What the watchdog concludes: of transfers of which nothing is heard any more, and of bridges that end oddly.

Callbacks get lost, and an application can be down when one comes. Then the platform is asked what has become of the
legs, and each answer leads to the events that the lost reports would have been, as far as that can be known. Where it
cannot, the transfer is closed as lost: a guess that any later report corrects.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import Literal

from calls.directory.message_settings import LONGEST_LIMITS
from calls.directory.queue_step import WAIT_LIMITS
from calls.directory.steps import RING_LIMITS
from calls.events import CallerLeft, CallerNotMoved, Disconnected, Event, Flagged, Forgotten, TimeUp, Unqueued
from calls.legs.attempts import PlannedLeg
from calls.outcomes import Outcome
from calls.queue.entry import LONGEST_IN_LINE, SILENT_FOR, QueueEntry
from calls.transfer.legs import winner
from calls.transfer.model import State, Transfer

LegNow = Literal["up", "over", "unknown", "silence"]
"""What the platform says of a leg: nothing at all is "silence", and that it knows no such leg "unknown"."""

ALONE, SHORT, ALIKE = "alone", "short bridge", "ended like others"

# Seconds nothing needs to be heard before the platform is asked.
_QUIET_CHAIN = 300.0
_QUIET_CONSULT = 45.0  # longer than anybody is rung
_QUIET_ACCEPTED = 30.0
_QUIET_QUEUE = 60.0  # of a caller who hangs up during an announcement nobody tells
_QUIET_BRIDGE = 300.0
_QUIET_CONFERENCE = 60.0  # where a leg can be left alone
_LONGEST_HOLD = 900.0
_MARGIN = 60.0  # beyond what ends by itself
_LONGEST_TALK = 14_400.0  # the platform ends a bridge then

# Seconds the steps of a chain take at most, where the step itself does not say.
_BRIEFING, _VOICEMAIL, _OTHER = 120.0, LONGEST_LIMITS[1] + 60.0, 30.0

_UNKNOWN_TO_END, _SILENCES_TO_END = 3, 10  # looks in a row
_SOONEST, _LATEST, _LATEST_SILENT = 60.0, 300.0, 1800.0  # seconds to the next look
_LATEST_TOGETHER = 120.0  # whoever is left alone in a conference hears nothing

_SHORT_WITHIN = 60.0  # seconds
_ALIKE_WITHIN = 2.0  # seconds
_ALIKE_AGES = (20.0, 900.0)  # seconds
_ALIKE_AT_LEAST = 5
_BESIDE = 30.0  # seconds to either side, where the usual number of endings is read off
_STANDS_OUT = 6.0  # standard deviations of that number
_FEWEST_USUAL = 0.5


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a live transfer of which nothing has been heard for `quiet` seconds.

    `person` is the leg of whoever accepted a consult; None when there is none, or it was not asked about. `seen` is
    how long it had been quiet when the caller's leg was last seen up, 0.0 for never. `misses` counts the looks in a
    row that told nothing, this one included.
    """

    quiet: float
    caller: LegNow
    person: LegNow | None = None
    seen: float = 0.0
    misses: int = 0


@dataclass(frozen=True, slots=True)
class Bridge:
    """A bridge that is over: how many seconds it lasted, and what it was flagged with."""

    transfer_id: str
    destination: str
    age: float
    flags: tuple[str, ...] = ()


# --- transfers that have gone quiet -------------------------------------------------------------------------------


def patience(t: Transfer) -> float:
    """Seconds that nothing needs to be heard of a live transfer before the platform is asked about it."""
    match t.state:
        case State.CONSULTING:
            return _QUIET_CONSULT
        case State.ACCEPTED:
            return _QUIET_ACCEPTED
        case State.WAITING:
            return _QUIET_QUEUE
        case State.BRIDGED | State.AWAY:
            return _QUIET_CONFERENCE if t.terms and t.state is State.BRIDGED else _QUIET_BRIDGE
    return min(longest(t), _QUIET_CHAIN)


def longest(t: Transfer) -> float:
    """Seconds that all steps of the plan take together at most, when they reach nobody."""
    return sum(_takes(leg) for leg in t.plan) + _MARGIN


def _takes(leg: PlannedLeg) -> float:
    if leg.to.startswith("queue:"):
        return WAIT_LIMITS[1]
    if _reports(leg):
        return (leg.ring_for or RING_LIMITS[1]) + _BRIEFING
    return _VOICEMAIL if leg.to == "voicemail" else _OTHER


def _reports(leg: PlannedLeg) -> bool:
    """Whether the platform tells of this leg while it is tried: a number, a URI or a queue, not an agent."""
    return leg.to.startswith("+") or ":" in leg.to


def conclude(t: Transfer, look: Look) -> tuple[Event, ...]:
    """The events that follow from a look; none when the transfer may still be going on. Each is to be applied."""
    match look.caller:
        case "up":
            return _overdue(t, look)
        case "over":
            return _gone(t, look)
    enough = _UNKNOWN_TO_END if look.caller == "unknown" else _SILENCES_TO_END
    return (Forgotten(),) if look.misses >= enough and look.quiet >= _may_last(t) else ()


def next_look(look: Look) -> float:
    """Seconds until the same transfer is looked at again, if it still lives."""
    if look.caller == "silence":
        return min(_SOONEST * 2.0**look.misses, _LATEST_SILENT)
    return min(max(look.quiet / 4, _SOONEST), _LATEST if look.person is None else _LATEST_TOGETHER)


def _may_last(t: Transfer) -> float:
    """Seconds that a transfer may be quiet and still go on as it should, whatever the platform knows of it."""
    match t.state:
        case State.CONSULTING:
            return (t.terms.hold_limit if t.terms else _LONGEST_HOLD) + _MARGIN
        case State.BRIDGED | State.AWAY:
            return _LONGEST_TALK
    return 0.0


def _overdue(t: Transfer, look: Look) -> tuple[Event, ...]:
    """The caller is still there: only what should have been over by now is ended."""
    match t.state:
        case State.CONSULTING if look.quiet >= _may_last(t):
            return (TimeUp("hold"),)
        case State.ACCEPTED:
            return (TimeUp("move"),)
        case State.BRIDGED if look.person == "over":
            return (Flagged(ALONE, "caller"),)
    return ()


def _gone(t: Transfer, look: Look) -> tuple[Event, ...]:
    """The caller's leg is over."""
    match t.state:
        case State.ACCEPTED:
            return (CallerNotMoved("the caller has hung up", gone=True),)
        case State.BRIDGED:
            alone = (Flagged(ALONE, "person"),) if look.person == "up" else ()
            return (*alone, *_end_of_bridge(t), CallerLeft())
        case State.CONSULTING | State.AWAY:
            return (CallerLeft(),)
    if t.mechanism == "connect" and any(a.open and a.stage == "answered" for a in t.attempts):
        return (*_end_of_bridge(t), CallerLeft())  # whom nobody asks is bridged as they answer
    return (Forgotten(),) if _unheard(t) or look.seen >= longest(t) else (CallerLeft(),)


def _end_of_bridge(t: Transfer) -> tuple[Event, ...]:
    tried = sorted(t.attempts, key=lambda a: (a.open, a.stage == "answered", a.step))
    return (Disconnected(tried[-1].step),) if tried else ()


def _unheard(t: Transfer) -> bool:
    """Whether not even the first step was reported, though it is of a kind that is: so anything may have happened."""
    return t.state is State.REQUESTED and bool(t.plan) and _reports(t.plan[0])


# --- callers in line ----------------------------------------------------------------------------------------------


def is_over_in_line(entry: QueueEntry, at: datetime) -> bool:
    """Whether a caller is in line longer than they can wait there, whatever was not reported."""
    return at >= (entry.until or entry.since + LONGEST_IN_LINE)


def gone_from_line(entry: QueueEntry, leg: LegNow, at: datetime) -> CallerLeft | Unqueued | None:
    """What a look at the leg of a caller in line says of them; None while they may go on waiting."""
    if leg == "over":
        return CallerLeft()
    if is_over_in_line(entry, at):
        return Unqueued(entry.step, Outcome.TIMEOUT if leg == "up" else Outcome.CALLER_LEFT)
    unheard = leg != "up" and entry.look_at is not None and at - entry.look_at >= SILENT_FOR
    return Unqueued(entry.step, Outcome.CALLER_LEFT) if unheard else None


def left_alone(t: Transfer, person: LegNow) -> tuple[Event, ...]:
    """What follows for a consult whose talk is over, when the person's leg is not: it was left in the conference."""
    return (Flagged(ALONE, "person"),) if not t.live and winner(t) and person == "up" else ()


# --- bridges that end oddly ---------------------------------------------------------------------------------------


def short(bridges: Iterable[Bridge]) -> list[Bridge]:
    """The bridges that were over almost at once, and are not flagged yet. One of no length at all was never timed."""
    return [one for one in bridges if 0 < one.age <= _SHORT_WITHIN and SHORT not in one.flags]


def alike(bridges: Sequence[Bridge]) -> list[tuple[Bridge, ...]]:
    """The groups of bridges that ended at an age at which too many did: the calls are cut off, nobody hangs up.

    People hang up at all ages, and when talks are short some always fall together. So an age counts when more bridges
    ended at it than at the ages beside it, by more than chance explains. Simulated: when one call in five is cut, nine
    of ten windows of fifty show it; ordinary talks give a false alarm in every second run of 350, and without the
    comparison in nearly every one.
    """
    groups, rest = list[tuple[Bridge, ...]](), list(bridges)
    while group := _largest(rest, bridges):
        groups.append(group)
        rest = [one for one in rest if one not in group]
    return groups


def _largest(rest: Sequence[Bridge], bridges: Sequence[Bridge]) -> tuple[Bridge, ...]:
    ages = [one.age for one in rest if _ALIKE_AGES[0] <= one.age <= _ALIKE_AGES[1] and _stands_out(one.age, bridges)]
    groups = [tuple(one for one in rest if abs(one.age - age) <= _ALIKE_WITHIN) for age in ages]
    largest = max(groups, key=len, default=())
    return largest if len(largest) >= _ALIKE_AT_LEAST else ()


def _stands_out(age: float, bridges: Sequence[Bridge]) -> bool:
    apart = [abs(other.age - age) for other in bridges]
    here = sum(1 for distance in apart if distance <= _ALIKE_WITHIN)
    beside = sum(1 for distance in apart if _ALIKE_WITHIN < distance <= _BESIDE)
    room = min(age, _BESIDE) + _BESIDE - 2 * _ALIKE_WITHIN
    usual = max(beside * 2 * _ALIKE_WITHIN / room, _FEWEST_USUAL)
    return here >= max(_ALIKE_AT_LEAST, usual + _STANDS_OUT * sqrt(usual))
