"""One test per switch: what the documentation leaves open, both ways round."""

import hashlib
import hmac
import json
import socket
from contextlib import ExitStack
from typing import Any

from werkzeug.wrappers import Response

from exchange import Call, Person, Script
from exchange.core.assumptions import platform as switches
from tests.exchange.app import App, say, slow, swml
from tests.exchange.conftest import Build
from tests.exchange.test_agent import PUT_THROUGH, agent, ring
from tests.exchange.test_rest import rest

DANA, LEE, CALLER = "+12025550111", "+12025550112", "+12025550190"
ACCEPT = [
    {"prompt": {"play": "say:Press 1.", "initial_timeout": 8}},
    {"cond": [{"when": "prompt_value == '1'", "then": [say("Connecting.")]}, {"else": [{"hangup": {}}]}]},
]
CONNECT = {"connect": {"to": DANA, "confirm": ACCEPT}}
RESULT = say("${connect_result} ${connect_failed_reason}")
HANGUP: dict[str, Any] = {"hangup": {}}


def with_switch(exchange: Build, switch: str, value: Any, **options: Any) -> Any:
    """An exchange with one switch turned; the default must be the other way."""
    assert getattr(switches(), switch) != value
    return exchange(assumptions=switches(switches={switch: value}), **options)


def strictly(app: App, exchange: Build, document: Any, **options: Any) -> Call:
    app.routes["/swml"] = document
    return exchange(**options).dial().run()


# Fetching


def test_connect_timeout(exchange: Build, app: App) -> None:
    platform = with_switch(exchange, "connect_timeout", 0.2)
    with socket.socket() as full, ExitStack() as crowd:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):  # fills the backlog, so that one more connection is never accepted
            waiting = crowd.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        platform.app_url = f"http://127.0.0.1:{full.getsockname()[1]}/swml"
        call = platform.dial().run()
    assert call.ending == "error by platform"
    assert call.violations == ["fetch of /swml failed: ConnectTimeout"]


def test_read_timeout(exchange: Build, app: App) -> None:
    app.routes["/swml"] = slow(0.4, swml(say("Late."), HANGUP))
    assert exchange().dial().run().heard == ["Late."]
    call = with_switch(exchange, "read_timeout", 0.1).dial().run()
    assert call.violations == ["fetch of /swml failed: ReadTimeout"]


def test_document_limit(exchange: Build, app: App) -> None:
    document = swml(say("x" * 70_000), HANGUP)
    assert "over 65536" in strictly(app, exchange, document).violations[0]
    assert with_switch(exchange, "document_limit", 100_000).dial().run().violations == []


def test_sniffs_content_type(exchange: Build, app: App) -> None:
    app.routes["/swml"] = Response(json.dumps(swml(say("Read."), HANGUP)), content_type="text/html")
    call = exchange().dial().run()
    assert call.heard == ["Read."]
    assert (call.violations, call.warnings) == ([], ["document sent as text/html"])
    call = with_switch(exchange, "sniffs_content_type", False).dial().run()
    assert (call.heard, call.violations) == ([], ["document sent as text/html"])


def test_get_fetch_carries_query(exchange: Build, app: App) -> None:
    app.routes["/doc"] = swml(HANGUP)
    body = {"command": "dial", "params": {"from": CALLER, "to": DANA, "url": app.at("/doc"), "url_method": "GET"}}
    for platform in (exchange(), with_switch(exchange, "get_fetch_carries_query", True)):
        rest(platform, body)
        platform.run_all()
        fetched = platform.ladder.find("fetch")[0]
        assert ("call_id=" in str(fetched.detail["url"])) is platform.assumptions.get_fetch_carries_query
        assert fetched.detail["sent"] == b""


def test_failed_fetch_ends_call(exchange: Build, app: App) -> None:
    app.routes["/swml"] = Response(status=500)
    assert exchange().dial().run().ending == "error by platform"
    assert with_switch(exchange, "failed_fetch_ends_call", False).dial().run().ending == "hangup by script end"


