"""One transfer's life as a table, shared by every mechanism.

A transfer is asked for by a tool call and ends in exactly one outcome. In between the platform tells us things: by
callbacks, which come late, twice, out of order or never, and by the documents themselves, which note what happened
and bring it back with the caller. Every such report is an event; `TABLE` says for each state what it does, and which
states it may lead to. The pairs that change nothing are in `IGNORED`, so that none is forgotten.

Two rules make reports in any order harmless. A record is only ever *sharpened*: a surer outcome replaces a less sure
one, never the other way round. And an outcome that was only *inferred* (every leg was cancelled, so the caller must
have left) gives way when a later report shows that the transfer is still going on.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from calls.events import (
    CallerLeft,
    Connected,
    ConnectFailed,
    Disconnected,
    Event,
    Forgotten,
    HandedOver,
    LegEnded,
    LegProgressed,
    MessageLeft,
    Queued,
    ReferAnswered,
    Returned,
    TextNoted,
    Unqueued,
)
from calls.orders import KeepMessage, Order
from calls.outcomes import Outcome, sharpen

Mechanism = Literal[
    "connect", "swml_transfer", "sip_refer", "whisper", "consult", "queue", "voicemail", "callback"
]


class State(StrEnum):
    """Where a transfer stands. ENDED is final, though a later report may still sharpen what is known of it."""

    REQUESTED = "requested"  # the tool has answered; nothing has been heard since
    TRYING = "trying"  # a step of the chain is under way
    WAITING = "waiting"  # the caller waits in a queue
    BRIDGED = "bridged"  # caller and person hear each other
    AWAY = "away"  # another agent has the caller, who will come back
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PlannedLeg:
    """Who a step would ring, known before anything rings. `to` is E.164, a URI, or a queue's or agent's name."""

    step: int
    leg: int
    to: str
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One leg that was really tried."""

    step: int
    leg: int
    to: str
    person: str | None
    started_at: datetime
    outcome: Outcome | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """One transfer and all that is known of it. `version` counts its changes, for compare-and-set."""

    id: str
    ref: str
    call_id: str
    mechanism: Mechanism
    destination: str
    final: bool
    reason: str
    summary: str
    agent: str
    started_at: datetime
    plan: tuple[PlannedLeg, ...] = ()
    state: State = State.REQUESTED
    outcome: Outcome | None = None
    inferred: bool = False
    ended_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    version: int = 0

    @property
    def live(self) -> bool:
        """True until an outcome has closed it."""
        return self.state is not State.ENDED


Change = tuple[Transfer, tuple[Order, ...]]
Rule = Callable[[Transfer, Any, datetime], Transfer]


class Row(NamedTuple):
    """What an event does to a transfer in some state, and the states it may lead to."""

    rule: Rule
    leads_to: frozenset[State]


def step(transfer: Transfer, event: Event, at: datetime) -> Change:
    """The transfer after `event`, and the orders that follow from it. Unchanged (the same object) when ignored."""
    pair = (transfer.state, type(event))
    if pair in IGNORED:
        return transfer, ()
    row = TABLE[pair]
    changed = row.rule(transfer, event, at)
    if changed.state not in row.leads_to:
        raise AssertionError(f"{pair} led to {changed.state}, which the table does not allow")
    if changed != transfer:
        changed = replace(changed, version=transfer.version + 1)
    return changed, _orders(transfer, event, at)


def _orders(transfer: Transfer, event: Event, at: datetime) -> tuple[Order, ...]:
    if not isinstance(event, MessageLeft):
        return ()
    return (
        KeepMessage(
            key=f"{transfer.id}:{event.step}",
            kind="voicemail",
            call_id=transfer.call_id,
            destination=transfer.destination,
            at=at,
            url=event.url,
            seconds=event.seconds,
            transfer_id=transfer.id,
        ),
    )


# --- attempts -----------------------------------------------------------------------------------------------------


def _begin(transfer: Transfer, step: int, leg: int, at: datetime) -> Transfer:
    """The transfer with an attempt for that leg; the same object when there is one already."""
    if any((a.step, a.leg) == (step, leg) for a in transfer.attempts):
        return transfer
    planned = next((p for p in transfer.plan if (p.step, p.leg) == (step, leg)), PlannedLeg(step, leg, ""))
    attempt = Attempt(step=step, leg=leg, to=planned.to, person=planned.person, started_at=at)
    attempts = sorted((*transfer.attempts, attempt), key=lambda a: (a.step, a.leg))
    return replace(transfer, attempts=tuple(attempts))


