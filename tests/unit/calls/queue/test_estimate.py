"""How long a caller in line is told to wait: measured, or not said at all."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.queue.estimate import FEWEST, WINDOW, Pickup, expected_wait

NOW = datetime(2026, 3, 17, 15, 0, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def busy(every: float, count: int) -> list[Pickup]:
    """Callers who all came long ago, and of whom one was taken every so many seconds, the last just now."""
    return [Pickup(ago(3500), ago(every * n)) for n in range(count)]


def test_one_is_taken_a_minute_so_the_third_waits_three() -> None:
    assert expected_wait(3, busy(60, 20), 5, NOW) == pytest.approx(180)


def test_nobody_was_taken_so_nothing_is_said() -> None:
    assert expected_wait(1, [], 5, NOW) is None
    assert expected_wait(1, busy(60, FEWEST - 1), 5, NOW) is None


def test_what_was_yesterday_says_nothing() -> None:
    old = [Pickup(one.entered - WINDOW, one.taken - WINDOW) for one in busy(60, 20)[1:]]
    assert expected_wait(1, old, 5, NOW) is None


def test_everybody_has_gone_home_so_nothing_is_said() -> None:
    assert expected_wait(1, busy(60, 20), 0, NOW) is None


def test_callers_who_were_taken_at_once_are_no_line() -> None:
    quiet = [Pickup(ago(600 * n + 10), ago(600 * n)) for n in range(5)]  # one in ten minutes, taken in ten seconds
    assert expected_wait(1, quiet, 5, NOW) == pytest.approx(10)


def test_the_longer_nobody_comes_the_longer_it_will_take() -> None:
    just_now, long_ago = busy(60, 10), [replace(one, taken=one.taken - timedelta(seconds=540)) for one in busy(60, 10)]
    assert expected_wait(2, just_now, 5, NOW, head_since=ago(900)) == pytest.approx(2 * 60)
    assert expected_wait(2, long_ago, 5, NOW, head_since=ago(900)) == pytest.approx(2 * (60 + 540 / 9))


moments = st.floats(0, 4000).map(ago)
pickups = st.lists(
    st.tuples(moments, st.floats(0, 1200)).map(lambda one: Pickup(one[0], one[0] + timedelta(seconds=one[1]))),
    max_size=30,
)


@given(pickups, st.integers(1, 30), st.integers(0, 9), st.none() | moments)
def test_whatever_was_measured(known: list[Pickup], position: int, people: int, head: datetime | None) -> None:
    """Never less than nothing; further back waits longer; what is told in another order is the same."""
    wait = expected_wait(position, known, people, NOW, head_since=head)
    behind = expected_wait(position + 1, known, people, NOW, head_since=head)
    if wait is None:
        assert behind is None
        return
    assert behind is not None
    assert 0 <= wait <= behind
    assert behind == pytest.approx(wait * (position + 1) / position)
    assert expected_wait(position, known[::-1], people, NOW, head_since=head) == pytest.approx(wait)


@given(pickups, st.integers(1, 9))
def test_nobody_is_told_a_number_that_was_not_measured(known: list[Pickup], position: int) -> None:
    counted = [one for one in known if ago(3600) <= one.taken <= NOW]
    assert (expected_wait(position, known, 3, NOW) is None) == (len(counted) < FEWEST)


def test_a_day_of_five_people_at_a_load_of_nine_tenths() -> None:
    """What callers who wait are told is what they wait, on average, within a sixth."""
    told, waited = [], []
    for seed in range(12):
        for position, wait, known, head in _day(random.Random(seed), 54 / 3600, 5, 300.0):
            said = expected_wait(position, known, 5, NOW, head_since=head)
            if said is not None and wait > 30:
                told.append(said)
                waited.append(wait)
    assert len(told) > 1000
    assert mean(told) == pytest.approx(mean(waited), rel=1 / 6)


def _day(
    chance: random.Random, rate: float, people: int, talk: float
) -> list[tuple[int, float, list[Pickup], datetime]]:
    """Eight hours of callers who are taken in turn: each one's position, wait, and what was known as they came.

    Whoever takes a caller is free again after the talk. Every arrival is told at `NOW`.
    """
    free, taken, seen, t = [0.0] * people, list[tuple[float, float]](), [], 0.0
    while t < 8 * 3600:
        t += chance.expovariate(rate)
        free.sort()
        starts = max(t, free[0]) + 8.0  # it rings
        free[0] = starts + chance.expovariate(1 / talk)
        line = [one for one in taken if one[1] > t]
        head = min((one[0] for one in line), default=t)
        known = [Pickup(ago(t - came), ago(t - went)) for came, went in taken if went <= t]
        seen.append((len(line) + 1, starts - t, known, ago(t - head)))
        taken.append((t, starts))
    return seen
