"""What each event does to a consult: a person is rung and briefed while the caller waits with the agent.

The legs of one group ring together; when none of them takes the call, the next group is rung. What must be done about
a change (ring, hang up, move the caller) is not decided here: `calls/transfer/effects.py` reads it off the change.
"""

from dataclasses import replace
from datetime import datetime

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
    DialPutOff,
    DialRefused,
    Flagged,
    Forgotten,
    LegEnded,
    LegProgressed,
    PersonJoined,
    Returned,
    SummaryReady,
    TimeUp,
)
from calls.legs.attempts import Attempt, PlannedLeg, last_failure
from calls.outcomes import Outcome
from calls.transfer import legs
from calls.transfer.model import State, Transfer

ADDED = "added by the caller"
"""The fact under which what the caller adds while waiting is kept."""

_HUNG_UP = "hung up while being told about it"


def _ring(t: Transfer, group: tuple[PlannedLeg, ...], at: datetime) -> Transfer:
    new = tuple(Attempt(leg.step, leg.leg, leg.to, leg.person, at, stage="queued") for leg in group)
    return replace(t, state=State.CONSULTING, attempts=(*t.attempts, *new))


def _onward(t: Transfer, at: datetime) -> Transfer:
    """What follows when a leg is over: wait for the others of its group, ring the next, or nobody takes the call."""
    if any(a.open for a in t.attempts):
        return t
    if group := legs.next_group(t):
        return _ring(t, group, at)
    if legs.rest_of(t):
        return replace(t, state=State.TRYING)
    return _end(t, last_failure(t.attempts) or Outcome.FAILED, at)


def _end(t: Transfer, outcome: Outcome, at: datetime) -> Transfer:
    return replace(t, state=State.ENDED, outcome=outcome, inferred=False, ended_at=t.ended_at or at)


# --- the rules ----------------------------------------------------------------------------------------------------


def begun(t: Transfer, e: ConsultBegun, at: datetime) -> Transfer:
    return _ring(t, legs.next_group(t), at)


def dial_begun(t: Transfer, e: DialBegun, at: datetime) -> Transfer:
    return legs.note(t, e.step, e.leg, "dialling")


def dial_put_off(t: Transfer, e: DialPutOff, at: datetime) -> Transfer:
    again = tuple(
        replace(a, stage="queued") if (a.step, a.leg) == (e.step, e.leg) and a.stage == "dialling" else a
        for a in t.attempts
    )
    return replace(t, attempts=again)


def person_joined(t: Transfer, e: PersonJoined, at: datetime) -> Transfer:
    won = legs.winner(t)
    mine = won is not None and (won.step, won.leg) == (e.step, e.leg)
    return legs.note(t, e.step, e.leg, "joined") if mine else t


def dial_placed(t: Transfer, e: DialPlaced, at: datetime) -> Transfer:
    return legs.note(t, e.step, e.leg, "dialling", e.call_id)


def dial_refused(t: Transfer, e: DialRefused, at: datetime) -> Transfer:
    if not _is_open(t, e.step, e.leg):
        return t
    return _onward(replace(legs.close(t, e.step, e.leg, Outcome.FAILED, at), error=e.error), at)


def leg_progressed(t: Transfer, e: LegProgressed, at: datetime) -> Transfer:
    return legs.reported(t, e)


def leg_ended(t: Transfer, e: LegEnded, at: datetime) -> Transfer:
    if not _is_open(t, e.step, e.leg):
        return t
    outcome, words = e.outcome, ""
    if outcome is Outcome.BRIDGED:  # only an answered leg ends by a hangup, and this one was not accepted
        outcome, words = Outcome.DECLINED, _HUNG_UP
    return _onward(legs.close(t, e.step, e.leg, outcome, at, words), at)


def other_leg_ended(t: Transfer, e: LegEnded, at: datetime) -> Transfer:
    """A leg of a consult that is over or decided: whoever did not take the call was not bridged."""
    if e.outcome is Outcome.BRIDGED and not _is_open(t, e.step, e.leg):  # we hung up
        return t
    outcome = Outcome.DECLINED if e.outcome is Outcome.BRIDGED else e.outcome
    return legs.close(t, e.step, e.leg, outcome, at)


def leg_ended_on_the_way(t: Transfer, e: LegEnded, at: datetime) -> Transfer:
    """A leg is over while the caller is on the way. If it is the one who accepted, nobody is there any more."""
    won = legs.winner(t)
    if won is None or (won.step, won.leg) != (e.step, e.leg):
        return other_leg_ended(t, e, at)
    t = legs.close(t, e.step, e.leg, Outcome.DECLINED, at, "hung up after accepting")
    return _end(t, Outcome.DECLINED, at)


def briefing_started(t: Transfer, e: BriefingStarted, at: datetime) -> Transfer:
    return legs.note(t, e.step, e.leg, "briefing", e.call_id)


def accepted(t: Transfer, e: Accepted, at: datetime) -> Transfer:
    attempt = legs.find(t, e.step, e.leg)
    if attempt is None or not attempt.open:
        return t
    if not legs.has_reached(attempt, "answered") and not e.call_id:
        promised = replace(attempt, words=legs.PROMISED)
        return replace(t, attempts=tuple(promised if a == attempt else a for a in t.attempts))
    t = legs.note(t, e.step, e.leg, "accepted", e.call_id)
    return replace(legs.close_open(t, Outcome.CANCELLED, at), state=State.ACCEPTED)


