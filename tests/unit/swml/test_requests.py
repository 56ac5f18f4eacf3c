"""What the platform's bodies mean."""

from typing import Any

import pytest

from swml import requests, status
from swml.requests import FetchConversation, ReportPost
from tests.contract.kinds import payload


def tool(**fields: object) -> requests.ToolPost:
    return requests.parse_tool({"function": "connect", "call_id": "c1", **fields})


def report(**fields: object) -> ReportPost:
    read = requests.parse_report({"call_id": "c1", **fields})
    assert isinstance(read, ReportPost)
    return read


# --- a document is fetched ----------------------------------------------------------------------------------------


def test_a_call_by_phone() -> None:
    call = requests.parse_fetch(payload("swml-request")).call

    assert (call.from_, call.to, call.type, call.direction) == ("+15555550100", "+15555550199", "phone", "inbound")
    assert (call.parent.call_id, call.peer.call_id, call.dial_winner) == ("", "", False)


def test_a_call_by_sip_brings_its_headers() -> None:
    call = requests.parse_fetch(payload("swml-request-sip")).call

    assert call.from_ == "sip:pbx-user@pbx.example.com"
    assert call.headers == (("X-Account-Id", "A-1001"),)
    assert call.sip_data["sip_contact_host"] == "192.0.2.10"


def test_a_leg_of_ours_knows_its_parent_and_what_we_gave_it() -> None:
    whisper = requests.parse_fetch(payload("swml-request-confirm-leg"))
    dialled = requests.parse_fetch(payload("swml-request-rest-dial"))

    assert whisper.call.parent.call_id == "2e1e66e5-5d07-413d-9668-55542992eec0"
    assert (dialled.call.direction, dialled.call.tag, dialled.envs) == (
        "outbound",
        "handoff-17",
        {"handoff_id": "hf_0017"},
    )


def test_a_later_fetch_brings_the_variables() -> None:
    fetch = requests.parse_fetch(payload("swml-request-transfer"))

    assert (fetch.vars["prompt_value"], fetch.params) == ("2", {"department": "billing"})


def test_two_bodies_share_nothing() -> None:
    one, two = (requests.parse_fetch({"call": {"call_id": "c"}}) for _ in range(2))
    one.vars["a"] = 1
    assert two.vars == {}


def test_the_winner_of_a_parallel_dial_is_told_in_text() -> None:
    assert requests.parse_fetch({"call": {"call_id": "c", "dial_winner": "true"}}).call.dial_winner


# --- a tool is used -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "argument",
    [
        {"parsed": [{"destination": "sales"}], "raw": "never read"},
        {"parsed": {"destination": "sales"}},
        {"parsed": [None, {}, {"destination": "sales"}]},
        {"parsed": [None], "raw": '{"destination": "sales"}'},
        {"parsed": [], "raw": '[{"destination": "sales"}]'},
        {"raw": '{"destination": "sales"}'},
    ],
)
def test_arguments_are_found_wherever_they_are(argument: object) -> None:
    assert tool(argument=argument).arguments == {"destination": "sales"}


@pytest.mark.parametrize("argument", [None, "sales", [], {"raw": "sales"}, {"raw": '["sales"]'}, {"parsed": "sales"}])
def test_arguments_that_are_none_are_empty(argument: object) -> None:
    assert tool(argument=argument).arguments == {}


def test_an_argument_is_text_that_a_database_takes() -> None:
    found = tool(argument={"parsed": [{"reason": "a\0b \ud800", "count": 3}]}).arguments

    assert found == {"reason": "ab ?", "count": 3}


@pytest.mark.parametrize("spelling", ["caller_id_num", "caller_id_number"])
def test_the_callers_number_in_either_spelling(spelling: str) -> None:
    assert tool(**{"caller_id_num": None, spelling: "+12025550111"}).caller_id_num == "+12025550111"


