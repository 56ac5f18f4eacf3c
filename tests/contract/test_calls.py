"""Phone calls, as the platform carries them: its request bodies go in over HTTP, and what comes out is followed."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handlers.app import build
from tests.conftest import Databases
from tests.contract.conftest import ACME, Build, Switchboard
from tests.support.phone import Phone, moved, out_of_the_queue, verbs

PAYLOADS = Path(__file__).parent / "payloads"
NO_ANSWER = "connect failed no_answer"


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / name).read_text())


def test_nobody_answers_and_the_caller_is_back_with_an_agent_who_knows(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    document = moved(caller.asks("connect", destination="sales", reason="a quote", summary="Wants a boiler."))
    first, second = verbs(document, "connect")
    caller.leg_is(first["serial"][0], "ringing")
    caller.leg_is(first["serial"][0], "ended", "no_answer")
    caller.connect_is(first, "failed", "no_answer")
    caller.leg_is(second["serial"][0], "ended", "busy")
    caller.connect_is(second, "failed", "busy")
    caller.notes(step_1=NO_ANSWER)
    caller.follows(verbs(document, "transfer")[-1]["dest"])
    assert caller.greeting.startswith("I am sorry, the sales team is on another call.")
    assert "Wants a boiler." in json.dumps(caller.ai["prompt"])
    (entry,) = acme.ledger
    assert entry["outcome"] == "busy"
    assert [(a["person"], a["outcome"]) for a in entry["attempts"]] == [("dana", "no_answer"), ("lee", "busy")]


def test_every_callback_is_lost_and_the_ledger_still_knows(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    document = moved(caller.asks("connect", destination="sales", reason="a quote", summary=""))
    caller.notes(step_1=NO_ANSWER)
    caller.follows(verbs(document, "transfer")[-1]["dest"])
    assert acme.story == [("sales", "no_answer")]


def test_a_person_answers_and_the_bridge_is_on_record(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    connect = verbs(moved(caller.asks("connect", destination="sales", reason="a quote", summary="")), "connect")[0]
    caller.leg_is(connect["serial"][0], "answered")
    caller.connect_is(connect, "connected")
    assert acme.ledger[0]["ended_at"] is None
    caller.connect_is(connect, "disconnected")
    assert acme.story == [("sales", "bridged")]
    assert acme.ledger[0]["ended_at"]


def test_a_repeated_tool_call_gets_the_same_answer_and_dials_nobody_twice(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    asked = {"destination": "sales", "reason": "a quote", "summary": ""}
    first = caller.asks("connect", **asked)
    assert caller.asks("connect", **asked) == first
    assert len(acme.ledger) == 1


def test_the_same_request_after_the_transfer_is_over_is_a_new_one(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    asked = {"destination": "service", "reason": "a leak", "summary": ""}
    first = moved(caller.asks("connect", **asked))
    caller.notes(step_1=NO_ANSWER)
    acme.clock.at += timedelta(seconds=40)
    second = moved(caller.asks("connect", **asked))
    assert first != second
    assert acme.story == [("service", "no_answer"), ("service", None)]


def test_two_transfers_in_one_breath_are_one_transfer(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    caller.asks("connect", destination="sales", reason="a quote", summary="")
    second = caller.asks("connect", destination="service", reason="a leak", summary="")
    assert "action" not in second
    assert "already under way" in str(second["response"])
    assert acme.story == [("sales", None)]


def test_an_agent_who_asks_again_long_after_has_its_caller_back(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    caller.asks("connect", destination="service", reason="a leak", summary="")
    acme.clock.at += timedelta(minutes=3)
    assert moved(caller.asks("connect", destination="sales", reason="a quote", summary=""))
    assert acme.story == [("service", "lost"), ("sales", None)]


def test_a_temporary_transfer_tells_the_agent_how_it_went(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    reply = caller.asks("connect", destination="service", reason="a leak", summary="")
    (action,) = [one for one in reply["action"] if "SWML" in one]
    assert "transfer" not in action
    told = [values["ai_response"] for values in verbs(action["SWML"], "set") if "ai_response" in values]
    assert all("${connect_result}" in text and "${connect_failed_reason}" in text for text in told)


def test_a_pbx_refuses_the_refer_and_the_chain_goes_on(acme: Switchboard) -> None:
    caller = Phone(acme.app, leg="sip", caller="sip:pat@pbx.acme.example")
    caller.dials()
    document = moved(caller.asks("sip_refer", destination="warehouse", reason="stock", summary=""))
    (refer,) = verbs(document, "sip_refer")
    assert refer["to_uri"] == "sip:1001@pbx.acme.example"
    body = payload("sip-refer-status-failed.json")
    assert caller.post(refer["status_url"], body).status_code == 200
    assert acme.ledger[0]["attempts"][0]["outcome"] == "busy"
    assert verbs(document, "connect")  # Dana is next
    assert acme.ledger[0]["ended_at"] is None


def test_a_refer_that_worked_is_referred(acme: Switchboard) -> None:
    caller = Phone(acme.app, leg="sip", caller="sip:pat@pbx.acme.example")
    caller.dials()
    document = moved(caller.asks("sip_refer", destination="warehouse", reason="stock", summary=""))
    caller.post(verbs(document, "sip_refer")[0]["status_url"], payload("sip-refer-status-success.json"))
    assert acme.story == [("warehouse", "referred")]


def test_a_caller_on_a_telephone_is_not_offered_a_refer(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    assert "sip_refer" not in caller.tools
    assert "warehouse" in json.dumps(caller.ai["SWAIG"]["functions"][0])


def test_a_closed_department_says_when_it_opens(acme: Switchboard) -> None:
    acme.clock.at += timedelta(hours=8)  # Friday evening
    caller = Phone(acme.app)
    caller.dials()
    reply = caller.asks("connect", destination="sales", reason="a quote", summary="")
    assert "action" not in reply
    assert "until Monday at 9 AM" in str(reply["response"])
    assert acme.story == [("sales", "closed")]
    assert "Monday at 9 AM" in str(caller.asks("check_availability", destination="sales")["response"])


def test_a_voicemail_is_kept_even_if_the_caller_hangs_up_while_speaking(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    document = moved(caller.asks("connect", destination="press", reason="an interview", summary=""))
    record = verbs(document, "record")[0]
    params = {"control_id": "r1", "state": "finished", "url": "https://files.example/1.wav", "duration": 12.5}
    body = {"event_type": "calling.call.record", "params": params}
    for _ in range(2):  # the platform repeats itself
        assert caller.post(record["status_url"], body).status_code == 200
    assert acme.story == [("press", "message_taken")]
    (message,) = acme.records.messages()
    assert (message["kind"], message["url"], message["seconds"]) == ("voicemail", "https://files.example/1.wav", 12.5)


def test_a_queue_that_nobody_serves_goes_on_to_voicemail(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    document = moved(caller.asks("connect", destination="support", reason="help", summary=""))
    (queue,) = verbs(document, "enter_queue")
    assert queue["queue_name"] == f"support-{acme.ledger[0]['id']}"  # theirs alone
    assert (queue["wait_time"], len(verbs(document, "execute"))) == (20, 3)
    caller.post(queue["status_url"], payload("queue-status-enqueue.json"))
    assert verbs(document, "record")
    assert acme.ledger[0]["events"][-1]["state"] == "waiting"


def test_a_caller_served_from_the_queue_is_bridged(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    document = moved(caller.asks("connect", destination="support", reason="help", summary=""))
    (queue,) = verbs(document, "enter_queue")
    caller.post(queue["status_url"], payload("queue-status-dequeue.json"))
    after = caller.follows(out_of_the_queue(queue), queue_result="connected")
    assert after["sections"]["main"] == [{"hangup": {}}]
    assert acme.story == [("support", "bridged")]


def test_the_caller_hangs_up_while_the_phone_rings(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    document = moved(caller.asks("connect", destination="service", reason="a leak", summary=""))
    (dana,) = verbs(document, "connect")[0]["serial"]
    caller.leg_is(dana, "ringing")
    caller.asks("hangup_hook")
    caller.leg_is(dana, "ended", "cancel")
    assert acme.story == [("service", "caller_left")]
    kept = acme.records.call("c1")
    assert kept
    assert kept["hung_up_at"]


def test_messages_and_callbacks_are_kept_once(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    for _ in range(2):
        caller.asks("take_message", message="Please send a quote.", destination="sales", name="Pat")
        caller.asks("request_callback", destination="sales", when="tomorrow at three")
    message, callback = acme.records.messages()
    assert (message["body"], message["name"], message["destination"]) == ("Please send a quote.", "Pat", "sales")
    assert (callback["number"], callback["wanted_at"]) == ("+12025550177", "tomorrow at three")


@pytest.mark.parametrize("number", ["+19005550100", "911", "call me maybe"])
def test_a_callback_is_never_booked_to_a_number_we_may_not_ring(acme: Switchboard, number: str) -> None:
    caller = Phone(acme.app)
    caller.dials()
    caller.asks("request_callback", destination="sales", number=number)
    assert list(acme.records.messages()) == []


def test_the_report_is_kept_on_the_call_and_does_not_end_it(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    caller.asks("startup_hook")
    caller.asks("connect", destination="sales", reason="a quote", summary="")
    for _ in range(2):
        assert caller.reports({"caller": "Pat", "need": "a quote"}, call_ended_by="assistant").status_code == 200
    call = acme.records.call("c1")
    assert call
    assert len(call["report"]) == 1
    assert call["report"][0]["need"] == "a quote"
    assert acme.story == [("sales", None)]


def test_the_agent_says_goodbye_and_hangs_up(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    document = caller.dials("/swml/billing_desk")
    assert [next(iter(action)) for action in caller.asks("end_call")["action"]] == ["say", "hangup"]
    assert caller.asks("end_call")["action"][0]["say"] == "Bye for now."
    assert [next(iter(verb)) for verb in document["sections"]["main"]] == ["answer", "ai", "play", "hangup"]


def test_the_dialled_line_chooses_the_agent_and_at_night_the_nightdesk(switchboard: Build) -> None:
    billing = Phone(switchboard().app, line="+12025550102")
    billing.dials()
    assert billing.greeting == "Billing desk."
    closed = {**ACME, "departments": {"sales": ACME["departments"]["sales"]}, "escalation": None}
    night = switchboard(closed)
    night.clock.at += timedelta(hours=8)
    caller = Phone(night.app)
    caller.dials()
    assert caller.ai["params"]["app_name"] == "nightdesk"


def test_a_call_we_placed_is_greeted_as_one(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials(direction="outbound")
    assert caller.greeting == "Hello, this is Acme Plumbing."
    document = moved(caller.asks("connect", destination="sales", reason="a quote", summary=""))
    assert verbs(document, "connect")[0]["from"] == "+12025550100"


def test_skills_and_tools_of_your_own_stand_beside_ours(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials("/swml/billing_desk")
    assert "get_current_time" in caller.tools
    assert caller.asks("get_current_time", timezone="UTC")["response"]


def test_the_platforms_own_bodies_are_answered(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    for name in (
        "swml-request.json",
        "swml-request-transfer.json",
        "swml-request-sip.json",
        "swml-request-rest-dial.json",
    ):
        response = caller.post("/swml", payload(name))
        assert response.status_code == 200, name
    assert caller.post("/swml/billing_desk", payload("swml-request-confirm-leg.json")).status_code == 200


def test_without_a_file_and_a_number_the_caller_hears_so_and_leaves_a_message(
    acme: Switchboard, databases: Databases
) -> None:
    acme.file.unlink()
    app = build(acme.settings.model_copy(update={"database_url": databases.new()}))
    caller = Phone(app)
    assert "I cannot put calls through on this line yet" in json.dumps(caller.dials())
    caller.asks("take_message", destination="team", message="Please send the invoice again")
    (message,) = app.extensions["switchboard"].records.messages()
    assert message["body"] == "Please send the invoice again"
    app.extensions["switchboard"].close()


def test_one_number_and_no_file_is_enough(acme: Switchboard, databases: Databases) -> None:
    acme.file.unlink()
    app = build(acme.settings.model_copy(update={"call_transfer_to": "+12025550111", "database_url": databases.new()}))
    caller = Phone(app)
    caller.dials()
    (connect,) = verbs(moved(caller.asks("connect", destination="team", reason="help", summary="")), "connect")
    assert connect["serial"][0]["to"] == "+12025550111"
    assert connect["from"] == "+12025550100"
    app.extensions["switchboard"].close()