def test_signs_tool_calls(exchange: Build, app: App) -> None:
    app.routes |= {"/swml": agent(app), "/tool": {}}
    thinker, key = Script(PUT_THROUGH), "PSK_key"
    ring(app, exchange(thinker=thinker, signing_key=key), "billing")
    fetch, tool = app.asked[0], next(asked for asked in app.asked if asked.path == "/tool")
    signed = hmac.new(key.encode(), app.url.encode() + fetch.raw, hashlib.sha256).hexdigest()
    assert fetch.headers["X-Signalwire-Sha256-Signature"] == signed
    assert "X-Signalwire-Signature" not in tool.headers
    app.routes |= {"/swml": swml({"transfer": {"dest": app.at("/next?h=1")}}), "/next": swml(HANGUP)}
    exchange(signing_key=key).dial().run()
    bare = f"{app.base}/next?h=1".encode()  # credentials are stripped before signing, the query is not
    signed = hmac.new(key.encode(), bare + app.asked[-1].raw, hashlib.sha1).hexdigest()
    assert app.asked[-1].headers["X-Signalwire-Signature"] == signed
    app.routes |= {"/swml": agent(app), "/tool": {}}
    app.asked.clear()
    ring(app, with_switch(exchange, "signs_tool_calls", True, thinker=thinker, signing_key=key), "billing")
    assert all("X-Signalwire-Signature" in asked.headers for asked in app.asked if asked.path == "/tool")


# The script


def test_script_end_hangs_up(exchange: Build, app: App) -> None:
    assert strictly(app, exchange, swml(say("Bye."))).ending == "hangup by script end"
    call = with_switch(exchange, "script_end_hangs_up", False).dial()
    assert call.wait(600).ending == ""


def test_script_error_ends_script(exchange: Build, app: App) -> None:
    document = swml({"fly": {}}, say("Went on."), HANGUP)
    assert strictly(app, exchange, document).heard == []
    assert with_switch(exchange, "script_error_ends_script", False).dial().run().heard == ["Went on."]


def test_unset_name_is_error(exchange: Build, app: App) -> None:
    document = swml({"cond": [{"when": "never == 1", "then": []}, {"else": [say("Other.")]}]}, HANGUP)
    assert "js_eval_error" in strictly(app, exchange, document).errors[0]
    assert with_switch(exchange, "unset_name_is_error", False).dial().run().heard == ["Other."]


def test_allows_execute_rpc(exchange: Build, app: App) -> None:
    device = {"type": "phone", "params": {"to_number": DANA, "from_number": CALLER}}
    params = {"devices": device, "dest_swml": app.at("/brief")}
    app.routes["/brief"] = swml(say("Briefing."), HANGUP)
    document = swml({"execute_rpc": {"method": "dial", "params": params}}, HANGUP)
    app.routes["/swml"] = document
    platform = exchange()
    assert platform.dial().run().violations == []
    assert platform.calls[1].heard == ["Briefing."]
    call = with_switch(exchange, "allows_execute_rpc", False).dial().run()
    assert "method_undefined" in call.errors[0]


def test_execute_depth(exchange: Build, app: App) -> None:
    document = swml({"execute": {"dest": "deeper"}}, deeper=[{"execute": {"dest": "deeper"}}])
    assert strictly(app, exchange, document).errors == ["relay_script_nested_too_deep: deeper"]
    platform = with_switch(exchange, "execute_depth", 3)
    assert len(platform.dial().run().find("verb")) < 8


# Connect


def test_confirm_end_accepts(exchange: Build, app: App) -> None:
    assert strictly(app, exchange, swml(CONNECT, HANGUP)).bridged == [DANA]
    assert with_switch(exchange, "confirm_end_accepts", False).dial().run().bridged == []


REFUSING = {DANA: Person(presses=("2",))}


def test_rejected_confirm_fails(exchange: Build, app: App) -> None:
    document = swml(CONNECT, RESULT, HANGUP)
    assert strictly(app, exchange, document, people=REFUSING).heard == ["failed"]
    call = with_switch(exchange, "rejected_confirm_fails", False, people=REFUSING).dial().run()
    assert call.heard == ["connected"]
    assert call.bridged == []


def test_rejected_confirm_reason(exchange: Build, app: App) -> None:
    app.routes["/swml"] = swml(CONNECT, RESULT, HANGUP)
    call = with_switch(exchange, "rejected_confirm_reason", "rejected", people=REFUSING).dial().run()
    assert call.heard == ["failed rejected"]


def test_confirm_url_is_limited(exchange: Build, app: App) -> None:
    app.routes["/whisper"] = swml({"sleep": 100}, say("Briefing."))
    document = swml({"connect": {"to": DANA, "confirm": app.at("/whisper")}}, HANGUP)
    assert strictly(app, exchange, document).said_to(DANA) == ["Briefing."]
    call = with_switch(exchange, "confirm_url_is_limited", True).dial().run()
    assert call.violations == ["sleep is not allowed in a confirm script"]


def test_failed_confirm_fetch_rejects(exchange: Build, app: App) -> None:
    document = swml({"connect": {"to": DANA, "confirm": app.at("/gone")}}, HANGUP)
    assert strictly(app, exchange, document).bridged == []
    assert with_switch(exchange, "failed_confirm_fetch_rejects", False).dial().run().bridged == [DANA]


