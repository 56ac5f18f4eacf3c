"""What a text message to Acme's line means, read without a telephone. It is a Tuesday, eleven in the morning."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.directory.errors import Mistakes
from calls.messages.sms_keywords import (
    AnswerQuestion,
    CancelCallbacks,
    ComeBack,
    GoAway,
    Known,
    Leave,
    Meaning,
    OptIn,
    OptOut,
    Question,
    TextIn,
    understand,
)
from calls.numbers import Number
from tests.support.acme import directory

ANN, DANA, LINE = Number("+12025550190"), Number("+12025550111"), Number("+12025550100")
ELEVEN = datetime(2026, 3, 17, 11, tzinfo=ZoneInfo("America/New_York"))
ACME = directory()
RINGS = Question("t_1/1/0", accept=True, decline=True)
IN_LINE = Question("o_1", accept=False, decline=True)


def text(body: str, from_: Number = ANN, **known: Any) -> Meaning:
    return understand(TextIn("m1", from_, LINE, body), ACME, Known(**known), ELEVEN)


def dana(body: str, *questions: Question, **known: Any) -> Meaning:
    return text(body, DANA, questions=questions, **known)


# --- the carriers' keywords ---------------------------------------------------------------------------------------

OPT_OUTS = [
    "STOP", "stop", " Stop. ", "“STOP”", "STOPALL", "stop all", "Unsubscribe", "END", "quit!", "CANCEL", "revoke",
    "Opt out", "OPT-OUT", "arrêt", "ARRET", "Stop texting me", "stop please", "STOP IT", "Stop calling!",
    "stop…", "«STOP»", "STOP 🛑", "\u200bSTOP\u200b", "ＳＴＯＰ", "-stop-", "stop-all", "opt\u2011out", "arre\u0302t",
    "STOP STOP", "Please stop",
]  # fmt: skip
NO_KEYWORDS = [
    "Stop by at noon", "End of the month is fine", "Cancel my visit on Friday", "Quit smoking?", "Help me", "stopp",
    "Start on Monday", "Yes", "No", "Info about prices please",
]  # fmt: skip


@pytest.mark.parametrize("body", OPT_OUTS)
def test_who_says_stop_gets_nothing_more(body: str) -> None:
    for writer in (ANN, DANA):
        meaning = text(body, writer)
        assert (meaning.did, meaning.keyword) == ("opted_out", True)
        assert [type(deed) for deed in meaning.deeds] == [OptOut]
        assert meaning.reply.startswith("Acme Plumbing: you get no more texts or automatic calls from us.")


@pytest.mark.parametrize("body", NO_KEYWORDS)
def test_a_sentence_is_no_keyword(body: str) -> None:
    meaning = text(body)
    assert (meaning.did, meaning.keyword) == ("message", False)
    assert meaning.deeds == (Leave("supervisor", body),)


def test_cancel_is_an_opt_out_and_cancels_a_callback_as_well() -> None:
    assert text("CANCEL", callbacks=1).deeds == (OptOut("CANCEL"), CancelCallbacks())
    assert "your callback is cancelled" in text("CANCEL", callbacks=1).reply
    assert text("STOP", callbacks=1).deeds == (OptOut("STOP"),)  # whoever asked to be rung back still is


@pytest.mark.parametrize("body", ["CANCEL CALL", "cancel my callback", "Cancel the call-back."])
def test_cancel_call_cancels_the_callback_alone(body: str) -> None:
    assert text(body, callbacks=2).deeds == (CancelCallbacks(),)
    assert text(body) == Meaning("nothing", "Acme Plumbing: no callback is booked for this number.")


def test_start_is_for_everybody_and_yes_for_those_who_said_stop() -> None:
    for body in ("START", "unstop"):
        assert text(body).deeds == (OptIn(),)
    assert text("YES", opted_out=True).deeds == (OptIn(),)
    assert dana("YES", RINGS, opted_out=True).did == "yes"


def test_help_says_who_we_are_and_how_to_stop() -> None:
    for body in ("HELP", "info", "AIDE"):
        assert "Acme Plumbing" in text(body).reply
        assert "STOP" in text(body, opted_out=True).reply
    assert "AWAY" in dana("help").reply


def test_who_has_opted_out_is_heard_and_not_answered() -> None:
    meaning = text("My boiler is broken", opted_out=True)
    assert meaning == Meaning("message", "", (Leave("supervisor", "My boiler is broken"),))
    assert dana("AWAY 2h", opted_out=True).reply == ""


# --- messages -----------------------------------------------------------------------------------------------------


def test_a_message_is_for_whoever_the_line_says() -> None:
    meaning = text("My boiler is broken\nPlease come.")
    assert meaning.deeds == (Leave("supervisor", "My boiler is broken\nPlease come."),)
    assert meaning.reply.startswith("Acme Plumbing: thank you, supervisor gets your message.")
    assert text("And it is cold.", greeted=True).reply == ""
    lines = {"+12025550100": {"agent": "receptionist", "texts": "sales"}}
    for file, department in ((directory(lines=lines), "sales"), (directory(escalation=None), "sales")):
        (leave,) = understand(TextIn("m1", ANN, LINE, "Hi"), file, Known(), ELEVEN).deeds
        assert leave == Leave(department, "Hi")


def test_a_picture_is_a_message_too_and_nothing_is_none() -> None:
    photo = TextIn("m1", ANN, LINE, "", ("https://files.example/1.jpg",))
    assert understand(photo, ACME, Known(), ELEVEN).deeds == (Leave("supervisor", "https://files.example/1.jpg"),)
    assert text("  ") == Meaning("nothing")
    nobody = directory(departments={}, escalation=None, agents={})
    assert understand(TextIn("m1", ANN, LINE, "Hi"), nobody, Known(), ELEVEN) == Meaning("nothing")


def test_the_texts_of_a_line_are_for_a_department_there_is() -> None:
    with pytest.raises(Mistakes, match=r"lines.\+12025550100.texts"):
        directory(lines={"+12025550100": {"agent": "receptionist", "texts": "nobody"}})


# --- people -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "until", "told"),
    [
        ("AWAY\n2h", "17 13:00", "you are not rung until 1 PM."),
        ("AWAY", None, "you are not rung until you text BACK."),
        ("away 2h", "17 13:00", "you are not rung until 1 PM."),
        ("Away until 14:00.", "17 14:00", "you are not rung until 2 PM."),
        ("away until tomorrow", "18 09:00", "you are not rung until Wednesday, 18 March, 9 AM."),
    ],
)
def test_a_person_is_away(body: str, until: str | None, told: str) -> None:
    meaning = dana(body)
    (deed,) = meaning.deeds
    assert isinstance(deed, GoAway)
    assert (deed.person, deed.until and f"{deed.until:%d %H:%M}") == ("dana", until)
    assert meaning.reply.endswith(told)


def test_a_person_is_back() -> None:
    assert dana("BACK").deeds == dana("available!").deeds == (ComeBack("dana"),)
    assert dana("Back hurts, I am off sick").did == "message"


def test_a_time_that_cannot_be_read_is_asked_for_again() -> None:
    meaning = dana("AWAY for a good while")
    assert (meaning.did, meaning.deeds) == ("nothing", ())
    assert "such as 2h" in meaning.reply


def test_a_caller_is_nobody_to_be_away() -> None:
    for body in ("AWAY 2h", "BACK", "YES", "NO"):
        assert text(body).did == "message"


def test_yes_and_no_answer_the_call_they_are_asked_to_take() -> None:
    assert dana("Yes", RINGS).deeds == (AnswerQuestion(RINGS, accepts=True),)
    assert (
        dana("Yes please!", RINGS).deeds == dana("ok, go ahead", RINGS).deeds == (AnswerQuestion(RINGS, accepts=True),)
    )
    assert dana("Yes, but not before noon", RINGS).did == "message"
    assert dana("OK thanks").did == "message"  # nobody has asked
    assert dana("no", RINGS).deeds == (AnswerQuestion(RINGS, accepts=False),)
    assert dana("No, in a meeting", RINGS).deeds == (AnswerQuestion(RINGS, accepts=False, words="in a meeting"),)
    assert dana("NO", IN_LINE).deeds == (AnswerQuestion(IN_LINE, accepts=False),)


def test_what_cannot_be_answered_by_text_is_told() -> None:
    assert dana("YES", IN_LINE) == Meaning("nothing", "Answer your phone and press 1 to take the call.")
    assert dana("YES") == Meaning("nothing", "There is no call that waits for your answer.")
    assert "more than one call" in dana("NO", RINGS, IN_LINE).reply
    assert dana("No idea what this is").did == "message"


@given(st.text(max_size=60), st.sampled_from([ANN, DANA]), st.booleans())
def test_nothing_is_lost_whatever_is_written(body: str, writer: Number, opted_out: bool) -> None:
    meaning = text(body, writer, opted_out=opted_out)
    assert meaning.deeds or meaning.reply or not body.strip() or opted_out
    assert len(meaning.reply) < 320  # two segments
