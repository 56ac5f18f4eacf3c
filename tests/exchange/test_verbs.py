"""The verbs of a document, one call each."""

from typing import Any

import httpx
import pytest

from exchange import Person
from tests.exchange.app import App, say, swml
from tests.exchange.conftest import Build
from tests.exchange.test_rest import rest

DANA, CALLER = "+12025550111", "+12025550190"
HANGUP: dict[str, Any] = {"hangup": {}}


def heard(
    app: App, exchange: Build, *steps: dict[str, Any], caller: Person | None = None, **sections: Any
) -> list[str]:
    app.routes["/swml"] = swml(*steps, HANGUP, **sections)
    call = exchange().dial(caller=caller).run()
    assert call.violations == []
    return call.heard


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([{"set": {"a": 1}}, {"set": {"b": "${a + 1}"}}, say("${b} ${vars.a}${nothing}")], ["2 1"]),
        ([{"set": {"a": 1}}, {"unset": "a"}, say("[${a}]")], ["[]"]),
        ([{"cond": [{"when": "call.direction == 'inbound'", "then": [say("in")]}, {"else": [say("out")]}]}], ["in"]),
        ([{"set": {"k": 2}}, {"switch": {"variable": "k", "case": {"2": [say("two")]}}}], ["two"]),
        ([{"execute": {"dest": "sub", "params": {"x": "7"}, "on_return": [say("${return_value}")]}}], ["7", "done"]),
        ([{"transfer": {"dest": "sub", "params": {"x": "8"}}}, say("never")], ["8"]),
        ([{"label": "again"}, say("x"), {"goto": {"label": "again", "max": 2}}], ["x", "x", "x"]),
        ([{"return": "x"}, say("never")], []),
        ([say("It is ${call.from} to ${call.to_number}")], [f"It is {CALLER} to +12025550100"]),
    ],
)
def test_flow(app: App, exchange: Build, steps: list[Any], said: list[str]) -> None:
    assert heard(app, exchange, *steps, sub=[say("${params.x}"), {"return": "done"}]) == said


@pytest.mark.parametrize(
    "step",
    [
        "hangup",
        3,
        None,
        [],
        {},
        {"execute_rpc": "hangup"},
        {"execute_rpc": {}},
        {"execute_rpc": {"method": "dial"}},
        {"execute_rpc": {"method": "dial", "params": {"devices": "x"}}},
        {"execute_rpc": {"method": "ai_message", "call_id": "nowhere"}},
        {"transcribe": "https://acme.example/text"},
        {"transcribe": None},
        {"sleep": "${unset}"},
    ],
    ids=str,
)
def test_a_step_that_makes_no_sense_is_an_error_of_the_script(app: App, exchange: Build, step: Any) -> None:
    app.routes["/swml"] = swml({"goto": {"label": "on"}}, step, {"label": "on"}, say("Hello."), step, say("Never."))
    call = exchange().dial().run()
    assert (call.heard, len(call.errors)) == (["Hello."], 1)


def test_a_switch_without_a_match_is_an_error(app: App, exchange: Build) -> None:
    app.routes["/swml"] = swml({"set": {"k": 9}}, {"switch": {"variable": "k", "case": {"2": [say("two")]}}}, HANGUP)
    assert exchange().dial().run().errors == ["relay_script_method_no_matching_condition: 9"]


def test_variables_travel_with_a_remote_transfer_and_a_fallback_takes_over(app: App, exchange: Build) -> None:
    app.routes["/next"] = swml(say("${vars.who} ${params.p}"), HANGUP)
    app.routes["/swml"] = swml({"set": {"who": "Ann"}}, {"transfer": {"dest": app.at("/next"), "params": {"p": "q"}}})
    assert exchange().dial().run().heard == ["Ann q"]
    assert (app.bodies("/next")[0]["vars"], app.bodies("/next")[0]["params"]) == ({"who": "Ann"}, {"p": "q"})
    del app.routes["/swml"]
    app.routes["/next"] = swml(say("Fallback."), HANGUP)
    assert exchange(fallback_url=app.at("/next")).dial().run().heard == ["Fallback."]


def test_request_leaves_its_answer_in_variables(app: App, exchange: Build) -> None:
    app.routes["/data"] = {"name": "Ann"}
    ask = {"url": app.at("/data"), "method": "POST", "timeout": 3, "body": {"q": 1}, "save_variables": True}
    line = say("${request_result} ${request_response_code} ${request_response.name}")
    assert heard(app, exchange, {"request": ask}, line) == ["success 200 Ann"]
    assert app.bodies("/data") == [{"q": 1}]


@pytest.mark.parametrize(
    ("caller", "options", "value"),
    [
        (Person(presses=("42#",)), {"max_digits": 4, "terminators": "#"}, "match_digits 42"),
        (Person(presses=()), {"initial_timeout": 3}, "no_input "),
        (Person(says=("Billing",), presses=("1",)), {"speech_language": "en-US"}, "match_speech Billing"),
    ],
)
def test_prompt(app: App, exchange: Build, caller: Person, options: dict[str, Any], value: str) -> None:
    ask = {"prompt": {"play": "say:Which department?", **options}}
    assert heard(app, exchange, ask, say("${prompt_result} ${prompt_value}"), caller=caller)[1] == value.strip()


