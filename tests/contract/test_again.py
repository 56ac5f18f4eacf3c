"""More than one transfer in a call: nothing of the first one colours the second, and nobody is forgotten."""

from datetime import timedelta

import pytest

from tests.contract.conftest import ACME, Build, Switchboard
from tests.support.phone import Json, Phone, moved, out_of_the_queue, verbs

NO_ANSWER = "connect failed no_answer"


def caller_of(board: Switchboard, **how: str) -> Phone:
    phone = Phone(board.app, **how)
    phone.dials()
    return phone


def test_the_notes_of_one_transfer_say_nothing_about_the_next(acme: Switchboard) -> None:
    caller = caller_of(acme)
    caller.asks("connect", destination="service", reason="a leak", summary="")
    caller.notes(step_1="connect connected ")
    acme.clock.at += timedelta(minutes=5)
    document = moved(caller.asks("connect", destination="sales", reason="a quote", summary=""))
    caller.notes(step_1=NO_ANSWER)
    caller.follows(verbs(document, "transfer")[-1]["dest"])
    assert caller.greeting.startswith("I am sorry")
    assert acme.story == [("service", "bridged"), ("sales", "no_answer")]


def test_a_second_request_while_the_first_document_runs_is_not_taken_for_its_end(acme: Switchboard) -> None:
    caller = caller_of(acme)
    caller.asks("connect", destination="service", reason="a leak", summary="")
    caller.vars = {"connect_result": "", "switchboard": "x", "t_other_step_1": "connect connected "}
    assert "action" not in caller.asks("connect", destination="sales", reason="a quote", summary="")
    assert acme.story == [("service", None)]


def test_no_earlier_result_is_told_as_this_ones(acme: Switchboard) -> None:
    first = moved(caller_of(acme).asks("connect", destination="service", reason="a leak", summary=""))
    reset = {"connect_result": "", "connect_failed_reason": "", "queue_result": ""}
    assert first["sections"]["main"][0] == {"set": reset}


def test_a_caller_served_from_the_queue_is_bridged_even_if_nobody_said_so(acme: Switchboard) -> None:
    caller = caller_of(acme)
    document = moved(caller.asks("connect", destination="support", reason="help", summary=""))
    (queue,) = verbs(document, "enter_queue")
    caller.follows(out_of_the_queue(queue), queue_result="connected")
    assert acme.story == [("support", "bridged")]


def test_a_caller_who_comes_out_of_the_queue_by_that_way_without_a_bridge_waits_on(acme: Switchboard) -> None:
    caller = caller_of(acme)
    document = moved(caller.asks("connect", destination="support", reason="help", summary=""))
    (queue,) = verbs(document, "enter_queue")
    again = caller.follows(out_of_the_queue(queue), queue_result="timeout")
    assert [one["queue_name"] for one in verbs(again, "enter_queue")] == [queue["queue_name"]]
    assert acme.story == [("support", None)]


def test_a_caller_whom_the_platform_does_not_let_into_a_queue_gets_the_next_step(acme: Switchboard) -> None:
    caller = caller_of(acme)
    document = moved(caller.asks("connect", destination="support", reason="help", summary=""))
    (queue,) = verbs(document, "enter_queue")
    rest = caller.follows(out_of_the_queue(queue), queue_result="failed")
    assert not verbs(rest, "enter_queue")
    assert verbs(rest, "record")
    assert [one["outcome"] for one in acme.ledger[0]["attempts"]] == ["failed"]


def test_a_temporary_queue_never_waits_inside_the_agent(switchboard: Build) -> None:
    queue = {"about": "help", "reach": [{"queue": "q"}], "returns": True}
    board = switchboard({**ACME, "departments": {**ACME["departments"], "support": queue}})
    reply = caller_of(board).asks("connect", destination="support", reason="help", summary="")
    assert [action for action in reply["action"] if action.get("transfer") is True]


def test_a_caller_who_hangs_up_after_a_minute_of_ringing_has_left(acme: Switchboard) -> None:
    caller = caller_of(acme)
    caller.asks("connect", destination="service", reason="a leak", summary="")
    acme.clock.at += timedelta(seconds=60)
    caller.asks("hangup_hook")
    assert acme.story == [("service", "caller_left")]


def test_a_tool_call_repeated_after_a_minute_is_still_the_same(acme: Switchboard) -> None:
    caller = caller_of(acme)
    first = caller.asks("connect", destination="service", reason="a leak", summary="")
    acme.clock.at += timedelta(seconds=60)
    assert caller.asks("connect", destination="service", reason="a leak", summary="") == first
    assert len(acme.ledger) == 1


def test_a_borrowed_caller_who_hangs_up_closes_both_transfers(acme: Switchboard) -> None:
    caller = caller_of(acme)
    reply = caller.asks("swml_transfer", destination="concierge", reason="a visit", summary="")
    caller.follows(verbs(moved(reply), "transfer")[0]["dest"])
    caller.asks("connect", destination="service", reason="a leak", summary="")
    caller.asks("hangup_hook")
    assert [entry["ended_at"] is not None for entry in acme.ledger] == [True, True]


