"""From when on something is to be listed, as an operator writes it: "yesterday", "2h", "monday", "2026-03-02T09:00"."""

import re
from datetime import date, datetime, time, timedelta

from calls.numbers import Unreadable

_WANTED = "today, yesterday, a day such as monday, a span such as 2h or 3d, a time such as 14:00, or 2026-03-02T09:00"
_SPAN = re.compile(r"(\d{1,4}) ?(m|min|h|d|w|minutes?|hours?|days?|weeks?)(?: ago)?")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def since(words: str, now: datetime) -> datetime:
    """The moment that is meant at `now` (aware, local to the reader). A weekday is the latest one, today included.

    Raises Unreadable with what is wanted.
    """
    said = " ".join(words.lower().split())
    if said in ("today", "yesterday"):
        return _midnight(now.date() - timedelta(days=said == "yesterday"), now)
    if span := _SPAN.fullmatch(said):
        return now - timedelta(**{_UNITS[span[2][0]]: int(span[1])})
    if len(said) >= 3 and (day := next((n for n, name in enumerate(_DAYS) if name.startswith(said)), None)) is not None:
        return _midnight(now.date() - timedelta(days=(now.weekday() - day) % 7), now)
    if clock := _CLOCK.fullmatch(said):
        moment = datetime.combine(now.date(), time(int(clock[1]), int(clock[2])), now.tzinfo)
        return moment if moment <= now else moment - timedelta(days=1)
    try:
        moment = datetime.fromisoformat(words.strip())
    except ValueError:
        raise Unreadable(_WANTED) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)


def _midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), now.tzinfo)
