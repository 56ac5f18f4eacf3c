"""A consult during which the agent talks on with the caller."""

from datetime import timedelta

import pytest

from calls.orders import EndLeg, ResumeCaller
from tests.contract.conftest import Build
from tests.contract.consulted import Board, company


@pytest.fixture
def talking(switchboard: Build) -> Board:
    return Board(switchboard, company(while_waiting="talk"))


def test_the_agent_talks_on_and_the_waiting_tools_are_switched_on(talking: Board) -> None:
    asleep = {f["function"]: f.get("active") for f in talking.caller.ai["SWAIG"]["functions"]}
    assert (asleep["cancel_transfer"], asleep["add_details"], asleep["connect"]) == (False, False, None)
    said, toggled = talking.escalates()["action"]
    assert "say" in said
    assert {"active": True, "function": "cancel_transfer"} in toggled["toggle_functions"]


def test_the_caller_adds_something_and_dana_is_told(talking: Board) -> None:
    talking.escalates()
    talking.board.clock.at += timedelta(seconds=40)
    talking.caller.asks("add_details", details="The second charge was on the 3rd of June.")
    dana = talking.person(0, "dana-leg")
    dana.is_briefed()
    assert "second charge" in dana.greeting


def test_the_caller_does_not_want_to_wait(talking: Board) -> None:
    talking.escalates()
    dana = talking.person(0, "dana-leg")
    talking.caller.asks("cancel_transfer")
    assert talking.kept.orders[-1] == EndLeg(talking.entry["id"], "dana-leg")
    dana.answers()
    assert "taken care of" in dana.hears
    assert talking.entry["outcome"] == "cancelled"
    assert not talking.kept.of(ResumeCaller)


def test_the_caller_would_rather_be_rung_back(talking: Board) -> None:
    talking.escalates()
    talking.person(0, "dana-leg")
    talking.caller.asks("request_callback", destination="supervisor")
    assert talking.entry["outcome"] == "callback_booked"
    assert [entry.department for entry in talking.board.records.callbacks()] == ["supervisor"]


def test_there_is_nothing_to_cancel(talking: Board) -> None:
    assert "No transfer is waiting" in str(talking.caller.asks("cancel_transfer"))
