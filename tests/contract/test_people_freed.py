"""How people who were claimed are free again: by whatever is told of their leg, or by themselves."""

import pytest

from tests.contract.conftest import Build
from tests.contract.office import RING_BOTH, Office


@pytest.fixture
def office(switchboard: Build) -> Office:
    return Office(switchboard, sales=RING_BOTH)


def test_a_talk_keeps_a_person_and_its_end_frees_them_for_what_they_have_to_write_down(switchboard: Build) -> None:
    office = Office(switchboard, sales={"reach": [{"ring": ["dana"]}], "wrap_up": 30})
    ann = office.caller().wants("sales")
    ann.leg_is(0, "created", "ringing", "answered")
    ann.connect_is(0, "connected")
    office.passes(3 * 3600)
    assert office.is_("dana") == "busy"
    ann.leg_is(0, "ended", reason="hangup")
    ann.connect_is(0, "disconnected")
    assert office.is_("dana") == "wrapping up"
    dana = office.board.records.presences("")["dana"]
    assert dana.served == 1
    office.passes(31)
    assert office.is_("dana") == "available"


def test_nobody_tells_of_anything_and_the_person_is_free_by_themselves(office: Office) -> None:
    office.caller().wants("sales")
    office.passes(54)
    assert office.is_("dana") == "busy"
    office.passes(2)
    assert office.is_("dana") == "available"


def test_nobody_tells_of_the_end_of_a_talk_and_after_hours_the_person_is_free(office: Office) -> None:
    ann = office.caller().wants("sales")
    ann.leg_is(0, "answered")
    ann.connect_is(0, "connected")
    office.passes(4 * 3600 + 1)
    assert office.is_("dana") == "available"


@pytest.mark.parametrize("told", ["leg", "connect"])
def test_one_of_two_reports_is_enough(office: Office, told: str) -> None:
    ann = office.caller().wants("sales")
    if told == "leg":
        ann.leg_is(0, "ended", reason="noAnswer")
    else:
        ann.connect_is(0, "failed", "noAnswer")
    assert office.is_("dana") == "available"


def test_whoever_was_rung_while_we_were_down_is_busy_once_we_hear_of_the_talk(office: Office) -> None:
    ann = office.caller().wants("sales")
    ann.connect_is(0, "failed", "noAnswer")
    ann.leg_is(1, "answered")  # the question was never answered, and Max was rung all the same
    ann.connect_is(1, "connected")
    assert office.is_("max") == "busy"
    assert office.caller().wants("sales").rings == [["0111"], ["0113"]]


def test_the_caller_hangs_up_and_the_phone_that_rang_is_free(office: Office) -> None:
    ann = office.caller().wants("sales")
    ann.leg_is(0, "created", "ringing")
    ann.phone.asks("hangup_hook")
    ann.leg_is(0, "ended", reason="cancel")
    assert office.is_("dana") == "available"


def test_the_caller_is_back_with_the_agent_and_everybody_is_free(switchboard: Build) -> None:
    office = Office(switchboard, sales={**RING_BOTH, "returns": True})
    ann = office.caller().wants("sales")
    ann.asks_about(0)
    ann.phone.notes(step_1="connect failed busy")
    ann.phone.asks("check_availability", destination="press")
    assert (office.is_("dana"), office.is_("max")) == ("available", "available")
