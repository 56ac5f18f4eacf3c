"""When somebody may be rung: 08:00 to 21:00 in every time zone their number may be in."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers.tzdata import TIMEZONE_DATA

from calls.numbers import Number
from calls.outbound.quiet_hours import may_ring, next_allowed, zones_of

NEW_YORK, HOME = ZoneInfo("America/New_York"), "America/New_York"
WASHINGTON, LOS_ANGELES = Number("+12025550111"), Number("+12135550111")
TOLL_FREE, RUSSIAN_MOBILE, NOWHERE = Number("+18005550100"), Number("+79161234567"), Number("+99912345678")
BRITISH = Number("+447700900123")  # of a range that libphonenumber does not know as given out


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("number", "when", "allowed"),
    [
        (WASHINGTON, "2026-03-17 07:59:59", False),
        (WASHINGTON, "2026-03-17 08:00", True),
        (WASHINGTON, "2026-03-17 20:59:59", True),
        (WASHINGTON, "2026-03-17 21:00", False),
        (LOS_ANGELES, "2026-03-17 10:59", False),
        (LOS_ANGELES, "2026-03-17 11:00", True),
        (LOS_ANGELES, "2026-03-17 23:30", True),
        (TOLL_FREE, "2026-03-17 09:00", False),  # it may be in Hawaii
        (TOLL_FREE, "2026-03-17 18:30", True),
        (NOWHERE, "2026-03-17 09:00", True),  # at home it is nine
        (NOWHERE, "2026-03-17 07:00", False),
        (BRITISH, "2026-03-17 18:30", False),  # half past ten in the evening there
        (BRITISH, "2026-03-17 12:00", True),
    ],
)
def test_the_hours_are_those_of_the_number(number: Number, when: str, allowed: bool) -> None:
    assert may_ring(number, at(when), HOME) is allowed


def test_the_next_allowed_moment_is_eight_in_the_morning_over_there() -> None:
    evening = at("2026-03-17 22:30")
    assert next_allowed(LOS_ANGELES, evening, HOME) == evening  # half past seven there
    assert next_allowed(WASHINGTON, evening, HOME) == at("2026-03-18 08:00")
    assert next_allowed(LOS_ANGELES, at("2026-03-17 08:00"), HOME) == at("2026-03-17 11:00")


def test_the_night_on_which_the_clock_changes() -> None:
    before = datetime(2026, 3, 8, 2, 0, tzinfo=UTC)  # 21:00 in Washington, on the eve of daylight saving time
    assert next_allowed(WASHINGTON, before, HOME) - before == timedelta(hours=10)


@pytest.mark.parametrize("number", [TOLL_FREE, RUSSIAN_MOBILE, WASHINGTON])
@given(minutes=st.integers(0, 366 * 24 * 60))
def test_the_next_allowed_moment_is_allowed_and_the_first(number: Number, minutes: int) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    allowed = next_allowed(number, moment, HOME)
    assert may_ring(number, allowed, HOME)
    assert timedelta() <= allowed - moment < timedelta(days=1)
    assert allowed == moment or not may_ring(number, allowed - timedelta(seconds=1), HOME)


def test_every_number_there_is_may_be_rung_at_some_moment_of_a_day() -> None:
    moment = datetime(2026, 1, 15, 3, tzinfo=UTC)
    widest = [f"+{prefix}" for prefix, zones in TIMEZONE_DATA.items() if len(zones) > 3]
    for prefix in widest:
        region = phonenumbers.region_code_for_country_code(int(prefix[1:])) if len(prefix) < 5 else None
        example = phonenumbers.example_number(region) if region else None
        number = Number(f"+{example.country_code}{example.national_number}") if example else Number(f"{prefix}00000")
        allowed = next_allowed(number, moment, HOME)
        assert may_ring(number, allowed, HOME), (number, zones_of(number, HOME))
