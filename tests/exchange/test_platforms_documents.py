"""What the platform's sources disagree about: how a document is read, and what its verbs do. One test a switch."""

import dataclasses
import re
from typing import Any

import pytest
from werkzeug.wrappers import Response

from exchange import Assumptions, On, Person, Script
from exchange.core.wire import Unreachable
from exchange.messaging import receive
from tests.exchange import (
    test_assumptions,
    test_assumptions_agent,
    test_assumptions_rooms,
    test_cutting_in,
    test_platforms,
    test_platforms_lenient,
)
from tests.exchange.app import App, say, slow, swml
from tests.exchange.conftest import Build
from tests.exchange.test_agent import PUT_THROUGH, agent, ring
from tests.exchange.test_assumptions import CALLER, DANA, HANGUP, LEE
from tests.exchange.test_assumptions_agent import tool
from tests.exchange.test_platforms import NEW, playing
from tests.exchange.test_rest import rest

RETURN = say("${return_value}")


def both(app: App, exchange: Build, switch: str, document: Any, **options: Any) -> tuple[Any, Any]:
    """The document run with the switch on, and off: both calls at their end."""
    app.routes["/swml"] = document
    on, off = (playing(exchange, **{switch: value}, **options).dial().run() for value in (True, False))
    return on, off


# How a document is read


@pytest.mark.parametrize(
    ("step", "heard"),
    [
        ({"play": "say:Hello."}, ["Hello."]),
        ({"play": ["say:Hello.", "say:There."]}, ["Hello.", "There."]),
        ({"execute": "sub"}, ["Sub."]),
        ({"execute": ["sub"]}, ["Sub."]),
        ({"transfer": "sub"}, ["Sub."]),
        ({"goto": "end"}, []),
        ({"cond": [{"when": "true", "then": [{"play": "say:Inside."}]}]}, ["Inside."]),
        ({"hangup": "busy"}, []),
        ({"answer": 2}, []),
        ({"sleep": [10_000]}, []),
        ({"stop_record_call": "all"}, []),
        ({"tap": "rtp://192.0.2.1:5000"}, []),
        ({"stop_tap": "all"}, []),
        ({"stream": "wss://acme.example/stream"}, []),
        ({"stop_stream": ["all"]}, []),
    ],
)
def test_shorthand(exchange: Build, app: App, step: dict[str, Any], heard: list[str]) -> None:
    document = swml(step, {"label": "end"}, HANGUP, sub=[say("Sub.")])
    on, off = both(app, exchange, "shorthand", document)
    assert (on.heard, on.violations, on.errors) == (heard, [], [])
    assert (off.heard, len(off.violations)) == ([], 1)


def test_shorthand_in_a_confirm_script_and_for_connect(exchange: Build, app: App) -> None:
    gate = [{"play": "say:For you."}]
    document = swml({"connect": {"serial": [{"to": DANA, "confirm": gate}]}}, {"connect": LEE}, HANGUP)
    on, _ = both(app, exchange, "shorthand", document)
    assert (on.violations, on.bridged, on.said_to(DANA)) == ([], [DANA, LEE], ["For you."])


def nested(levels: int) -> list[dict[str, Any]]:
    steps = [say("Deep down.")]
    for _ in range(levels - 1):
        steps = [{"cond": [{"when": "true", "then": steps}]}]
    return steps


def test_nesting_depth(exchange: Build, app: App) -> None:
    app.routes["/swml"] = swml(*nested(32), HANGUP)
    assert playing(exchange, nesting_depth=32).dial().run().heard == ["Deep down."]
    app.routes["/swml"] = swml(say("Hello."), HANGUP, later=nested(33))
    call = playing(exchange, nesting_depth=32).dial().run()
    assert (call.heard, call.violations) == ([], ["document: nested_too_deep sections.later, over 32"])
    assert playing(exchange, nesting_depth=0).dial().run().heard == ["Hello."]


def test_undefined_label_rejects(exchange: Build, app: App) -> None:
    document = swml(say("Hello."), HANGUP, later=[{"label": "here"}, {"goto": {"label": "there"}}])
    on, off = both(app, exchange, "undefined_label_rejects", document)
    assert (on.heard, on.violations) == ([], ["document: element_undefined sections.later: goto there"])
    assert (off.heard, off.violations) == (["Hello."], [])


