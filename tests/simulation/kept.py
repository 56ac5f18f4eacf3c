"""What the records tell once all calls are over. They must not contradict what the telephone network saw."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, create_engine, func, select

from calls.queue.entry import OPEN
from calls.transfer.machine import State
from gateways.clock import Clock
from gateways.database.tables import offers, people, queue_entries, transfers

# Whoever decides looks at the clock, and may then wait this long for a lock before it is written down.
_LOCKED_FOR = timedelta(seconds=1)


def contradictions(database: str) -> list[str]:
    """Everything that is still under way on record, offers to one person that overlap, and callbacks made twice."""
    bridged = offers.c.bridged_at.is_not(None)
    twice = select(offers.c.entry_id).where(bridged).group_by(offers.c.entry_id).having(func.count() > 1)
    held = and_(people.c.claim.is_not(None), people.c.claimed_until > Clock().now())
    # An offer of which nothing is heard is void at its deadline, and noted as such a moment later.
    until = case((offers.c.ended_at < offers.c.deadline, offers.c.ended_at), else_=offers.c.deadline)
    asked = select(offers.c.person, offers.c.id, offers.c.started_at, until).where(offers.c.ended_at.is_not(None))
    engine = create_engine(database)
    try:
        with engine.connect() as connection:
            left = {
                "transfers are not over": select(transfers.c.id).where(transfers.c.state != State.ENDED),
                "entries are still in line": select(queue_entries.c.id).where(queue_entries.c.state.in_(OPEN)),
                "offers are not over": select(offers.c.id).where(offers.c.state != "over"),
                "people are claimed for callers who have gone": select(people.c.person).where(held),
                "entries of the line were bridged twice": twice,
            }
            found = {what: connection.execute(rows).scalars().all() for what, rows in left.items()}
            overlaps = overlapping(connection.execute(asked).all())
    finally:
        engine.dispose()
    return [f"{len(ids)} {what}: {', '.join(ids[:3])}" for what, ids in found.items() if ids] + overlaps


def overlapping(asked: Iterable[Sequence[Any]]) -> list[str]:
    """Everybody who on record was asked to take an entry while being asked to take another one.

    `asked`: person, offer, and from when to when.
    """
    times: dict[str, list[tuple[datetime, datetime, str]]] = defaultdict(list)
    for person, offer, began, ended in asked:
        times[person].append((began, ended, offer))
    return [
        f"{person} had {one} until {ended} on record, and {another} from {began}"
        for person, all_of_them in times.items()
        for (_, ended, one), (began, _, another) in itertools.pairwise(sorted(all_of_them))
        if began < ended - _LOCKED_FOR
    ]