def test_a_chain_that_ends_with_another_agent_keeps_what_happened_before(switchboard: Build) -> None:
    chain = {"about": "visits", "reach": [{"ring": ["dana"]}, {"agent": "concierge"}]}
    board = switchboard({**ACME, "departments": {**ACME["departments"], "visits": chain}})
    caller = caller_of(board)
    document = moved(caller.asks("connect", destination="visits", reason="a visit", summary=""))
    caller.notes(step_1="connect failed busy")
    caller.follows(verbs(document, "transfer")[-1]["dest"])
    assert [(a["person"], a["outcome"]) for a in board.ledger[0]["attempts"]][:1] == [("dana", "busy")]
    assert "hand_back" in caller.tools


@pytest.mark.parametrize(
    ("noted", "kept"),
    [("refer 202/", "referred"), ("refer 403/", "failed"), ("refer 202/486", "busy"), ("refer 603/", "declined")],
)
def test_script_and_ledger_agree_about_a_refer(acme: Switchboard, noted: str, kept: str) -> None:
    caller = caller_of(acme, leg="sip", caller="sip:pat@pbx.acme.example")
    document = moved(caller.asks("sip_refer", destination="warehouse", reason="stock", summary=""))
    (refer_done, *_) = [str(branch) for branch in verbs(document, "cond")]
    assert "sip_refer_response_code >= 200" in refer_done
    caller.notes(step_1=noted)
    caller.follows(verbs(document, "transfer")[-1]["dest"])
    assert acme.ledger[0]["attempts"][0]["outcome"] == kept


def test_silence_is_no_message(acme: Switchboard) -> None:
    caller = caller_of(acme)
    caller.asks("connect", destination="press", reason="an interview", summary="")
    caller.notes(step_1="voicemail no_input")
    caller.asks("check_availability", destination="sales")
    assert list(acme.records.messages()) == []


def test_closed_for_good_is_an_outcome(switchboard: Build) -> None:
    shut = {"about": "old", "hours": "never", "reach": [{"ring": ["dana"]}], "closed": {"then": "hangup"}}
    hours = {**ACME["hours"], "never": {"daily": "closed"}}
    board = switchboard({**ACME, "hours": hours, "departments": {**ACME["departments"], "old": shut}})
    caller_of(board).asks("connect", destination="old", reason="x", summary="")
    assert board.story == [("old", "closed")]


def test_a_sip_address_of_a_line_is_that_line(acme: Switchboard) -> None:
    caller = caller_of(acme, leg="sip", caller="sip:pat@pbx.acme.example", line="sip:+12025550102@space.example")
    assert caller.greeting == "Billing desk."


def test_an_agent_taken_out_of_the_file_keeps_its_callers(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials("/swml/billing_desk")
    changed: Json = {**ACME, "lines": {"+12025550100": {}}}
    changed["agents"] = {name: one for name, one in ACME["agents"].items() if name != "billing_desk"}
    changed["departments"] = {name: one for name, one in ACME["departments"].items() if name != "billing"}
    acme.write(changed)
    assert moved(caller.asks("connect", destination="service", reason="a leak", summary=""))


def test_an_agent_that_cannot_be_built_keeps_a_saved_file_out(acme: Switchboard) -> None:
    spoilt = {**ACME["agents"], "concierge": {**ACME["agents"]["concierge"], "skills": {"datetim": {}}}}
    acme.write({**ACME, "greeting": "Changed.", "agents": spoilt})
    assert caller_of(acme).greeting == "Thanks for calling Acme Plumbing. How can I help?"


def test_what_was_said_before_is_never_filled_in_by_the_platform(acme: Switchboard) -> None:
    caller = caller_of(acme)
    reason = "${envs.API_KEY} and @{expr 1}"
    reply = caller.asks("swml_transfer", destination="billing", reason=reason, summary=reason)
    caller.follows(verbs(moved(reply), "transfer")[0]["dest"])
    assert "${" not in str(caller.document).replace("${call", "")
    assert "@{" not in str(caller.document)


def test_a_report_cannot_pose_as_another_agents(acme: Switchboard) -> None:
    caller = caller_of(acme)
    caller.reports({"agent": "boss", "at": "never", "need": "x" * 5000, "junk": {"a": [1]}})
    call = acme.records.call("c1")
    assert call
    (report,) = call["report"]
    assert report["agent"] == "receptionist"
    assert report["at"] != "never"
    assert len(report["need"]) == 1000
    assert "junk" not in report


@pytest.mark.parametrize("state", ["recording", "paused", "no_input", "error"])
def test_a_recording_that_is_not_finished_is_no_message(acme: Switchboard, state: str) -> None:
    caller = caller_of(acme)
    document = moved(caller.asks("connect", destination="press", reason="an interview", summary=""))
    params = {"state": state, "url": "https://files.example/1.wav", "duration": 1}
    assert caller.post(verbs(document, "record")[0]["status_url"], {"params": params}).status_code == 200
    assert list(acme.records.messages()) == []
