"""The legs of a transfer: how far each got, who has the caller, and whom a consult rings next."""

from dataclasses import replace
from datetime import datetime

from calls.events import LegEnded, LegProgressed
from calls.legs.attempts import Attempt, PlannedLeg, Stage
from calls.outcomes import Outcome, sharpen
from calls.transfer.model import Transfer

STAGES: tuple[Stage, ...] = ("", "queued", "dialling", "ringing", "answered", "briefing", "accepted", "joined")
PROMISED = "accepted by card"
"""What an attempt says whose person has accepted before picking up the phone."""

ASIDE = frozenset(("card", "text"))
"""Ways to answer that leave the phone as it is: it goes on ringing, or its document goes on."""

_REPORTED: dict[str, Stage] = {"created": "dialling", "ringing": "ringing", "answered": "answered"}


def find(t: Transfer, step: int, leg: int) -> Attempt | None:
    """The attempt of one leg."""
    return next((a for a in t.attempts if (a.step, a.leg) == (step, leg)), None)


def winner(t: Transfer) -> Attempt | None:
    """The attempt whose person has accepted."""
    return next((a for a in t.attempts if has_reached(a, "accepted")), None)


def note(t: Transfer, step: int, leg: int, stage: Stage = "", call_id: str = "") -> Transfer:
    """The transfer with an attempt that has come as far as `stage`, and whose leg has this id. It only ever goes on."""
    return replace(t, attempts=tuple(_further(a, step, leg, stage, call_id) for a in t.attempts))


def _further(a: Attempt, step: int, leg: int, stage: Stage, call_id: str) -> Attempt:
    if (a.step, a.leg) != (step, leg):
        return a
    further = stage if STAGES.index(stage) > STAGES.index(a.stage) else a.stage
    return replace(a, stage=further, call_id=a.call_id or call_id)


def has_reached(attempt: Attempt, stage: Stage) -> bool:
    """Whether a leg has come at least as far as this."""
    return STAGES.index(attempt.stage) >= STAGES.index(stage)


def reported(t: Transfer, e: LegProgressed) -> Transfer:
    """A leg's attempt with what a callback told of it."""
    return note(t, e.step, e.leg, _REPORTED[e.state], e.call_id)


def close(t: Transfer, step: int, leg: int, outcome: Outcome, at: datetime, words: str = "") -> Transfer:
    """The transfer with the outcome of one leg sharpened, and what its person said."""

    def closed(a: Attempt) -> Attempt:
        known = sharpen(a.outcome, outcome)
        said = words or a.words if a.words == PROMISED else a.words or words
        return replace(a, outcome=known, ended_at=a.ended_at or at, words=said)

    return replace(t, attempts=tuple(closed(a) if (a.step, a.leg) == (step, leg) else a for a in t.attempts))


def close_open(t: Transfer, outcome: Outcome, at: datetime) -> Transfer:
    """The transfer with every attempt closed that is still going on, but for the one that was accepted."""
    for a in t.attempts:
        if a.open and not has_reached(a, "accepted"):
            t = close(t, a.step, a.leg, outcome, at)
    return t


def consulted(t: Transfer) -> tuple[PlannedLeg, ...]:
    """The legs a consult rings: those of the steps at the beginning of the chain that ring people."""
    legs: list[PlannedLeg] = []
    for leg in t.plan:
        if not leg.ring_for or (legs and leg.step > legs[-1].step + 1):
            break
        legs.append(leg)
    return tuple(legs)


def is_consulted(t: Transfer, step: int, leg: int) -> bool:
    """Whether this is a leg that a consult rings, and no document."""
    return t.terms is not None and any((one.step, one.leg) == (step, leg) for one in consulted(t))


def next_group(t: Transfer) -> tuple[PlannedLeg, ...]:
    """Who is rung next, together; nobody when all have been."""
    tried = {(a.step, a.leg) for a in t.attempts}
    waiting = [leg for leg in consulted(t) if (leg.step, leg.leg) not in tried]
    return tuple(leg for leg in waiting if (leg.step, leg.group) == (waiting[0].step, waiting[0].group))


def rest_of(t: Transfer) -> int:
    """The step of the chain to go on with when nobody takes the call; 0 when the agent is the last resort."""
    legs = consulted(t)
    after = legs[-1].step + 1 if legs else 0
    return after if any(leg.step == after for leg in t.plan) else 0


def lost(t: Transfer, e: LegEnded) -> bool:
    """Whether this is a leg that a consult rang, and not the one whose person has the caller."""
    won = winner(t)
    rung = is_consulted(t, e.step, e.leg)
    return rung and not (won and (won.step, won.leg) == (e.step, e.leg) and t.outcome is Outcome.BRIDGED)
