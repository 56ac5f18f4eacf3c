"""The formulas beside published values, and beside callers drawn by chance."""

import random
from math import inf

import pytest

from tests.simulation.callers import Caller, Wait, drawn, met, without_telephones
from tests.simulation.erlang import erlang_a, erlang_b, erlang_c

HOUR = 3600.0


@pytest.mark.parametrize(("servers", "load", "blocked"), [(5, 3.0, 0.1101), (10, 5.0, 0.0184), (1, 1.0, 0.5)])
def test_erlang_b_as_in_the_tables(servers: int, load: float, blocked: float) -> None:
    assert erlang_b(servers, load) == pytest.approx(blocked, abs=5e-5)


# 100 calls in half an hour, 180 s each, 14 people, 20 s: the worked example of Call Centre Helper.
# 360 calls in half an hour, 240 s each, 55 people, 15 s: the worked example of Mitan.
@pytest.mark.parametrize(
    ("calls", "talk", "people", "within", "delayed", "answer", "level"),
    [(100, 180.0, 14, 20.0, 0.174, 7.8, 0.888), (360, 240.0, 55, 15.0, 0.239, 8.2, 0.846)],
)
def test_erlang_c_as_in_worked_examples(
    calls: int, talk: float, people: int, within: float, delayed: float, answer: float, level: float
) -> None:
    expected = erlang_c(calls / 1800, talk, people, within)
    assert expected is not None
    assert (expected.delayed, expected.level) == pytest.approx((delayed, level), abs=5e-4)
    assert expected.answer == pytest.approx(answer, abs=0.05)


def test_erlang_a_as_garnett_mandelbaum_and_reiman_give_it() -> None:
    """Designing a Call Center with Impatient Customers, 2002: 48 calls a minute, talks of a minute, 50 people, patience
    of two minutes: 3.1 % give up, and callers wait 3.7 s on average; were nobody to give up, 20.8 s.
    """
    patient, impatient = erlang_c(48 / 60, 60.0, 50, 20.0), erlang_a(48 / 60, 60.0, 120.0, 50, 20.0)
    assert patient is not None
    assert (patient.answer, patient.occupancy) == pytest.approx((20.8, 0.96), abs=0.05)
    assert impatient.abandoned == pytest.approx(0.031, abs=5e-4)
    assert impatient.abandoned * 120.0 == pytest.approx(3.7, abs=0.05)  # the mean wait of all callers
    assert impatient.occupancy == pytest.approx(0.93, abs=5e-3)


@pytest.mark.parametrize(("an_hour", "talk", "people"), [(12, 300.0, 3), (30, 300.0, 4), (120, 240.0, 11)])
def test_where_nobody_loses_patience_erlang_a_is_erlang_c(an_hour: int, talk: float, people: int) -> None:
    for_ever = erlang_a(an_hour / HOUR, talk, 1e8, people, 20.0)
    expected = erlang_c(an_hour / HOUR, talk, people, 20.0)
    assert expected is not None
    assert (for_ever.level, for_ever.answer) == pytest.approx((expected.level, expected.answer), rel=1e-3)


def test_more_work_than_people_has_no_erlang_c() -> None:
    assert erlang_c(60 / HOUR, 300.0, 5, 20.0) is None


@pytest.mark.parametrize(("an_hour", "people", "patience"), [(30, 5, 90.0), (60, 5, 180.0), (90, 5, 30.0)])
def test_erlang_a_is_what_callers_drawn_by_chance_meet(an_hour: int, people: int, patience: float) -> None:
    callers = drawn(random.Random(1), an_hour / HOUR, 2000 * HOUR, 300.0, patience)
    found = met(without_telephones(callers, people), 20.0)
    expected = erlang_a(an_hour / HOUR, 300.0, patience, people, 20.0)
    assert (found.level, found.abandoned) == pytest.approx((expected.level, expected.abandoned), abs=0.01)
    assert found.answer == pytest.approx(expected.answer, rel=0.05)


def test_callers_without_telephones_are_taken_in_turn() -> None:
    callers = [Caller(0.0, 10.0), Caller(1.0, 5.0), Caller(2.0, 5.0, patience=3.0), Caller(3.0, 5.0)]
    assert without_telephones(callers, 1) == [Wait(0.0, True), Wait(9.0, True), Wait(3.0, False), Wait(12.0, True)]
    assert without_telephones(callers, 9) == [Wait(0.0, True)] * 4
    assert met([Wait(0.0, True), Wait(9.0, True), Wait(3.0, False)], within=5.0).level == pytest.approx(1 / 3)
    assert met([Wait(0.0, True), Wait(9.0, True)], within=inf).answer == pytest.approx(4.5)