def test_the_content_type_is_told_from_the_body(exchange: Build, app: App) -> None:
    yaml = "version: 1.0.0\nsections: {main: [{play: {url: 'say:Read.'}}, hangup: {}]}"
    for kind in ("application/json", "text/html", ""):
        app.routes["/swml"] = Response(yaml, content_type=kind)
        call = exchange().dial().run()
        assert (call.heard, call.violations) == (["Read."], [])
        assert len(call.warnings) == (kind != "application/json")


# Flow


def test_execute_result_needs_return(exchange: Build, app: App) -> None:
    outcome = {"case": {"yes": [say("Yes.")]}, "default": [say("Default.")]}
    document = swml({"execute": {"dest": "sub", "result": outcome}}, HANGUP, sub=[say("Sub.")])
    on, off = both(app, exchange, "execute_result_needs_return", document)
    assert (on.heard, off.heard) == (["Sub."], ["Sub.", "Default."])
    document["sections"]["sub"] = [{"return": "yes"}]
    on, off = both(app, exchange, "execute_result_needs_return", document)
    assert on.heard == off.heard == ["Yes."]


def test_goto_counts_per_label(exchange: Build, app: App) -> None:
    again = {"goto": {"label": "again", "max": 2}}
    on, off = both(app, exchange, "goto_counts_per_label", swml({"label": "again"}, say("x"), again, {**again}, HANGUP))
    assert (len(on.heard), len(off.heard)) == (3, 5)
    assert on.violations == off.violations == []


def test_transfer_takes_documents(exchange: Build, app: App) -> None:
    inline = '{"version": "1.0.0", "sections": {"main": [{"play": {"url": "say:Inline."}}, {"hangup": {}}]}}'
    on, off = both(app, exchange, "transfer_takes_documents", swml({"transfer": {"dest": inline}}))
    assert (on.heard, on.violations) == (["Inline."], [])
    assert (off.heard, off.violations) == ([], ["transfer to an inline document"])
    app.routes["/swml"] = swml({"execute": {"dest": inline}})
    assert playing(exchange, transfer_takes_documents=False).dial().run().heard == ["Inline."]


@pytest.mark.parametrize(
    ("timeout", "whole", "exact"),
    [(1.5, 1.0, 1.5), (0.5, 5.0, 0.5), (2, 2.0, 2.0), (None, 5.0, 3600.0), (40, 30.0, 40.0)],
)
def test_whole_seconds(exchange: Build, app: App, timeout: float | None, whole: float, exact: float) -> None:
    """Nobody answers there: how long the caller waits is how long the request may take."""
    limit = {} if timeout is None else {"timeout": timeout}
    app.routes |= {"/swml": swml({"request": {"url": app.at("/data"), "method": "GET", **limit}}, HANGUP), "/data": {}}
    for switch, seconds in ((True, whole), (False, exact)):
        played = playing(exchange, whole_seconds=switch)
        sent = list[Any]()
        send = played.wire.send

        async def watched(request: Any, send: Any = send, sent: list[Any] = sent) -> Any:
            sent.append(request)
            return await send(request)

        played.wire.send = watched
        call = played.dial().run()
        assert [request.read for request in sent if request.method == "GET"] == [seconds]
        assert bool(call.warnings) is (switch and timeout is not None and timeout != whole)


def test_detailed_request_results(exchange: Build, app: App) -> None:
    step = {"request": {"url": app.at("/data"), "method": "GET", "timeout": 1}}
    document = swml(step, say("${request_result} ${request_response_code + 1}"), HANGUP)
    app.routes["/data"] = {}
    on, off = both(app, exchange, "detailed_request_results", document)
    assert (on.heard, off.heard) == (["success 2001"], ["success 201"])
    app.routes["/data"] = Response("x" * 70_000)
    on, off = both(app, exchange, "detailed_request_results", swml(step, say("${request_result}"), HANGUP))
    assert (on.heard, off.heard) == (["limit_exceeded"], ["success"])
    app.routes["/data"] = slow(1.2, {})
    on, off = both(app, exchange, "detailed_request_results", swml(step, say("${request_result}"), HANGUP))
    assert (on.heard, off.heard) == (["timeout"], ["failed"])


