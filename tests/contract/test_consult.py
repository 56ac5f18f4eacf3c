"""A consult over HTTP: the caller waits, a person is told what it is about, and says yes or no."""

from datetime import timedelta
from typing import Any

import pytest

from calls.events import CallerMoved, LegEnded, TimeUp
from calls.orders import Dial, EndLeg, MoveCaller, Remind, ResumeCaller, Summarise
from calls.outcomes import Outcome
from calls.transfer.effects import CALLER_GONE, TAKEN
from tests.contract.conftest import Build
from tests.contract.consulted import Board, company
from tests.support.phone import moved, verbs


@pytest.fixture
def acme(switchboard: Build) -> Board:
    return Board(switchboard)


def test_the_caller_is_told_and_holds_while_dana_is_rung(acme: Board) -> None:
    reply = acme.escalates()
    said, hold = reply["action"]
    assert "getting someone from the supervisor team" in said["say"]
    assert hold == {"hold": {"timeout": 245}}
    assert acme.kept.of(Dial) == [Dial(acme.entry["id"], 1, 0)]
    assert Remind(acme.entry["id"], "hold", 240) in acme.kept.orders
    assert len(acme.kept.of(Summarise)) == 1


def test_dana_is_told_first_and_takes_the_call_with_a_key(acme: Board) -> None:
    acme.escalates()
    dana = acme.person(0, "dana-leg")
    dana.is_briefed()
    assert "charged twice in June" in dana.greeting
    assert dana.tools == ["accept_call", "decline_call", "call_back_later", "startup_hook", "hangup_hook"]
    (join,) = verbs(dana.presses("1"), "join_conference")
    assert join["name"] == acme.entry["id"]
    assert acme.kept.of(MoveCaller) == [MoveCaller(acme.entry["id"])]


def test_dana_says_yes(acme: Board) -> None:
    acme.escalates()
    dana = acme.person(0, "dana-leg")
    dana.is_briefed()
    (join,) = verbs(moved(dana.asks("accept_call")), "join_conference")
    assert join["name"] == acme.entry["id"]


def test_dana_says_nothing_and_that_is_a_no(acme: Board) -> None:
    acme.escalates()
    dana = acme.person(0, "dana-leg")
    dana.is_briefed()
    dana.follows(verbs(dana.document, "transfer")[-1]["dest"])  # every gate passed without a key
    assert acme.entry["attempts"][0]["outcome"] == "declined"
    assert acme.kept.of(Dial)[-1] == Dial(acme.entry["id"], 1, 1)


def test_dana_declines_with_a_message_and_lee_is_rung(acme: Board) -> None:
    acme.escalates()
    dana = acme.person(0, "dana-leg")
    dana.is_briefed()
    reply = dana.asks("decline_call", message="I am with a customer; my card is 4111 1111 1111 1111")
    assert [*reply["action"][0]] == ["say"]
    assert reply["action"][1] == {"hangup": True}
    acme.tell(LegEnded(1, 1, Outcome.BUSY))
    (back,) = acme.kept.of(ResumeCaller)[:1]
    assert isinstance(back, ResumeCaller)
    assert "I am with a customer" in back.words
    assert "4111" not in back.words


def test_dana_calls_back_at_three(acme: Board) -> None:
    acme.escalates()
    dana = acme.person(0, "dana-leg")
    dana.is_briefed()
    dana.asks("call_back_later", when="at three")
    assert acme.entry["attempts"][0]["words"] == "will call back at three"


def test_dana_promises_with_a_key_to_ring_back(acme: Board) -> None:
    acme.escalates()
    dana = acme.person(0, "dana-leg")
    dana.is_briefed()
    dana.presses("3")
    assert "pass it on" in dana.hears
    assert acme.entry["attempts"][0]["words"] == "will call back later"


def test_a_machine_is_told_nothing(acme: Board) -> None:
    acme.escalates()
    dana = acme.person(0, "dana-leg")
    document = dana.answers()
    (machine,) = verbs(document, "request")
    assert "refund" not in str(document)
    assert dana.post(machine["url"], machine["body"]).status_code == 200
    assert acme.entry["attempts"][0]["outcome"] == "machine"
    assert acme.kept.of(Dial)[-1] == Dial(acme.entry["id"], 1, 1)


def test_the_caller_hangs_up_and_dana_hears_a_fixed_sentence(acme: Board) -> None:
    acme.escalates()
    dana = acme.person(0, "dana-leg")
    dana.is_briefed()
    acme.caller.asks("hangup_hook")
    assert EndLeg(acme.entry["id"], "dana-leg", CALLER_GONE) in acme.kept.orders
    dana.presses("1")
    assert CALLER_GONE in dana.hears
    assert not verbs(dana.document, "join_conference")
    assert acme.entry["outcome"] == "caller_left"


def test_dana_answers_when_the_caller_has_gone(acme: Board) -> None:
    acme.escalates()
    dana = acme.person(0, "dana-leg")
    acme.caller.asks("hangup_hook")
    dana.answers()
    assert CALLER_GONE in dana.hears