def _close(transfer: Transfer, step: int, leg: int | None, outcome: Outcome, at: datetime) -> Transfer:
    """Sharpen the outcome of one leg's attempt, or (leg None) of every attempt of the step that is still open."""

    def closed(a: Attempt) -> Attempt:
        mine = a.step == step and (a.outcome is None if leg is None else a.leg == leg)
        if not mine:
            return a
        return replace(a, outcome=sharpen(a.outcome, outcome), ended_at=a.ended_at or at)

    attempts = tuple(closed(a) for a in transfer.attempts)
    return transfer if attempts == transfer.attempts else replace(transfer, attempts=attempts)


def _close_step(transfer: Transfer, step: int, outcome: Outcome, at: datetime) -> Transfer:
    """What a whole step came to. When no leg of it was ever reported, its planned legs are counted as tried."""
    if not any(a.step == step for a in transfer.attempts):
        legs = [p.leg for p in transfer.plan if p.step == step] or [0]
        # Of several legs only one can have been bridged, and nobody told us which.
        for leg in legs if outcome is not Outcome.BRIDGED or len(legs) == 1 else ():
            transfer = _begin(transfer, step, leg, at)
    return _close(transfer, step, None, outcome, at)


def _end(transfer: Transfer, outcome: Outcome, at: datetime, *, inferred: bool = False) -> Transfer:
    known = sharpen(transfer.outcome, outcome)
    # A guess never hardens what is already known, and a fact always settles a guess.
    guess = inferred and (transfer.outcome is None or transfer.inferred)
    return replace(
        transfer, state=State.ENDED, outcome=known, inferred=guess, ended_at=transfer.ended_at or at
    )


def _last_failure(transfer: Transfer) -> Outcome | None:
    failures = [a.outcome for a in transfer.attempts if a.outcome and not a.outcome.taken_care_of]
    return failures[-1] if failures else None


# --- rules --------------------------------------------------------------------------------------------------------


def _leg_progressed(t: Transfer, e: LegProgressed, at: datetime) -> Transfer:
    begun = _begin(t, e.step, e.leg, at)
    return replace(begun, state=State.TRYING)


def _leg_noted(t: Transfer, e: LegProgressed, at: datetime) -> Transfer:
    return _begin(t, e.step, e.leg, at)


def _leg_after_end(t: Transfer, e: LegProgressed, at: datetime) -> Transfer:
    """A new leg after we concluded that all was over: we were wrong, the chain goes on."""
    begun = _begin(t, e.step, e.leg, at)
    if t.inferred and begun is not t:
        return replace(begun, state=State.TRYING, outcome=None, inferred=False, ended_at=None)
    return begun


def _leg_ended(t: Transfer, e: LegEnded, at: datetime) -> Transfer:
    t = _close(_begin(t, e.step, e.leg, at), e.step, e.leg, e.outcome, at)
    if e.outcome is Outcome.BRIDGED:  # only an answered leg ends by a hangup
        return _bridge_over(t, at)
    legs = [a for a in t.attempts if a.step == e.step]
    if all(a.outcome is Outcome.CANCELLED for a in legs) and t.state is not State.WAITING:
        return _end(t, Outcome.CALLER_LEFT, at, inferred=True)
    return replace(t, state=State.WAITING if t.state is State.WAITING else State.TRYING)


def _leg_end_noted(t: Transfer, e: LegEnded, at: datetime) -> Transfer:
    t = _close(_begin(t, e.step, e.leg, at), e.step, e.leg, e.outcome, at)
    return _bridge_over(t, at) if t.state is State.BRIDGED and e.outcome is Outcome.BRIDGED else t


def _leg_end_sharpens(t: Transfer, e: LegEnded, at: datetime) -> Transfer:
    t = _close(_begin(t, e.step, e.leg, at), e.step, e.leg, e.outcome, at)
    return replace(t, outcome=sharpen(t.outcome, e.outcome))


def _bridge_over(t: Transfer, at: datetime) -> Transfer:
    """The bridge is over. For good, or the caller is on the way back, which the document will report."""
    if t.final:
        return _end(t, Outcome.BRIDGED, at)
    return replace(t, state=State.BRIDGED, outcome=Outcome.BRIDGED)


