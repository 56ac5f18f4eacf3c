"""Two callers never ring the same person: who was claimed, what a document is told, and how people are freed again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import timedelta

import pytest

from calls.orders import Dial
from handlers.jobs.dispatch import carry_out
from tests.contract.conftest import ACME, Build
from tests.contract.consulted import Board
from tests.contract.office import RING_BOTH, Caller, Office
from tests.support.phone import Json, verbs

TAKEN, FREE = {"ring": False}, {"ring": True}


@pytest.fixture
def office(switchboard: Build) -> Office:
    return Office(switchboard, sales=RING_BOTH)


def test_whoever_rings_first_is_this_callers_and_the_next_caller_gets_somebody_else(office: Office) -> None:
    ann, bob = office.caller().wants("sales"), office.caller().wants("sales")
    assert ann.rings == [["0111"], ["0113"]]
    assert bob.rings == [["0113"], ["0111"]]
    assert (office.is_("dana"), office.is_("max")) == ("busy", "busy")


def test_nobody_is_free_and_nothing_follows_so_the_agent_is_told_at_once(office: Office) -> None:
    office.caller().wants("sales")
    office.caller().wants("sales")
    cleo = office.caller().wants("sales")
    told = cleo.reply["response"]["tool_result"]
    assert told.startswith("Everybody from the sales team is on the phone or away just now. Offer to take a message")
    assert office.board.ledger[-1]["outcome"] == "busy"
    assert office.attempts[-1] == []


def test_nobody_is_free_and_the_chain_goes_on_without_ringing_anybody(switchboard: Build) -> None:
    office = Office(switchboard, sales={"reach": [{"ring": ["dana"]}, "voicemail"]})
    office.caller().wants("sales")
    bob = office.caller().wants("sales")
    assert bob.rings == []
    assert verbs(bob.document, "record")
    assert bob.reply["action"][0]["say"].startswith(
        "Everybody from the sales team is on the phone or away just now. You can leave"
    )


def test_a_number_that_is_nobodys_is_always_rung(switchboard: Build) -> None:
    office = Office(switchboard, sales={"reach": [{"ring": ["dana", "+12025550114", "+12025550115"]}]})
    ann, bob = office.caller().wants("sales"), office.caller().wants("sales")
    assert ann.rings == [["0111"], ["0114", "0115"]]
    assert ann.asks == []
    assert bob.rings == [["0114", "0115"], ["0111"]]
    assert len(bob.asks) == 1


def test_before_the_next_one_rings_the_document_asks(office: Office) -> None:
    ann = office.caller().wants("sales")
    ann.leg_is(0, "created", "ringing", "ended", reason="busy")
    ann.connect_is(0, "failed", "busy")
    assert office.is_("dana") == "available"
    assert ann.asks_about(0) == FREE
    assert office.is_("max") == "busy"
    ann.leg_is(1, "created", "ringing", "answered")
    ann.connect_is(1, "connected")
    assert office.attempts == [[("dana", "busy"), ("max", None)]]


def test_the_next_one_is_taken_and_that_is_on_record(office: Office) -> None:
    ann, bob = office.caller().wants("sales"), office.caller().wants("sales")
    ann.leg_is(0, "created", "ended", reason="noAnswer")
    ann.connect_is(0, "failed", "noAnswer")
    assert ann.asks_about(0) == TAKEN
    assert office.attempts[0] == [("dana", "no_answer"), ("max", "busy")]
    assert bob.asks_about(0) == FREE  # Dana, for Max is about to be given up


def test_whoever_is_away_by_then_is_passed_over_and_was_not_tried(office: Office) -> None:
    ann = office.caller().wants("sales")
    office.board.records.set_away("", "max", None, office.board.clock.at)
    ann.connect_is(0, "failed", "noAnswer")
    assert ann.asks_about(0) == TAKEN
    assert office.attempts == [[("dana", "no_answer")]]


def test_asked_again_the_answer_is_the_same(office: Office) -> None:
    ann = office.caller().wants("sales")
    assert [ann.asks_about(0), ann.asks_about(0)] == [FREE, FREE]


def test_a_question_of_nobody_is_refused(office: Office) -> None:
    ann = office.caller().wants("sales")
    url = ann.asks[0].split("?")[0]
    assert ann.phone.post(url, {}).status_code == 403
    assert ann.phone.post(f"{url}?t=forged", {}).status_code == 403
    assert office.is_("max") == "available"


TOGETHER: Json = {"reach": [{"ring": ["dana"], "for": 20}, {"ring": ["lee", "max"], "together": True}]}


def test_a_group_rings_together_only_if_all_of_it_is_free(switchboard: Build) -> None:
    office = Office(switchboard, sales=TOGETHER, service={"reach": [{"ring": ["max"]}]})
    ann = office.caller().wants("sales")
    office.caller().wants("service")
    assert ann.rings == [["0111"], ["mple"], ["0113"], ["0111", "mple"]] or ann.rings[3] == ["mple", "0113"]
    together, lee, max_ = ann.asks
    ann.connect_is(0, "failed", "noAnswer")
    assert ann.asks_about(0) == TAKEN
    assert office.is_("lee") == "available"  # not held while he does not ring
    assert ann.asks_about(1) == FREE
    ann.leg_is(1, "created", "ended", reason="decline")
    assert ann.asks_about(2) == TAKEN
    assert office.attempts[0] == [("dana", "no_answer"), ("lee", "declined"), ("max", "busy")]
    assert len({together, lee, max_}) == 3


def test_a_group_that_is_free_rings_together(switchboard: Build) -> None:
    office = Office(switchboard, sales=TOGETHER)
    ann = office.caller().wants("sales")
    assert ann.asks_about(0) == FREE
    assert (office.is_("lee"), office.is_("max"), office.is_("dana")) == ("busy", "busy", "available")
    together = len(ann.connects) - 1
    ann.leg_is(together, "answered", leg=1)
    ann.connect_is(together, "connected")
    ann.leg_is(together, "ended", reason="cancel", leg=0)
    assert (office.is_("lee"), office.is_("max")) == ("available", "busy")


def test_of_those_who_ring_together_at_once_the_busy_ones_are_left_for_later(switchboard: Build) -> None:
    both: Json = {"reach": [{"ring": ["lee", "max"], "together": True}]}
    office = Office(switchboard, sales=both, service={"reach": [{"ring": ["max"]}]})
    office.caller().wants("service")
    bob = office.caller().wants("sales")
    assert bob.rings == [["mple"], ["0113"]]


def test_the_same_tool_call_twice_claims_once_and_gets_the_same_answer(office: Office) -> None:
    ann = office.caller().wants("sales")
    first = ann.reply
    assert ann.wants("sales").reply == first
    assert office.is_("max") == "available"


def test_a_second_transfer_of_the_same_caller_claims_nobody(office: Office) -> None:
    ann = office.caller().wants("sales")
    ann.wants("service")
    assert "already under way" in str(ann.reply["response"])
    assert len(office.board.ledger) == 1


def test_availability_says_when_everybody_is_on_the_phone(office: Office) -> None:
    bob = office.caller().phone
    assert bob.asks("check_availability", destination="sales")["response"]["tool_result"] == "Sales is open now."
    office.caller().wants("sales")
    office.caller().wants("sales")
    told = bob.asks("check_availability", destination="sales")["response"]["tool_result"]
    assert told == "Sales is open now. Everybody from the sales team is on the phone or away just now."


def test_whoever_is_away_is_left_out(office: Office) -> None:
    office.board.records.set_away("", "dana", None, office.board.clock.at)
    assert office.caller().wants("sales").rings == [["0113"]]


def test_the_callers_language_comes_first(switchboard: Build) -> None:
    data = deepcopy(ACME)
    data["people"]["lee"] |= {"speaks": ["es", "en"], "skills": ["boilers"]}
    office = Office(lambda _: switchboard(data), sales={})
    ann = office.caller()
    tool = next(one for one in ann.phone.ai["SWAIG"]["functions"] if one["function"] == "connect")
    assert tool["parameters"]["properties"]["language"]["enum"] == ["en", "es"]
    assert tool["parameters"]["properties"]["skill"]["enum"] == ["boilers"]
    assert ann.wants("sales").rings == [["0111"], ["mple"]]
    assert office.caller().wants("sales", language="es").rings[0] == ["mple"]


def test_fifty_callers_at_once_and_two_people(office: Office) -> None:
    callers = [office.caller() for _ in range(50)]
    start = threading.Barrier(len(callers))

    def asks(caller: Caller) -> None:
        start.wait(30)
        caller.wants("sales")

    with ThreadPoolExecutor(len(callers)) as everybody:
        list(everybody.map(asks, callers))
    first = [caller.rings[0] for caller in callers if caller.document]
    assert sorted(first) == [["0111"], ["0113"]]
    assert {entry["outcome"] for entry in office.board.ledger if entry["outcome"]} == {"busy"}


def test_a_consult_does_not_ring_somebody_who_was_taken_meanwhile(switchboard: Build) -> None:
    board = Board(switchboard)
    board.escalates()
    at = board.board.clock.now()
    until = at + timedelta(seconds=60)
    assert not board.board.records.claim("", ["dana"], "t_other", until=until, at=at)  # the consult's own already
    board.board.records.release(board.entry["id"], at)
    board.board.records.claim("", ["dana"], "t_other", until=until, at=at)
    carry_out(board.board.app.extensions["switchboard"], board.kept.of(Dial)[0])
    assert [(one["person"], one["outcome"]) for one in board.entry["attempts"]] == [("dana", "busy"), ("lee", None)]
    assert board.kept.of(Dial)[1:] == [Dial(board.entry["id"], 1, 1)]


def test_a_consult_of_which_nobody_is_free_is_not_begun(switchboard: Build) -> None:
    board = Board(switchboard)
    for person in ("dana", "lee"):
        board.board.records.set_away("", person, None, board.board.clock.now())
    assert "Everybody from the supervisor team is on the phone or away just now." in str(board.escalates())
    assert (board.entry["outcome"], board.kept.of(Dial)) == ("busy", [])
