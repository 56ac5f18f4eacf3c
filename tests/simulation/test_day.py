"""A few callers and two people: the day that `make simulate` makes long."""

import pytest

from handlers.cli.rehearsal.stage import House
from tests.simulation.callers import Caller, without_telephones
from tests.simulation.day import Day

CALLERS = [Caller(5.0, 60.0), Caller(8.0, 60.0), Caller(30.0, 60.0), Caller(40.0, 60.0, patience=20.0)]


def test_callers_are_given_to_people_as_if_there_were_no_telephones(rehearsal_house: House) -> None:
    visits = Day(rehearsal_house, people=2).run(CALLERS)
    assert [visit.bridged is not None for visit in visits] == [True, True, True, False]
    given = [wait for wait in (visit.until_given for visit in visits) if wait]
    ideal = without_telephones(CALLERS, servers=2)
    assert [wait.answered for wait in given] == [wait.answered for wait in ideal]
    assert [wait.seconds for wait in given] == pytest.approx([wait.seconds for wait in ideal], abs=3.0)


def test_what_callers_feel_has_ringing_and_briefing_in_it(rehearsal_house: House) -> None:
    (visit,) = Day(rehearsal_house, people=1).run([Caller(0.0, 60.0)])
    given, heard = visit.until_given, visit.until_heard
    assert given
    assert heard
    assert given.answered
    assert given.seconds < 0.5
    assert 5.0 < heard.seconds < 40.0
