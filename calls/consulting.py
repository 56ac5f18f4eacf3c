"""What each event does to a consult: a person is rung and briefed while the caller waits with the agent.

The legs of one group ring together; when none of them takes the call, the next group is rung. What must be done about
a change (ring, hang up, move the caller) is not decided here: `calls/following.py` reads it off the change itself.
"""

from dataclasses import replace
from datetime import datetime

from calls.attempts import Attempt, PlannedLeg, Stage, last_failure
from calls.events import (
    Accepted,
    BriefingStarted,
    CallerLeft,
    CallerMoved,
    CallerNotMoved,
    CallerResumed,
    Cancelled,
    Connected,
    ConsultBegun,
    Declined,
    DialBegun,
    DialPlaced,
    DialRefused,
    Flagged,
    Forgotten,
    LegEnded,
    LegProgressed,
    Returned,
    SummaryReady,
    TimeUp,
)
from calls.outcomes import Outcome, sharpen
from calls.record import State, Transfer

STAGES: tuple[Stage, ...] = ("", "queued", "dialling", "ringing", "answered", "briefing", "accepted")
PROMISED = "accepted by card"
"""What an attempt says whose person has accepted before picking up the phone."""

_REPORTED: dict[str, Stage] = {"created": "dialling", "ringing": "ringing", "answered": "answered"}
_HUNG_UP = "hung up while being told about it"


# --- the legs -----------------------------------------------------------------------------------------------------


def find(t: Transfer, step: int, leg: int) -> Attempt | None:
    """The attempt of one leg."""
    return next((a for a in t.attempts if (a.step, a.leg) == (step, leg)), None)


def winner(t: Transfer) -> Attempt | None:
    """The attempt whose person has accepted."""
    return next((a for a in t.attempts if a.stage == "accepted"), None)


def note(t: Transfer, step: int, leg: int, stage: Stage = "", call_id: str = "") -> Transfer:
    """The transfer with an attempt that has come as far as `stage`, and whose leg has this id. It only ever goes on."""
    return replace(t, attempts=tuple(_further(a, step, leg, stage, call_id) for a in t.attempts))


def _further(a: Attempt, step: int, leg: int, stage: Stage, call_id: str) -> Attempt:
    if (a.step, a.leg) != (step, leg):
        return a
    further = stage if STAGES.index(stage) > STAGES.index(a.stage) else a.stage
    return replace(a, stage=further, call_id=a.call_id or call_id)


def reported(t: Transfer, e: LegProgressed) -> Transfer:
    """A leg's attempt with what a callback told of it."""
    return note(t, e.step, e.leg, _REPORTED[e.state], e.call_id)


def _close(t: Transfer, step: int, leg: int, outcome: Outcome, at: datetime, words: str = "") -> Transfer:
    def closed(a: Attempt) -> Attempt:
        known = sharpen(a.outcome, outcome)
        said = words or a.words if a.words == PROMISED else a.words or words
        return replace(a, outcome=known, ended_at=a.ended_at or at, words=said)

    return replace(t, attempts=tuple(closed(a) if (a.step, a.leg) == (step, leg) else a for a in t.attempts))


def close_open(t: Transfer, outcome: Outcome, at: datetime) -> Transfer:
    """The transfer with every attempt closed that is still going on, but for the one that was accepted."""
    for a in t.attempts:
        if a.open and a.stage != "accepted":
            t = _close(t, a.step, a.leg, outcome, at)
    return t


# --- whom to ring next --------------------------------------------------------------------------------------------


def _consulted(t: Transfer) -> tuple[PlannedLeg, ...]:
    """The legs a consult rings: those of the steps at the beginning of the chain that ring people."""
    legs: list[PlannedLeg] = []
    for leg in t.plan:
        if not leg.ring_for or (legs and leg.step > legs[-1].step + 1):
            break
        legs.append(leg)
    return tuple(legs)


def _next_group(t: Transfer) -> tuple[PlannedLeg, ...]:
    tried = {(a.step, a.leg) for a in t.attempts}
    waiting = [leg for leg in _consulted(t) if (leg.step, leg.leg) not in tried]
    return tuple(leg for leg in waiting if (leg.step, leg.group) == (waiting[0].step, waiting[0].group))


def rest_of(t: Transfer) -> int:
    """The step of the chain to go on with when nobody takes the call; 0 when the agent is the last resort."""
    legs = _consulted(t)
    after = legs[-1].step + 1 if legs else 0
    return after if any(leg.step == after for leg in t.plan) else 0


