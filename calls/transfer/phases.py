"""The phases of a transfer, as hooks, the ledger and the events webhook are told of them.

A phase is something that has happened, read off the change an event made; what changed nothing is no phase. Whisper and
consult go through the same ones: at a whisper the briefing begins as the person answers, and a bridge is an acceptance.
"""

from typing import Literal, get_args

from calls.events import CallerResumed, Event, Returned, SummaryReady
from calls.legs.attempts import Attempt, Stage
from calls.outcomes import Outcome
from calls.transfer.model import State, Transfer

Phase = Literal[
    "requested",
    "summary_ready",
    "caller_on_hold",
    "person_dialled",
    "person_ringing",
    "person_answered",
    "briefing_started",
    "accepted",
    "declined",
    "bridged",
    "completed",
    "returned",
    "cancelled",
    "failed",
]
PHASES: tuple[Phase, ...] = get_args(Phase)

_REACHED: dict[Stage, Phase] = {
    "ringing": "person_ringing",
    "answered": "person_answered",
    "briefing": "briefing_started",
    "accepted": "accepted",
}


def phases(before: Transfer | None, event: Event | None, after: Transfer) -> tuple[Phase, ...]:
    """What a change amounts to. `before` and `event` are None for a transfer that has just been asked for."""
    if before is None:
        asked: tuple[Phase, ...] = ("requested", "summary_ready") if after.summary else ("requested",)
        return asked + (() if after.live else _ending(after))
    if before == after:
        return ()
    found: list[Phase] = []
    if isinstance(event, SummaryReady) and after.summary and not before.summary:  # told once; later phases have it all
        found.append("summary_ready")
    if after.state is State.CONSULTING and before.state is State.REQUESTED and after.terms and not after.terms.talk:
        found.append("caller_on_hold")
    for attempt in after.attempts:
        found += _of_leg(_same_leg(before, attempt), attempt, after)
    if after.state is State.BRIDGED and before.state is not State.BRIDGED:
        told_so = after.mechanism == "whisper" and "accepted" not in found
        found += ["accepted", "bridged"] if told_so else ["bridged"]
    if before.live and not after.live:
        found += _ending(after)
    if isinstance(event, Returned | CallerResumed) and after.returned_at and before.returned_at is None:
        found.append("returned")
    return tuple(found)


def about(before: Transfer | None, after: Transfer) -> Attempt | None:
    """The attempt that a change is about: the last one that it changed."""
    known = before.attempts if before else ()
    return next((attempt for attempt in reversed(after.attempts) if attempt not in known), None)


def _same_leg(t: Transfer, attempt: Attempt) -> Attempt | None:
    return next((a for a in t.attempts if (a.step, a.leg) == (attempt.step, attempt.leg)), None)


def _of_leg(before: Attempt | None, after: Attempt, t: Transfer) -> list[Phase]:
    found: list[Phase] = []
    if after.call_id and not (before and before.call_id):  # the platform has taken our order
        found.append("person_dialled")
    if after.stage in _REACHED and after.stage != (before.stage if before else ""):
        found.append(_REACHED[after.stage])
        if after.stage == "answered" and t.mechanism == "whisper":
            found.append("briefing_started")
    if after.outcome is Outcome.DECLINED and (before is None or before.outcome is not Outcome.DECLINED):
        found.append("declined")
    return found


def _ending(t: Transfer) -> tuple[Phase, ...]:
    if t.outcome and t.outcome.taken_care_of:
        return ("completed",)
    return ("cancelled",) if t.outcome is Outcome.CANCELLED else ("failed",)
