"""Where it is daytime: callers may only be rung back between 08:00 and 21:00 of their own place."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from calls.numbers import Number
from calls.outbound.quiet_hours import may_ring


@dataclass(frozen=True, slots=True)
class Region:
    """A place whose numbers are `prefix` and `first` and those after it. `zone` is an IANA name."""

    country: str
    zone: str
    prefix: str
    first: int

    def number(self, n: int) -> str:
        """One of its numbers, E.164."""
        return f"{self.prefix}{self.first + n}"


REGIONS = (
    Region("US", "America/New_York", "+1212", 2_000_000),
    Region("US", "Pacific/Honolulu", "+1808", 2_000_000),
    Region("JP", "Asia/Tokyo", "+813", 30_000_000),
    Region("GB", "Europe/London", "+4420", 70_000_000),
)


def region_at(moment: datetime) -> Region:
    """A region where somebody may be rung now and an hour from now. There is one at any hour."""
    later = moment + timedelta(hours=1)
    return next(one for one in REGIONS if all(may_ring(Number(one.number(0)), at, one.zone) for at in (moment, later)))
