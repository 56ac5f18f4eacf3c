"""For how long somebody is away, in the words of a text message. It is a Tuesday, eleven in the morning."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.away import LONGEST, away_until
from calls.numbers import Unreadable

ELEVEN = datetime(2026, 3, 17, 11, tzinfo=ZoneInfo("America/New_York"))


@pytest.mark.parametrize(
    ("words", "back"),
    [
        ("2h", "17 13:00"), ("30m", "17 11:30"), ("1h30", "17 12:30"), ("1h 30m", "17 12:30"), ("90 min", "17 12:30"),
        ("1.5 hours", "17 12:30"), ("for 2 hours", "17 13:00"), ("in 20 minutes", "17 11:20"), ("14:00", "17 14:00"),
        ("until 14:00", "17 14:00"), ("until 14:00!", "17 14:00"), ("till 2 pm", "17 14:00"), ("until 2", "17 14:00"),
        ("14", "17 14:00"), ("back at 3", "17 15:00"), ("until noon", "17 12:00"), ("until 10:00", "18 10:00"),
        ("until tomorrow", "18 09:00"), ("until tomorrow 8:30", "18 08:30"), ("until half past two", "17 14:30"),
        ("UNTIL MONDAY", "23 09:00"),
    ],
)  # fmt: skip
def test_when_they_are_back(words: str, back: str) -> None:
    moment = away_until(words, ELEVEN)
    assert moment
    assert f"{moment:%d %H:%M}" == back


def test_without_a_word_they_are_away_until_they_say_so() -> None:
    assert away_until("", ELEVEN) is None
    assert away_until("  ", ELEVEN) is None


@pytest.mark.parametrize("words", ["now", "0m", "forever", "99999m", "sick", "until"])
def test_what_is_no_time_is_told(words: str) -> None:
    with pytest.raises(Unreadable, match="a time such as 14:00, or how long, such as 2h"):
        away_until(words, ELEVEN)


@given(st.text("0123456789:hmunti lapo.", max_size=14))
def test_whatever_is_written_is_a_time_to_come_or_unreadable(words: str) -> None:
    try:
        moment = away_until(words, ELEVEN)
    except Unreadable:
        return
    assert moment is None or timedelta() < moment - ELEVEN <= LONGEST
