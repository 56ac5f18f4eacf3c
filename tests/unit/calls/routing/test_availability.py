"""Who can be rung, and in which order."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from calls.directory.entries import Person
from calls.directory.steps import ORDERS, RingOrder
from calls.numbers import Number
from calls.routing.availability import Presence, free, in_order, served_today, standing
from tests.support.kept import NOON, later


def person(key: str, **other: object) -> Person:
    return Person.model_construct(key=key, name=key.title(), phone=Number("+12025550111"), **other)  # type: ignore[arg-type]


DANA, LEE, SAM = (person(key) for key in ("dana", "lee", "sam"))


def keys(people: tuple[Person, ...]) -> list[str]:
    return [one.key for one in people]


@pytest.mark.parametrize(
    ("presence", "is_"),
    [
        (None, "available"),
        (Presence("dana"), "available"),
        (Presence("dana", away=True), "away"),
        (Presence("dana", away=True, away_until=later(1)), "away"),
        (Presence("dana", away=True, away_until=NOON), "available"),
        (Presence("dana", claimed=later(1)), "busy"),
        (Presence("dana", claimed=NOON), "available"),
        (Presence("dana", away=True, claimed=later(1)), "away"),
        (Presence("dana", wrap_until=later(1)), "wrapping up"),
        (Presence("dana", wrap_until=NOON), "available"),
    ],
)
def test_what_keeps_a_person_from_being_rung(presence: Presence | None, is_: str) -> None:
    assert standing(presence, NOON) == is_
    assert free(presence, NOON) is (is_ == "available")


def test_in_turn_is_as_the_file_says() -> None:
    known = {"dana": Presence("dana", served=9, idle_since=NOON)}
    assert keys(in_order("in_turn", (DANA, LEE), known, later(60))) == ["dana", "lee"]


def test_whoever_has_waited_longest_is_rung_first() -> None:
    known = {"dana": Presence("dana", idle_since=later(50)), "lee": Presence("lee", idle_since=later(10))}
    assert keys(in_order("longest_idle", (DANA, LEE, SAM), known, later(60))) == ["sam", "lee", "dana"]


def test_turns_go_round() -> None:
    known: dict[str, Presence] = {}
    assert keys(in_order("round_robin", (DANA, LEE, SAM), known, NOON)) == ["dana", "lee", "sam"]
    known["dana"] = Presence("dana", idle_since=NOON, served=1)
    assert keys(in_order("round_robin", (DANA, LEE, SAM), known, NOON)) == ["lee", "sam", "dana"]
    known["sam"] = Presence("sam", idle_since=later(9), served=1)
    assert keys(in_order("round_robin", (DANA, LEE, SAM), known, later(9))) == ["dana", "lee", "sam"]


def test_calls_are_shared_by_weight() -> None:
    team = (person("dana", weight=3), person("lee", weight=1))
    known = {one.key: Presence(one.key, idle_since=NOON) for one in team}
    taken = {"dana": 0, "lee": 0}
    for n in range(1, 41):
        first = in_order("weighted", team, known, later(n))[0].key
        taken[first] += 1
        known[first] = Presence(first, idle_since=later(n), served=taken[first])
    assert taken == {"dana": 30, "lee": 10}


def test_yesterdays_calls_are_not_counted_today() -> None:
    assert served_today(Presence("dana", idle_since=NOON, served=40), NOON + timedelta(hours=7)) == 40
    assert served_today(Presence("dana", idle_since=NOON, served=40), NOON + timedelta(hours=18)) == 0


def test_the_callers_language_and_what_it_is_about_come_first_and_leave_nobody_out() -> None:
    lee, sam = person("lee", speaks=("es", "en")), person("sam", speaks=("es",), skills=("boilers",))
    assert keys(in_order("in_turn", (DANA, lee, sam), {}, NOON, speaks="es-MX")) == ["lee", "sam", "dana"]
    assert keys(in_order("in_turn", (DANA, lee, sam), {}, NOON, skills=["boilers"])) == ["sam", "dana", "lee"]
    both = in_order("in_turn", (DANA, lee, sam), {}, NOON, speaks="es", skills=["boilers"])
    assert keys(both) == ["sam", "lee", "dana"]


people = some.lists(
    some.builds(
        person, some.sampled_from("abcdefgh"), weight=some.integers(1, 10), speaks=some.sampled_from([(), ("es",)])
    ),
    unique_by=lambda one: one.key,
)
moments = some.none() | some.integers(-100_000, 100_000).map(later)
presences = some.dictionaries(
    some.sampled_from("abcdefgh"),
    some.builds(Presence, some.just("x"), idle_since=moments, claimed=moments, served=some.integers(0, 99)),
)


@given(some.sampled_from(ORDERS), people, presences, some.sampled_from(["", "es", "no"]))
def test_whatever_the_order_everybody_is_in_it_once(
    order: RingOrder, team: list[Person], known: dict[str, Presence], speaks: str
) -> None:
    ranked = in_order(order, team, known, NOON, speaks=speaks)
    assert sorted(keys(ranked)) == sorted(one.key for one in team)
    understood = [speaks in one.speaks for one in ranked]
    assert not speaks or understood == sorted(understood, reverse=True)


@given(some.lists(some.integers(0, 99), min_size=2, max_size=8), some.sampled_from(["longest_idle", "round_robin"]))
def test_nobody_is_passed_over_for_ever(gaps: list[int], order: RingOrder) -> None:
    """In as many calls as there are people, each of them is the first once."""
    team, known, firsts = tuple(person(key) for key in "abcdefgh"[: len(gaps)]), dict[str, Presence](), list[str]()
    at = NOON
    for gap in gaps:
        at += timedelta(seconds=gap + 1)
        firsts.append(in_order(order, team, known, at)[0].key)
        known[firsts[-1]] = Presence(firsts[-1], idle_since=at)
    assert len(set(firsts)) == len(team)
