"""When somebody may be rung whom we call of our own accord: between 08:00 and 21:00 wherever they may be.

A number says where its owner may be, no more: one of a mobile network or a toll-free one belongs to many time zones,
and then all of them must allow it. Source for the hours: United States, 47 CFR 64.1200 (c)(1), local time at the
called party's location. Callers who ring us may be spoken with at any hour.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone

from calls.numbers import Number

BEGIN, END = time(8), time(21)
"""Local times: the first moment of a day at which somebody may be rung, and the first after it at which nobody may."""

_UNKNOWN = "Etc/Unknown"  # libphonenumber's word
_DAYS = 3  # within which every combination of zones that there is has a moment


def zones_of(number: Number, home: str) -> tuple[ZoneInfo, ...]:
    """The time zones whose people have such numbers; `home` (an IANA name) for a number of no known place."""
    try:
        parsed = phonenumbers.parse(number.e164, None)
    except phonenumbers.NumberParseException:  # E.164 by its looks, of no country
        return (ZoneInfo(home),)
    found = timezone.time_zones_for_number(parsed)
    if _UNKNOWN in found:  # of a range that is newer than the library; its beginning says where it is all the same
        found = timezone.time_zones_for_geographical_number(parsed)
    return tuple(ZoneInfo(name) for name in found if name != _UNKNOWN) or (ZoneInfo(home),)


def may_ring(number: Number, at: datetime, home: str) -> bool:
    """Whether the owner of a number may be rung at this moment (aware)."""
    return all(_allows(zone, at) for zone in zones_of(number, home))


def next_allowed(number: Number, at: datetime, home: str) -> datetime:
    """The first moment from `at` on at which the owner of a number may be rung; `at` itself when they may be now.

    Local to the first of the number's zones when it is another moment than `at`.
    """
    zones = zones_of(number, home)
    moment = at
    while late := next((zone for zone in zones if not _allows(zone, moment)), None):
        moment = _begins(late, moment)
        if moment - at > timedelta(days=_DAYS):
            return _begins(zones[0], at)  # the zones have no hour in common: any one of them is as good
    return moment if moment == at else moment.astimezone(zones[0])


def _allows(zone: ZoneInfo, at: datetime) -> bool:
    return BEGIN <= at.astimezone(zone).time() < END


def _begins(zone: ZoneInfo, at: datetime) -> datetime:
    """The next time a day's calling begins in this zone."""
    local = at.astimezone(zone)
    day = local.date() if local.time() < BEGIN else local.date() + timedelta(days=1)
    return datetime.combine(day, BEGIN, zone)