def test_a_voicemail_is_recorded_as_a_file(app: App, exchange: Build) -> None:
    app.routes["/done"] = {}
    app.routes["/swml"] = swml({"record": {"beep": True, "status_url": app.at("/done")}}, HANGUP)
    platform = exchange()
    call = platform.dial(says="It is Ann, please call me back about the boiler.").run()
    url = str(call.caller.vars["record_url"])
    assert httpx.get(url).content.startswith(b"RIFF")
    assert app.params("/done")[0]["url"] == url


def test_a_machine_is_detected_and_never_presses_one(app: App, exchange: Build) -> None:
    app.routes["/detected"] = {}
    detect = {"detect_machine": {"detectors": "amd", "timeout": 6, "status_url": app.at("/detected")}}
    box = {DANA: Person(when_rung="voicemail")}
    platform = exchange(people=box)
    rest(platform, {"command": "dial", "params": {"from": CALLER, "to": DANA, "swml": swml(detect, HANGUP)}})
    platform.run_all()
    assert app.params("/detected")[0]["detect"] == {"type": "machine", "params": {"event": "MACHINE", "beep": True}}
    gate = [{"prompt": {"play": "say:Press 1."}}, {"cond": [{"when": "prompt_value != '1'", "then": [HANGUP]}]}]
    app.routes["/swml"] = swml({"connect": {"to": DANA, "confirm": gate}}, HANGUP)
    assert exchange(people=box).dial().run().bridged == []


def test_connect_tells_its_states(app: App, exchange: Build) -> None:
    app.routes |= {"/swml": swml({"connect": {"to": DANA, "status_url": app.at("/connect")}}, HANGUP), "/connect": {}}
    exchange().dial().run()
    exchange(people={DANA: Person(when_rung="no_answer")}).dial().run()
    states = [params["connect_state"] for params in app.params("/connect", "calling.call.connect")]
    assert states == ["connecting", "connected", "disconnected", "connecting", "failed"]
    assert app.params("/connect")[1]["peer"]["device"]["params"]["to_number"] == DANA
    assert app.params("/connect")[-1]["failed_reason"] == "no_answer"


def test_answer_on_bridge_leaves_the_caller_ringing(app: App, exchange: Build) -> None:
    app.routes["/swml"] = swml({"connect": {"to": DANA, "answer_on_bridge": True}}, HANGUP)
    call = exchange(people={DANA: Person(when_rung="busy")}).dial().run()
    assert call.caller.answered_at is None
    assert exchange(people={DANA: Person(after=7, talks_for=5)}).dial().run().duration == pytest.approx(5, abs=0.1)


def test_sip_headers_go_with_a_sip_destination(app: App, exchange: Build) -> None:
    to = "sip:lee@pbx.example.com"
    app.routes["/swml"] = swml({"connect": {"to": to, "headers": [{"name": "X-Team", "value": "support"}]}}, HANGUP)
    call = exchange().dial().run()
    assert call.find("dial", leg=to)[0].detail["headers"] == (("X-Team", "support"),)


def test_a_queue_serves_whoever_waits_longest(app: App, exchange: Build) -> None:
    app.routes |= {"/after": swml(say("${queue_result}"), HANGUP), "/queue": {}}
    wait = {"queue_name": "sales", "status_url": app.at("/queue"), "execute_after_queue": app.at("/after")}
    app.routes["/swml"] = swml({"enter_queue": wait}, HANGUP)
    platform = exchange()
    first, second = platform.dial(), platform.dial(caller=Person(leaves_on="queue", leaves_after=60))
    first.wait(20)
    take = {"connect": {"to": "queue:sales", "execute_after_queue": '{"sections":{"main":[{"hangup":{}}]}}'}}
    rest(platform, {"command": "dial", "params": {"from": CALLER, "to": DANA, "swml": swml(take)}})
    platform.run_all()
    assert (first.heard, first.bridged, second.bridged) == (["connected"], [DANA], [])
    told = [(params["status"], params["position"]) for params in app.params("/queue")]
    assert told == [("enqueue", 1), ("enqueue", 2), ("dequeue", 0), ("leave", 1)]


def test_a_conference_tells_who_came_and_went(app: App, exchange: Build) -> None:
    app.routes["/conf"] = {}
    room = {"name": "h17", "end_on_exit": True, "status_callback": app.at("/conf")}
    app.routes["/swml"] = swml({"join_conference": room | {"start_on_enter": False}}, say("Alone again."), HANGUP)
    platform = exchange(people={DANA: Person(talks_for=20)})
    call = platform.dial()
    rest(platform, {"command": "dial", "params": {"from": CALLER, "to": DANA, "swml": swml({"join_conference": room})}})
    platform.run_all()
    assert call.bridged == [DANA]
    told = [params["status"].split("-", 1)[1] for params in app.params("/conf")]
    assert told == ["join", "join", "start", "leave", "end", "leave"]
    assert call.heard == ["Alone again."]


def test_texts_are_sent_and_the_script_goes_on(app: App, exchange: Build) -> None:
    app.routes["/text"] = {}
    text = {"to_number": CALLER, "from_number": "+12025550100", "body": "Ref K7Q4", "status_callback": app.at("/text")}
    app.routes["/swml"] = swml({"send_sms": text}, say("${send_sms_result}"), HANGUP)
    platform = exchange()
    assert platform.dial().run().heard == ["success"]
    assert [(text.to, text.body, text.status) for text in platform.texts] == [(CALLER, "Ref K7Q4", "delivered")]
    assert [body["status"] for body in app.bodies("/text")] == ["queued", "sent", "delivered"]
