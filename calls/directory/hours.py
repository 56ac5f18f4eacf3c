"""Opening hours: holidays, exceptions, spans over midnight, daylight saving time. Pure: the moment is an argument.

Spans are local wall-clock times and belong to the day they begin on, so a night shift that starts on the eve of a
holiday runs to its end. A time that the clock skips or shows twice is read as calendars do (RFC 5545): a skipped one
with the offset before the change, a repeated one the first time.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from calls.directory.errors import Found, did_you_mean, text_of
from calls.numbers import Unreadable

PublicHolidays = Callable[[str, int], Mapping[date, str]]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HORIZON = 400  # days searched for the next opening: over a year, so that a yearly opening is found
LONGEST = 8  # days searched for the closing: who is open for over a week is simply open
DAY = 24 * 60  # minutes

_SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Open from `opens` to `closes`, minutes after the midnight the day begins with; over DAY is the next day."""

    opens: int
    closes: int

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The two instants (UTC). The first is not before the second when the clock skips the whole span."""
        return _instant(day, self.opens, zone), _instant(day, self.closes, zone)


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """A week of spans (Monday first), the dates that differ, and the public holidays of a year by name."""

    week: tuple[Spans, ...]
    exceptions: Mapping[date, Spans] = field(default_factory=dict)
    holidays: Callable[[int], Mapping[date, str]] | None = None

    def spans(self, day: date) -> Spans:
        """The spans that begin on this day: its own exception, or closed on a holiday, or the weekday's."""
        if day in self.exceptions:
            return self.exceptions[day]
        return () if self.holiday(day) else self.week[day.weekday()]

    def holiday(self, day: date) -> str | None:
        """The public holiday that closes this day, by name; None when it is none or an exception overrules it."""
        if self.holidays is None or day in self.exceptions:
            return None
        return self.holidays(day.year).get(day)

    def is_open(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether the doors are open at this moment (an aware datetime)."""
        return self._around(at, zone) is not None

    def next_opening(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """The first open moment at or after `at`, local to `zone`; None when there is none within HORIZON days."""
        if self.is_open(at, zone):
            return at.astimezone(zone)
        today = at.astimezone(zone).date()
        for opens, _ in self._instants(today - timedelta(days=1), HORIZON, zone):
            if opens > at:
                return opens.astimezone(zone)
        return None

    def closing(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """The moment it closes, over spans that touch; None when closed at `at` or open for over a week."""
        around = self._around(at, zone)
        if around is None:
            return None
        end = around[1]
        for opens, closes in self._instants(at.astimezone(zone).date(), LONGEST, zone):
            if opens > end:
                return end.astimezone(zone)
            end = max(end, closes)
        return None

    def _around(self, at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        yesterday = at.astimezone(zone).date() - timedelta(days=1)
        return next((both for both in self._instants(yesterday, 2, zone) if both[0] <= at < both[1]), None)

    def _instants(self, first: date, days: int, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        for n in range(days):
            day = first + timedelta(days=n)
            for span in self.spans(day):
                opens, closes = span.on(day, zone)
                if opens < closes:
                    yield opens, closes


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    days, minute = divmod(minutes, DAY)
    local = datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60), tzinfo=zone)
    return local.astimezone(UTC)


def moment_words(moment: datetime, at: datetime) -> str:
    """A moment as one says it at `at`: "today at 1 PM", "Monday at 9 AM", "Monday, January 4 at 9 AM".

    Both are read in the time zone of `moment`.
    """
    days = (moment.date() - at.astimezone(moment.tzinfo).date()).days
    if days == 0:
        return f"today at {clock_words(moment)}"
    if days == 1:
        return f"tomorrow at {clock_words(moment)}"
    named = f"{moment:%A}" if 1 < days < 7 else f"{moment:%A, %B} {moment.day}"
    return f"{named} at {clock_words(moment)}"


def clock_words(moment: datetime) -> str:
    """ "9 AM", "5:30 PM", "noon", "midnight"."""
    if moment.minute == 0 and moment.hour in (0, 12):
        return "noon" if moment.hour else "midnight"
    minutes = f":{moment:%M}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes} {'AM' if moment.hour < 12 else 'PM'}"


def read_hours(raw: object, country: str, public_holidays: PublicHolidays) -> Hours:
    """Read one entry of `hours:`. Raises Mistakes with paths inside it."""
    if not isinstance(raw, Mapping):
        raise Unreadable('days and times, such as mon-fri: "09:00-17:30"')
    found = Found()
    week: dict[int, Spans] = {}
    rest = dict(raw)
    exceptions = _read_exceptions(rest.pop("except", {}), found)
    holidays = _read_holidays(rest.pop("holidays", None), country, public_holidays, found)
    for key, value in rest.items():
        with found.at(str(key), key):
            days = read_days(text_of(key))
            if not week.keys().isdisjoint(days):
                found.add(str(key), key, "each day once")
            with found.at(str(key), value):
                week.update(dict.fromkeys(days, read_spans(value)))
    found.raise_any()
    return Hours(tuple(week.get(day, ()) for day in range(7)), exceptions, holidays)


def read_days(text: str) -> tuple[int, ...]:
    """The weekdays (0 is Monday) of "sat", "mon-fri", "sat-mon", "tue, thu", "daily". Raises Unreadable."""
    if text.lower() == "daily":
        return tuple(range(7))
    days: list[int] = []
    for part in text.lower().split(","):
        first, _, last = part.partition("-")
        start, end = _day(first), _day(last or first)
        days += [(start + n) % 7 for n in range((end - start) % 7 + 1)]
    if len(set(days)) < len(days):
        raise Unreadable("each day once")
    return tuple(days)


def _day(text: str) -> int:
    word = text.strip().rstrip("s")  # "Mondays" is a Monday
    for number, day in enumerate(WEEKDAYS):
        if len(word) >= 3 and day.startswith(word):
            return number
    raise Unreadable(
        f"days (mon, mon-fri, daily), holidays or except{did_you_mean(text, [*WEEKDAYS, 'holidays', 'except'])}"
    )


def read_spans(value: object) -> Spans:
    """The spans of "09:00-12:30, 13:00-17:30", "22:00-06:00" or "closed", earliest first. Raises Unreadable."""
    text = text_of(value).lower()
    if text == "closed":
        return ()
    spans = sorted(_span(part.strip()) for part in text.split(","))
    if any(span.closes > after.opens for span, after in pairwise(spans)):
        raise Unreadable("times that do not overlap")
    return tuple(spans)


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise Unreadable('times such as "09:00-12:30, 13:00-17:30" or "22:00-06:00", or closed')
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    opens, closes = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if opens >= DAY or closes > DAY or max(from_minute, to_minute) > 59:
        raise Unreadable("times between 00:00 and 24:00")
    if opens == closes:
        raise Unreadable("two different times; all day is 00:00-24:00")
    return Span(opens, closes if closes > opens else closes + DAY)


def _read_exceptions(raw: object, found: Found) -> dict[date, Spans]:
    exceptions: dict[date, Spans] = {}
    if not isinstance(raw, Mapping):
        found.add("except", raw, "dates and times, such as {2026-12-24: closed}")
        return exceptions
    for key, value in raw.items():
        path = f"except.{key}"
        with found.at(path, key):
            day = read_date(key)
            if day in exceptions:
                found.add(path, key, "each date once")
            with found.at(path, value):
                exceptions[day] = read_spans(value)
    return exceptions


def read_date(key: object) -> date:
    """A date as YAML gives it, or as text: 2026-12-24. Raises Unreadable."""
    if isinstance(key, date) and not isinstance(key, datetime):
        return key
    try:
        return date.fromisoformat(str(key).strip())
    except ValueError:
        raise Unreadable("a date of the calendar, such as 2026-12-24") from None


def _read_holidays(
    raw: object, country: str, public_holidays: PublicHolidays, found: Found
) -> Callable[[int], Mapping[date, str]] | None:
    if raw is None or raw is False:
        return None
    with found.at("holidays", raw):
        place = country if raw is True else text_of(raw)
        try:
            public_holidays(place, 2024)
        except LookupError:
            raise Unreadable("a country (US, NO) or a part of one (US-CA) whose public holidays are known") from None
        return lambda year: public_holidays(place, year)
    return None
