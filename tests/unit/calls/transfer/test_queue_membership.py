"""A caller stands in the waiting line as long as the transfer waits, and no longer."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.events import (
    CallerLeft,
    Cancelled,
    Connected,
    Event,
    Forgotten,
    LegProgressed,
    MessageLeft,
    Queued,
    Returned,
    Unqueued,
)
from calls.orders import LeaveLine
from calls.outcomes import Outcome
from calls.transfer.machine import PlannedLeg, State, Transfer, step
from calls.transfer.queue_membership import queue_at, waits_in
from tests.support.kept import later, sales

IN_LINE = Queued(3, 2)


def told(*events: Event, **other: Any) -> tuple[Transfer, list[LeaveLine]]:
    """The transfer after the events, a second apart, and the orders that took its caller out of the line."""
    transfer, left = sales(**other), list[LeaveLine]()
    for n, event in enumerate(events, 1):
        transfer, orders = step(transfer, event, later(n))
        left += [order for order in orders if isinstance(order, LeaveLine)]
    return transfer, left


def test_a_step_says_which_queue_it_is() -> None:
    assert [queue_at(sales(), number) for number in (1, 3, 9)] == ["", "sales", ""]


def test_a_caller_waits_from_the_first_report_on() -> None:
    transfer, left = told(IN_LINE, IN_LINE)
    assert (waits_in(transfer), left) == (3, [])


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (Unqueued(3, Outcome.BRIDGED), Outcome.BRIDGED),
        (Connected(3, "p1"), Outcome.BRIDGED),
        (Unqueued(3, Outcome.TIMEOUT), Outcome.TIMEOUT),
        (Unqueued(3, Outcome.CANCELLED), Outcome.CANCELLED),
        (Unqueued(3, Outcome.CALLBACK_BOOKED), Outcome.CALLBACK_BOOKED),
        (Unqueued(3, Outcome.CALLER_LEFT), Outcome.CALLER_LEFT),
        (CallerLeft(), Outcome.CANCELLED),
        (LegProgressed(4, 0, "ringing"), Outcome.TIMEOUT),
        (MessageLeft(4, "https://files.example/1.wav", 3.0), Outcome.TIMEOUT),
        (Returned(((3, Outcome.TIMEOUT),)), Outcome.TIMEOUT),
        (Forgotten(), Outcome.LOST),
    ],
    ids=lambda value: getattr(value, "name", type(value).__name__),
)
def test_whatever_takes_the_caller_elsewhere_takes_them_out_of_the_line(event: Event, outcome: Outcome) -> None:
    plan = (*sales().plan, PlannedLeg(4, 0, "+12025550113", "max"))
    transfer, left = told(IN_LINE, event, event, plan=plan)
    assert waits_in(transfer) == 0
    assert {(order.key, order.outcome) for order in left} == {("t_1:3", outcome)}


def test_a_caller_who_chose_to_be_rung_back_has_an_outcome() -> None:
    transfer, _ = told(IN_LINE, Unqueued(3, Outcome.CALLBACK_BOOKED))
    assert (transfer.state, transfer.outcome) == (State.ENDED, Outcome.CALLBACK_BOOKED)
    transfer, _ = told(IN_LINE, Unqueued(3, Outcome.CALLBACK_BOOKED), Returned(), final=False)
    assert (transfer.state, transfer.outcome) == (State.ENDED, Outcome.CALLBACK_BOOKED)


def test_a_caller_of_whom_a_hook_said_that_they_had_left_asks_how_they_stand() -> None:
    """The agent leaves as the queue begins, and its hook may be the first that we hear."""
    transfer, _ = told(CallerLeft(), Queued(3, 1, here=True))
    assert (transfer.state, transfer.outcome, waits_in(transfer)) == (State.WAITING, None, 3)


def test_a_callback_that_is_late_brings_nobody_back_to_life() -> None:
    transfer, _ = told(IN_LINE, Unqueued(3, Outcome.CALLER_LEFT), IN_LINE)
    assert (transfer.state, transfer.outcome) == (State.ENDED, Outcome.CALLER_LEFT)
    transfer, _ = told(IN_LINE, MessageLeft(4, "https://files.example/1.wav", 3.0), Queued(3, 1, here=True))
    assert (transfer.state, transfer.outcome) == (State.ENDED, Outcome.MESSAGE_TAKEN)


outcomes = st.sampled_from([Outcome.BRIDGED, Outcome.TIMEOUT, Outcome.CALLER_LEFT, Outcome.FAILED, Outcome.CANCELLED])
heard = st.one_of(
    st.builds(Queued, st.just(3), st.integers(1, 9), st.booleans()),
    st.builds(Unqueued, st.just(3), outcomes),
    st.builds(LegProgressed, st.integers(1, 2), st.just(0), st.sampled_from(["ringing", "answered"])),
    st.sampled_from([CallerLeft(), Forgotten(), Cancelled(), Returned(), Connected(3)]),
)


@given(st.lists(heard, max_size=12), st.booleans())
def test_nobody_stays_in_line_whose_transfer_waits_no_longer(events: list[Event], final: bool) -> None:
    transfer, in_line = replace(sales(), final=final), False
    for n, event in enumerate(events):
        transfer, orders = step(transfer, event, later(n))
        in_line = in_line or waits_in(transfer) == 3
        if any(isinstance(order, LeaveLine) and order.key == "t_1:3" for order in orders):
            in_line = False
        assert in_line == (waits_in(transfer) == 3)
