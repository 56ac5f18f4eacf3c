"""When a callback is wanted, in people's own words, said on Tuesday, March 17, 2026 at 11 in the morning."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.phrases.time_phrases import wanted_moment

ZONE = ZoneInfo("America/New_York")
AT = datetime(2026, 3, 17, 11, tzinfo=ZONE)
OPENS = datetime(2026, 3, 18, 8, 30, tzinfo=ZONE)

SAID = {
    "": "17 11:00",
    "as soon as possible": "17 11:00",
    "When somebody is free.": "17 11:00",
    "whenever you can": "17 11:00",
    "any time": "17 11:00",
    "later": "17 11:00",
    "at three": "17 15:00",
    "at 3": "17 15:00",
    "3 pm": "17 15:00",
    "three o'clock": "17 15:00",
    "around 4, please": "17 16:00",
    "half past four": "17 16:30",
    "a quarter to five": "17 16:45",
    "quarter past nine": "18 09:15",
    "at 15:30": "17 15:30",
    "at nine": "18 09:00",
    "at nine tonight": "17 21:00",
    "at noon": "17 12:00",
    "after 4": "17 16:00",
    "between 2 and 4": "17 14:00",
    "in 20 minutes": "17 11:20",
    "in half an hour": "17 11:30",
    "in an hour and a half": "17 12:30",
    "in two hours": "17 13:00",
    "this afternoon": "17 14:00",
    "in the morning": "18 09:00",
    "tomorrow": "18 09:00",
    "tomorrow morning": "18 09:00",
    "tomorrow at three": "18 15:00",
    "tomorrow at half past four in the afternoon": "18 16:30",
    "tomorow at 3": "18 15:00",
    "wendesday afternoon": "18 14:00",
    "Thrusday at noon": "19 12:00",
    "Friday at 10": "20 10:00",
    "on Friday afternoon": "20 14:00",
    "next Monday": "23 09:00",
    "Tuesday at ten": "24 10:00",
    "Tuesday at two": "17 14:00",
    "the day after tomorrow at 7 in the morning": "19 07:00",
    "on the 20th": "20 09:00",
    "March 20 at 2pm": "20 14:00",
    "next week": "23 09:00",
    "today": "17 11:00",
    "today at 9 am": "17 11:00",
    "when you open": "17 11:00",
    "three in the afternoon": "17 15:00",
    "tomorrow 8 in the evening": "18 20:00",
    "March 20 in the morning": "20 09:00",
    "a quarter to one": "17 12:45",
    "20 minutes from now": "17 11:20",
    "a week from now": "24 11:00",
    "Thursday next week at 2": "26 14:00",
    "on the 5th": "05 09:00",
    "on the 20th at 3": "20 15:00",
    "20.03.2026 at 3": "20 15:00",
}


@pytest.mark.parametrize(("words", "moment"), SAID.items())
def test_what_people_say(words: str, moment: str) -> None:
    found = wanted_moment(words, AT)
    assert found
    assert found.strftime("%d %H:%M") == moment


def test_when_it_opens_is_known_while_it_is_closed() -> None:
    for words in ("when you open", "as soon as you open again", ""):
        assert wanted_moment(words, AT, opens=OPENS) == OPENS


@pytest.mark.parametrize(
    ("words", "moment"),
    {
        "when you open tomorrow": "18 00:00",
        "on Friday when you open": "20 00:00",
        "on the next business day": "18 00:00",
    }.items(),
)
def test_the_opening_of_another_day_is_not_now(words: str, moment: str) -> None:
    found = wanted_moment(words, AT)  # open now; the opening hours of that day decide what comes of it
    assert found
    assert found.strftime("%d %H:%M") == moment


@pytest.mark.parametrize(
    "words",
    ["bananas", "my wife's number", "+1 202 555 0144", "hmm", "in 99999999999 days", "in 9000 weeks", "9999-12-31"],
)
def test_what_is_no_time_is_asked_about_again(words: str) -> None:
    assert wanted_moment(words, AT) is None


def test_other_languages_are_read_as_well() -> None:
    found = wanted_moment("mañana", AT, language="es-MX")
    assert found
    assert found.date() == AT.date() + timedelta(days=1)


def test_a_language_the_library_does_not_know_is_read_as_english() -> None:
    for language in ("no-NO", "cmn-CN", "xx"):
        assert wanted_moment("March 20", AT, language=language) == wanted_moment("March 20", AT)


@given(st.text(max_size=40), st.integers(0, 10_000_000))
def test_nobody_is_rung_in_the_past(words: str, seconds: int) -> None:
    at = AT + timedelta(seconds=seconds)
    found = wanted_moment(words, at)
    assert found is None or found >= at
