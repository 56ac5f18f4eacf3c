"""Texts come in over HTTP, from SignalWire and from Twilio: guarded, read once, answered; on both databases."""

import hashlib
import hmac
import json
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from calls.orders import EndLeg, Notify
from tests.conftest import Databases
from tests.contract.conftest import PASSWORD, Build, Switchboard
from tests.contract.consulted import Board
from tests.support.kept import Kept
from tests.support.phone import Json, basic

SENT: Json = json.loads((Path(__file__).parent / "payloads" / "inbound-message-swml-request.json").read_text())
ANN, DANA, LINE = "+12025550190", "+12025550111", "+12025550100"
AUTH = basic("signalwire", PASSWORD)
TWILIO = {"sms_provider": "twilio", "twilio_account_sid": "AC1", "twilio_auth_token": "tw", "twilio_from": LINE}


def message(body: str | None, from_: str = ANN, to: str = LINE, message_id: str = "m1", **more: Any) -> Json:
    sent = deepcopy(SENT)
    sent["message"] |= {"message_id": message_id, "from": from_, "to": to, "body": body, **more}
    return sent


def post(board: Switchboard, body: object, **headers: str) -> TestResponse:
    return board.app.test_client().post("/messages", json=body, headers={**AUTH, **headers})


def answer(board: Switchboard, body: str | None, from_: str = ANN, **more: Any) -> str:
    """What the text is answered, "" for nothing."""
    response = post(board, message(body, from_, **more))
    assert response.status_code == 200, response.text
    document = response.get_json()
    assert document["version"] == "1.0.0"
    (step,) = document["sections"]["main"]
    assert step.keys() <= {"reply", "receive"}
    return str(step.get("reply", {}).get("body", ""))


def kept(board: Switchboard) -> list[tuple[str, str, str]]:
    return [(one["kind"], one["destination"], one["body"]) for one in board.records.messages()]


def test_a_text_is_kept_for_the_department_which_is_told(switchboard: Build) -> None:
    orders = Kept()
    board = switchboard(orders=orders)
    assert "thank you, supervisor gets your message" in answer(board, "My boiler is broken")
    assert kept(board) == [("text", "supervisor", "My boiler is broken")]
    (told,) = board.records.messages()
    assert (told["number"], told["call_id"]) == (ANN, None)
    assert len(orders.of(Notify)) == 1


def test_the_same_text_is_read_once_and_answered_the_same(acme: Switchboard) -> None:
    first = answer(acme, "My boiler is broken")
    assert answer(acme, "My boiler is broken") == first
    assert len(kept(acme)) == 1
    assert answer(acme, "And it is cold", message_id="m2") == ""  # thanked once a day
    acme.clock.at += timedelta(days=1, minutes=1)
    assert "thank you" in answer(acme, "Still cold", message_id="m3")


@pytest.mark.parametrize("sent", [message("Hi", "12345"), message("Hi", "ACME"), message("Hi", to=""), message(None)])
def test_what_nobody_can_answer_is_taken_and_left_alone(acme: Switchboard, sent: Json) -> None:
    response = post(acme, sent)
    assert response.get_json()["sections"]["main"] == [{"receive": {}}]
    assert not kept(acme)


def test_a_picture_comes_with_its_address(acme: Switchboard) -> None:
    media = [{"url": "https://files.example/1.jpg", "content_type": "image/jpeg", "size": 9}, "https://files.example/2"]
    answer(acme, "Look", type="mms", media=media)
    assert kept(acme)[0][2] == "Look\nhttps://files.example/1.jpg\nhttps://files.example/2"


def test_who_says_stop_is_texted_no_more_and_start_changes_it(acme: Switchboard) -> None:
    assert "no more texts" in answer(acme, "STOP")
    assert acme.records.opted_out(ANN)
    assert answer(acme, "Why is it cold?", message_id="m2") == ""
    assert "HELP" in answer(acme, "start", message_id="m3")
    assert not acme.records.opted_out(ANN)
    assert "no more texts" in answer(acme, "STOP")  # the first one again, late: it was read
    assert not acme.records.opted_out(ANN)