@pytest.mark.parametrize(("reason", "shown"), [("cancel", "cancel"), ("noAnswer", "no_answer"), ("error", "error")])
def test_six_hangup_reasons(exchange: Build, app: App, reason: str, shown: str) -> None:
    on, off = both(app, exchange, "six_hangup_reasons", swml({"hangup": {"reason": reason}}))
    assert (on.ending, on.violations) == (f"{shown} by script", [])
    assert len(off.violations) == 1


@pytest.mark.parametrize("steps", [[{"sleep": -1}], [{"answer": {}}, {"sleep": {"duration": -1}}]])
def test_a_sleep_for_ever_ends_with_the_call(exchange: Build, app: App, steps: list[Any]) -> None:
    app.routes["/swml"] = swml(*steps, say("Never."))
    call = exchange().dial().run()
    assert (call.over, call.heard, call.errors) == (True, [], [])
    assert exchange().dial().wait(5).hang_up().ending == "hangup by caller"


# Connect and queues


def test_confirm_by_url_with_any_verb(exchange: Build, app: App) -> None:
    """Its end accepts; hangup declines."""
    choice = {"variable": "prompt_value", "case": {"1": [say("Connecting.")]}, "default": [HANGUP]}
    app.routes["/whisper"] = swml({"prompt": {"play": "say:Press 1."}}, {"switch": choice})
    app.routes["/swml"] = swml({"connect": {"to": DANA, "confirm": app.at("/whisper")}}, HANGUP)
    for key, bridged in (("1", [DANA]), ("2", [])):
        played = playing(exchange, confirm_url_is_limited=False, people={DANA: Person(presses=(key,))})
        call = played.dial().run()
        assert (call.bridged, call.violations) == (bridged, [])


def test_inline_confirm_is_limited(exchange: Build, app: App) -> None:
    gate = [{"sleep": 100}, say("Briefing.")]
    document = swml({"connect": {"to": DANA, "confirm": gate}}, HANGUP)
    on, off = both(app, exchange, "inline_confirm_is_limited", document)
    assert (on.said_to(DANA), "confirm[0].sleep" in on.violations[0]) == ([], True)
    assert (off.said_to(DANA), off.violations, off.bridged) == (["Briefing."], [], [DANA])


@pytest.mark.parametrize("form", ["serial", "parallel"])
def test_stop_all_on_reject(exchange: Build, app: App, form: str) -> None:
    people = {DANA: Person("declines", after=2), LEE: Person(after=6)}
    for stops, bridged in ((False, [LEE]), (True, [])):
        connect = {form: [{"to": DANA}, {"to": LEE}], "stop_all_on_reject": stops}
        app.routes["/swml"] = swml({"connect": connect}, say("${connect_failed_reason}"), HANGUP)
        call = playing(exchange, closed_connect=True, people=people).dial().run()
        assert (call.bridged, call.violations) == (bridged, [])
        assert ("declined" in call.heard) is stops


def test_closed_join_conference(exchange: Build, app: App) -> None:
    result = {"variable": "join_conference_result", "case": {"completed": [say("Completed.")]}, "default": []}
    room = {"join_conference": {"name": "room", "result": result}}
    on, off = both(app, exchange, "closed_join_conference", swml(say("Hello."), HANGUP, later=[room]))
    undefined = "document: method_parameter_undefined sections.later[0].join_conference.result"
    assert (on.heard, on.violations) == ([], [undefined])
    assert (off.heard, off.violations) == (["Hello."], [])
    more = {"emit_call_quality": True, "video": False, "meta": {}, "min_participants": 2}
    app.routes["/swml"] = swml(say("Hello."), HANGUP, later=[{"join_conference": {"name": "room", **more}}])
    assert playing(exchange, closed_join_conference=True).dial().run().violations == []


def test_conference_waits_by_laml(exchange: Build, app: App) -> None:
    laml = Response("<Response><Say>Please wait.</Say><Pause length='5'/></Response>", content_type="application/xml")
    meet = {"name": "room", "start_on_enter": False, "wait_url": app.at("/wait")}
    app.routes |= {"/swml": swml({"answer": {}}, {"join_conference": meet}, HANGUP), "/wait": laml}
    call = playing(exchange, conference_waits_by_laml=True).dial().wait(20).hang_up()
    assert (len(call.heard) >= 3, set(call.heard), call.violations) == (True, {"Please wait."}, [])
    assert playing(exchange, conference_waits_by_laml=False).dial().wait(20).heard == []
    app.routes["/wait"] = Response(b"RIFF", content_type="audio/wav")
    call = playing(exchange, conference_waits_by_laml=True).dial().wait(20).hang_up()
    assert (call.violations, call.longest_silence < 1) == ([], True)
    app.routes["/wait"] = swml(say("By SWML."))
    assert "neither LaML nor audio" in playing(exchange, conference_waits_by_laml=True).dial().run().violations[0]
    assert "By SWML." in playing(exchange, conference_waits_by_laml=False).dial().wait(5).heard