def _ring(t: Transfer, group: tuple[PlannedLeg, ...], at: datetime) -> Transfer:
    new = tuple(Attempt(leg.step, leg.leg, leg.to, leg.person, at, stage="queued") for leg in group)
    return replace(t, state=State.CONSULTING, attempts=(*t.attempts, *new))


def _onward(t: Transfer, at: datetime) -> Transfer:
    """What follows when a leg is over: wait for the others of its group, ring the next, or nobody takes the call."""
    if any(a.open for a in t.attempts):
        return t
    if group := _next_group(t):
        return _ring(t, group, at)
    if rest_of(t):
        return replace(t, state=State.TRYING)
    return _end(t, last_failure(t.attempts) or Outcome.FAILED, at)


def _end(t: Transfer, outcome: Outcome, at: datetime) -> Transfer:
    return replace(t, state=State.ENDED, outcome=outcome, inferred=False, ended_at=t.ended_at or at)


# --- the rules ----------------------------------------------------------------------------------------------------


def begun(t: Transfer, e: ConsultBegun, at: datetime) -> Transfer:
    return _ring(t, _next_group(t), at)


def dial_begun(t: Transfer, e: DialBegun, at: datetime) -> Transfer:
    return note(t, e.step, e.leg, "dialling")


def dial_placed(t: Transfer, e: DialPlaced, at: datetime) -> Transfer:
    return note(t, e.step, e.leg, "dialling", e.call_id)


def dial_refused(t: Transfer, e: DialRefused, at: datetime) -> Transfer:
    if not _is_open(t, e.step, e.leg):
        return t
    return _onward(replace(_close(t, e.step, e.leg, Outcome.FAILED, at), error=e.error), at)


def leg_progressed(t: Transfer, e: LegProgressed, at: datetime) -> Transfer:
    return reported(t, e)


def leg_ended(t: Transfer, e: LegEnded, at: datetime) -> Transfer:
    if not _is_open(t, e.step, e.leg):
        return t
    outcome, words = e.outcome, ""
    if outcome is Outcome.BRIDGED:  # only an answered leg ends by a hangup, and this one was not accepted
        outcome, words = Outcome.DECLINED, _HUNG_UP
    return _onward(_close(t, e.step, e.leg, outcome, at, words), at)


def lost(t: Transfer, e: LegEnded) -> bool:
    """Whether this is a leg that a consult rang, and not the one whose person has the caller."""
    won = winner(t)
    rung = t.terms is not None and any((leg.step, leg.leg) == (e.step, e.leg) for leg in _consulted(t))
    return rung and not (won and (won.step, won.leg) == (e.step, e.leg) and t.outcome is Outcome.BRIDGED)


def other_leg_ended(t: Transfer, e: LegEnded, at: datetime) -> Transfer:
    """A leg of a consult that is over or decided: whoever did not take the call was not bridged."""
    if e.outcome is Outcome.BRIDGED and not _is_open(t, e.step, e.leg):  # we hung up
        return t
    outcome = Outcome.DECLINED if e.outcome is Outcome.BRIDGED else e.outcome
    return _close(t, e.step, e.leg, outcome, at)


def leg_ended_on_the_way(t: Transfer, e: LegEnded, at: datetime) -> Transfer:
    """A leg is over while the caller is on the way. If it is the one who accepted, nobody is there any more."""
    won = winner(t)
    if won is None or (won.step, won.leg) != (e.step, e.leg):
        return other_leg_ended(t, e, at)
    t = _close(t, e.step, e.leg, Outcome.DECLINED, at, "hung up after accepting")
    return _end(t, Outcome.DECLINED, at)


def briefing_started(t: Transfer, e: BriefingStarted, at: datetime) -> Transfer:
    return note(t, e.step, e.leg, "briefing", e.call_id)


def accepted(t: Transfer, e: Accepted, at: datetime) -> Transfer:
    attempt = find(t, e.step, e.leg)
    if attempt is None or not attempt.open:
        return t
    if STAGES.index(attempt.stage) < STAGES.index("answered") and not e.call_id:
        promised = replace(attempt, words=PROMISED)
        return replace(t, attempts=tuple(promised if a == attempt else a for a in t.attempts))
    t = note(t, e.step, e.leg, "accepted", e.call_id)
    return replace(close_open(t, Outcome.CANCELLED, at), state=State.ACCEPTED)