def test_a_tool_call_restores_the_call() -> None:
    body = payload("swaig-request-with-call-log")
    post = requests.parse_tool(body)

    assert post.swml_call is not None
    assert (post.swml_call.from_, post.swml_call.to) == ("+15555550100", "+15555550199")
    assert post.swml_vars["connect_failed_reason"] == "no_answer"
    assert (post.as_sent, len(post.call_log)) == (body, 4)


@pytest.mark.parametrize("call", [None, {}, "c1", {"from": "+12025550111"}])
def test_a_tool_call_without_its_leg_is_still_a_tool_call(call: object) -> None:
    assert tool(SWMLCall=call).swml_call is None


def test_the_signature_of_tools_is_asked_for() -> None:
    assert requests.parse_signature(payload("swaig-signature-request")).functions == ("transfer_call",)


# --- a session ends -----------------------------------------------------------------------------------------------

NEED: dict[str, Any] = {"need": "invoice"}


@pytest.mark.parametrize(
    ("fields", "summary"),
    [
        ({"summary": "", "post_prompt_data": {"parsed": [NEED]}}, NEED),
        ({"summary": {}, "post_prompt_data": {"parsed": [NEED]}}, NEED),
        ({"post_prompt_data": {"parsed": [None], "raw": '{"need": "invoice"}'}}, NEED),
        ({"post_prompt_data": {"parsed": [], "raw": '{"need": "invoice"}'}}, NEED),
        ({"post_prompt_data": {"parsed": [{}, NEED]}}, NEED),
        ({"post_prompt_data": {"raw": "Wanted an invoice."}}, {"summary": "Wanted an invoice."}),
        ({"post_prompt_data": {"raw": " "}, "summary": NEED}, NEED),
        ({"post_prompt_data": None, "summary": "Wanted an invoice."}, {"summary": "Wanted an invoice."}),
        ({"conversation_summary": "Wanted an invoice."}, {"summary": "Wanted an invoice."}),
        ({}, {}),
        ({"post_prompt_data": {"parsed": [None], "raw": None}, "summary": None}, {}),
    ],
)
def test_the_summary_is_found_whatever_hides_it(fields: dict[str, object], summary: dict[str, object]) -> None:
    assert report(**fields).summary == summary


def test_the_report_of_a_session() -> None:
    read = requests.parse_report(payload("post-prompt"))

    assert isinstance(read, ReportPost)
    assert read.summary == {"intent": "billing_dispute", "transferred_to": "billing", "resolved": False}
    assert (read.call_ended_by, read.caller_id_number) == ("assistant", "+15555550100")
    assert (read.ai_end_date, read.swaig_log[0]["command_name"]) == (1760000009000000, "transfer_call")


def test_an_agent_that_starts_asks_for_the_last_conversation() -> None:
    read = requests.parse_report(payload("post-prompt-fetch-conversation"))

    assert isinstance(read, FetchConversation)
    assert read.conversation_id == "caller-15555550100"


def test_a_tool_call_that_failed_is_in_the_debug_events() -> None:
    read = requests.parse_debug(payload("debug-webhook-webhook-fail"))

    assert read.call_id == "2e1e66e5-5d07-413d-9668-55542992eec0"
    assert read.events["webhook_fail"]["attempts"] == 3


# --- callbacks ----------------------------------------------------------------------------------------------------


def test_a_leg_that_was_busy() -> None:
    leg = status.parse_call_state(payload("call-state-ended-busy"))

    assert (leg.call_state, leg.end_reason, leg.device.to_number) == ("ended", "busy", "+15555550123")
    assert leg.timestamp == 1760000011.2
    assert status.parse_call_state(payload("call-state-ringing")).end_reason == ""


def test_a_bridge_names_the_other_leg_and_its_queue() -> None:
    bridge = status.parse_connect_state(payload("connect-status-connected-queue"))

    assert (bridge.connect_state, bridge.peer.queue_name) == ("connected", "billing")
    assert (bridge.peer.call_id[:8], bridge.call_id[:8]) == ("7b9c1d2e", "2e1e66e5")
    assert status.parse_connect_state(payload("connect-status-failed")).failed_reason == "no_answer"