def test_enter_queue_ignores_keys(exchange: Build, app: App) -> None:
    queue = {"queue_name": "sales", "wait_time": 20, "colour": "red"}
    on, off = both(app, exchange, "enter_queue_ignores_keys", swml({"enter_queue": queue}, say("Next."), HANGUP))
    assert (on.heard, on.violations) == (["Next."], ["enter_queue ignores colour"])
    assert (off.heard, "enter_queue.colour" in off.violations[0]) == ([], True)


@pytest.mark.parametrize("plays", [True, False])
def test_queue_whisper_url(exchange: Build, app: App, plays: bool) -> None:
    app.routes["/whisper"] = swml(say("About a quote."))
    queue = {"queue_name": "sales", "whisper_url": app.at("/whisper")}
    app.routes["/swml"] = swml({"enter_queue": queue}, HANGUP)
    people = {DANA: Person(talks_for=5)}
    played = playing(exchange, queue_whisper_url=plays, after_queue_key=NEW, people=people)
    call = played.dial().run(until=lambda c: bool(c.find("queue")))
    params = {"from": CALLER, "to": DANA, "swml": swml({"connect": {"to": "queue:sales"}})}
    rest(played, {"command": "dial", "params": params})
    played.run_all()
    assert (call.bridged, played.calls[-1].heard) == ([DANA], ["About a quote."] if plays else [])
    assert call.violations == ([] if plays else ["enter_queue ignores whisper_url"])


def test_a_person_who_hangs_up_in_a_queue_s_whisper_gets_nobody(exchange: Build, app: App) -> None:
    app.routes["/whisper"] = swml(say("About a quote."), HANGUP)
    queue = {"queue_name": "sales", "whisper_url": app.at("/whisper"), "wait_time": 60}
    app.routes["/swml"] = swml({"enter_queue": queue}, say("Nobody came."), HANGUP)
    played = playing(exchange, after_queue_key=NEW)
    call = played.dial().run(until=lambda c: bool(c.find("queue")))
    params = {"from": CALLER, "to": DANA, "swml": swml({"connect": {"to": "queue:sales"}})}
    rest(played, {"command": "dial", "params": params})
    played.run_all()
    assert (call.bridged, call.heard) == ([], ["Nobody came."])


@pytest.mark.parametrize("redirects", [True, False])
def test_queued_leg_redirects(exchange: Build, app: App, redirects: bool) -> None:
    app.routes["/swml"] = swml({"enter_queue": {"queue_name": "sales", "wait_time": 60}}, say("Nobody came."), HANGUP)
    played = playing(exchange, queued_leg_redirects=redirects, after_queue_key=NEW)
    call = played.dial().run(until=lambda c: bool(c.find("queue")))
    answer = rest(played, {"command": "update", "params": {"id": call.id, "swml": swml(say("Moved."), HANGUP)}})
    assert answer.status_code == (200 if redirects else 422)
    assert call.run().heard == (["Moved."] if redirects else ["Nobody came."])


# Messages


@pytest.mark.parametrize(("steps", "answered"), [(100, True), (101, False)])
def test_a_messaging_document_has_a_hundred_steps_at_most(
    exchange: Build, app: App, steps: int, answered: bool
) -> None:
    app.routes["/messages"] = swml({"reply": "Hello."}, *[{"receive": {}}] * (steps - 1))
    played = exchange()
    played.messages_url = app.at("/messages")
    played.do(lambda: played.spawn(receive(played, CALLER, LEE, "Hi")))
    played.settle()
    assert [text.body for text in played.texts] == (["Hello."] if answered else [])
    assert bool(played.ladder.find("violation")) is not answered


