"""One test per switch, continued: the ai verb and REST."""

from typing import Any

import pytest
from werkzeug.wrappers import Response

from exchange import Call, On, Script
from tests.exchange.app import App, say, slow, swml
from tests.exchange.conftest import Build
from tests.exchange.test_agent import PUT_THROUGH, agent, ring
from tests.exchange.test_assumptions import CALLER, DANA, HANGUP, with_switch
from tests.exchange.test_rest import rest

FINAL = swml(say("Handed over."), HANGUP)


def tool(app: App, exchange: Build, action: Any, *more: Any, platform: Any = None, rules: tuple[On, ...] = ()) -> Call:
    """A call in which the tool `connect` answers this action."""
    app.routes |= {"/swml": agent(app, *more), "/tool": {"response": "ok", "action": [action]}}
    target = platform or exchange()
    target.thinker = Script(PUT_THROUGH, *rules)
    call: Call = ring(app, target, "billing")
    return call


def test_flag_inside_swml_is_error(exchange: Build, app: App) -> None:
    action = {"SWML": {**FINAL, "transfer": "true"}}
    call = tool(app, exchange, action)
    assert call.heard == ["Good morning."]
    assert "transfer flag inside the document" in call.violations
    platform = with_switch(exchange, "flag_inside_swml_is_error", False)
    assert tool(app, exchange, action, platform=platform).heard[1:] == ["Handed over."]


def test_string_flag_is_read(exchange: Build, app: App) -> None:
    action, back = {"transfer": "true", "SWML": swml(say("There."))}, On(after="connect", say="Agent again.")
    call = tool(app, exchange, action, rules=(back,))
    assert (call.heard[1:], call.warnings) == (["There."], ["transfer flag is the string 'true'"])
    platform = with_switch(exchange, "string_flag_is_read", False)
    assert tool(app, exchange, action, rules=(back,), platform=platform).heard[1:] == ["There.", "Agent again."]


@pytest.mark.parametrize("at_handoff", [True, False])
def test_report_at_handoff(exchange: Build, app: App, at_handoff: bool) -> None:
    platform = exchange() if at_handoff else with_switch(exchange, "report_at_handoff", False)
    call = tool(app, exchange, {"transfer": True, "SWML": swml({"sleep": 60_000}, HANGUP)}, platform=platform)
    assert (call.find("report")[0].at < call.find("end")[0].at) is at_handoff


@pytest.mark.parametrize("reports", [True, False])
def test_report_on_update(exchange: Build, app: App, reports: bool) -> None:
    app.routes |= {"/swml": agent(app), "/report": {}}
    platform = (
        exchange(thinker=Script()) if reports else with_switch(exchange, "report_on_update", False, thinker=Script())
    )
    call = platform.dial().run(until=lambda c: c.listening)
    rest(platform, {"command": "update", "params": {"id": call.id, "swml": FINAL}})
    call.run()
    assert bool(app.bodies("/report")) is reports


def test_ai_end_continues(exchange: Build, app: App) -> None:
    assert tool(app, exchange, {"stop": True}, say("Next verb."), HANGUP).heard[1:] == ["Next verb."]
    platform = with_switch(exchange, "ai_end_continues", False)
    assert tool(app, exchange, {"stop": True}, say("Next verb."), HANGUP, platform=platform).heard[1:] == []


def test_ai_response_survives_transfer(exchange: Build, app: App) -> None:
    app.routes["/desk"] = swml(say("Desk."))
    steps: list[dict[str, Any]] = [{"set": {"ai_response": "Back."}}, {"transfer": {"dest": app.at("/desk")}}]
    rules = (On(after="ai_response", say="Welcome back."),)
    assert tool(app, exchange, {"SWML": swml(*steps)}, rules=rules).heard[1:] == ["Desk.", "Welcome back."]
    platform = with_switch(exchange, "ai_response_survives_transfer", False)
    assert tool(app, exchange, {"SWML": swml(*steps)}, rules=rules, platform=platform).heard[1:] == ["Desk."]


def test_tool_timeout(exchange: Build, app: App) -> None:
    app.routes |= {"/swml": agent(app), "/tool": slow(0.3, {"response": "ok"})}
    assert ring(app, exchange(thinker=Script(PUT_THROUGH)), "billing").violations == []
    platform = with_switch(exchange, "tool_timeout", 0.1, thinker=Script(PUT_THROUGH))
    assert ring(app, platform, "billing").violations == ["function connect: ReadTimeout"] * 3


def test_tool_attempts(exchange: Build, app: App) -> None:
    app.routes |= {"/swml": agent(app), "/tool": Response(status=503)}
    ring(app, with_switch(exchange, "tool_attempts", 1, thinker=Script(PUT_THROUGH)), "billing")
    assert len(app.bodies("/tool")) == 1


def test_hold_plays_music(exchange: Build, app: App) -> None:
    assert tool(app, exchange, {"hold": 30}).longest_silence < 5
    platform = with_switch(exchange, "hold_plays_music", False)
    assert tool(app, exchange, {"hold": 30}, platform=platform).longest_silence > 29


# REST


def test_document_starts_on_answer(exchange: Build, app: App) -> None:
    app.routes["/doc"] = swml(say("Hello."), HANGUP)
    body = {"command": "dial", "params": {"from": CALLER, "to": DANA, "url": app.at("/doc")}}
    for platform in (exchange(), with_switch(exchange, "document_starts_on_answer", False)):
        rest(platform, body)
        platform.run_all()
    assert [body["call"]["call_state"] for body in app.bodies("/doc")] == ["answered", "created"]


def test_update_during_hold(exchange: Build, app: App) -> None:
    app.routes |= {"/swml": agent(app), "/tool": {"action": [{"hold": 60}]}, "/report": {}}
    for platform in (exchange(), with_switch(exchange, "update_during_hold", False)):
        platform.thinker = Script(PUT_THROUGH)
        call = platform.dial(says="billing").run(until=lambda c: bool(c.find("hold")))
        answer = rest(platform, {"command": "update", "params": {"id": call.id, "swml": FINAL}})
        assert answer.status_code == (200 if platform.assumptions.update_during_hold else 422)
        assert ("Handed over." in call.run().heard) is platform.assumptions.update_during_hold


def test_message_before_unhold_is_read_first(exchange: Build, app: App) -> None:
    app.routes |= {"/swml": agent(app), "/tool": {"action": [{"hold": 60}]}, "/report": {}}
    rules = (On(after="hold", say="Sorry to keep you waiting."), On(after="message", say="They are busy."))
    for platform in (exchange(), with_switch(exchange, "message_before_unhold_is_read_first", False)):
        platform.thinker = Script(PUT_THROUGH, *rules)
        call = platform.dial(says="billing").run(until=lambda c: bool(c.find("hold")))
        params = {"role": "system", "message_text": "busy"}
        rest(platform, {"command": "calling.ai_message", "id": call.id, "params": params})
        rest(platform, {"command": "calling.ai_unhold", "id": call.id, "params": {}})
        first = platform.assumptions.message_before_unhold_is_read_first
        assert call.run().heard[1:] == (
            ["They are busy."] if first else ["Sorry to keep you waiting.", "They are busy."]
        )


def test_callback_attempts(exchange: Build, app: App) -> None:
    app.routes |= {
        "/swml": swml({"connect": {"to": DANA, "call_state_url": app.at("/state")}}),
        "/state": Response(status=503),
    }
    exchange().dial().run()
    with_switch(exchange, "callback_attempts", 3).dial().run()
    assert len(app.bodies("/state")) == 1 + 3
