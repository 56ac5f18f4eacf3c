"""What the directory file says of people, and of the order in which they are rung."""

from typing import Any

import pytest

from calls.directory.errors import Mistakes
from calls.directory.model import Directory
from calls.directory.steps import Ring
from calls.routing.describe import describe
from tests.support.kept import NOON


def read(person: dict[str, Any] | None = None, ring: dict[str, Any] | None = None, **sales: Any) -> Directory:
    data = {
        "company": "Acme Plumbing",
        "timezone": "America/New_York",
        "people": {"dana": {"name": "Dana Reyes", "phone": "+12025550111", **(person or {})}},
        "departments": {"sales": {"about": "orders", "reach": [{"ring": ["dana"], **(ring or {})}], **sales}},
    }
    return Directory.read(data, public_holidays=lambda *_: {}, prompts=lambda _: None)


def test_what_a_person_can_do() -> None:
    dana = read({"speaks": ["en-US", "es"], "skills": "boilers", "weight": 3, "email": "dana@acme.example"}).people[
        "dana"
    ]
    assert (dana.speaks, dana.skills, dana.weight, dana.email) == (("en", "es"), ("boilers",), 3, "dana@acme.example")


def test_the_order_of_a_step() -> None:
    directory = read(ring={"order": "longest_idle"}, wrap_up=45)
    (step,) = directory.departments["sales"].reach
    assert isinstance(step, Ring)
    assert (step.order, directory.departments["sales"].wrap_up) == ("longest_idle", 45)
    assert any("ring Dana Reyes (+12025550111) (longest idle), 25 s each" in line for line in describe(directory, NOON))


@pytest.mark.parametrize(
    ("person", "ring", "sales", "told"),
    [
        ({"speaks": ["Spanish"]}, {}, {}, "people.dana.speaks"),
        ({"weight": 0}, {}, {}, "people.dana.weight: 0: a whole number from 1 to 10"),
        ({"email": "dana"}, {}, {}, "people.dana.email: 'dana': an e-mail address such as dana@acme.example"),
        (
            {},
            {"order": "longest"},
            {},
            "departments.sales.reach[0].order: 'longest': one of in_turn, longest_idle",
        ),
        ({}, {"order": ["in_turn"]}, {}, "departments.sales.reach[0].order"),
        ({}, {}, {"wrap_up": 601}, "departments.sales.wrap_up: 601: a whole number of seconds from 0 to 600"),
    ],
)
def test_each_mistake_is_told_with_its_place(
    person: dict[str, Any], ring: dict[str, Any], sales: dict[str, Any], told: str
) -> None:
    with pytest.raises(Mistakes) as refused:
        read(person, ring, **sales)
    (mistake,) = refused.value.mistakes
    assert str(mistake).startswith(told)