@pytest.mark.parametrize(("code", "read"), [("486", 486), (486, 486), (486.0, 486), (None, None), ("busy", None)])
def test_codes_of_a_refer_as_text_or_number(code: object, read: int | None) -> None:
    body = payload("sip-refer-status-failed")
    body["params"]["sip_notify_response_code"] = code

    refer = status.parse_refer_state(body)

    assert (refer.sip_refer_response_code, refer.sip_notify_response_code) == (202, read)


def test_conferences_queues_and_machines() -> None:
    joined = status.parse_conference_state(payload("conference-status-participant-join"))
    left = status.parse_queue_state(payload("queue-status-leave"))
    machine = status.parse_detect_state(payload("detect-status-machine"))

    assert (joined.status, joined.size, joined.end_on_leave) == ("participant-join", 1, True)
    assert (left.status, left.name, left.leave_ts) == ("leave", "billing", 1760000042943789)
    assert (machine.type, machine.event, machine.beep) == ("machine", "MACHINE", True)


@pytest.mark.parametrize(
    "params",
    [
        {"url": "https://a.example/1.mp3", "duration": 12.5, "size": 9000, "record": {"audio": {"format": "mp3"}}},
        {"url": "https://a.example/1.mp3", "duration": "12.5", "size": "9000", "record.audio": {"format": "mp3"}},
        {"record": {"url": "https://a.example/1.mp3", "duration": 12.5, "size": 9000, "format": "mp3"}},
    ],
)
def test_a_recording_in_each_of_its_spellings(params: dict[str, object]) -> None:
    record = status.parse_record_state({"params": {"state": "finished", **params}})

    assert (record.state, record.url, record.duration) == ("finished", "https://a.example/1.mp3", 12.5)
    assert (record.size, record.format) == (9000, "mp3")


def test_digits_that_were_collected() -> None:
    result = {"type": "digit", "params": {"digits": "1"}}

    collect = status.parse_collect_state({"params": {"control_id": "c", "result": result}})

    assert (collect.kind, collect.collected) == ("digit", {"digits": "1"})
    assert status.parse_play_state({"params": {"state": "finished"}}).state == "finished"


# --- messages and REST --------------------------------------------------------------------------------------------


def test_a_message_that_failed() -> None:
    message = status.parse_message_status(payload("message-status-failed"))

    assert (message.status, message.error_code, message.custom_variables) == ("failed", "30003", {})
    assert status.parse_message_status(payload("message-status-delivered")).error_code == ""


def test_a_message_from_a_caller() -> None:
    message = status.parse_inbound_message(payload("inbound-message-swml-request"))

    assert (message.from_, message.body, message.media) == ("+15555550100", "Please call me back", ())


def test_a_call_we_placed() -> None:
    call = status.parse_dialled_call(payload("rest-dial-response"))

    assert (call.id[:8], call.status, call.from_) == ("7b9c1d2e", "queued", "+15555550199")


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (payload("rest-422-response"), "missing_required_parameter", "url must be a valid http or https url"),
        ({"errors": [{"detail": "no such number", "status": "422", "code": "101"}]}, "101", "no such number"),
        ({"error": "Unauthorized"}, "", "Unauthorized"),
        ({"code": 21211, "message": "Invalid 'To'", "status": 400}, "21211", "Invalid 'To'"),
    ],
)
def test_a_refusal_in_each_of_its_four_forms(body: object, code: str, message: str) -> None:
    (fault,) = status.parse_refusal(body)

    assert (fault.code, fault.message) == (code, message)


@pytest.mark.parametrize("body", [None, [1], {}, {"errors": []}, {"errors": None}, {"errors": [5]}, "oops"])
def test_a_refusal_that_says_nothing(body: object) -> None:
    assert status.parse_refusal(body) == ()
