"""What callers in line are told: their place, their wait when it was measured, and what they can do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.documents.queue_prompts import Standing, announcement, minutes

MESSAGE = "To leave a message, press 2."


@pytest.mark.parametrize(
    ("position", "wait", "said"),
    [
        (1, None, "You are next in line. "),
        (2, None, "You are second in line. "),
        (10, None, "You are tenth in line. "),
        (11, None, "You are number 11 in line. "),
        (0, None, "Thank you for waiting. "),
        (1, 12.0, "You are next in line. The wait is less than a minute. "),
        (2, 75.0, "You are second in line. The wait is about one minute. "),
        (2, 179.0, "You are second in line. The wait is about three minutes. "),
        (8, 840.0, "You are eighth in line. The wait is about 14 minutes. "),
        (9, 4000.0, "You are ninth in line. The wait is more than an hour. "),
    ],
)
def test_a_place_and_a_wait_in_words(position: int, wait: float | None, said: str) -> None:
    assert announcement(Standing(position, wait), "", ring_back=False) == said + MESSAGE


def test_what_was_told_before_is_not_told_again() -> None:
    before = Standing(2, 175.0)
    assert announcement(Standing(2, 181.0), before.told, ring_back=False) == f"Thank you for waiting. {MESSAGE}"
    assert announcement(Standing(1, 90.0), before.told, ring_back=False).startswith("You are next in line. The wait")


def test_whoever_may_be_rung_back_is_told_the_key() -> None:
    said = announcement(Standing(3), "", ring_back=True)
    assert said == f"You are third in line. To be rung back without losing your place, press 1. {MESSAGE}"


@given(st.integers(0, 99), st.none() | st.floats(0, 90_000))
def test_no_number_is_said_that_was_not_measured(position: int, wait: float | None) -> None:
    said = announcement(Standing(position, wait), "", ring_back=True)
    assert ("The wait is" in said) == (wait is not None)
    assert "{" not in said


@given(st.floats(60, 90_000))
def test_minutes_are_rounded_as_people_round(wait: float) -> None:
    assert abs((minutes(wait) or 0) * 60 - wait) <= 30
