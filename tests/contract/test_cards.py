"""The handoff card: somebody opens the link in a text message, reads what it is about, and answers. Once."""

import re
import threading
from typing import Any

import pytest

from calls.events import (
    Accepted,
    BriefingStarted,
    CallerLeft,
    CallerMoved,
    Declined,
    Disconnected,
    Event,
    LegEnded,
    LegProgressed,
    Returned,
)
from calls.outcomes import Outcome
from calls.transfer.model import State
from tests.contract.conftest import ACME, Build, Switchboard
from tests.support.handoff import DANA, LEE, RINGING, Handoff, Reader, text

BRIEFED = (*RINGING, LegProgressed(*DANA, "answered"), BriefingStarted(*DANA, "dana-leg"))
LEE_RINGS = (LegEnded(*DANA, Outcome.BUSY), LegProgressed(*LEE, "ringing"))


@pytest.fixture
def consult(acme: Switchboard) -> Handoff:
    """Dana's phone rings about a refund."""
    return Handoff.begin(acme.app).happens(*RINGING)


@pytest.fixture
def dana(acme: Switchboard, consult: Handoff) -> Reader:
    return Reader(acme.app, consult.card())


def test_the_card_tells_who_calls_why_and_what_was_tried(acme: Switchboard, consult: Handoff) -> None:
    consult.happens(Declined(*DANA, words="in a meeting", via="voice"), LegProgressed(*LEE, "ringing"))
    lee = Reader(acme.app, consult.card(LEE))
    for told in ("Acme Plumbing", "Ref K7Q4", "Ann Miller", "+1 202-555-0177", "for supervisor",
                 "Charged twice for July",
                 "Ann was charged 240 dollars twice", "Somebody who can approve a refund", "invoice 4711",
                 'Dana Reyes declined and said: "in a meeting".', "Your phone rings for this call."):  # fmt: skip
        assert told in lee.reads
    assert 'href="tel:+12025550177"' in lee.opens().text


def test_looking_changes_nothing_however_often(dana: Reader, consult: Handoff) -> None:
    before = consult.entry
    for _ in range(3):
        assert dana.opens().status_code == 200
        assert dana.client.head(dana.path).status_code == 200
    assert consult.entry == before
    assert dana.buttons == ["accept", "decline", "later"]


def test_a_preview_in_a_messenger_gives_nobody_away(dana: Reader) -> None:
    page = dana.opens().text
    assert re.findall(r"<title>(.*)</title>", page) == ["A caller for you · Acme Plumbing"]
    assert "og:" not in page
    assert "description" not in page


def test_the_caller_may_have_withheld_the_number(acme: Switchboard) -> None:
    unknown = Handoff.begin(acme.app, caller="anonymous", facts=()).happens(*RINGING)
    assert "Number withheld" in Reader(acme.app, unknown.card()).reads
    assert "tel:" not in Reader(acme.app, unknown.card()).opens().text


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{ 7 * 7 }}"


def test_words_stay_words(acme: Switchboard) -> None:
    facts = (("name", HOSTILE), (HOSTILE, HOSTILE), ("needed", HOSTILE), ("done", HOSTILE))
    attack = Handoff.begin(acme.app, reason=HOSTILE, summary=HOSTILE, facts=facts).happens(*RINGING)
    dana = Reader(acme.app, attack.card())
    dana.answers("decline", message=HOSTILE)
    page = dana.opens().text
    assert page.count("&lt;script&gt;") >= 7
    assert "<script" not in page
    assert "<img" not in page
    assert "49" not in page.partition("<body>")[2]


def test_what_must_not_be_repeated_is_not_on_the_card(acme: Switchboard) -> None:
    said, facts = "Card 4111 1111 1111 1111 was charged.", (("ssn", "078-05-1120"),)
    dana = Reader(acme.app, Handoff.begin(acme.app, summary=said, facts=facts).happens(*RINGING).card())
    assert "was charged." in dana.reads
    assert "4111" not in dana.reads
    assert "1120" not in dana.reads


TALK = [
    {"role": "system", "content": "You are the receptionist."},
    {"role": "assistant", "content": "How can I help?"},
    {"role": "user", "content": "I was charged twice. My card is 4111 1111 1111 1111. <b>Help!</b>"},
]


