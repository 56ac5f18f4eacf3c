"""When somebody would like to be rung back, in their own words: "at three", "tomorrow morning", "when you open".

Clocks, parts of a day and days of the week are read here; dates and other languages by a library, which is asked only
for what is left: it takes "at three" for a third month. What a booking came to is said to the caller, who corrects it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches

_FREE = (
    r"(as soon as|whenever|when(ever)?|the moment|once) .*\b(free|available|possible|can|ready|chance|time)\b"
    r"|a\.?s\.?a\.?p\.?|now|right away|immediately|any ?time|whenever|soon|next available|no preference"
)
_OPENS = r"\b(when|once|as soon as|after)\b.*\bopen(s|ed|ing)?\b|\bopening( time)?\b|\bnext business day\b"

_WORDS: Mapping[str, int] = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45,
    "a couple of": 2, "a few": 3, "half an": 0,
}  # fmt: skip
_HOUR = r"(?P<hour>1[0-9]|2[0-3]|0?[0-9]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_HALF_OF_DAY = r"(?P<half>a\.?m\b\.?|p\.?m\b\.?)"
_CLOCKS = (
    rf"\b(?P<part>half|quarter|ten|twenty|five) (?P<way>past|to|after|before) {_HOUR}\b(?: ?{_HALF_OF_DAY})?",
    rf"(?<!\d\.)\b{_HOUR}[:.](?P<minute>[0-5][0-9])(?!\.?\d)(?: ?{_HALF_OF_DAY})?",  # 20.03.2026 is a date
    rf"\b{_HOUR} ?{_HALF_OF_DAY}",
    rf"\b{_HOUR} ?o'?clock\b",
    rf"\b{_HOUR} (?P<minutes>fifteen|thirty|forty-five)\b",
    rf"(?:^|(?<=day )|(?<=tomorrow )){_HOUR}(?= in the (?:morning|afternoon|evening)\b)",
    rf"\b(?:at|after|around|about|from|by|between|before|until|till) {_HOUR}\b(?! (?:days?|weeks?|minutes?|hours?))",
)
_PARTS: Mapping[str, int] = {  # the hour at which it begins, for somebody who is to be rung
    "noon": 12, "midday": 12, "lunch": 12, "lunchtime": 12, "morning": 9, "afternoon": 14, "evening": 18, "tonight": 19,
}  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FILLERS = frozenset({
    "a", "about", "after", "again", "am", "and", "around", "at", "back", "be", "before", "best", "between", "by",
    "call", "can", "clock", "could", "day", "early", "first", "for", "free", "from", "good", "i", "if", "im", "in",
    "is", "it", "late", "later", "let", "maybe", "me", "my", "o'clock", "of", "on", "or", "please", "ring", "s",
    "say", "some", "sometime", "the", "then", "thing", "this", "till", "time", "to", "until", "work", "works",
    "would", "you",
})  # fmt: skip
_WEEKDAY = rf"\b(?:next |this |on |coming )*({'|'.join(_DAYS)})s?\b"
_DAY_BEGINS = time(9)
_FIRST_HOUR = 8  # of a day: "at seven" is in the evening unless somebody says in the morning
_LATEST = timedelta(days=366)  # whatever is further ahead was misheard


@dataclass(slots=True)
class _Words:
    """What is left to be read."""

    text: str

    def take(self, pattern: str) -> "re.Match[str] | None":
        """The first such words, taken out."""
        found = re.search(pattern, self.text)
        if found:
            self.text = f"{self.text[: found.start()]} {self.text[found.end() :]}"
        return found


def wanted_moment(words: str, at: datetime, *, opens: datetime | None = None, language: str = "en") -> datetime | None:
    """The moment somebody means at `at` (aware, local to where they are heard); never one before `at`.

    `opens` is when the department opens next, None while it is open. No words at all mean: as soon as may be. None when
    the words cannot be read, or mean a time in more than a year. `language` ("es-MX") is what is tried beside English.
    "When you open tomorrow" is the beginning of that day: whoever books knows its hours.
    """
    left = _Words(" ".join(map(_spelled, re.sub(r"[,;!?\"]", " ", words.lower()).split())).strip(" ."))
    left.text = re.sub(r"^(.+) from now\b(?! on)", r"in \1", left.text)
    if not left.text or re.search(_OPENS, left.text):
        return _opening(left, at, opens.astimezone(at.tzinfo) if opens else None)
    found = _read(left, at, language)
    return found if found and found - at <= _LATEST else None


def _spelled(word: str) -> str:
    """A day that was nearly written right: passed over, "tomorow at three" would be today."""
    return next(iter(get_close_matches(word, (*_DAYS, "tomorrow"), 1, 0.85)), word)


def _opening(left: _Words, at: datetime, opens: datetime | None) -> datetime:
    soonest = max(at, opens) if opens else at
    day = _day(left, at)
    if day is None and opens is None and "next business day" in left.text:
        day = at.date() + timedelta(days=1)
    if day is None:
        return soonest
    if isinstance(day, str):
        ahead = (_DAYS.index(day) - soonest.weekday()) % 7 or (0 if opens else 7)
        day = soonest.date() + timedelta(days=ahead)
    return max(soonest, datetime.combine(day, time(), at.tzinfo))


def _read(left: _Words, at: datetime, language: str) -> datetime | None:
    said = left.text
    if re.fullmatch(_FREE, left.text):
        return at
    if span := _span(left):
        return at + span
    clock, part = _clock(left), _part(left)
    day = _day(left, at)
    if day is None:
        rest = " ".join(word for word in left.text.split() if word.strip(".'") not in _FILLERS)
        dated = _dated(rest, at, language) if rest else None
        if dated is None and clock is None and part is None:
            return at if not rest and re.search(r"\blater\b", said) else None
        day, clock = (dated[0], clock or dated[1]) if dated else (None, clock)
    return _moment(day, clock, part, at)


def _span(left: _Words) -> timedelta | None:
    counts = "|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True))
    found = left.take(
        rf"\b(?:in|after) (?P<n>\d{{1,5}}|{counts}) (?P<unit>min(?:ute)?s?|hours?|days?|weeks?)\b(?P<half> and a half)?"
    )
    if found is None:
        return None
    said, unit = found["n"], found["unit"]
    count = int(said) if said.isdigit() else _WORDS[said]
    count_and = 0.5 if found["half"] or said == "half an" else 0.0
    per = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[unit[0]]
    return (count + count_and) * per


@dataclass(frozen=True, slots=True)
class _Clock:
    """A time of day. Not `sure`: nobody has said which half of the day."""

    hour: int
    minute: int
    sure: bool


def _clock(left: _Words) -> _Clock | None:
    for pattern in _CLOCKS:
        if found := left.take(pattern):
            groups = found.groupdict()
            said = str(groups["hour"])
            hour = int(said) if said.isdigit() else _WORDS[said]
            minute = int(groups.get("minute") or _WORDS.get(str(groups.get("minutes")), 0))
            hour, minute = _by_parts(hour, minute, groups.get("part"), groups.get("way"))
            half = (groups.get("half") or "")[:1]
            if half:
                hour = hour % 12 + (12 if half == "p" else 0)
            return _Clock(hour % 24, minute, bool(half) or hour > 12 or hour == 0)
    return None


def _by_parts(hour: int, minute: int, part: str | None, way: str | None) -> tuple[int, int]:
    """ "half past four", "a quarter to nine"."""
    if part is None:
        return hour, minute
    minutes = {"half": 30, "five": 5, "ten": 10, "twenty": 20}.get(part, 15)
    return (hour, minutes) if way in ("past", "after") else (12 if hour == 1 else (hour - 1) % 24, 60 - minutes)


def _part(left: _Words) -> str | None:
    found = left.take(rf"\b(?:this |in the |the )?({'|'.join(_PARTS)})s?\b")
    return found[1] if found else None


def _day(left: _Words, at: datetime) -> "date | str | None":
    """A day, or the word of a weekday."""
    for pattern, days in ((r"\bday after tomorrow\b", 2), (r"\btomorrow\b", 1), (r"\b(?:later )?today\b", 0)):
        if left.take(pattern):
            return at.date() + timedelta(days=days)
    if left.take(r"\bnext week\b"):
        found = left.take(_WEEKDAY)
        return at.date() + timedelta(days=7 - at.weekday() + (_DAYS.index(found[1]) if found else 0))
    found = left.take(_WEEKDAY)
    return found[1] if found else None


def _dated(rest: str, at: datetime, language: str) -> tuple[date, _Clock | None] | None:
    """A date as the library reads it, and the time when there is one."""
    if found := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)", rest):  # it takes "the 5th" for a month
        coming = (at.date() + timedelta(days=ahead) for ahead in range(62))
        return next(((day, None) for day in coming if day.day == int(found[1])), None)
    from dateparser.data.languages_info import language_order  # noqa: PLC0415
    from dateparser.date import DateDataParser  # noqa: PLC0415, a fifth of a second that few bookings need

    known = language.partition("-")[0].lower()
    languages = list(dict.fromkeys((known, "en") if known in language_order else ("en",)))
    settings = {"RELATIVE_BASE": at.replace(tzinfo=None), "PREFER_DATES_FROM": "future", "RETURN_TIME_AS_PERIOD": True}
    read = DateDataParser(languages=languages, settings=settings).get_date_data(rest)
    if read is None or read.date_obj is None or read.period in ("month", "year"):
        return None
    moment: datetime = read.date_obj
    return moment.date(), _Clock(moment.hour, moment.minute, True) if read.period == "time" else None


def _moment(day: "date | str | None", clock: _Clock | None, part: str | None, at: datetime) -> datetime:
    moment = _time_of_day(clock, part, today=day == at.date(), at=at)
    if isinstance(day, date):
        return max(at, datetime.combine(day, moment, at.tzinfo))
    if day is not None:
        ahead = (_DAYS.index(day) - at.weekday()) % 7
        found = datetime.combine(at.date() + timedelta(days=ahead), moment, at.tzinfo)
        return found if found > at else found + timedelta(days=7)
    found = datetime.combine(at.date(), moment, at.tzinfo)
    return found if found > at else datetime.combine(at.date() + timedelta(days=1), moment, at.tzinfo)


def _time_of_day(clock: _Clock | None, part: str | None, *, today: bool, at: datetime) -> time:
    if clock is None:
        return time(_PARTS[part]) if part else at.time() if today else _DAY_BEGINS
    hour = clock.hour
    afternoon = part in ("afternoon", "evening", "tonight") or (part != "morning" and hour < _FIRST_HOUR)
    if not clock.sure and afternoon and hour < 12:
        hour += 12
    return time(hour, clock.minute)
