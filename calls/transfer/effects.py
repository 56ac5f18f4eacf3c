"""The orders that follow from a change of a transfer, read off the transfer before and after it.

Because they follow from the change and not from the event, an event that is told twice, and so changes nothing the
second time, orders nothing the second time.
"""

from datetime import datetime

from calls.events import (
    Accepted,
    CallerMoved,
    CallerNotMoved,
    Cancelled,
    Declined,
    DialBegun,
    DialPlaced,
    DialRefused,
    Event,
    Flagged,
    LegEnded,
    LegProgressed,
    MessageLeft,
    Returned,
    TimeUp,
)
from calls.legs.attempts import Attempt
from calls.orders import (
    Dial,
    DurableOrder,
    EndLeg,
    KeepMessage,
    MoveCaller,
    MovePerson,
    Order,
    Remind,
    ResumeCaller,
    RunSteps,
    Summarise,
)
from calls.outcomes import Outcome
from calls.transfer.legs import ASIDE, PROMISED, find, has_reached, rest_of, winner
from calls.transfer.missed_calls import missing
from calls.transfer.model import State, Terms, Transfer
from calls.transfer.queue_membership import out_of_line
from calls.transfer.result import cut_short
from calls.transfer.watchdog import ALONE

ANSWERING = 10
"""Seconds a leg may take beyond its ringing until we give it up for lost: dialling, and callbacks that come late."""

LOOKING_AGAIN = 10
"""Seconds after which we ask again whether somebody who has answered is still there."""

MOVING = 10
"""Seconds in which the platform must have moved the caller."""

LEAVING = 3
"""Seconds that a caller's own document needs to leave a conference that has ended."""

SURELY_HOLDS = 8
"""Seconds after the announcement should be over at which every hold has begun."""

# Fixed sentences: what somebody hears last is never left to a model.
CALLER_GONE = "The caller has hung up. Thank you, and goodbye."
TAKEN = "A colleague is taking the call already. Thank you, and goodbye."
NOT_NEEDED = "The caller has been taken care of another way. Thank you, and goodbye."
NOT_POSSIBLE = "I am sorry, the caller cannot be connected any more. Goodbye."


def orders_of(before: Transfer, event: Event, after: Transfer, at: datetime) -> tuple[Order, ...]:
    """What must be done now, in this order."""
    return (*_orders(before, event, after, at), *out_of_line(before, after, at), *missing(before, after))


def _orders(before: Transfer, event: Event, after: Transfer, at: datetime) -> tuple[Order, ...]:
    if isinstance(event, MessageLeft):
        return (_voicemail(after, event, at),)
    if after.terms is None:
        return _declined_by_card(event, after)
    return (
        *_moving(before, event, after),
        *_legs_to_end(before, event, after),
        *_back_to_the_agent(before, event, after, at),
        *_from_the_conference(before, event, after),
        *_dials(before, after, after.terms),
        *_reminders(before, event, after),
    )


def farewell(t: Transfer) -> str:
    """What a person hears whom this transfer no longer needs."""
    if t.outcome is Outcome.CALLER_LEFT:
        return CALLER_GONE
    if t.state in (State.ACCEPTED, State.BRIDGED) or t.outcome is Outcome.BRIDGED:
        return TAKEN
    return NOT_NEEDED if t.outcome in (Outcome.CANCELLED, Outcome.CALLBACK_BOOKED) else NOT_POSSIBLE


def _dials(before: Transfer, after: Transfer, terms: Terms) -> list[DurableOrder]:
    known = {(a.step, a.leg) for a in before.attempts}
    new = [a for a in after.attempts if a.stage == "queued" and (a.step, a.leg) not in known]
    orders: list[DurableOrder] = [Dial(after.id, a.step, a.leg) for a in new]
    if before.state is State.REQUESTED and new:
        orders += [Remind(after.id, "hold", terms.hold_limit), Summarise(after.id)]
    return orders