@pytest.mark.parametrize("shown", [True, False])
def test_what_was_said_is_shown_where_the_file_allows_it(switchboard: Build, shown: bool) -> None:
    board = switchboard({**ACME, "escalation": {**ACME["escalation"], "transcript": shown}})
    consult = Handoff.begin(board.app).happens(*RINGING)
    board.records.keep_conversation("t_1", TALK)
    read = Reader(board.app, consult.card()).reads
    assert ("Agent How can I help?" in read) is shown
    assert ("I was charged twice." in read) is shown
    assert "4111" not in read
    assert "receptionist" not in read
    assert "<b>" not in Reader(board.app, consult.card()).opens().text


# --- answering ----------------------------------------------------------------------------------------------------


def told(handoff: Handoff) -> tuple[Any, ...]:
    attempts = [(a.step, a.leg, a.stage, a.outcome, a.call_id) for a in handoff.now.attempts]
    return handoff.now.state, handoff.now.outcome, attempts


def test_accepting_by_card_is_accepting_by_voice(switchboard: Build) -> None:
    acme, other = switchboard(ACME), switchboard(ACME)  # Dana is rung for one call at a time
    by_card = Handoff.begin(acme.app).happens(*BRIEFED)
    by_voice = Handoff.begin(other.app).happens(*BRIEFED, Accepted(*DANA, call_id="dana-leg"))
    dana = Reader(acme.app, by_card.card())
    page = text(dana.answers("accept"))
    assert told(by_card) == told(by_voice)
    assert by_card.now.state is State.ACCEPTED
    assert by_card.answers == [("accepted", "card", "")]
    assert "You accepted on this card. The caller is on the way to you." in page
    assert "This card has been used." in page
    by_card.happens(CallerMoved())
    assert "You are connected with the caller." in dana.reads


def test_somebody_who_is_being_told_may_still_answer_by_card(dana: Reader, consult: Handoff) -> None:
    consult.happens(*BRIEFED[len(RINGING) :])
    assert "You are on the phone about it. The caller waits for your answer." in dana.reads
    assert dana.buttons == ["accept", "decline", "later"]


def test_accepting_before_picking_up(dana: Reader, consult: Handoff) -> None:
    page = text(dana.answers("accept"))
    assert "You accepted on this card. Answer your phone. The caller is put through as soon as you pick up." in page
    assert consult.answers == [("accepted", "card", "")]
    assert dana.buttons == []


def test_accepting_and_then_not_picking_up(acme: Switchboard, dana: Reader, consult: Handoff) -> None:
    dana.answers("accept")
    consult.happens(LegEnded(*DANA, Outcome.NO_ANSWER), LegProgressed(*LEE, "ringing"))
    assert "Your phone was not picked up in time. Somebody else is being tried." in dana.reads
    assert "Dana Reyes did not answer." in Reader(acme.app, consult.card(LEE)).reads


def test_declining_with_a_message_rings_the_next(acme: Switchboard, dana: Reader, consult: Handoff) -> None:
    page = text(dana.answers("decline", message="  in a\r\nmeeting\0 "))
    assert "You declined on this card: “in a meeting” Somebody else is being tried." in page
    assert consult.answers == [("declined", "card", "in a meeting")]
    assert [(a.person, a.outcome) for a in consult.now.attempts] == [("dana", Outcome.DECLINED), ("lee", None)]
    assert consult.now.attempts[0].words == "in a meeting"


def test_declining_without_a_message(dana: Reader, consult: Handoff) -> None:
    assert "You declined on this card." in text(dana.answers("decline"))
    assert consult.answers == [("declined", "card", "")]


def test_calling_back_later_is_a_decline_that_says_when(dana: Reader, consult: Handoff) -> None:
    assert "You will call back at three." in text(dana.answers("later", when="at three"))
    assert consult.answers == [("declined", "card", "will call back at three")]


def test_calling_back_at_no_time_is_asked_again(dana: Reader, consult: Handoff) -> None:
    before = consult.entry
    response = dana.answers("later", when=" \t ")
    assert response.status_code == 422
    assert "Please write when you will call back." in text(response)
    assert consult.entry == before
    assert dana.buttons == ["accept", "decline", "later"]