def declined(t: Transfer, e: Declined, at: datetime) -> Transfer:
    if not _is_open(t, e.step, e.leg):
        return t
    return _onward(legs.close(t, e.step, e.leg, Outcome.DECLINED, at, e.words), at)


def declined_in_a_document(t: Transfer, e: Declined, at: datetime) -> Transfer:
    """Declined by card while the platform rings: the leg is ended, and the document goes on by itself."""
    return legs.close(t, e.step, e.leg, Outcome.DECLINED, at, e.words)


def moved_too_late(t: Transfer, e: CallerMoved, at: datetime) -> Transfer:
    """The caller was moved after we had given up; the order that follows brings them back."""
    return t


def caller_moved(t: Transfer, e: CallerMoved | Connected, at: datetime) -> Transfer:
    return replace(t, state=State.BRIDGED, outcome=Outcome.BRIDGED, bridged_at=t.bridged_at or at)


def caller_not_moved(t: Transfer, e: CallerNotMoved, at: datetime) -> Transfer:
    t = replace(t, error=e.error)
    if won := legs.winner(t):
        t = legs.close(t, won.step, won.leg, Outcome.CANCELLED, at)
    failed = Outcome.CALLER_LEFT if e.gone else last_failure(t.attempts) or Outcome.FAILED
    return _end(t, Outcome.FAILED if won and not e.gone else failed, at)


def never_met(t: Transfer, e: CallerNotMoved, at: datetime) -> Transfer:
    """The caller hung up on the way to the conference, after the platform had taken our order to move them there."""
    return caller_not_moved(t, e, at) if e.gone else t


def caller_resumed(t: Transfer, e: CallerResumed, at: datetime) -> Transfer:
    return replace(t, returned_at=t.returned_at or at)


def caller_left(t: Transfer, e: CallerLeft, at: datetime) -> Transfer:
    return _end(legs.close_open(t, Outcome.CANCELLED, at), Outcome.CALLER_LEFT, at)


def cancelled(t: Transfer, e: Cancelled, at: datetime) -> Transfer:
    return _end(legs.close_open(t, Outcome.CANCELLED, at), e.outcome, at)


def back_from_the_bridge(t: Transfer, e: Returned, at: datetime) -> Transfer:
    """The caller was with the person after all, though nobody had told us, and that is over."""
    t = caller_moved(t, CallerMoved(), at)
    if won := legs.winner(t):
        t = legs.close(t, won.step, won.leg, Outcome.BRIDGED, at)
    return replace(_end(t, Outcome.BRIDGED, at), returned_at=at)


def returned(t: Transfer, e: Returned, at: datetime) -> Transfer:
    """The agent has the caller while somebody is still rung: the platform's own limit on the hold has passed."""
    t = replace(legs.close_open(t, Outcome.CANCELLED, at), returned_at=at, note=e.reason or t.note)
    return _end(t, Outcome.TIMEOUT, at)


def time_up(t: Transfer, e: TimeUp, at: datetime) -> Transfer:
    if e.of == "hold":
        return _end(legs.close_open(t, Outcome.CANCELLED, at), Outcome.TIMEOUT, at)
    attempt = legs.find(t, e.step, e.leg)
    if e.of == "move" or attempt is None or not attempt.open or legs.has_reached(attempt, "answered"):
        return t
    outcome = Outcome.NO_ANSWER if attempt.stage == "ringing" else Outcome.FAILED
    return _onward(legs.close(t, e.step, e.leg, outcome, at), at)


def time_up_on_the_way(t: Transfer, e: TimeUp, at: datetime) -> Transfer:
    return caller_not_moved(t, CallerNotMoved("the caller could not be moved in time"), at) if e.of == "move" else t


def forgotten(t: Transfer, e: Forgotten, at: datetime) -> Transfer:
    t = legs.close_open(t, Outcome.LOST, at)
    if won := legs.winner(t):
        t = legs.close(t, won.step, won.leg, Outcome.LOST, at)
    return replace(_end(t, Outcome.LOST, at), inferred=True)


def summary_ready(t: Transfer, e: SummaryReady, at: datetime) -> Transfer:
    """What the caller adds stays, whoever sums up the rest."""
    if e.source == "caller" and (ADDED, e.summary) in t.facts:
        return t
    added = [value for name, value in t.facts if name == ADDED]
    if e.source == "caller":
        return replace(t, summary=_joined(t.summary, e.summary), facts=(*t.facts, (ADDED, e.summary)))
    return replace(t, summary=_joined(e.summary, *added))


def _joined(*texts: str) -> str:
    return " ".join(filter(None, texts))


def flagged(t: Transfer, e: Flagged, at: datetime) -> Transfer:
    return t if e.flag in t.flags else replace(t, flags=(*t.flags, e.flag))


def _is_open(t: Transfer, step: int, leg: int) -> bool:
    attempt = legs.find(t, step, leg)
    return attempt is not None and attempt.open
