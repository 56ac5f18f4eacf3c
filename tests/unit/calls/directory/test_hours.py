"""Opening hours: holidays, nights, time zones and the two nights a year on which the clock jumps."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.directory.errors import Mistakes
from calls.directory.hours import Hours, moment_words, read_days, read_hours
from tests.support.directories import ZONES, moments, two_holidays, weeks

NEW_YORK = ZoneInfo("America/New_York")
OFFICE = {
    "mon-fri": "09:00-12:30, 13:00-17:30",
    "sat": "10:00-14:00",
    "holidays": "US",
    "except": {"2026-12-24": "closed", "2026-12-31": "09:00-12:00"},
}


def hours(**days: object) -> Hours:
    return read_hours({name.replace("_", "-"): value for name, value in days.items()}, "US", two_holidays)


def office() -> Hours:
    return read_hours(OFFICE, "US", two_holidays)


def new_york(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-20 08:59", False),
        ("2026-11-20 09:00", True),
        ("2026-11-20 12:30", False),  # lunch
        ("2026-11-20 13:00", True),
        ("2026-11-20 17:30", False),
        ("2026-11-21 13:59", True),
        ("2026-11-22 11:00", False),
        ("2026-12-24 10:00", False),  # an exception
        ("2026-12-25 10:00", False),  # a holiday
        ("2026-12-31 12:30", False),
        ("2026-12-31 11:00", True),
    ],
)
def test_the_doors_are_open_or_not(at: str, is_open: bool) -> None:
    assert office().is_open(new_york(at), NEW_YORK) is is_open


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-11-20 12:45", "today at 1 PM"),
        ("2026-11-19 18:00", "tomorrow at 9 AM"),
        ("2026-11-21 14:30", "Monday at 9 AM"),
        ("2026-12-23 18:00", "Saturday at 10 AM"),  # over Christmas Eve and Christmas
        ("2026-12-31 12:00", "Saturday at 10 AM"),  # over New Year's Day
    ],
)
def test_the_next_opening_is_computed(at: str, words: str) -> None:
    opens = office().next_opening(new_york(at), NEW_YORK)
    assert opens is not None
    assert moment_words(opens, new_york(at)) == words


def test_an_opening_over_a_week_away_has_its_date() -> None:
    at, opens = new_york("2026-12-21 12:00"), new_york("2027-01-04 09:00")
    assert moment_words(opens, at) == "Monday, January 4 at 9 AM"
    assert moment_words(at + timedelta(days=7), at) == "Monday, December 28 at noon"


def test_the_words_follow_the_clock_of_the_department() -> None:
    at = datetime(2026, 11, 20, 3, tzinfo=UTC)  # the evening before in New York
    assert moment_words(new_york("2026-11-20 09:30"), at) == "tomorrow at 9:30 AM"


def test_a_night_shift_ends_the_next_morning_even_on_a_holiday() -> None:
    night = hours(daily="22:00-06:00", holidays="US")
    assert night.is_open(new_york("2026-12-25 05:59"), NEW_YORK)  # began on Christmas Eve
    assert not night.is_open(new_york("2026-12-25 06:00"), NEW_YORK)
    assert not night.is_open(new_york("2026-12-25 23:00"), NEW_YORK)
    assert night.closing(new_york("2026-12-24 23:00"), NEW_YORK) == new_york("2026-12-25 06:00")


def test_a_time_that_the_clock_skips_is_read_as_calendars_do() -> None:
    early = hours(sun="02:30-05:00")  # on 8 March 2026 it is never 2:30 in New York
    opens = early.next_opening(new_york("2026-03-08 00:00"), NEW_YORK)
    assert opens == new_york("2026-03-08 03:30")
    assert not early.is_open(datetime(2026, 3, 8, 7, 29, tzinfo=UTC), NEW_YORK)
    assert early.is_open(datetime(2026, 3, 8, 7, 30, tzinfo=UTC), NEW_YORK)


def test_a_time_that_the_clock_shows_twice_is_the_first_one() -> None:
    late = hours(sun="01:30-03:00")  # on 1 November 2026 it is 1:30 twice in New York
    assert late.is_open(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), NEW_YORK)
    assert late.is_open(datetime(2026, 11, 1, 6, 10, tzinfo=UTC), NEW_YORK)  # 1:10 again, still open
    assert late.closing(datetime(2026, 11, 1, 6, tzinfo=UTC), NEW_YORK) == datetime(2026, 11, 1, 8, tzinfo=UTC)


def test_a_span_that_the_clock_skips_whole_is_not_open_at_all() -> None:
    skipped = hours(sun="02:15-03:05", mon="09:00-10:00")
    assert skipped.next_opening(new_york("2026-03-08 00:00"), NEW_YORK) == new_york("2026-03-09 09:00")


def test_a_department_that_never_closes_has_no_closing_and_one_that_never_opens_no_opening() -> None:
    at = new_york("2026-11-20 12:00")
    assert hours(daily="00:00-24:00").closing(at, NEW_YORK) is None
    assert hours(daily="closed").next_opening(at, NEW_YORK) is None


@given(weeks(), moments(), st.sampled_from(ZONES))
def test_it_opens_exactly_when_it_is_said_to(week: dict[str, object], at: datetime, zone: str) -> None:
    read, where = read_hours(week, "US", two_holidays), ZoneInfo(zone)
    opens = read.next_opening(at, where)
    if opens is None:
        assert not read.is_open(at + timedelta(days=3), where)
        return
    assert opens >= at
    assert read.is_open(opens, where)
    if opens > at:
        assert not read.is_open(opens - timedelta(microseconds=1), where)
        assert not read.is_open(at + (opens - at) / 2, where)
    closing = read.closing(opens, where)
    if closing is not None:
        assert not read.is_open(closing, where)
        assert read.is_open(closing - timedelta(microseconds=1), where)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("sat", (5,)),
        ("Mon-Fri", (0, 1, 2, 3, 4)),
        ("sat-mon", (5, 6, 0)),
        ("tues, thursday", (1, 3)),
        ("daily", tuple(range(7))),
    ],
)
def test_days_are_read_as_people_write_them(text: str, days: tuple[int, ...]) -> None:
    assert read_days(text) == days


@pytest.mark.parametrize(
    ("week", "paths"),
    [
        ({"mon": "9-5"}, ["mon"]),
        ({"mon": "09:00-09:00"}, ["mon"]),
        ({"mon": "09:00-12:00, 11:00-13:00"}, ["mon"]),
        ({"mon": "25:00-26:00", "frei": "closed"}, ["mon", "frei"]),
        ({"mon-fri": "closed", "wed": "closed"}, ["wed"]),
        ({"mon": 540}, ["mon"]),
        (
            {"holidays": "ZZ", "except": {"2026-02-30": "closed", "2026-03-01": "9"}},
            ["except.2026-02-30", "except.2026-03-01", "holidays"],
        ),
        ({"except": ["2026-02-30"]}, ["except"]),
    ],
)
def test_each_mistake_has_its_place(week: dict[str, object], paths: list[str]) -> None:
    with pytest.raises(Mistakes) as refused:
        read_hours(week, "US", two_holidays)
    assert [mistake.path for mistake in refused.value.mistakes] == paths