def test_what_is_written_is_kept_short(dana: Reader, consult: Handoff) -> None:
    dana.answers("decline", message="x" * 5000)
    assert consult.now.attempts[0].words == "x" * 200


@pytest.mark.parametrize("again", ["accept", "decline", "later"])
@pytest.mark.parametrize("first", ["accept", "decline", "later"])
def test_a_card_answers_once(dana: Reader, consult: Handoff, first: str, again: str) -> None:
    page = text(dana.answers(first, when="at three", message="busy"))
    kept = consult.entry
    assert text(dana.answers(again, when="at four", message="not now")) == page
    assert consult.entry == kept
    assert dana.buttons == []


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_the_same_answer_twice_at_once_is_one_answer(acme: Switchboard, consult: Handoff, answer: str) -> None:
    start = threading.Barrier(4)

    def press() -> None:
        one = Reader(acme.app, consult.card())
        start.wait()
        one.answers(answer, message="busy")

    fingers = [threading.Thread(target=press) for _ in range(4)]
    for finger in fingers:
        finger.start()
    for finger in fingers:
        finger.join()
    assert len(consult.answers) == 1


def test_whoever_answered_on_the_phone_has_answered(dana: Reader, consult: Handoff) -> None:
    consult.happens(*BRIEFED[len(RINGING) :], Accepted(*DANA, call_id="dana-leg", via="keypad"), CallerMoved())
    assert "You accepted on the phone. You are connected with the caller." in dana.reads
    assert dana.buttons == []


def test_accepted_by_card_and_declined_on_the_phone_is_declined(dana: Reader, consult: Handoff) -> None:
    dana.answers("accept")
    consult.happens(*BRIEFED[len(RINGING) :], Declined(*DANA, words="no time", via="keypad"))
    assert "You declined on the phone: “no time”" in dana.reads


# --- too early, too late ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["accept", "decline", "later"])
def test_whose_phone_has_not_rung_is_not_asked_yet(acme: Switchboard, consult: Handoff, answer: str) -> None:
    lee, before = Reader(acme.app, consult.card(LEE)), consult.entry
    assert "Your phone has not rung yet." in lee.reads
    assert lee.buttons == []
    lee.answers(answer, when="at three")
    assert consult.entry == before


OVER: list[tuple[tuple[Event, ...], str]] = [
    ((CallerLeft(),), "The caller has hung up."),
    ((LegEnded(*DANA, Outcome.BUSY), LegEnded(*LEE, Outcome.NO_ANSWER)), "Nobody took the call. The caller is back"),
    ((Returned(),), "Nobody took the call. The caller is back with the agent."),
    ((LegEnded(*DANA, Outcome.BUSY),), "Somebody else is being tried."),
    ((*LEE_RINGS, Accepted(*LEE, call_id="lee-leg")), "Lee Park is taking the call."),
    ((*LEE_RINGS, Accepted(*LEE, call_id="lee-leg"), CallerMoved()), "Lee Park has taken the call."),
    ((*LEE_RINGS, Accepted(*LEE, call_id="lee-leg"), CallerMoved(), Disconnected(1)), "Lee Park took the call."),
]  # fmt: skip


@pytest.mark.parametrize("answer", ["accept", "decline", "later"])
@pytest.mark.parametrize(("events", "says"), OVER, ids=[says for _, says in OVER])
def test_too_late(dana: Reader, consult: Handoff, answer: str, events: tuple[Event, ...], says: str) -> None:
    consult.happens(*events)
    before = consult.entry
    assert says in dana.reads
    assert dana.buttons == []
    assert says in text(dana.answers(answer, when="at three"))
    assert consult.entry == before


def test_whoever_took_the_call_reads_that_it_is_over(dana: Reader, consult: Handoff) -> None:
    consult.happens(*BRIEFED[len(RINGING) :], Accepted(*DANA, call_id="dana-leg"), CallerMoved(), Disconnected(1))
    assert "You accepted on the phone. You took the call. It is over." in dana.reads


# --- whisper ------------------------------------------------------------------------------------------------------


def test_a_message_on_a_card_is_spoken_and_so_redacted(dana: Reader, consult: Handoff) -> None:
    dana.answers("decline", message="My card is 4111 1111 1111 1111")
    assert "4111" not in consult.now.attempts[0].words