def _connected(t: Transfer, e: Connected, at: datetime) -> Transfer:
    legs = [p.leg for p in t.plan if p.step == e.step]
    if len(legs) == 1:
        t = _begin(t, e.step, legs[0], at)
    return replace(t, state=State.BRIDGED, outcome=Outcome.BRIDGED)


def _connected_late(t: Transfer, e: Connected, at: datetime) -> Transfer:
    return replace(t, outcome=sharpen(t.outcome, Outcome.BRIDGED), inferred=False)


def _connect_failed(t: Transfer, e: ConnectFailed, at: datetime) -> Transfer:
    return replace(_close_step(t, e.step, e.outcome, at), state=State.TRYING)


def _connect_failure_noted(t: Transfer, e: ConnectFailed, at: datetime) -> Transfer:
    return _close_step(t, e.step, e.outcome, at)


def _disconnected(t: Transfer, e: Disconnected, at: datetime) -> Transfer:
    return _bridge_over(_close_step(t, e.step, Outcome.BRIDGED, at), at)


def _refer_answered(t: Transfer, e: ReferAnswered, at: datetime) -> Transfer:
    t = _close(_begin(t, e.step, 0, at), e.step, 0, e.outcome, at)
    return _end(t, e.outcome, at) if e.outcome is Outcome.REFERRED else replace(t, state=State.TRYING)


def _refer_noted(t: Transfer, e: ReferAnswered, at: datetime) -> Transfer:
    t = _close(_begin(t, e.step, 0, at), e.step, 0, e.outcome, at)
    return replace(t, outcome=sharpen(t.outcome, e.outcome))


def _queued(t: Transfer, e: Queued, at: datetime) -> Transfer:
    return replace(_begin(t, e.step, 0, at), state=State.WAITING)


def _unqueued(t: Transfer, e: Unqueued, at: datetime) -> Transfer:
    t = _close(_begin(t, e.step, 0, at), e.step, 0, e.outcome, at)
    if e.outcome is Outcome.BRIDGED:
        return replace(t, state=State.BRIDGED, outcome=Outcome.BRIDGED)
    if e.outcome is Outcome.CALLER_LEFT:
        return _end(t, e.outcome, at)
    return replace(t, state=State.TRYING)


def _unqueued_late(t: Transfer, e: Unqueued, at: datetime) -> Transfer:
    t = _close(_begin(t, e.step, 0, at), e.step, 0, e.outcome, at)
    return replace(t, outcome=sharpen(t.outcome, e.outcome))


def _message_left(t: Transfer, e: MessageLeft, at: datetime) -> Transfer:
    return _end(t, Outcome.MESSAGE_TAKEN, at)


def _handed_over(t: Transfer, e: HandedOver, at: datetime) -> Transfer:
    if t.final:
        return _end(t, Outcome.HANDED_OFF, at)
    return replace(t, state=State.AWAY, outcome=Outcome.HANDED_OFF)


def _handed_over_late(t: Transfer, e: HandedOver, at: datetime) -> Transfer:
    return replace(t, outcome=sharpen(t.outcome, Outcome.HANDED_OFF), inferred=False)


def _returned(t: Transfer, e: Returned, at: datetime) -> Transfer:
    """The caller is back. What the document noted is the surest account there is of a chain that failed."""
    for number, outcome in e.results:
        t = _close_step(t, number, outcome, at)
    reached = next((o for _, o in e.results if o.taken_care_of), None)
    outcome = t.outcome or reached or _last_failure(t) or Outcome.FAILED
    return _end(replace(t, inferred=False), reached or outcome, at)


def _returned_late(t: Transfer, e: Returned, at: datetime) -> Transfer:
    returned = _returned(t, e, at)
    return replace(returned, ended_at=t.ended_at)


def _caller_left(t: Transfer, e: CallerLeft, at: datetime) -> Transfer:
    attempts = tuple(
        a if a.outcome else replace(a, outcome=Outcome.CANCELLED, ended_at=at) for a in t.attempts
    )
    return _end(replace(t, attempts=attempts), Outcome.CALLER_LEFT, at)


def _left_while_taken_care_of(t: Transfer, e: CallerLeft, at: datetime) -> Transfer:
    return _end(t, t.outcome or Outcome.CALLER_LEFT, at)


def _forgotten(t: Transfer, e: Forgotten, at: datetime) -> Transfer:
    return _end(t, t.outcome or _last_failure(t) or Outcome.LOST, at, inferred=True)


