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
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from calls.call import Mechanism
from calls.events import (
    Accepted,
    BriefingStarted,
    CallbackBooked,
    CallerLeft,
    CallerMoved,
    CallerNotMoved,
    CallerResumed,
    Cancelled,
    Connected,
    ConnectFailed,
    ConsultBegun,
    Declined,
    DialBegun,
    DialPlaced,
    DialPutOff,
    DialRefused,
    Disconnected,
    Event,
    Flagged,
    Forgotten,
    HandedOver,
    LegEnded,
    LegProgressed,
    MessageLeft,
    Offered,
    PersonJoined,
    Queued,
    ReferAnswered,
    Returned,
    SummaryReady,
    TextNoted,
    TimeUp,
    Unqueued,
)
from calls.legs.attempts import Attempt, PlannedLeg
from calls.orders import Order
from calls.transfer import consult_rules, rules
from calls.transfer.effects import orders_of
from calls.transfer.model import State, Transfer

__all__ = ["IGNORED", "TABLE", "Attempt", "Mechanism", "PlannedLeg", "Row", "State", "Transfer", "step"]

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
    return changed, orders_of(transfer, event, changed, at)


_S = State
_OPEN = (_S.REQUESTED, _S.TRYING, _S.WAITING)
_CONSULT = (_S.CONSULTING, _S.ACCEPTED)
_ONWARD = (_S.CONSULTING, _S.TRYING, _S.ENDED)  # ring the next, run the rest of the chain, or back to the agent


def _rows(states: tuple[State, ...], event: type, rule: Rule, *leads_to: State) -> dict[tuple[State, type], Row]:
    return {(state, event): Row(rule, frozenset(leads_to or (state,))) for state in states}


def _all_but(states: tuple[State, ...], *events: type) -> list[tuple[State, type]]:
    return [(state, event) for state in State if state not in states for event in events]


_OF_DOCUMENTS = (ConnectFailed, Disconnected, ReferAnswered, Queued, Unqueued, HandedOver)

