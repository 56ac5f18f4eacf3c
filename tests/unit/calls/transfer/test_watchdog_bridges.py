"""Bridges that end oddly: almost at once, or again and again at the same age."""

import random

from calls.transfer.watchdog import Bridge, alike, short


def bridges(*ages: float) -> list[Bridge]:
    return [Bridge(f"t_{n}", "sales", age) for n, age in enumerate(ages)]


def test_a_bridge_that_ends_within_a_minute_is_short_once() -> None:
    found = short([*bridges(0.0, 12, 60, 61), Bridge("t_4", "sales", 12, ("short bridge",))])
    assert [one.age for one in found] == [12, 60]


def test_bridges_that_end_at_61_seconds_again_and_again_are_found() -> None:
    (found,) = alike(bridges(61, 240, 60, 33, 62, 500, 61.5, 118, 59.5, 700, 171))
    assert sorted(one.age for one in found) == [59.5, 60, 61, 61.5, 62]


def test_two_causes_are_two_patterns() -> None:
    found = alike(bridges(*[61.0] * 6, *[900.0] * 5, 33, 240, 500))
    assert [[one.age for one in group] for group in found] == [[61.0] * 6, [900.0] * 5]


def test_four_of_them_are_chance() -> None:
    assert alike(bridges(61, 240, 60, 33, 62, 500, 61.5, 118, 700)) == []


def test_bridges_that_end_at_once_or_after_an_hour_are_nobodys_pattern() -> None:
    assert alike(bridges(*[5.0] * 9, *[3600.0] * 9)) == []


def test_many_short_talks_are_no_pattern_though_some_end_together() -> None:
    assert alike(bridges(*range(30, 130, 2))) == []


def test_most_ordinary_hours_are_no_pattern_and_every_trunk_that_cuts_half_its_calls_is() -> None:
    chance = random.Random(7)
    ordinary = [[chance.expovariate(1 / 180) for _ in range(50)] for _ in range(200)]
    cut = [[61 + chance.uniform(-1, 1) if n % 2 else age for n, age in enumerate(ages)] for ages in ordinary]
    assert sum(bool(alike(bridges(*ages))) for ages in ordinary) < 10
    assert all(alike(bridges(*ages)) for ages in cut)