def declined(t: Transfer, e: Declined, at: datetime) -> Transfer:
    if not _is_open(t, e.step, e.leg):
        return t
    return _onward(_close(t, e.step, e.leg, Outcome.DECLINED, at, e.words), at)


def declined_in_a_document(t: Transfer, e: Declined, at: datetime) -> Transfer:
    """Declined by card while the platform rings: the leg is ended, and the document goes on by itself."""
    return _close(t, e.step, e.leg, Outcome.DECLINED, at, e.words)


def moved_too_late(t: Transfer, e: CallerMoved, at: datetime) -> Transfer:
    """The caller was moved after we had given up; the order that follows brings them back."""
    return t


def caller_moved(t: Transfer, e: CallerMoved | Connected, at: datetime) -> Transfer:
    return replace(t, state=State.BRIDGED, outcome=Outcome.BRIDGED, bridged_at=t.bridged_at or at)


def caller_not_moved(t: Transfer, e: CallerNotMoved, at: datetime) -> Transfer:
    t = replace(t, error=e.error)
    if won := winner(t):
        t = _close(t, won.step, won.leg, Outcome.CANCELLED, at)
    failed = Outcome.CALLER_LEFT if e.gone else last_failure(t.attempts) or Outcome.FAILED
    return _end(t, Outcome.FAILED if won and not e.gone else failed, at)


def never_met(t: Transfer, e: CallerNotMoved, at: datetime) -> Transfer:
    """The caller hung up on the way to the conference, after the platform had taken our order to move them there."""
    return caller_not_moved(t, e, at) if e.gone else t


def caller_resumed(t: Transfer, e: CallerResumed, at: datetime) -> Transfer:
    return replace(t, returned_at=t.returned_at or at)


def caller_left(t: Transfer, e: CallerLeft, at: datetime) -> Transfer:
    return _end(close_open(t, Outcome.CANCELLED, at), Outcome.CALLER_LEFT, at)


def cancelled(t: Transfer, e: Cancelled, at: datetime) -> Transfer:
    return _end(close_open(t, Outcome.CANCELLED, at), e.outcome, at)


def back_from_the_bridge(t: Transfer, e: Returned, at: datetime) -> Transfer:
    """The caller was with the person after all, though nobody had told us, and that is over."""
    t = caller_moved(t, CallerMoved(), at)
    if won := winner(t):
        t = _close(t, won.step, won.leg, Outcome.BRIDGED, at)
    return replace(_end(t, Outcome.BRIDGED, at), returned_at=at)


def returned(t: Transfer, e: Returned, at: datetime) -> Transfer:
    """The agent has the caller while somebody is still rung: the platform's own limit on the hold has passed."""
    t = replace(close_open(t, Outcome.CANCELLED, at), returned_at=at, note=e.reason or t.note)
    return _end(t, Outcome.TIMEOUT, at)


def time_up(t: Transfer, e: TimeUp, at: datetime) -> Transfer:
    if e.of == "hold":
        return _end(close_open(t, Outcome.CANCELLED, at), Outcome.TIMEOUT, at)
    attempt = find(t, e.step, e.leg)
    if e.of == "move" or attempt is None or not attempt.open or STAGES.index(attempt.stage) >= STAGES.index("answered"):
        return t
    outcome = Outcome.NO_ANSWER if attempt.stage == "ringing" else Outcome.FAILED
    return _onward(_close(t, e.step, e.leg, outcome, at), at)


def time_up_on_the_way(t: Transfer, e: TimeUp, at: datetime) -> Transfer:
    return caller_not_moved(t, CallerNotMoved("the caller could not be moved in time"), at) if e.of == "move" else t


def forgotten(t: Transfer, e: Forgotten, at: datetime) -> Transfer:
    t = close_open(t, Outcome.LOST, at)
    if won := winner(t):
        t = _close(t, won.step, won.leg, Outcome.LOST, at)
    return replace(_end(t, Outcome.LOST, at), inferred=True)


def summary_ready(t: Transfer, e: SummaryReady, at: datetime) -> Transfer:
    if e.source == "caller":
        return replace(t, summary=" ".join(filter(None, (t.summary, e.summary))))
    return replace(t, summary=e.summary)


def flagged(t: Transfer, e: Flagged, at: datetime) -> Transfer:
    return t if e.flag in t.flags else replace(t, flags=(*t.flags, e.flag))


def _is_open(t: Transfer, step: int, leg: int) -> bool:
    attempt = find(t, step, leg)
    return attempt is not None and attempt.open
