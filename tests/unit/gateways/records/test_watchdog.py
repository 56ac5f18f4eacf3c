"""What the watchdog finds on record, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from calls.events import Connected, Disconnected, Event, Flagged, LegProgressed
from calls.transfer.machine import Transfer
from calls.transfer.watchdog import Bridge
from gateways.database.engine import Database
from gateways.records.records import Records
from gateways.records.watchdog import Watch
from tests.support.kept import NOON, call, later, sales
from tests.unit.gateways.database.test_query_plans import plans_of

HOUR = timedelta(hours=1)


@pytest.fixture
def records(database_url: str) -> Iterator[Records]:
    made = Records(database_url)
    yield made
    made.close()


def begin(records: Records, name: str, *events: Event, **other: object) -> Transfer:
    """A transfer of a call of its own, with one event after the other, ten seconds apart."""
    transfer = sales(name, of=f"call of {name}", **other)
    records.begin(transfer, key=name, reply={}, call=call(transfer.call_id))
    for number, happened in enumerate(events, 1):
        records.apply(name, happened, transfer.started_at + timedelta(seconds=10 * number))
    return transfer


def quiet(records: Records, at: float, limit: int = 9) -> list[str]:
    """Whom a sweep so many seconds after noon looks at, when half a minute of silence is enough."""
    found = records.quiet(later(at), before=later(at - 30), limit=limit)
    return [one.transfer.id for one in found]


def test_a_transfer_is_looked_at_when_it_has_been_quiet(records: Records) -> None:
    begin(records, "t_1", LegProgressed(1, 0, "ringing"))
    assert quiet(records, 39) == []
    assert quiet(records, 41) == ["t_1"]
    (watched,) = records.quiet(later(41), before=later(11), limit=9)
    assert (watched.heard_at, watched.seen_at, watched.misses) == (later(10), None, 0)
    assert watched.transfer == records.transfer("t_1")


def test_a_transfer_that_has_ended_is_quiet_for_good(records: Records) -> None:
    begin(records, "t_1", Connected(1), Disconnected(1))
    assert quiet(records, 9000) == []


def test_a_look_says_when_the_next_one_is(records: Records) -> None:
    begin(records, "t_1")
    begin(records, "t_2")
    records.watch([Watch("t_1", later(300), seen_at=later(60), misses=0), Watch("t_2", later(90), misses=2)])
    assert quiet(records, 60) == []
    assert quiet(records, 100) == ["t_2"]
    assert quiet(records, 300) == ["t_2", "t_1"]  # who waits longest comes first
    assert quiet(records, 300, limit=1) == ["t_2"]
    both = records.quiet(later(300), before=later(270), limit=9)
    assert [(one.seen_at, one.misses) for one in both] == [(None, 2), (later(60), 0)]


def test_a_consult_that_talked_is_looked_at_once_it_is_over(records: Records) -> None:
    begin(records, "t_1", Connected(1), Disconnected(1), mechanism="consult")
    begin(records, "t_2", Connected(1), Disconnected(1))  # no conference
    begin(records, "t_3", Connected(1), mechanism="consult")  # not over

    def parted(at: float) -> list[str]:
        return [one.transfer.id for one in records.parted(later(at), before=later(at - 30), limit=9)]

    assert parted(49) == []
    assert parted(51) == ["t_1"]
    assert parted(3 * 3600) == []
    records.watch([Watch("t_1", None)])
    assert parted(60) == []


def test_bridges_are_told_newest_first_with_their_age_and_flags(records: Records) -> None:
    for number in range(3):
        began = NOON + number * HOUR
        begin(records, f"t_{number}", Connected(1), Disconnected(1), started_at=began)
    begin(records, "t_busy", LegProgressed(1, 0, "ringing"))
    records.apply("t_2", Flagged("short bridge", "10 s"), NOON + 3 * HOUR)
    assert records.bridges(since=NOON, limit=2) == [
        Bridge("t_2", "sales", 10.0, ("short bridge",)),
        Bridge("t_1", "sales", 10.0),
    ]
    assert len(records.bridges(since=NOON + HOUR / 2, limit=9)) == 2


def test_a_bridge_that_the_watchdog_closed_has_no_age_to_count(records: Records) -> None:
    begin(records, "t_1", Connected(1), Disconnected(1))
    records.watch([Watch("t_1", None, ours=True)])
    assert records.bridges(since=NOON, limit=9) == []


def test_looks_are_forgotten_long_after_the_end(records: Records, database_url: str) -> None:
    begin(records, "t_1", Connected(1), Disconnected(1))
    begin(records, "t_2")
    records.watch([Watch("t_1", None), Watch("t_2", later(60))])
    records.unwatch(before=later(20))
    assert looks(database_url) == ["t_1", "t_2"]
    records.unwatch(before=later(21))
    assert looks(database_url) == ["t_2"]


def test_transfers_that_have_ended_are_not_read_through(records: Records) -> None:
    """However many there are: the index of the live ones is what is asked."""
    begin(records, "t_1")
    assert "ix_transfers_live" in str(plans_of(records, lambda records: quiet(records, 60)))


def looks(url: str) -> list[str]:
    database = Database(url)
    with database.read() as connection:
        found = list(connection.scalars(text("SELECT transfer_id FROM watches ORDER BY transfer_id")))
    database.close()
    return found