def _reminders(before: Transfer, event: Event, after: Transfer) -> list[DurableOrder]:
    """From its dial on a leg has its time; one that was answered is asked after, should nobody tell of its end."""
    if after.state is not State.CONSULTING or not isinstance(event, DialBegun | TimeUp):
        return []
    attempt = find(after, event.step, event.leg)
    if attempt is None or not attempt.open:
        return []
    if isinstance(event, TimeUp):
        again = event.of == "attempt"
        return [Remind(after.id, "attempt", LOOKING_AGAIN, step=attempt.step, leg=attempt.leg)] if again else []
    if find(before, event.step, event.leg) == attempt:
        return []
    rings = next(leg.ring_for for leg in after.plan if (leg.step, leg.leg) == (event.step, event.leg))
    return [Remind(after.id, "attempt", rings + ANSWERING, step=attempt.step, leg=attempt.leg)]


def _moving(before: Transfer, event: Event, after: Transfer) -> list[DurableOrder]:
    if after.state is not State.ACCEPTED or before.state is State.ACCEPTED:
        return []
    won = winner(after)
    # By card or text they are still listening to the briefing; by voice or key their own leg is on its way already.
    aside = isinstance(event, Accepted) and event.via in ASIDE and won is not None
    person = [MovePerson(after.id, won.call_id)] if aside and won else []
    return [MoveCaller(after.id), *person, Remind(after.id, "move", MOVING)]


def _legs_to_end(before: Transfer, event: Event, after: Transfer) -> list[DurableOrder]:
    """Legs that nobody needs any more: those a change has closed while they were up, and those that come up late."""
    # Whoever is talking ends it, and the conference with it.
    if before.state is State.BRIDGED and not isinstance(event, CallerNotMoved):
        return []
    closed = [a for a in after.attempts if a.call_id and not a.open and _was_open(before, a) and not _over(event, a)]
    late = [a for a in after.attempts if a.call_id and not a.open and _comes_up(event, a) and a not in closed]
    return [EndLeg(after.id, a.call_id, _words(before, after, a)) for a in (*closed, *late)]


def _was_open(before: Transfer, attempt: Attempt) -> bool:
    return any(a.open for a in before.attempts if (a.step, a.leg) == (attempt.step, attempt.leg))


def _over(event: Event, attempt: Attempt) -> bool:
    """Whether the event itself says that this leg is over, or that its own document is ending it."""
    if not isinstance(event, LegEnded | DialRefused | Accepted | Declined):
        return False
    ends = isinstance(event, LegEnded | DialRefused) or event.via not in ASIDE
    return ends and (event.step, event.leg) == (attempt.step, attempt.leg)


def _comes_up(event: Event, attempt: Attempt) -> bool:
    if not isinstance(event, DialPlaced | LegProgressed):
        return False
    # Whoever has answered gets a document that says it; the same said twice would only be cut off.
    answered = isinstance(event, LegProgressed) and event.state == "answered"
    return not answered and (event.step, event.leg) == (attempt.step, attempt.leg)


def _words(before: Transfer, after: Transfer, attempt: Attempt) -> str:
    if not has_reached(attempt, "answered"):
        return ""
    return farewell(after) if attempt.outcome is not Outcome.DECLINED else NOT_NEEDED


def _back_to_the_agent(before: Transfer, event: Event, after: Transfer, at: datetime) -> list[DurableOrder]:
    was_waiting = before.state in (State.CONSULTING, State.ACCEPTED)
    if was_waiting and after.state is State.TRYING:
        return [RunSteps(after.id, rest_of(after), _unspoken(after, at))]
    ended = before.live and after.state is State.ENDED
    nobody_there = after.outcome is Outcome.CALLER_LEFT or isinstance(event, Returned | Cancelled)
    in_vain = ended and (was_waiting or isinstance(event, CallerNotMoved))
    # Moved after all, when we had given it up: the caller waits where nobody will come.
    too_late = isinstance(event, CallerMoved) and after.state is State.ENDED and after.outcome is not Outcome.BRIDGED
    if (in_vain and not nobody_there) or too_late:
        return _resuming(after, at)
    return _left_by_the_person(before, event, after, at)