TABLE: dict[tuple[State, type], Row] = {
    **_rows((_S.REQUESTED, _S.TRYING), LegProgressed, rules.leg_progressed, _S.TRYING),
    **_rows((_S.WAITING,), LegProgressed, rules.leg_noted, _S.WAITING, _S.TRYING),
    **_rows((_S.BRIDGED, _S.AWAY), LegProgressed, rules.leg_noted),
    **_rows((_S.ENDED,), LegProgressed, rules.leg_after_end, _S.ENDED, _S.TRYING),
    **_rows((_S.REQUESTED, _S.TRYING), LegEnded, rules.leg_ended, _S.TRYING, _S.BRIDGED, _S.ENDED),
    **_rows((_S.WAITING,), LegEnded, rules.leg_ended, _S.WAITING, _S.BRIDGED, _S.ENDED),
    **_rows((_S.BRIDGED,), LegEnded, rules.leg_end_noted, _S.BRIDGED, _S.ENDED),
    **_rows((_S.AWAY,), LegEnded, rules.leg_end_noted),
    **_rows((_S.ENDED,), LegEnded, rules.leg_end_sharpens),
    **_rows(_OPEN, Connected, rules.connected, _S.BRIDGED),
    **_rows((_S.ENDED,), Connected, rules.connected_late),
    **_rows((_S.REQUESTED, _S.TRYING), ConnectFailed, rules.connect_failed, _S.TRYING, _S.ENDED),
    **_rows((_S.WAITING, _S.AWAY, _S.ENDED), ConnectFailed, rules.connect_failure_noted),
    **_rows((*_OPEN, _S.BRIDGED), Disconnected, rules.disconnected, _S.BRIDGED, _S.ENDED),
    **_rows((_S.REQUESTED, _S.TRYING), ReferAnswered, rules.refer_answered, _S.TRYING, _S.ENDED),
    **_rows((_S.AWAY, _S.ENDED), ReferAnswered, rules.refer_noted),
    **_rows((_S.REQUESTED,), Queued, rules.queued, _S.REQUESTED, _S.WAITING),
    **_rows((_S.TRYING,), Queued, rules.queued, _S.TRYING, _S.WAITING),
    **_rows((_S.WAITING,), Queued, rules.queued),
    **_rows((_S.ENDED,), Queued, rules.queued_after_end, _S.ENDED, _S.WAITING),
    **_rows(_OPEN, Unqueued, rules.unqueued, _S.TRYING, _S.BRIDGED, _S.ENDED),
    **_rows((_S.ENDED,), Unqueued, rules.unqueued_late),
    **_rows(tuple(State), Offered, rules.offered),
    **_rows((*_OPEN, _S.ENDED), CallbackBooked, rules.callback_booked, _S.TRYING, _S.ENDED),
    **_rows(tuple(State), MessageLeft, rules.message_left, _S.ENDED),
    **_rows(_OPEN, HandedOver, rules.handed_over, _S.AWAY, _S.ENDED),
    **_rows((_S.ENDED,), HandedOver, rules.handed_over_late),
    **_rows((*_OPEN, _S.BRIDGED, _S.AWAY), Returned, rules.returned, _S.ENDED),
    **_rows((_S.ENDED,), Returned, rules.returned_late),
    **_rows(tuple(State), TextNoted, rules.text_noted),
    **_rows(_OPEN, CallerLeft, rules.caller_left, _S.ENDED),
    **_rows((_S.BRIDGED, _S.AWAY), CallerLeft, rules.left_while_taken_care_of, _S.ENDED),
    **_rows((*_OPEN, _S.BRIDGED, _S.AWAY), Forgotten, rules.forgotten, _S.ENDED),
    # A consult: somebody is rung and briefed while the caller waits.
    **_rows((_S.REQUESTED,), ConsultBegun, consult_rules.begun, _S.CONSULTING),
    **_rows((_S.CONSULTING,), DialBegun, consult_rules.dial_begun),
    **_rows((*_CONSULT, _S.TRYING, _S.WAITING, _S.BRIDGED, _S.AWAY, _S.ENDED), DialPlaced, consult_rules.dial_placed),
    **_rows((_S.CONSULTING,), DialPutOff, consult_rules.dial_put_off),
    **_rows((_S.ACCEPTED, _S.BRIDGED), PersonJoined, consult_rules.person_joined),
    **_rows((_S.CONSULTING,), DialRefused, consult_rules.dial_refused, *_ONWARD),
    **_rows(_CONSULT, LegProgressed, consult_rules.leg_progressed),
    **_rows((_S.CONSULTING,), LegEnded, consult_rules.leg_ended, *_ONWARD),
    **_rows((_S.ACCEPTED,), LegEnded, consult_rules.leg_ended_on_the_way, _S.ACCEPTED, _S.ENDED),
    **_rows((_S.CONSULTING,), BriefingStarted, consult_rules.briefing_started),
    **_rows((_S.CONSULTING,), Accepted, consult_rules.accepted, _S.CONSULTING, _S.ACCEPTED),
    **_rows((_S.CONSULTING,), Declined, consult_rules.declined, *_ONWARD),
    **_rows((_S.REQUESTED, _S.TRYING), Declined, consult_rules.declined_in_a_document),
    **_rows((_S.ACCEPTED,), CallerMoved, consult_rules.caller_moved, _S.BRIDGED),
    **_rows((_S.ACCEPTED,), Connected, consult_rules.caller_moved, _S.BRIDGED),
    **_rows((_S.ENDED,), CallerMoved, consult_rules.moved_too_late),
    **_rows((_S.ACCEPTED, _S.TRYING), CallerNotMoved, consult_rules.caller_not_moved, _S.ENDED),
    **_rows((_S.BRIDGED,), CallerNotMoved, consult_rules.never_met, _S.BRIDGED, _S.ENDED),
    **_rows((_S.ENDED,), CallerResumed, consult_rules.caller_resumed),
    **_rows((_S.CONSULTING,), Returned, consult_rules.returned, _S.ENDED),
    **_rows((_S.ACCEPTED,), Returned, consult_rules.back_from_the_bridge, _S.ENDED),
    **_rows((_S.CONSULTING,), CallerLeft, consult_rules.caller_left, _S.ENDED),
    **_rows((_S.REQUESTED, _S.CONSULTING), Cancelled, consult_rules.cancelled, _S.ENDED),
    **_rows((_S.CONSULTING,), TimeUp, consult_rules.time_up, *_ONWARD),
    **_rows((_S.ACCEPTED,), TimeUp, consult_rules.time_up_on_the_way, _S.ACCEPTED, _S.ENDED),
    **_rows(_CONSULT, Forgotten, consult_rules.forgotten, _S.ENDED),
    **_rows((_S.REQUESTED, _S.CONSULTING, _S.TRYING), SummaryReady, consult_rules.summary_ready),
    **_rows(tuple(State), Flagged, consult_rules.flagged),
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
        (_S.BRIDGED, Unqueued),
        (_S.AWAY, Unqueued),
        (_S.BRIDGED, HandedOver),  # told twice, or after a person was reached
        (_S.AWAY, HandedOver),
        (_S.ENDED, CallerLeft),
        (_S.ENDED, Forgotten),
        (_S.ACCEPTED, CallerLeft),  # the hook comes as the agent leaves, too; whether the caller did, moving them tells
        *_all_but((*_OPEN, _S.ENDED), CallbackBooked),  # a person has the caller after all
        *_all_but((_S.REQUESTED,), ConsultBegun),  # told twice
        *_all_but(
            (_S.CONSULTING,), DialBegun, DialPutOff, DialRefused, BriefingStarted, Accepted
        ),  # too late to matter
        (_S.REQUESTED, DialPlaced),  # nobody was to be rung yet
        *_all_but((_S.CONSULTING, _S.REQUESTED, _S.TRYING), Declined),
        *_all_but((_S.ACCEPTED, _S.BRIDGED), PersonJoined),
        *_all_but((_S.ACCEPTED, _S.ENDED), CallerMoved),  # of the rest of a chain: its own events tell
        *_all_but((_S.ACCEPTED, _S.TRYING, _S.BRIDGED), CallerNotMoved),
        *_all_but((_S.ENDED,), CallerResumed),
        *_all_but((_S.REQUESTED, _S.CONSULTING, _S.TRYING), SummaryReady),  # nobody is to be told any more
        *_all_but(_CONSULT, TimeUp),  # in time
        *_all_but((_S.REQUESTED, _S.CONSULTING), Cancelled),
        # Reports about documents and queues: none is running while somebody is consulted.
        *((_S.CONSULTING, event) for event in (*_OF_DOCUMENTS, Connected)),
        *((_S.ACCEPTED, event) for event in _OF_DOCUMENTS),
    }
)
