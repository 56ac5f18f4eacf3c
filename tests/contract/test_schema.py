"""The judge of documents is itself judged: by what it must refuse, and by what it must let pass."""

from typing import Any

import pytest

from tests.contract.schema import LACKING, validate_document, validate_reply

Json = dict[str, Any]
HANGUP: Json = {"version": "1.0.0", "sections": {"main": [{"hangup": {}}]}}


def main(*steps: Json) -> Json:
    return {"version": "1.0.0", "sections": {"main": list(steps)}}


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (main({"frobnicate": {}}), r"sections\.main\.0"),
        (main({"hangup": {}}, {"play": {"uri": "say:x"}}), r"sections\.main\.1\.play"),
        (main({"connect": {"to": "+12025550111", "timeout": "soon"}}), r"main\.0\.connect\.timeout"),
        (main({"connect": {"to": "+12025550111", "parallel": []}}), r"main\.0\.connect"),
        (main({"connect": {"serial": [{"to": "+12025550111", "status_url": "https://a.example"}]}}), r"serial\.0"),
        (main({"connect": {"to": "+12025550111", "confirm": [{"sleep": {"duration": 1}}]}}), r"connect\.confirm"),
        (main({"cond": [{"when": "x", "then": [{"dial": {}}]}]}), r"main\.0\.cond\.0\.then\.0"),
        (main({"send_sms": {"to_number": "+1", "from_number": "+1", "body": "x", "urgent": True}}), "send_sms"),
        (main({"join_conference": "support"}), r"join_conference"),
        (main({"join_conference": {"name": "x", "status_callback_event": "start party"}}), "conference event"),
        (main({"hangup": {}, "play": {"url": "say:x"}}), r"sections\.main\.0"),
        (main({"play": {"url": "say:two\nlines"}}), r"play\.url"),
        (main({"transfer": {"dest": '{"sections": {"main": [{"dial": {}}]}}'}}), r"main\.0"),
        (main({"transfer": {"dest": '{"main": []}'}}), "inline document"),
        ({"version": "1.0.0", "sections": {"greeting": []}}, "main"),
        ({"version": "2", "sections": {"main": []}}, "version"),
        ({**HANGUP, "transfer": True}, "transfer"),
    ],
)
def test_a_document_the_platform_would_refuse_is_refused_by_its_place(document: Json, place: str) -> None:
    with pytest.raises(AssertionError, match=place):
        validate_document(document)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ({"action": [{"SWML": HANGUP, "transfer": True}]}, "before SWML"),
        ({"action": [{"transfer": "true", "SWML": HANGUP}]}, "boolean"),
        ({"action": [{"SWML": {**HANGUP, "transfer": "true"}}]}, "not transfer"),
        ({"action": [{"transfer": True, "SWML": main({"dial": {}})}]}, r"action\.0: sections\.main\.0"),
        ({"action": [{"say": "x"}, {"hold": {"timeout": 901}}]}, r"action\.1"),
        ({"action": [{"say": "x", "SWML": HANGUP}]}, "beside SWML"),
        ({"action": [{"unhold": True}]}, r"action\.0"),
        ({"response": 5}, "text"),
        ({"response": {"tool_result": "x"}}, "response"),
        ({"response": "x", "post_process": True}, "post_process"),
        ({"respond": "x"}, "respond"),
    ],
)
def test_a_reply_the_platform_would_misread_is_refused(reply: Json, why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        validate_reply(reply)


SHORTEST: dict[str, Json] = {
    "connect": {"to": "+12025550111"},
    "join_conference": {"name": "support"},
    "send_sms": {"to_number": "+12025550111", "from_number": "+12025550100", "body": "x"},
}


@pytest.mark.parametrize(("verb", "parameter"), sorted(LACKING))
def test_only_what_the_schema_lacks_is_taken_out_before_it_is_asked(verb: str, parameter: str) -> None:
    inside = verb == "connect.to"
    arguments = {**SHORTEST[verb.partition(".")[0]], parameter: "https://a.example"}
    document = main({"connect": {"serial": [arguments]}} if inside else {verb: arguments})

    validate_document(document)

    misspelt = {**arguments, parameter + "s": "https://a.example"}
    with pytest.raises(AssertionError):
        validate_document(main({"connect": {"serial": [misspelt]}} if inside else {verb: misspelt}))


def test_the_exceptions_are_still_needed() -> None:
    """When the schema has caught up, an exception goes."""
    from tests.contract import schema

    definitions = schema.schema()["$defs"]
    for verb, parameter in LACKING:
        name = {"connect": "ConnectDeviceSerial", "connect.to": "ConnectDeviceSingle"}.get(verb)
        name = name or {"join_conference": "JoinConferenceObject", "send_sms": "SMSWithBody"}[verb]
        assert parameter not in definitions[name]["properties"], f"the schema knows {verb}.{parameter} now"