def _text_noted(t: Transfer, e: TextNoted, at: datetime) -> Transfer:
    """A text message changes nothing about the transfer; it is kept in its journal."""
    return t


# --- the table ----------------------------------------------------------------------------------------------------

_S = State
_OPEN = (_S.REQUESTED, _S.TRYING, _S.WAITING)


def _rows(
    states: tuple[State, ...], event: type, rule: Rule, *leads_to: State
) -> dict[tuple[State, type], Row]:
    return {(state, event): Row(rule, frozenset(leads_to or (state,))) for state in states}


TABLE: dict[tuple[State, type], Row] = {
    **_rows((_S.REQUESTED, _S.TRYING), LegProgressed, _leg_progressed, _S.TRYING),
    **_rows((_S.WAITING, _S.BRIDGED, _S.AWAY), LegProgressed, _leg_noted),
    **_rows((_S.ENDED,), LegProgressed, _leg_after_end, _S.ENDED, _S.TRYING),
    **_rows((_S.REQUESTED, _S.TRYING), LegEnded, _leg_ended, _S.TRYING, _S.BRIDGED, _S.ENDED),
    **_rows((_S.WAITING,), LegEnded, _leg_ended, _S.WAITING, _S.BRIDGED, _S.ENDED),
    **_rows((_S.BRIDGED,), LegEnded, _leg_end_noted, _S.BRIDGED, _S.ENDED),
    **_rows((_S.AWAY,), LegEnded, _leg_end_noted),
    **_rows((_S.ENDED,), LegEnded, _leg_end_sharpens),
    **_rows(_OPEN, Connected, _connected, _S.BRIDGED),
    **_rows((_S.ENDED,), Connected, _connected_late),
    **_rows((_S.REQUESTED, _S.TRYING), ConnectFailed, _connect_failed, _S.TRYING),
    **_rows((_S.WAITING, _S.AWAY, _S.ENDED), ConnectFailed, _connect_failure_noted),
    **_rows((*_OPEN, _S.BRIDGED), Disconnected, _disconnected, _S.BRIDGED, _S.ENDED),
    **_rows((_S.REQUESTED, _S.TRYING), ReferAnswered, _refer_answered, _S.TRYING, _S.ENDED),
    **_rows((_S.AWAY, _S.ENDED), ReferAnswered, _refer_noted),
    **_rows(_OPEN, Queued, _queued, _S.WAITING),
    **_rows(_OPEN, Unqueued, _unqueued, _S.TRYING, _S.BRIDGED, _S.ENDED),
    **_rows((_S.ENDED,), Unqueued, _unqueued_late),
    **_rows((*_OPEN, _S.BRIDGED, _S.AWAY, _S.ENDED), MessageLeft, _message_left, _S.ENDED),
    **_rows(_OPEN, HandedOver, _handed_over, _S.AWAY, _S.ENDED),
    **_rows((_S.ENDED,), HandedOver, _handed_over_late),
    **_rows((*_OPEN, _S.BRIDGED, _S.AWAY), Returned, _returned, _S.ENDED),
    **_rows((_S.ENDED,), Returned, _returned_late),
    **_rows(tuple(State), TextNoted, _text_noted),
    **_rows(_OPEN, CallerLeft, _caller_left, _S.ENDED),
    **_rows((_S.BRIDGED, _S.AWAY), CallerLeft, _left_while_taken_care_of, _S.ENDED),
    **_rows((*_OPEN, _S.BRIDGED, _S.AWAY), Forgotten, _forgotten, _S.ENDED),
}

IGNORED: frozenset[tuple[State, type]] = frozenset(
    {
        (_S.BRIDGED, Connected),  # told twice
        (_S.AWAY, Connected),  # a bridge before the next agent took over is history
        (_S.BRIDGED, ConnectFailed),  # an earlier step, reported late
        (_S.AWAY, Disconnected),
        (_S.ENDED, Disconnected),
        (_S.WAITING, ReferAnswered),  # an earlier step, reported late
        (_S.BRIDGED, ReferAnswered),
        (_S.BRIDGED, Queued),  # taken out of the queue already
        (_S.AWAY, Queued),
        (_S.ENDED, Queued),
        (_S.BRIDGED, Unqueued),
        (_S.AWAY, Unqueued),
        (_S.BRIDGED, HandedOver),  # told twice, or after a person was reached
        (_S.AWAY, HandedOver),
        (_S.ENDED, CallerLeft),
        (_S.ENDED, Forgotten),
    }
)
