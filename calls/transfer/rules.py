"""What each event does to a transfer. `calls/transfer/machine.py` says in which states each rule applies."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from calls.events import (
    CallbackBooked,
    CallerLeft,
    Connected,
    ConnectFailed,
    Disconnected,
    Forgotten,
    HandedOver,
    LegEnded,
    LegProgressed,
    MessageLeft,
    Offered,
    Queued,
    ReferAnswered,
    Returned,
    TextNoted,
    Unqueued,
)
from calls.legs.attempts import HANGUP, Attempt, begin, close, close_step, last_failure
from calls.outcomes import Outcome, sharpen
from calls.transfer import consult_rules, legs
from calls.transfer.model import State, Transfer


def _begin(t: Transfer, step: int, leg: int, at: datetime) -> Transfer:
    return replace(t, attempts=begin(t.attempts, t.plan, step, leg, at))


def _close(t: Transfer, step: int, leg: int, outcome: Outcome, at: datetime) -> Transfer:
    return replace(t, attempts=close(begin(t.attempts, t.plan, step, leg, at), step, leg, outcome, at))


def _close_step(t: Transfer, step: int, outcome: Outcome, at: datetime, legs: Sequence[int] = ()) -> Transfer:
    return replace(t, attempts=close_step(t.attempts, t.plan, step, outcome, at, legs))


def _end(transfer: Transfer, outcome: Outcome, at: datetime, *, inferred: bool = False) -> Transfer:
    known = sharpen(transfer.outcome, outcome)
    # A guess never hardens what is already known, and a fact always settles a guess.
    guess = inferred and (transfer.outcome is None or transfer.inferred)
    return replace(transfer, state=State.ENDED, outcome=known, inferred=guess, ended_at=transfer.ended_at or at)


def leg_progressed(t: Transfer, e: LegProgressed, at: datetime) -> Transfer:
    return replace(_progressed(t, e, at), state=State.TRYING)


def leg_noted(t: Transfer, e: LegProgressed, at: datetime) -> Transfer:
    t = _progressed(t, e, at)
    if t.state is State.WAITING and any(a.to.startswith("queue:") and a.step < e.step for a in t.attempts):
        return replace(_out_of_queues(t, e.step, at), state=State.TRYING)  # the chain has gone on
    return t


def _out_of_queues(t: Transfer, before: int, at: datetime) -> Transfer:
    """Nothing else leads from a queue to a later step than that nobody came."""
    for waited in [a for a in t.attempts if a.step < before and a.to.startswith("queue:")]:
        t = _close(t, waited.step, waited.leg, Outcome.TIMEOUT, at)
    return t


def _progressed(t: Transfer, e: LegProgressed, at: datetime) -> Transfer:
    return legs.reported(_begin(t, e.step, e.leg, at), e)


def leg_after_end(t: Transfer, e: LegProgressed, at: datetime) -> Transfer:
    """A new leg after we concluded that all was over: we were wrong, the chain goes on."""
    if legs.is_consulted(t, e.step, e.leg):  # rung by ourselves, and no longer wanted
        return legs.reported(t, e)
    begun = _begin(t, e.step, e.leg, at)
    told = legs.reported(begun, e)
    if t.inferred and begun != t:
        return replace(told, state=State.TRYING, outcome=None, inferred=False, ended_at=None)
    return told


def leg_ended(t: Transfer, e: LegEnded, at: datetime) -> Transfer:
    if legs.lost(t, e):
        return consult_rules.other_leg_ended(t, e, at)
    outcome = _how_it_ended(t, e)
    t = _close(t, e.step, e.leg, outcome, at)
    if outcome is Outcome.BRIDGED:  # only an answered leg ends by a hangup
        return _bridge_over(t, at)
    tried = [a for a in t.attempts if a.step == e.step]
    if all(a.outcome is Outcome.CANCELLED for a in tried) and t.state is not State.WAITING:
        return _end(t, Outcome.CALLER_LEFT, at, inferred=True)
    return replace(t, state=State.WAITING if t.state is State.WAITING else State.TRYING)


def leg_end_noted(t: Transfer, e: LegEnded, at: datetime) -> Transfer:
    if legs.lost(t, e):
        return consult_rules.other_leg_ended(t, e, at)
    outcome = _how_it_ended(t, e)
    t = _close(t, e.step, e.leg, outcome, at)
    return _bridge_over(t, at) if t.state is State.BRIDGED and outcome is Outcome.BRIDGED else t


def leg_end_sharpens(t: Transfer, e: LegEnded, at: datetime) -> Transfer:
    if legs.lost(t, e):
        return consult_rules.other_leg_ended(t, e, at)
    outcome = _how_it_ended(t, e)
    t = _close(t, e.step, e.leg, outcome, at)
    return replace(t, outcome=sharpen(t.outcome, outcome))


def _how_it_ended(t: Transfer, e: LegEnded) -> Outcome:
    """What the end of a leg means. A person who was told first and asked may hang up without having said yes."""
    asked = any(p.asked and (p.step, p.leg) == (e.step, e.leg) for p in t.plan)
    if e.outcome is not Outcome.BRIDGED or not asked:
        return e.outcome
    if won := legs.winner(t):
        return Outcome.BRIDGED if (won.step, won.leg) == (e.step, e.leg) else Outcome.DECLINED
    known = legs.find(t, e.step, e.leg)
    return Outcome.BRIDGED if t.bridged_at and (known is None or known.open) else Outcome.DECLINED


def _took_it(t: Transfer, e: Connected, at: datetime) -> Transfer:
    """The transfer with whoever was asked and said yes, when the platform says whose leg was bridged."""
    for p in t.plan:
        leg = legs.find(t, p.step, p.leg)
        if p.asked and leg and e.call_id and leg.call_id == e.call_id:
            t = t if leg.open else _close(t, p.step, p.leg, Outcome.BRIDGED, at)  # told of its end before
            return legs.note(t, p.step, p.leg, "accepted")
    return t


def _bridge_over(t: Transfer, at: datetime) -> Transfer:
    """The bridge is over. For good, or the caller is on the way back, which the document will report."""
    if t.final:
        return _end(t, Outcome.BRIDGED, at)
    return replace(t, state=State.BRIDGED, outcome=Outcome.BRIDGED)


def connected(t: Transfer, e: Connected, at: datetime) -> Transfer:
    dialled = e.legs or [p.leg for p in t.plan if p.step == e.step]
    if len(dialled) == 1:
        t = _begin(t, e.step, dialled[0], at)
    t = _took_it(_answered(t, e), e, at)
    return replace(t, state=State.BRIDGED, outcome=Outcome.BRIDGED, bridged_at=t.bridged_at or at)


def _answered(t: Transfer, e: Connected) -> Transfer:
    """A leg that is bridged was answered, though the report of that may be late."""
    mine = next((a for a in t.attempts if a.step == e.step and a.call_id and a.call_id == e.call_id), None)
    return legs.note(t, mine.step, mine.leg, "answered") if mine else t


def connected_late(t: Transfer, e: Connected, at: datetime) -> Transfer:
    t = _took_it(t, e, at)
    return replace(t, outcome=sharpen(t.outcome, Outcome.BRIDGED), inferred=False, bridged_at=t.bridged_at or at)


def connect_failed(t: Transfer, e: ConnectFailed, at: datetime) -> Transfer:
    t = replace(_close_step(t, e.step, e.outcome, at, e.legs), state=State.TRYING)
    goes_on = e.legs and any(planned.step == e.step and planned.leg > e.legs[-1] for planned in t.plan)
    if not goes_on and any(planned.step == e.step + 1 and planned.to == HANGUP for planned in t.plan):
        return _end(t, last_failure(t.attempts) or e.outcome, at)  # the chain ends here, and so does the call
    return t


def connect_failure_noted(t: Transfer, e: ConnectFailed, at: datetime) -> Transfer:
    return _close_step(t, e.step, e.outcome, at, e.legs)


def disconnected(t: Transfer, e: Disconnected, at: datetime) -> Transfer:
    if won := legs.winner(t):
        return _bridge_over(_close(t, won.step, won.leg, Outcome.BRIDGED, at), at)
    asked = [p for p in t.plan if p.step == e.step and p.asked and (not e.legs or p.leg in e.legs)]
    several = len(asked) > 1  # who of them said yes, nobody told us
    return _bridge_over(t if several else _close_step(t, e.step, Outcome.BRIDGED, at, e.legs), at)


def refer_answered(t: Transfer, e: ReferAnswered, at: datetime) -> Transfer:
    t = _close(t, e.step, 0, e.outcome, at)
    return _end(t, e.outcome, at) if e.outcome is Outcome.REFERRED else replace(t, state=State.TRYING)


def refer_noted(t: Transfer, e: ReferAnswered, at: datetime) -> Transfer:
    t = _close(t, e.step, 0, e.outcome, at)
    return replace(t, outcome=sharpen(t.outcome, e.outcome))


def queued(t: Transfer, e: Queued, at: datetime) -> Transfer:
    if not e.here and any(a.step > e.step for a in t.attempts):
        return t  # told late: the chain has gone on
    return replace(_begin(t, e.step, 0, at), state=State.WAITING)


def queued_after_end(t: Transfer, e: Queued, at: datetime) -> Transfer:
    """The caller is in a queue though we concluded that all was over. A callback can be late; the caller's own
    document is not.
    """
    if not (t.inferred and e.here):
        return t
    return replace(queued(t, e, at), outcome=None, inferred=False, ended_at=None)


def unqueued(t: Transfer, e: Unqueued, at: datetime) -> Transfer:
    if e.outcome is Outcome.CALLER_LEFT:  # or the wait was over: what follows will say, and of what the attempt was
        return _end(_begin(t, e.step, 0, at), e.outcome, at, inferred=True)
    t = _close(t, e.step, 0, e.outcome, at)
    if e.outcome is Outcome.BRIDGED:
        return replace(t, state=State.BRIDGED, outcome=Outcome.BRIDGED, bridged_at=t.bridged_at or at)
    if e.outcome is Outcome.CALLBACK_BOOKED:
        return _end(t, e.outcome, at) if t.final else replace(t, state=State.TRYING, outcome=e.outcome)
    return replace(t, state=State.TRYING)


def unqueued_late(t: Transfer, e: Unqueued, at: datetime) -> Transfer:
    if e.outcome is Outcome.CALLER_LEFT:  # a guess at best, and more is known by now
        return t
    t = _close(t, e.step, 0, e.outcome, at)
    return replace(t, outcome=sharpen(t.outcome, e.outcome))


def offered(t: Transfer, e: Offered, at: datetime) -> Transfer:
    """Somebody is asked to take the caller out of a queue, or has answered: that moves nobody yet."""
    if legs.find(t, e.step, e.leg) is None:
        asked = Attempt(step=e.step, leg=e.leg, to=e.to, person=e.person, started_at=at)
        t = replace(t, attempts=tuple(sorted((*t.attempts, asked), key=lambda a: (a.step, a.leg))))
    return replace(t, attempts=close(t.attempts, e.step, e.leg, e.outcome, at)) if e.outcome else t


def callback_booked(t: Transfer, e: CallbackBooked, at: datetime) -> Transfer:
    for number, outcome in e.results:
        t = _close_step(t, number, outcome, at)
    t = _out_of_queues(t, e.step, at)
    if legs.find(t, e.step, 0) is None:
        t = replace(t, attempts=(*t.attempts, Attempt(e.step, 0, "callback", None, at)))
    t = _close(t, e.step, 0, Outcome.CALLBACK_BOOKED, at)
    if t.final or t.state is State.ENDED:
        return _end(t, Outcome.CALLBACK_BOOKED, at)
    return replace(t, state=State.TRYING)


def message_left(t: Transfer, e: MessageLeft, at: datetime) -> Transfer:
    t = _out_of_queues(t, e.step, at)
    return _end(_close(t, e.step, 0, Outcome.MESSAGE_TAKEN, at), Outcome.MESSAGE_TAKEN, at)


def handed_over(t: Transfer, e: HandedOver, at: datetime) -> Transfer:
    for number, outcome in e.results:
        t = _close_step(t, number, outcome, at)
    if t.final:
        return _end(t, Outcome.HANDED_OFF, at)
    return replace(t, state=State.AWAY, outcome=Outcome.HANDED_OFF)


def handed_over_late(t: Transfer, e: HandedOver, at: datetime) -> Transfer:
    return replace(t, outcome=sharpen(t.outcome, Outcome.HANDED_OFF), inferred=False)


def returned(t: Transfer, e: Returned, at: datetime) -> Transfer:
    """The caller is back. What the document noted is the surest account there is of a chain that failed."""
    for number, outcome in e.results:
        t = _close_step(t, number, outcome, at)
    if won := legs.winner(t) if t.outcome is Outcome.BRIDGED else None:
        t = _close(t, won.step, won.leg, Outcome.BRIDGED, at)
    known = None if t.inferred else t.outcome  # a guess that the caller had left was wrong: here is the caller
    reached = next((o for _, o in e.results if o.taken_care_of), None)
    outcome = reached or known or last_failure(t.attempts) or Outcome.FAILED
    t = replace(t, outcome=known, inferred=False, note=e.reason or t.note, returned_at=t.returned_at or at)
    return _end(t, outcome, at)


def returned_late(t: Transfer, e: Returned, at: datetime) -> Transfer:
    return replace(returned(t, e, at), ended_at=t.ended_at)


def caller_left(t: Transfer, e: CallerLeft, at: datetime) -> Transfer:
    for number in {a.step for a in t.attempts}:
        t = _close_step(t, number, Outcome.CANCELLED, at)
    # A hook can come as the agent leaves rather than the caller; a leg that is dialled later will correct it.
    return _end(t, Outcome.CALLER_LEFT, at, inferred=True)


def left_while_taken_care_of(t: Transfer, e: CallerLeft, at: datetime) -> Transfer:
    if won := legs.winner(t):
        t = _close(t, won.step, won.leg, Outcome.BRIDGED, at)
    return _end(t, t.outcome or Outcome.CALLER_LEFT, at)


def forgotten(t: Transfer, e: Forgotten, at: datetime) -> Transfer:
    return _end(t, t.outcome or last_failure(t.attempts) or Outcome.LOST, at, inferred=True)


def text_noted(t: Transfer, e: TextNoted, at: datetime) -> Transfer:
    """A text message changes nothing about the transfer; it is kept in its journal."""
    return t
