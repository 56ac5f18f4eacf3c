"""Whom a chain rings first, as people are now."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agents.documents.chain import plan
from calls.directory.entries import Person
from calls.directory.steps import ORDERS, Leg, Queue, Ring, Step, Voicemail
from calls.numbers import Number
from calls.routing.availability import Presence, Presences
from calls.routing.policy import Route
from calls.routing.ring_order import Present, arranged, as_planned, rounds
from tests.support.kept import NOON, later

KEYS = ("dana", "lee", "max", "sam")
NUMBERS = {key: Number(f"+1202555011{n}") for n, key in enumerate(KEYS, 1)}
DESK = Leg(Number("+12025550120"))
PEOPLE = {
    key: Person.model_construct(key=key, name=key, phone=number, speaks=("es",) if key == "max" else ())
    for key, number in NUMBERS.items()
}
BUSY, AWAY = {"claimed": later(60)}, {"away": True}


def ring(*groups: str, **more: Any) -> Ring:
    """Groups of people by name: ring("dana", "lee max")."""
    legs = tuple(tuple(DESK if key == "desk" else Leg(NUMBERS[key], key) for key in one.split()) for one in groups)
    return Ring(legs, **more)


def present(speaks: str = "", **known: Any) -> Present:
    return Present(PEOPLE, {key: Presence(key, **how) for key, how in known.items()}, NOON, speaks)


def told(steps: tuple[Step, ...]) -> list[Any]:
    return [
        [" ".join(leg.person or "desk" for leg in group) for group in step.groups]
        if isinstance(step, Ring)
        else step.kind
        for step in steps
    ]


@pytest.mark.parametrize(
    ("steps", "known", "rung"),
    [
        ([ring("dana", "lee")], {}, [["dana", "lee"]]),
        ([ring("dana", "lee")], {"dana": BUSY}, [["lee", "dana"]]),
        ([ring("dana", "lee")], {"dana": AWAY}, [["lee"]]),
        ([ring("dana lee", "max")], {"lee": BUSY}, [["dana", "max", "lee"]]),
        ([ring("dana", "desk")], {"dana": BUSY}, [["desk", "dana"]]),
        ([ring("dana"), ring("lee")], {"dana": BUSY}, [["lee"]]),
        ([ring("dana"), ring("lee", "max")], {"lee": BUSY}, [["dana"], ["lee", "max"]]),
        ([ring("dana"), ring("lee", "max")], {"lee": AWAY}, [["dana"], ["max"]]),
        ([ring("dana"), ring("lee")], {"lee": AWAY}, [["dana"], ["lee"]]),
        ([ring("dana", "lee"), Queue("sales")], {"dana": BUSY, "lee": AWAY}, ["queue"]),
        ([ring("dana")], {"dana": BUSY}, []),
        ([Voicemail()], {}, ["voicemail"]),
    ],
)
def test_whoever_is_free_is_rung_first(steps: list[Step], known: dict[str, Any], rung: list[Any]) -> None:
    assert told(arranged(steps, present(**known))) == rung


def test_the_order_of_a_step_is_that_of_its_people_and_numbers_come_last() -> None:
    idle: dict[str, Any] = {"dana": {"idle_since": later(-5)}, "max": {"idle_since": later(-50)}}
    steps = [ring("desk", "dana", "max", "lee", order="longest_idle")]
    assert told(arranged(steps, present(**idle))) == [["lee", "max", "dana", "desk"]]


def test_whoever_speaks_the_callers_language_comes_first() -> None:
    assert told(arranged([ring("dana", "max")], present(speaks="es-MX"))) == [["max", "dana"]]
    assert told(arranged([ring("dana", "max")], present(speaks="es", max=BUSY))) == [["dana", "max"]]


def test_numbers_that_are_nobodys_are_dialled_at_once_and_people_by_themselves() -> None:
    found = rounds(ring("desk", "desk", "dana lee", "max", "desk"))
    assert [one.numbers for one in found] == [(0, 1), (2, 3), (4,), (5,)]
    assert [one.people for one in found] == [(), ("dana", "lee"), ("max",), ()]
    assert [one.numbers for one in found[1].singly] == [(2,), (3,)]


groups = some.lists(some.sampled_from((*KEYS, "desk")), min_size=1, max_size=3, unique=True).map(" ".join)
steps_of = some.one_of(
    some.builds(
        lambda found, order: ring(*found, order=order),
        some.lists(groups, min_size=1, max_size=3),
        some.sampled_from(ORDERS),
    ),
    some.sampled_from([Queue("sales"), Voicemail()]),
)
moments = some.none() | some.integers(-5000, 5000).map(later)
presences = some.dictionaries(
    some.sampled_from(KEYS), some.builds(Presence, some.just(""), some.booleans(), moments, moments, moments, moments)
)


@given(some.lists(steps_of, min_size=1, max_size=4), presences)
def test_a_chain_that_is_chosen_anew_is_the_one_that_was_begun(steps: list[Step], known: Presences) -> None:
    """The rest of a chain is made again when it is needed; legs and steps must be those that the plan names."""
    begun = arranged(steps, Present(PEOPLE, known, NOON))
    if not begun:
        return
    route = Route("sales", None, "sales", begun)
    again = as_planned(steps, plan(route))
    assert again == begun
    assert not isinstance(begun[0], Ring) or any(
        Present(PEOPLE, known, NOON).is_free(leg) for leg in begun[0].groups[0]
    )