def test_only_the_platform_may_tell_us_of_texts(switchboard: Build) -> None:
    board = switchboard(signalwire_signing_key="PSK")
    body = json.dumps(message("STOP")).encode()
    url = f"http://signalwire:{PASSWORD}@localhost:8080/messages"  # for messages the credentials are signed too
    right = {name: hmac.new(b"PSK", url.encode() + body, how).hexdigest() for name, how in
             (("X-Signalwire-Signature", hashlib.sha1), ("X-Signalwire-SHA256-Signature", hashlib.sha256))}  # fmt: skip
    plain = hmac.new(b"PSK", b"http://localhost:8080/messages" + body, hashlib.sha1).hexdigest()

    def send(**headers: str) -> int:
        sent = {**headers, "Content-Type": "application/json"}
        return board.app.test_client().post("/messages", headers=sent, data=body).status_code

    assert send(**right) == 401
    assert send(**AUTH) == 403
    assert send(**AUTH, **{"X-Signalwire-Signature": plain}) == 403
    assert not board.records.opted_out(ANN)
    assert send(**AUTH, **{"X-Signalwire-Signature": right["X-Signalwire-Signature"]}) == 200
    assert send(**AUTH, **right) == 200
    assert board.records.opted_out(ANN)


def test_what_is_no_text_is_refused(acme: Switchboard) -> None:
    wrongs: list[object] = [{}, [], {"message": {}}, {"message": "STOP"}]
    for wrong in wrongs:
        assert post(acme, wrong).status_code == 400


def test_while_the_database_is_away_the_platform_may_try_again(acme: Switchboard, databases: Databases) -> None:
    databases.take_away(acme.settings.database_url)
    assert post(acme, message("STOP")).status_code == 503


# --- Twilio -------------------------------------------------------------------------------------------------------


def by_twilio(board: Switchboard, body: str, token: str = "tw", sid: str = "SM1") -> TestResponse:
    form = {"MessageSid": sid, "From": ANN, "To": LINE, "Body": body, "NumMedia": "0"}
    signature = RequestValidator(token).compute_signature("http://localhost:8080/messages/twilio", form)
    headers = {"X-Twilio-Signature": signature}
    return board.app.test_client().post("/messages/twilio", data=form, headers=headers)


def test_twilio_is_answered_in_its_language_and_answers_keywords_itself(switchboard: Build) -> None:
    board = switchboard(**TWILIO)
    reply = by_twilio(board, "Broken & cold")
    assert reply.mimetype == "text/xml"
    assert "<Response><Message>Acme Plumbing: thank you, supervisor gets your message." in reply.text
    assert kept(board) == [("text", "supervisor", "Broken & cold")]
    assert by_twilio(board, "STOP", sid="SM2").text.endswith("<Response></Response>")
    assert board.records.opted_out(ANN)


def test_only_twilio_may_be_twilio(switchboard: Build, acme: Switchboard) -> None:
    board = switchboard(**TWILIO)
    assert by_twilio(board, "STOP", token="guessed").status_code == 403
    assert board.app.test_client().post("/messages/twilio", data={"From": ANN}).status_code == 403
    assert by_twilio(acme, "STOP").status_code == 404  # Acme does not use it
    assert not board.records.opted_out(ANN)


# --- people -------------------------------------------------------------------------------------------------------


def test_a_person_is_away_and_back(acme: Switchboard) -> None:
    assert answer(acme, "AWAY until 14:00", DANA).endswith("you are not rung until 2 PM.")
    presence = acme.records.presences("")["dana"]
    assert presence.away_until
    assert (presence.away, f"{presence.away_until:%H:%M}") == (True, "19:00")
    answer(acme, "Back", DANA, message_id="m2")
    assert not acme.records.presences("")["dana"].away


def test_no_by_text_stops_the_phone_of_a_consult(switchboard: Build) -> None:
    office = Board(switchboard)
    office.escalates()
    office.person(0, "b1")  # Dana's phone rings
    assert answer(office.board, "No, in a meeting", DANA) == "Thank you. Somebody else is asked."
    first = office.entry["attempts"][0]
    assert (first["person"], first["outcome"], first["words"]) == ("dana", "declined", "in a meeting")
    assert [order.call_id for order in office.kept.orders if isinstance(order, EndLeg)] == ["b1"]
    assert "There is no call" in answer(office.board, "No", DANA, message_id="m2")


def test_a_stranger_who_says_yes_takes_nobodys_call(switchboard: Build) -> None:
    office = Board(switchboard)
    office.escalates()
    answer(office.board, "YES", ANN)
    assert office.entry["attempts"][0]["outcome"] is None