def test_confirm_timeout_covers_script(exchange: Build, app: App) -> None:
    gate = [{"prompt": {"play": "silence:20", "initial_timeout": 8}}]
    document = swml({"connect": {"to": DANA, "confirm": gate, "confirm_timeout": 10}}, HANGUP)
    call = strictly(app, exchange, document)
    assert (call.bridged, [e.text for e in call.find("end", leg=DANA)]) == ([], ["hangup by confirm_timeout"])
    assert with_switch(exchange, "confirm_timeout_covers_script", False).dial().run().bridged == [DANA]


def test_confirm_leg_has_parent(exchange: Build, app: App) -> None:
    app.routes["/whisper"] = swml(say("Briefing."))
    document = swml({"connect": {"to": DANA, "confirm": app.at("/whisper")}}, HANGUP)
    call = strictly(app, exchange, document)
    assert app.bodies("/whisper")[0]["call"]["parent"]["call_id"] == call.id
    assert app.bodies("/whisper")[0]["vars"] == {}
    with_switch(exchange, "confirm_leg_has_parent", False).dial().run()
    assert "parent" not in app.bodies("/whisper")[1]["call"]


def test_race_won_at(exchange: Build, app: App) -> None:
    people = {DANA: Person(after=2, presses=("2",)), LEE: Person(after=5)}
    document = swml({"connect": {"parallel": [{"to": DANA}, {"to": LEE}], "confirm": ACCEPT}}, HANGUP)
    assert strictly(app, exchange, document, people=people).bridged == [LEE]
    call = with_switch(exchange, "race_won_at", "answer", people=people).dial().run()
    assert call.bridged == []
    assert [entry.text for entry in call.find("end", leg=LEE)] == ["cancel by platform"]


def test_caller_leaving_cancels_ringing(exchange: Build, app: App) -> None:
    app.routes |= {"/swml": swml({"connect": {"to": DANA, "call_state_url": app.at("/state")}}), "/state": {}}
    leaving = Person(leaves_on="verb connect", leaves_after=3)
    ringing = {DANA: Person(after=30)}
    exchange(people=ringing).dial(caller=leaving).run()
    assert [params["end_reason"] for params in app.params("/state")] == ["cancel"]
    call = with_switch(exchange, "caller_leaving_cancels_ringing", False, people=ringing).dial(caller=leaving).run()
    assert [entry.text for entry in call.find("state", leg=DANA)] == ["created", "ringing"]


def test_ringback_during_confirm(exchange: Build, app: App) -> None:
    gate = [say("A briefing that takes quite a few seconds to read aloud to the person who answered it.")]
    document = swml({"connect": {"to": DANA, "confirm": gate}}, HANGUP)
    assert strictly(app, exchange, document).longest_silence < 0.5
    assert with_switch(exchange, "ringback_during_confirm", False).dial().run().longest_silence > 5


def test_disconnect_continues(exchange: Build, app: App) -> None:
    app.routes["/swml"] = swml({"connect": {"to": DANA}}, say("Back."), HANGUP)
    platform = with_switch(exchange, "disconnect_continues", False)
    call = platform.dial().run(until=lambda c: bool(c.bridged))
    rest(platform, {"command": "calling.disconnect", "id": call.id, "params": {}})
    assert call.run().heard == []


# Refer, conference, queue

SIP: dict[str, Any] = {"from_": "sip:desk@pbx.example.com", "to": "sip:agent@space.example.com"}
REFER: dict[str, Any] = {"sip_refer": {"to_uri": "sip:dana@pbx.example.com"}}


def test_refer_failed_state(exchange: Build, app: App) -> None:
    app.routes |= {"/swml": swml({"sip_refer": REFER["sip_refer"] | {"status_url": app.at("/refer")}}), "/refer": {}}
    people = {"sip:dana@pbx.example.com": Person(when_rung="busy")}
    exchange(people=people).dial(**SIP).run()
    with_switch(exchange, "refer_failed_state", "busy", people=people).dial(**SIP).run()
    told = app.params("/refer")
    assert [params["state"] for params in told] == ["failed", "busy"]
    assert (told[0]["sip_refer_response_code"], told[0]["sip_notify_response_code"]) == ("202", "486")


def test_refer_success_ends_leg(exchange: Build, app: App) -> None:
    app.routes["/swml"] = swml(
        REFER, say("A long sentence the caller may not hear to its end."), say("Still here."), HANGUP
    )
    assert exchange().dial(**SIP).run().ending == "hangup by caller"
    call = with_switch(exchange, "refer_success_ends_leg", False).dial(**SIP).run()
    assert call.heard[-1] == "Still here."
