"""For how long somebody is away, as they write it: "2h", "until 14:00", "till tomorrow morning"."""

import re
from datetime import datetime, timedelta

from calls.numbers import Unreadable
from calls.phrases.time_phrases import wanted_moment

LONGEST = timedelta(days=60)

_SPAN = re.compile(
    r"(?:for |in )?(?:(?P<hours>\d{1,3}(?:[.,]5)?) ?h(?:ours?|rs?)?)? ?(?:(?P<minutes>\d{1,4}) ?m?(?:in(?:ute)?s?)?)?"
)
_BEFORE = re.compile(r"^(?:until|till|til|to|back|at)\b ?")
_WANTED = "a time such as 14:00, or how long, such as 2h or 30m"


def away_until(words: str, at: datetime) -> datetime | None:
    """When somebody is back who is away from `at` (aware, local to them); None when they have not said.

    Raises Unreadable.
    """
    said = " ".join(words.lower().split()).strip(" .!")
    if not said:
        return None
    moment = _after_a_while(said, at) or _named(said, at)
    if moment is None or not timedelta() < moment - at <= LONGEST:
        raise Unreadable(_WANTED)
    return moment


def _after_a_while(said: str, at: datetime) -> datetime | None:
    found = _SPAN.fullmatch(said)
    if not found or not any(found.groupdict().values()) or re.fullmatch(r"\d+", said):
        return None  # "14" is an hour of the day, as much as anything
    hours = float((found["hours"] or "0").replace(",", "."))
    return at + timedelta(hours=hours, minutes=int(found["minutes"] or 0))


def _named(said: str, at: datetime) -> datetime | None:
    rest = said
    while shorter := _BEFORE.sub("", rest, count=1):
        if shorter == rest:
            break
        rest = shorter
    return wanted_moment(f"at {rest}" if rest[:1].isdigit() else rest, at)
