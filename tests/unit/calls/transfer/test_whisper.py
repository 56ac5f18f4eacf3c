"""A whisper in the ledger: an answered phone is no yes, whatever order the platform tells it in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from calls.events import Connected, ConnectFailed, Disconnected, Event, LegEnded, LegProgressed
from calls.legs.attempts import PlannedLeg
from calls.outcomes import Outcome
from calls.transfer.machine import State, Transfer, step
from calls.transfer.phases import phases

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)
DANA, MAX = 0, 1
PLAN = (
    PlannedLeg(1, DANA, "+12025550111", "dana", asked=True),
    PlannedLeg(1, MAX, "+12025550113", "max", 1, asked=True),
)
ASKED = Transfer(
    id="t_1", ref="K7Q4", call_id="c1", mechanism="whisper", destination="sales", final=True, reason="", summary="",
    agent="receptionist", started_at=NOON, plan=PLAN,
)  # fmt: skip


def answered(leg: int) -> LegProgressed:
    return LegProgressed(1, leg, "answered", f"leg{leg}")


def hung_up(leg: int) -> LegEnded:
    return LegEnded(1, leg, Outcome.BRIDGED)  # "hangup": the end of any leg that was answered


def after(*events: Event, of: Transfer = ASKED) -> Transfer:
    transfer = of
    for seconds, event in enumerate(events):
        transfer, _ = step(transfer, event, NOON + timedelta(seconds=seconds))
    return transfer


def ends(t: Transfer) -> list[Outcome | None]:
    return [attempt.outcome for attempt in t.attempts]


def test_an_answered_phone_that_is_hung_up_is_a_no() -> None:
    told = after(answered(DANA), hung_up(DANA))
    assert (told.state, told.outcome) == (State.TRYING, None)
    assert ends(told) == [Outcome.DECLINED]


def test_the_next_one_who_says_yes_has_the_caller() -> None:
    talk = after(answered(DANA), hung_up(DANA), answered(MAX), Connected(1, "leg1"))
    assert talk.state is State.BRIDGED
    over = after(hung_up(MAX), Disconnected(1), of=talk)
    assert (over.state, over.outcome) == (State.ENDED, Outcome.BRIDGED)
    assert ends(over) == [Outcome.DECLINED, Outcome.BRIDGED]


@pytest.mark.parametrize("told", [hung_up(DANA), answered(DANA)])
def test_what_is_told_twice_or_late_of_the_one_who_declined_changes_nothing(told: Event) -> None:
    talk = after(answered(DANA), hung_up(DANA), answered(MAX), Connected(1, "leg1"))
    again = after(told, of=talk)
    assert again.state is State.BRIDGED
    assert ends(again) == [Outcome.DECLINED, None]
    over = after(hung_up(MAX), Disconnected(1), told, of=talk)
    assert ends(over) == [Outcome.DECLINED, Outcome.BRIDGED]


@pytest.mark.parametrize(
    "order", list(permutations([hung_up(DANA), Connected(1, "leg1"), hung_up(MAX), Disconnected(1)]))
)
def test_in_any_order_it_comes_to_the_same(order: tuple[Event, ...]) -> None:
    over = after(answered(DANA), answered(MAX), *order)
    assert (over.state, over.outcome) == (State.ENDED, Outcome.BRIDGED)
    assert ends(over) == [Outcome.DECLINED, Outcome.BRIDGED]


def test_where_the_platform_does_not_say_whose_leg_it_is_the_one_left_has_the_caller() -> None:
    over = after(answered(DANA), hung_up(DANA), answered(MAX), Connected(1), hung_up(MAX), hung_up(DANA))
    assert ends(over) == [Outcome.DECLINED, Outcome.BRIDGED]


def test_nobody_said_yes() -> None:
    failed = ConnectFailed(1, Outcome.FAILED)
    told = after(answered(DANA), hung_up(DANA), answered(MAX), hung_up(MAX), failed)
    assert told.state is State.TRYING
    assert ends(told) == [Outcome.DECLINED, Outcome.DECLINED]


def test_whom_nobody_asks_is_connected_by_answering() -> None:
    blind = replace(ASKED, mechanism="connect", plan=tuple(replace(leg, asked=False) for leg in PLAN))
    over = after(answered(DANA), hung_up(DANA), of=blind)
    assert (over.state, over.outcome) == (State.ENDED, Outcome.BRIDGED)


def test_a_yes_is_one_phase() -> None:
    before = after(answered(DANA))
    for connected in (Connected(1, "leg0"), Connected(1)):
        talk, _ = step(before, connected, NOON)
        assert sorted(phases(before, connected, talk)) == ["accepted", "bridged"]