def _left_by_the_person(before: Transfer, event: Event, after: Transfer, at: datetime) -> list[DurableOrder]:
    """Whoever accepted has hung up, so early that the caller may have come into an empty conference.

    A caller who has left it, or was given back by the document that follows it, is not disturbed.
    """
    if before.state is not State.BRIDGED or not isinstance(event, LegEnded) or before == after:
        return []
    won = winner(before)
    early = won is not None and (won.stage != "joined" or cut_short(before, at))
    mine = won is not None and (won.step, won.leg) == (event.step, event.leg)
    return [ResumeCaller(after.id, told(after), LEAVING, anew=True)] if mine and early else []


def _resuming(t: Transfer, at: datetime) -> list[DurableOrder]:
    """A hold cannot be ended before it has begun; and how long an announcement takes is only about known."""
    early = _unspoken(t, at) if t.terms and not t.terms.talk else 0.0
    resume = ResumeCaller(t.id, told(t), early)
    return [resume, ResumeCaller(t.id, "", early + SURELY_HOLDS)] if early else [resume]


def _unspoken(t: Transfer, at: datetime) -> float:
    """Seconds until the announcement has been heard to its end, about."""
    return max(0.0, (t.terms.spoken if t.terms else 0.0) - (at - t.started_at).total_seconds())


def _from_the_conference(before: Transfer, event: Event, after: Transfer) -> list[DurableOrder]:
    """Whoever is alone in a conference hears nothing: a person is let go, a caller is brought to an agent."""
    if not isinstance(event, Flagged) or event.flag != ALONE or before.flags == after.flags:
        return []
    if event.data == "caller":
        return [ResumeCaller(after.id, "", anew=True)]
    won = winner(after)
    return [EndLeg(after.id, won.call_id, CALLER_GONE)] if won and won.call_id else []


def told(t: Transfer) -> str:
    """What the agent is told of a consult that reached nobody. The names are said as the file says them."""
    names = dict(t.terms.names) if t.terms else {}
    tried = "; ".join(_tried(a, names.get(a.person or "", "somebody")) for a in t.attempts)
    department = t.terms.department if t.terms else t.destination
    nobody = f"The caller is back with you and knows nothing of it yet. Nobody at {department} could take the call"
    return f"{nobody}{': ' if tried else ''}{tried}. Say so in one sentence, and offer a message or a callback."


def _tried(attempt: Attempt, name: str) -> str:
    how = _HOW.get(attempt.outcome or Outcome.LOST, "could not be reached")
    return f"{name} {how}" + (f' and says: "{attempt.words}"' if attempt.words and _said(attempt) else "")


def _said(attempt: Attempt) -> bool:
    return attempt.outcome is Outcome.DECLINED and attempt.words != PROMISED


_HOW = {
    Outcome.BUSY: "is on another call",
    Outcome.NO_ANSWER: "does not answer",
    Outcome.DECLINED: "cannot take it now",
    Outcome.MACHINE: "is not at the phone",
    Outcome.CANCELLED: "was not ready in time",
}


def _declined_by_card(event: Event, after: Transfer) -> tuple[Order, ...]:
    """A leg of a document whose person declined by card: ending it makes the platform go on."""
    if not isinstance(event, Declined):
        return ()
    declined = find(after, event.step, event.leg)
    return (EndLeg(after.id, declined.call_id),) if declined and declined.call_id else ()


def _voicemail(t: Transfer, event: MessageLeft, at: datetime) -> KeepMessage:
    return KeepMessage(
        key=f"{t.id}:{event.step}",
        kind="voicemail",
        call_id=t.call_id,
        destination=t.destination,
        at=at,
        url=event.url,
        seconds=event.seconds,
        transcript=event.transcript,
        transfer_id=t.id,
        business=t.business,
    )
