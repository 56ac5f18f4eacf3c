"""The watchdog's conclusions: what lost reports would have told, as far as the platform's answers can replace them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calls.events import (
    Accepted,
    BriefingStarted,
    CallerLeft,
    CallerMoved,
    Connected,
    ConsultBegun,
    DialBegun,
    DialPlaced,
    Disconnected,
    Event,
    Flagged,
    Forgotten,
    HandedOver,
    LegEnded,
    LegProgressed,
    Queued,
)
from calls.legs.attempts import PlannedLeg
from calls.orders import EndLeg, NoteMissed, Order, ResumeCaller
from calls.outcomes import Outcome
from calls.transfer.effects import CALLER_GONE
from calls.transfer.machine import step
from calls.transfer.model import State, Terms, Transfer
from calls.transfer.watchdog import LegNow, Look, conclude, left_alone, longest, next_look, patience

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DANA, LEE = PlannedLeg(1, 0, "+12025550111", "dana"), PlannedLeg(1, 1, "sip:lee@pbx.acme.example", "lee")
QUEUE, MAILBOX = PlannedLeg(1, 0, "queue:support"), PlannedLeg(1, 0, "voicemail")
AGENT = PlannedLeg(1, 0, "billing_desk")
TERMS = Terms("supervisor", "+12025550100", hold_limit=240, accept_within=15)
BRIEFED = (
    ConsultBegun(),
    DialBegun(1, 0),
    DialPlaced(1, 0, "dana-leg"),
    LegProgressed(1, 0, "answered"),
    BriefingStarted(1, 0),
)
TALKING = (*BRIEFED, Accepted(1, 0, "dana-leg"), CallerMoved())


def transfer(*plan: PlannedLeg, final: bool = True, consult: bool = False) -> Transfer:
    plan = plan or (replace(DANA, ring_for=20) if consult else DANA,)
    return Transfer(
        id="t_1",
        ref="K7Q4",
        call_id="caller-leg",
        mechanism="consult" if consult else "connect",
        destination="sales",
        final=final,
        reason="a quote",
        summary="",
        agent="receptionist",
        started_at=NOON,
        plan=plan,
        terms=TERMS if consult else None,
    )


def after(t: Transfer, *events: Event) -> tuple[Transfer, list[Order]]:
    """The transfer a second after each of these, and all orders that followed."""
    orders: list[Order] = []
    for second, event in enumerate(events, 1):
        t, new = step(t, event, NOON + timedelta(seconds=second))
        orders += new
    return t, orders


def watched(
    t: Transfer, caller: LegNow, person: LegNow | None = None, *, seen: float = 0.0, misses: int = 1
) -> Transfer:
    """The transfer after one look at it, hours after the last report."""
    return after(t, *conclude(t, Look(20_000.0, caller, person, seen=seen, misses=misses)))[0]


# --- the caller's leg is over ---------------------------------------------------------------------------------------


def test_a_caller_who_hangs_up_at_the_voicemail_prompt_has_left() -> None:
    assert watched(transfer(MAILBOX), "over").outcome is Outcome.CALLER_LEFT


def test_a_caller_who_is_gone_while_danas_phone_rings_has_left() -> None:
    ringing, _ = after(transfer(), LegProgressed(1, 0, "ringing"))
    gone = watched(ringing, "over")
    assert (gone.outcome, gone.inferred, gone.attempts[0].outcome) == ("caller_left", True, "cancelled")


def test_a_caller_who_is_gone_from_a_queue_has_left() -> None:
    waiting, _ = after(transfer(QUEUE), Queued(1, 2))
    assert watched(waiting, "over").outcome is Outcome.CALLER_LEFT


def test_of_whom_nothing_at_all_was_reported_nobody_knows_whether_they_talked() -> None:
    gone = watched(transfer(), "over")
    assert (gone.outcome, gone.inferred, gone.live) == ("lost", True, False)


def test_a_caller_who_stayed_longer_than_all_steps_can_take_did_not_just_leave() -> None:
    ringing, _ = after(transfer(), LegProgressed(1, 0, "ringing"))
    assert watched(ringing, "over", seen=longest(ringing)).outcome is Outcome.LOST
    assert watched(ringing, "over", seen=longest(ringing) - 1).outcome is Outcome.CALLER_LEFT


def test_who_answered_a_blind_transfer_had_the_caller() -> None:
    answered, _ = after(transfer(DANA, LEE), LegProgressed(1, 0, "answered", "dana-leg"))
    gone = watched(answered, "over")
    assert (gone.outcome, gone.inferred, gone.attempts[0].outcome) == ("bridged", False, "bridged")


@pytest.mark.parametrize("final", [True, False])
def test_a_bridge_is_over_with_the_caller(final: bool) -> None:
    talking, _ = after(transfer(final=final), LegProgressed(1, 0, "ringing"), Connected(1))
    gone = watched(talking, "over")
    assert (gone.live, gone.outcome, gone.attempts[0].outcome) == (False, "bridged", "bridged")


def test_a_caller_whom_another_agent_had_for_a_while_does_not_come_back() -> None:
    away, _ = after(transfer(AGENT, final=False), HandedOver(1, "billing_desk"))
    gone = watched(away, "over")
    assert (gone.live, gone.outcome) == (False, "handed_off")


def test_a_caller_who_is_gone_while_dana_is_briefed_has_left_and_dana_is_told() -> None:
    briefed, _ = after(transfer(consult=True), *BRIEFED)
    gone, orders = after(briefed, *conclude(briefed, Look(400.0, "over")))
    assert gone.outcome is Outcome.CALLER_LEFT
    assert orders == [EndLeg("t_1", "dana-leg", CALLER_GONE), NoteMissed("t_1", 60.0)]


def test_a_caller_who_is_gone_on_the_way_to_dana_has_left_and_dana_is_told() -> None:
    accepted, _ = after(transfer(consult=True), *BRIEFED, Accepted(1, 0, "dana-leg"))
    gone, orders = after(accepted, *conclude(accepted, Look(40.0, "over")))
    assert gone.outcome is Outcome.CALLER_LEFT
    assert orders == [EndLeg("t_1", "dana-leg", CALLER_GONE), NoteMissed("t_1", 60.0)]


# --- the caller's leg is still up -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "t",
    [
        transfer(),
        transfer(QUEUE),
        after(transfer(), Connected(1))[0],
        after(transfer(AGENT, final=False), HandedOver(1, "billing_desk"))[0],
        after(transfer(consult=True), *TALKING)[0],
    ],
    ids=["asked for", "queue", "bridged", "away", "in conference"],
)
def test_while_the_caller_is_there_it_may_still_be_going_on(t: Transfer) -> None:
    assert t.live
    assert watched(t, "up", "up" if t.terms else None) == t


def test_a_consult_whose_hold_must_be_over_is_over_and_the_agent_is_told() -> None:
    briefed, _ = after(transfer(consult=True), *BRIEFED)
    assert conclude(briefed, Look(299.0, "up")) == ()
    over, orders = after(briefed, *conclude(briefed, Look(300.0, "up")))  # 240 on hold, and a minute
    assert over.outcome is Outcome.TIMEOUT
    assert any(isinstance(order, ResumeCaller) and order.words for order in orders)
    assert any(isinstance(order, EndLeg) and order.call_id == "dana-leg" for order in orders)


def test_a_caller_whom_nobody_moved_is_given_back_to_the_agent() -> None:
    accepted, _ = after(transfer(consult=True), *BRIEFED, Accepted(1, 0, "dana-leg"))
    over, orders = after(accepted, *conclude(accepted, Look(40.0, "up")))
    assert over.outcome is Outcome.FAILED
    assert any(isinstance(order, ResumeCaller) and order.words for order in orders)


# --- somebody is alone in the conference ----------------------------------------------------------------------------


def test_dana_alone_in_the_conference_is_told_and_let_go() -> None:
    talking, _ = after(transfer(consult=True), *TALKING)
    events = conclude(talking, Look(60.0, "over", "up"))
    gone, orders = after(talking, *events)
    assert (gone.live, gone.outcome, gone.flags) == (False, "bridged", ("alone",))
    assert orders == [EndLeg("t_1", "dana-leg", CALLER_GONE)]
    assert after(gone, *events)[1] == []  # noticed twice, done once


def test_dana_left_in_the_conference_after_the_caller_left_it_is_let_go() -> None:
    talked, _ = after(transfer(consult=True), *TALKING, Disconnected(1))
    assert left_alone(talked, "over") == left_alone(talked, "unknown") == ()
    flagged, orders = after(talked, *left_alone(talked, "up"))
    assert (flagged.outcome, flagged.flags, orders) == (
        Outcome.BRIDGED,
        ("alone",),
        [EndLeg("t_1", "dana-leg", CALLER_GONE)],
    )


def test_a_caller_alone_in_the_conference_is_brought_to_an_agent() -> None:
    talking, _ = after(transfer(consult=True), *TALKING)
    flagged, orders = after(talking, *conclude(talking, Look(60.0, "up", "over")))
    assert (flagged.state, flagged.flags) == (State.BRIDGED, ("alone",))
    assert orders == [ResumeCaller("t_1", "", anew=True)]


def test_two_who_are_both_gone_leave_nobody_alone() -> None:
    talking, _ = after(transfer(consult=True), *TALKING)
    gone, orders = after(talking, *conclude(talking, Look(60.0, "over", "over")))
    assert (gone.outcome, gone.flags, orders) == (Outcome.BRIDGED, (), [])


# --- the platform does not say --------------------------------------------------------------------------------------


def test_a_call_the_platform_does_not_know_is_lost_at_the_third_look() -> None:
    assert watched(transfer(), "unknown", misses=2).live
    assert watched(transfer(), "unknown", misses=3).outcome is Outcome.LOST


def test_what_may_well_be_going_on_is_not_lost_because_the_platform_does_not_know_it() -> None:
    """Whether it knows a call that is still up is not documented."""
    briefed, _ = after(transfer(consult=True), *BRIEFED)
    talking, _ = after(transfer(), Connected(1))
    away, _ = after(transfer(AGENT, final=False), HandedOver(1, "billing_desk"))
    for t, lasts in ((briefed, 300.0), (talking, 14_400.0), (away, 14_400.0)):
        for leg in ("unknown", "silence"):
            assert conclude(t, Look(lasts - 1, leg, misses=99)) == ()
            assert conclude(t, Look(lasts, leg, misses=99)) == (Forgotten(),)


def test_a_platform_that_is_silent_is_asked_for_hours_before_a_transfer_is_lost() -> None:
    asked = sum(next_look(Look(60.0, "silence", misses=n)) for n in range(1, 10))
    assert timedelta(hours=2) < timedelta(seconds=asked) < timedelta(hours=4)
    assert watched(transfer(), "silence", misses=9).live
    assert watched(transfer(), "silence", misses=10).outcome is Outcome.LOST


def test_what_was_known_of_a_forgotten_bridge_stays_known() -> None:
    talking, _ = after(transfer(), Connected(1))
    forgotten, _ = after(talking, *conclude(talking, Look(14_400.0, "unknown", misses=3)))
    assert (forgotten.live, forgotten.outcome) == (False, "bridged")


def test_a_report_that_comes_after_all_corrects_the_watchdog() -> None:
    lost = watched(transfer(), "over")
    assert after(lost, LegProgressed(1, 0, "ringing"), LegEnded(1, 0, Outcome.BUSY))[0].live


# --- how long it waits ------------------------------------------------------------------------------------------------


def test_each_state_has_its_patience() -> None:
    begun = transfer(consult=True)
    assert patience(transfer(DANA, LEE)) == 300
    assert patience(transfer(AGENT)) < 300
    assert patience(after(begun, *BRIEFED)[0]) == 45
    assert patience(after(begun, *BRIEFED, Accepted(1, 0, "dana-leg"))[0]) == 30
    assert patience(after(begun, *TALKING)[0]) == 60
    assert patience(after(transfer(QUEUE), Queued(1, 2))[0]) == 60
    assert longest(transfer(QUEUE)) > 3600


def test_a_long_talk_is_asked_about_every_five_minutes_at_most() -> None:
    assert [next_look(Look(quiet, "up")) for quiet in (60, 400, 7200)] == [60, 100, 300]
    assert next_look(Look(7200, "up", "up")) == 120  # one of them may be alone by then


def test_flags_are_kept_once() -> None:
    talked, _ = after(transfer(), Connected(1), Disconnected(1))
    flagged, orders = after(talked, Flagged("short bridge", "1 s"), Flagged("short bridge", "1 s"))
    assert (flagged.flags, flagged.version, orders) == (("short bridge",), talked.version + 1, [])


def test_the_caller_left_is_what_the_table_says_it_is() -> None:
    """Every event the watchdog can come to is one that the table takes in every state it comes to it in."""
    for events in ((), (LegProgressed(1, 0, "ringing"),), (Queued(1, 1),), (Connected(1),), (HandedOver(1, "x"),)):
        begun, _ = after(transfer(final=False), *events)
        for leg in ("up", "over", "unknown", "silence"):
            seen = watched(begun, leg, misses=10)
            assert seen.live == (leg == "up")
    assert isinstance(conclude(transfer(MAILBOX), Look(300.0, "over"))[0], CallerLeft)
    assert isinstance(conclude(transfer(), Look(300.0, "over"))[0], Forgotten)