def test_the_hook_is_lost_and_the_agents_report_tells_that_the_caller_left(acme: Board) -> None:
    acme.escalates()
    acme.caller.reports({"need": "a refund"})
    assert acme.entry["outcome"] == "caller_left"


def test_two_accept_and_the_second_hears_that_it_is_taken(switchboard: Build) -> None:
    board = Board(switchboard, company(reach=[{"ring": ["dana", "lee"], "together": True}]))
    board.escalates()
    dana, lee = board.person(0, "dana-leg"), board.person(1, "lee-leg")
    dana.is_briefed()
    lee.is_briefed()
    assert verbs(lee.presses("1"), "join_conference")
    dana.presses("1")
    assert TAKEN in dana.hears
    assert len(board.kept.of(MoveCaller)) == 1


def test_the_same_request_again_is_the_same_answer_and_rings_nobody(acme: Board) -> None:
    first = acme.escalates()
    assert acme.escalates() == first
    assert acme.escalates(reason="wants a refund at once") == first
    assert len(acme.kept.of(Dial)) == 1


def test_something_else_while_dana_is_rung_is_not_begun(acme: Board) -> None:
    acme.escalates()
    assert "action" not in acme.caller.asks("connect", destination="sales", reason="", summary="")
    assert len(acme.board.ledger) == 1


def test_we_died_before_the_answer_and_the_platform_asks_again(acme: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    acme.escalates()
    begun = list(acme.kept.orders)
    again = Board.escalates(acme)
    assert again["action"][-1] == {"hold": {"timeout": 245}}
    assert acme.kept.orders == begun


def test_the_platform_ends_the_hold_itself_and_the_agent_goes_on(acme: Board) -> None:
    acme.escalates()
    acme.person(0, "dana-leg")
    acme.board.clock.at += timedelta(seconds=246)
    reply = acme.caller.asks("take_message", message="Please ring me back.", destination="supervisor")
    assert "is kept" in reply["response"]["tool_result"]
    assert acme.entry["outcome"] == "timeout"
    assert EndLeg(acme.entry["id"], "dana-leg") in acme.kept.orders
    assert not acme.kept.of(ResumeCaller)


def test_the_hold_is_over_before_the_platform_ends_it(acme: Board) -> None:
    acme.escalates()
    acme.board.clock.at += timedelta(seconds=240)
    acme.tell(TimeUp("hold"))
    assert len(acme.kept.of(ResumeCaller)) == 1
    assert acme.entry["outcome"] == "timeout"


def test_nobody_is_taken_off_hold_before_the_hold_has_begun(acme: Board) -> None:
    acme.escalates()
    acme.tell(LegEnded(1, 0, Outcome.BUSY), LegEnded(1, 1, Outcome.BUSY))
    first, surely = acme.kept.of(ResumeCaller)
    assert isinstance(first, ResumeCaller)
    assert isinstance(surely, ResumeCaller)
    assert 5 < first.after < 10 < surely.after
    assert (bool(first.words), surely.words) == (True, "")


def test_a_leg_has_its_own_token(acme: Board) -> None:
    acme.escalates()
    dana = acme.person(0, "dana-leg")
    dana.is_briefed()
    (first, *_) = verbs(dana.document, "cond")
    branches: Any = first
    accept = branches[0]["then"][0]["transfer"]["dest"]
    body = {"call": {**dana._call(), "call_id": "somebody-else"}, "vars": {}, "envs": {}, "params": {}}
    assert dana.post(accept, body).status_code == 403
    assert dana.post(accept.replace("/consult/accept", "/consult/decline"), body).status_code == 403
    assert dana.post(accept.partition("?")[0], body).status_code == 403
    assert acme.entry["outcome"] is None


def test_without_the_platforms_rest_interface_the_document_whispers(switchboard: Build) -> None:
    board = Board(switchboard, signalwire_api_token="")
    reply = board.escalates()
    assert verbs(moved(reply), "connect")
    assert board.entry["mechanism"] == "whisper"
    assert not board.kept.orders


@pytest.mark.parametrize(("seconds", "needed"), [(60, False), (1, True)])
def test_the_talk_is_over_and_the_caller_is_still_there(acme: Board, seconds: int, needed: bool) -> None:
    acme.escalates()
    dana = acme.person(0, "dana-leg")
    dana.is_briefed()
    dana.presses("1")
    acme.tell(CallerMoved())
    acme.board.clock.at += timedelta(seconds=seconds)
    wiring = acme.board.app.extensions["switchboard"]
    transfer = wiring.records.transfer(acme.entry["id"])
    document = acme.caller.follows(wiring.links(wiring.staff().directory).after_bridge(transfer, 1))
    assert any("ai" in verb for verb in document["sections"]["main"]) is needed
    if needed:
        assert acme.caller.greeting.startswith("I am sorry, the line to the supervisor team was cut.")
    assert (acme.entry["outcome"], acme.entry["attempts"][0]["outcome"]) == ("bridged", "bridged")
    assert ("returned" in [phase for event in acme.entry["events"] for phase in event["phases"]]) is needed
