"""The transfer table: complete, honest, and indifferent to the order in which the platform reports."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from calls.orders import KeepMessage
from calls.outcomes import Outcome
from calls.transfer.machine import IGNORED, TABLE, PlannedLeg, State, Transfer, step

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DANA, LEE = "+12025550111", "sip:lee@pbx.acme.example"
EVENTS: tuple[type, ...] = get_args(Event)


def sales(*, final: bool = True) -> Transfer:
    """Sales: Dana, then Lee, then the queue."""
    return Transfer(
        id="t_1",
        ref="K7Q4",
        call_id="c1",
        mechanism="connect",
        destination="sales",
        final=final,
        reason="a quote",
        summary="",
        agent="receptionist",
        started_at=NOON,
        plan=(PlannedLeg(1, 0, DANA, "dana"), PlannedLeg(2, 0, LEE, "lee"), PlannedLeg(3, 0, "queue:sales")),
    )


def after(*events: Event, final: bool = True) -> Transfer:
    transfer = sales(final=final)
    for second, event in enumerate(events):
        transfer, _ = step(transfer, event, NOON + timedelta(seconds=second))
    return transfer


def story(transfer: Transfer) -> list[tuple[str | None, str | None]]:
    return [(a.person, a.outcome) for a in transfer.attempts]


def test_every_state_and_event_is_in_the_table_or_knowingly_ignored() -> None:
    pairs = set(itertools.product(State, EVENTS))
    assert set(TABLE) | IGNORED == pairs
    assert not set(TABLE) & IGNORED


def test_everybody_is_busy_and_the_caller_comes_back() -> None:
    transfer = after(
        LegProgressed(1, 0, "ringing"),
        LegEnded(1, 0, Outcome.BUSY),
        ConnectFailed(1, Outcome.FAILED),
        LegProgressed(2, 0, "ringing"),
        LegEnded(2, 0, Outcome.NO_ANSWER),
        Returned(((1, Outcome.FAILED), (2, Outcome.NO_ANSWER))),
    )
    assert transfer.outcome is Outcome.NO_ANSWER
    assert story(transfer) == [("dana", "busy"), ("lee", "no_answer")]
    assert not transfer.live


def test_no_callback_ever_arrives_and_the_document_still_tells_the_story() -> None:
    transfer = after(Returned(((1, Outcome.BUSY), (2, Outcome.DECLINED))))
    assert transfer.outcome is Outcome.DECLINED
    assert story(transfer) == [("dana", "busy"), ("lee", "declined")]


def test_the_caller_hangs_up_while_danas_phone_rings() -> None:
    transfer = after(LegProgressed(1, 0, "ringing"), LegEnded(1, 0, Outcome.CANCELLED))
    assert transfer.outcome is Outcome.CALLER_LEFT
    assert story(transfer) == [("dana", "cancelled")]


def test_a_cancelled_leg_was_not_the_caller_leaving_after_all() -> None:
    guessed = (LegProgressed(1, 0, "ringing"), LegEnded(1, 0, Outcome.CANCELLED))
    assert after(*guessed, LegProgressed(2, 0, "created")).state is State.TRYING
    assert after(*guessed, Returned()).outcome is Outcome.CANCELLED
    assert after(*guessed, Connected(1)).outcome is Outcome.BRIDGED


def test_a_late_ringing_does_not_wake_an_ended_transfer() -> None:
    told = after(LegEnded(1, 0, Outcome.BUSY), Returned(((1, Outcome.BUSY),)), LegProgressed(1, 0, "ringing"))
    assert told.state is State.ENDED
    assert told.outcome is Outcome.BUSY


def test_the_person_hangs_up_after_the_talk() -> None:
    talk = (LegProgressed(1, 0, "answered"), Connected(1), LegEnded(1, 0, Outcome.BRIDGED))
    assert after(*talk).state is State.ENDED
    assert after(*talk, final=False).state is State.BRIDGED  # the caller is on the way back
    assert after(*talk, Returned(((1, Outcome.BRIDGED),)), final=False).outcome is Outcome.BRIDGED


def test_in_a_hunt_group_the_loser_is_cancelled_and_the_winner_is_bridged() -> None:
    group = replace(sales(), plan=(PlannedLeg(1, 0, DANA, "dana"), PlannedLeg(1, 1, LEE, "lee")))
    events: list[Event] = [
        LegProgressed(1, 0, "ringing"),
        LegProgressed(1, 1, "ringing"),
        LegProgressed(1, 1, "answered"),
        LegEnded(1, 0, Outcome.CANCELLED),
        Connected(1),
    ]
    for order in itertools.permutations(events):
        transfer = group
        for event in order:
            transfer, _ = step(transfer, event, NOON)
        assert transfer.outcome is Outcome.BRIDGED, order
        assert ("dana", "cancelled") in story(transfer)


def test_a_voicemail_is_kept_even_when_the_caller_hung_up_first() -> None:
    transfer, orders = step(after(CallerLeft()), MessageLeft(3, "https://files.example/1.wav", 12.5), NOON)
    assert transfer.outcome is Outcome.MESSAGE_TAKEN
    assert [type(o) for o in orders] == [KeepMessage]


def test_another_agent_has_the_caller() -> None:
    assert after(HandedOver(1, "billing_desk")).outcome is Outcome.HANDED_OFF
    away = after(HandedOver(1, "billing_desk"), final=False)
    assert away.state is State.AWAY
    assert step(away, Returned(reason="done"), NOON)[0].outcome is Outcome.HANDED_OFF


def test_a_refused_refer_goes_on_and_an_accepted_one_ends() -> None:
    assert after(ReferAnswered(1, Outcome.DECLINED)).state is State.TRYING
    assert after(ReferAnswered(1, Outcome.REFERRED)).outcome is Outcome.REFERRED


def test_waiting_in_a_queue() -> None:
    assert after(Queued(3, 2)).state is State.WAITING
    assert after(Queued(3, 2), Unqueued(3, Outcome.TIMEOUT)).state is State.TRYING
    assert after(Queued(3, 2), Unqueued(3, Outcome.CALLER_LEFT)).outcome is Outcome.CALLER_LEFT
    assert after(Queued(3, 2), Unqueued(3, Outcome.BRIDGED)).state is State.BRIDGED


def test_nobody_ever_told_us() -> None:
    assert after(Forgotten()).outcome is Outcome.LOST
    assert after(Forgotten(), ConnectFailed(1, Outcome.BUSY)).outcome is Outcome.LOST
    assert after(Forgotten(), LegEnded(1, 0, Outcome.BUSY)).outcome is Outcome.BUSY  # told at last


def test_a_text_message_changes_nothing() -> None:
    transfer = sales()
    assert step(transfer, TextNoted("+12025550111", "person", "sent"), NOON) == (transfer, ())


outcomes = st.sampled_from(Outcome)
steps, legs = st.integers(1, 3), st.integers(0, 1)
events = st.one_of(
    st.builds(LegProgressed, steps, legs, st.sampled_from(["created", "ringing", "answered"])),
    st.builds(LegEnded, steps, legs, outcomes),
    st.builds(Connected, steps),
    st.builds(ConnectFailed, steps, outcomes),
    st.builds(Disconnected, steps),
    st.builds(ReferAnswered, steps, outcomes),
    st.builds(Queued, steps, st.integers(1, 9)),
    st.builds(Unqueued, steps, outcomes),
    st.builds(MessageLeft, steps, st.just("https://files.example/1.wav"), st.floats(0, 60)),
    st.builds(HandedOver, steps, st.just("billing_desk")),
    st.builds(Returned, st.lists(st.tuples(steps, outcomes), max_size=3).map(tuple)),
    st.builds(TextNoted, st.just(DANA), st.just("person"), st.just("sent")),
    st.builds(CallerLeft),
    st.builds(Forgotten),
)


@given(st.lists(events, max_size=12), st.booleans())
def test_whatever_is_reported_in_whatever_order_the_record_stays_whole(reports: list[Event], final: bool) -> None:
    transfer = after(*reports, final=final)
    assert transfer.live == (transfer.ended_at is None)
    if not transfer.live:
        assert transfer.outcome is not None
    assert len({(a.step, a.leg) for a in transfer.attempts}) == len(transfer.attempts)


@given(st.lists(events, max_size=8), events, st.booleans())
def test_a_report_repeated_at_once_changes_nothing(reports: list[Event], again: Event, final: bool) -> None:
    once = after(*reports, again, final=final)
    assert step(once, again, once.ended_at or NOON)[0].outcome == once.outcome
    assert step(once, again, once.ended_at or NOON)[0].attempts == once.attempts


@pytest.mark.parametrize("outcome", [o for o in Outcome if o.taken_care_of])
@given(reports=st.lists(events, max_size=8))
def test_a_caller_who_was_taken_care_of_is_never_forgotten_to_have_been(outcome: Outcome, reports: list[Event]) -> None:
    transfer = replace(sales(), state=State.ENDED, outcome=outcome, ended_at=NOON)
    for event in reports:
        transfer, _ = step(transfer, event, NOON)
    assert transfer.outcome is outcome
