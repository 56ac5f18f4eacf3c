"""The attempts of a transfer: which legs were planned, which were really tried, and how each of them ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from calls.outcomes import Outcome, sharpen

HANGUP = "hangup"
"""What a planned leg says when its step is to end the call: nothing will be heard of it."""


@dataclass(frozen=True, slots=True)
class PlannedLeg:
    """Who a step would ring, known before anything rings. `to` is E.164, a URI, or a queue's or agent's name."""

    step: int
    leg: int
    to: str
    person: str | None = None
    group: int = 0  # legs of one group ring together
    ring_for: int = 0  # seconds, where a consult rings; 0 where a document does
    asked: bool = False  # told what it is about first, and bridged only on a yes
    wrap_up: int = 0  # seconds for which the person is not rung after a talk


Stage = Literal["", "queued", "dialling", "ringing", "answered", "briefing", "accepted", "joined"]
"""How far a leg got; "" for legs of a document, of which only callbacks tell."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One leg that was really tried. `call_id` is the leg's own, when it is known; `words` what the person said."""

    step: int
    leg: int
    to: str
    person: str | None
    started_at: datetime
    outcome: Outcome | None = None
    ended_at: datetime | None = None
    stage: Stage = ""
    call_id: str = ""
    words: str = ""

    @property
    def open(self) -> bool:
        """True until an outcome closes it."""
        return self.outcome is None


Attempts = tuple[Attempt, ...]
Plan = tuple[PlannedLeg, ...]


def begin(attempts: Attempts, plan: Plan, step: int, leg: int, at: datetime) -> Attempts:
    """The attempts with one for that leg. Begun twice is begun once."""
    if any((a.step, a.leg) == (step, leg) for a in attempts):
        return attempts
    planned = next((p for p in plan if (p.step, p.leg) == (step, leg)), PlannedLeg(step, leg, ""))
    attempt = Attempt(step=step, leg=leg, to=planned.to, person=planned.person, started_at=at)
    return tuple(sorted((*attempts, attempt), key=lambda a: (a.step, a.leg)))


def close(attempts: Attempts, step: int, leg: int, outcome: Outcome, at: datetime) -> Attempts:
    """The attempts with that leg's outcome sharpened."""
    return tuple(_closed(a, outcome, at) if (a.step, a.leg) == (step, leg) else a for a in attempts)


def close_step(
    attempts: Attempts, plan: Plan, step: int, outcome: Outcome, at: datetime, legs: Sequence[int] = ()
) -> Attempts:
    """What a whole step came to, or the `legs` of it that were dialled at once: all that are still open ended so.

    When none of these legs was ever reported, all of them were tried. Only a bridge is different: of several
    legs one was bridged, nobody told us which, and an attempt that says nothing is better than one that guesses.
    """
    dialled = legs or [p.leg for p in plan if p.step == step]
    mine = [a for a in attempts if a.step == step and (not legs or a.leg in legs)]
    if outcome is Outcome.BRIDGED and sum(1 for a in mine if a.open) > 1:
        return attempts
    if not mine:
        for leg in dialled if outcome is not Outcome.BRIDGED or len(dialled) == 1 else ():
            attempts = begin(attempts, plan, step, leg, at)
    return tuple(_closed(a, outcome, at) if a.step == step and a.leg in dialled and a.open else a for a in attempts)


def last_failure(attempts: Attempts) -> Outcome | None:
    """How the last leg that reached nobody ended."""
    failures = [a.outcome for a in attempts if a.outcome and not a.outcome.taken_care_of]
    return failures[-1] if failures else None


def _closed(attempt: Attempt, outcome: Outcome, at: datetime) -> Attempt:
    return replace(attempt, outcome=sharpen(attempt.outcome, outcome), ended_at=attempt.ended_at or at)
