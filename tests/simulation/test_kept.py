"""What the records contradict is found: offers that overlap, and whatever never came to an end."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, insert

from gateways.clock import Clock
from gateways.database.tables import people
from tests.simulation.kept import contradictions, overlapping

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _times(*times: tuple[float, float]) -> list[tuple[str, str, datetime, datetime]]:
    at = [(NOON + timedelta(seconds=one), NOON + timedelta(seconds=end)) for one, end in times]
    return [("dana", f"o_{number}", *both) for number, both in enumerate(at)]


@pytest.mark.parametrize(
    ("times", "found"),
    [
        ([(0, 5), (5, 9)], 0),
        ([(0, 5), (4.5, 9)], 0),  # decided a moment before the lock was free
        ([(0, 5), (3, 9)], 1),
        ([(6, 9), (0, 5), (1, 8)], 2),  # in whatever order they are kept
    ],
)
def test_offers_of_one_person_that_overlap_are_found(times: list[tuple[float, float]], found: int) -> None:
    assert len(overlapping(_times(*times))) == found


def test_somebody_still_claimed_is_found(database_url: str) -> None:
    engine, now = create_engine(database_url), Clock().now()
    claim = {"business": "", "claim": "t_1", "served": 0, "away": False}
    with engine.begin() as connection:
        connection.execute(
            insert(people),
            [
                {**claim, "person": "dana", "claimed_until": now + timedelta(seconds=60)},
                {**claim, "person": "max", "claimed_until": now - timedelta(seconds=60)},  # void: free
            ],
        )
    engine.dispose()
    assert contradictions(database_url) == ["1 people are claimed for callers who have gone: dana"]
