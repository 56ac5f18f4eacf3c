"""The books bite: somebody who is rung twice at once is found, and nobody else."""

import pytest

from tests.simulation.books import Rang, twice_at_once


@pytest.mark.parametrize(
    ("times", "twice"),
    [
        ([(0.0, 5.0), (5.0, 9.0)], False),  # the next one, the moment the last has gone
        ([(0.0, 5.0), (4.9, 9.0)], True),
        ([(6.0, 9.0), (0.0, 5.0), (5.5, 7.0)], True),  # in whatever order they are told
        ([(0.0, float("inf")), (100.0, 101.0)], True),  # a telephone that nobody hung up
        ([], False),
    ],
)
def test_whose_telephone_rings_for_two_callers_is_found(times: list[tuple[float, float]], twice: bool) -> None:
    rang = [Rang(began, ended) for began, ended in times]
    assert bool(twice_at_once({"dana": rang, "max": [Rang(0.0, 9.0)]})) is twice