@pytest.mark.parametrize("detailed", [True, False])
def test_detailed_text_results(exchange: Build, app: App, detailed: bool) -> None:
    asks = {"request": {"url": app.at("/data"), "method": "GET", "timeout": 1}}
    said = "${request_result} ${request_result == 'success' ? request_response_code + 1 : ''}"
    app.routes["/messages"] = swml(asks, {"reply": said}, {"receive": {}})
    played = exchange(assumptions=Assumptions(detailed_text_results=detailed))
    played.messages_url = app.at("/messages")

    def answered(route: Any) -> str:
        app.routes["/data"] = route
        played.do(lambda: played.spawn(receive(played, CALLER, LEE, "Hi")))
        played.settle()
        return str(played.texts[-1].body)

    assert answered({}) == ("success 2001" if detailed else "success 201")
    assert answered(Response("x" * 70_000)).split()[0] == ("limit_exceeded" if detailed else "success")
    assert answered(slow(1.2, {})).split()[0] == ("timeout" if detailed else "failed")
    assert not played.ladder.find("violation")


def test_a_messaging_document_is_fetched_once_and_for_five_seconds(exchange: Build, app: App) -> None:
    played: Any = exchange()
    waited = list[float]()
    played.messages_url = app.at("/messages")

    async def lost(request: Any) -> Any:
        waited.append(request.read)
        raise Unreachable("ReadTimeout")

    played.wire.send = lost
    played.do(lambda: played.spawn(receive(played, CALLER, LEE, "Hi")))
    played.settle()
    assert (waited, played.texts) == ([5.0], [])


# The agent

BACK = On(after="connect", say="Agent again.")


@pytest.mark.parametrize("inline", [True, False])
def test_flag_after_swml_is_inline(exchange: Build, app: App, inline: bool) -> None:
    """The SDK's own shape: text, behind the document."""
    action = {"SWML": swml(say("There.")), "transfer": "true"}
    call = tool(app, exchange, action, rules=(BACK,), platform=playing(exchange, flag_after_swml_is_inline=inline))
    reports = ["transfer flag is the string 'true'", "transfer flag behind the SWML key"]
    assert call.heard[1:] == (["There.", "Agent again."] if inline else ["There."])
    assert (call.violations, call.warnings) == ((reports, []) if inline else ([], reports))


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("no", ["false", False])
def test_a_flag_that_says_false_is_no_fault(exchange: Build, app: App, inline: bool, no: Any) -> None:
    action = {"SWML": swml(say("There.")), "transfer": no}
    call = tool(app, exchange, action, rules=(BACK,), platform=playing(exchange, flag_after_swml_is_inline=inline))
    assert (call.heard[1:], call.violations, call.warnings) == (["There.", "Agent again."], [], [])


@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize("name", ["web_hook_auth_password", "web_hook_auth_pass"])
def test_sends_web_hook_auth(exchange: Build, app: App, sent: bool, name: str) -> None:
    document = agent(app)
    swaig = document["sections"]["main"][0]["ai"]["SWAIG"]
    swaig["defaults"] = {"web_hook_url": f"{app.base}/tool", "web_hook_auth_user": "platform", name: "s3cret"}
    app.routes |= {"/swml": document, "/tool": {}}
    played = playing(exchange, sends_web_hook_auth=sent, thinker=Script(PUT_THROUGH))
    call = ring(app, played, "billing")
    assert bool(call.violations) is not sent
    assert any("Authorization" in asked.headers for asked in app.asked if asked.path == "/tool") is sent


@pytest.mark.parametrize(("least", "fits"), [(1000, True), (10_000, False)])
def test_attention_timeout_least(exchange: Build, app: App, least: int, fits: bool) -> None:
    app.routes |= {"/swml": agent(app, params={"attention_timeout": 1500}), "/report": {}}
    call = playing(exchange, attention_timeout_least=least, thinker=Script()).dial().run()
    assert bool(call.heard) is fits
    assert bool(call.violations) is not fits


def test_every_switch_has_a_test() -> None:
    modules = (test_assumptions, test_assumptions_agent, test_assumptions_rooms, test_cutting_in)
    platforms = (test_platforms, test_platforms_lenient)
    tests = set(globals()).union(*map(vars, (*modules, *platforms)))
    fields = [field.name for field in dataclasses.fields(Assumptions)]
    assert [name for name in fields if not any(re.match(rf"test_{name}(_|$)", test) for test in tests)] == []
