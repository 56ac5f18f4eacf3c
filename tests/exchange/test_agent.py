"""Calls with an agent: tools, actions, hold, what comes back."""

from typing import Any

import pytest
from werkzeug.wrappers import Response

from exchange import Exchange, On, Person, Script
from tests.exchange.app import App, say, swml
from tests.exchange.conftest import Build

DANA = "+12025550111"
PUT_THROUGH = On("billing", call="connect", args={"destination": "billing", "reason": "invoice"})
DESTINATION = {
    "type": "object",
    "properties": {"destination": {"type": "string", "enum": ["billing", "sales"]}, "reason": {"type": "string"}},
    "required": ["destination"],
}


def agent(app: App, *more: dict[str, Any], params: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """An ai verb with one tool, `connect`, and the verbs that follow it."""
    functions = [{"function": "connect", "description": "Connect the caller", "parameters": DESTINATION}]
    ai = {
        "prompt": {"text": "You answer the phone."},
        "post_prompt_url": app.at("/report"),
        "params": {"static_greeting": "Good morning.", **(params or {})},
        "SWAIG": {"defaults": {"web_hook_url": app.at("/tool?t=abc")}, "functions": functions},
        **options,
    }
    return swml({"ai": ai}, *more)


def ring(app: App, exchange: Exchange, *lines: str) -> Any:
    app.routes.setdefault("/report", {})
    return exchange.dial(says=lines).run()


def test_a_tool_that_fails_three_times_is_told_to_the_model(app: App, exchange: Build) -> None:
    app.routes |= {"/swml": agent(app), "/tool": Response(status=500)}
    call = ring(app, exchange(thinker=Script(PUT_THROUGH, On(after="connect", say="I am sorry."))), "Billing please")
    assert len(app.bodies("/tool")) == 3
    assert len({str(body["argument"]) for body in app.bodies("/tool")}) == 1
    assert call.heard == ["Good morning.", "I am sorry."]
    assert call.violations == ["function connect answered 500"] * 3


def test_a_final_transfer_ends_the_agent_and_reports_at_once(app: App, exchange: Build) -> None:
    document = swml({"connect": {"to": DANA}}, {"hangup": {}})
    app.routes["/swml"] = agent(app, say("never reached"))
    app.routes["/tool"] = {"response": "ok", "action": [{"say": "One moment."}, {"transfer": True, "SWML": document}]}
    call = ring(app, exchange(thinker=Script(PUT_THROUGH)), "Billing please")
    assert call.heard == ["Good morning.", "One moment."]
    assert call.bridged == [DANA]
    assert call.violations == []
    reported, bridged = call.find("report")[0].at, call.find("unbridge")[0].at
    assert reported < bridged


def test_a_temporary_transfer_comes_back_with_what_became_of_it(app: App, exchange: Build) -> None:
    steps = [
        {"set": {"ai_response": "It ended ${connect_result}, ${connect_failed_reason}."}},
        {"connect": {"to": DANA}},
    ]
    app.routes |= {"/swml": agent(app), "/tool": {"response": "ringing", "action": {"SWML": swml(*steps)}}}
    thinker = Script(PUT_THROUGH, On(after="ai_response", hearing="failed, no_answer", say="Nobody is there."))
    person = Person(when_rung="no_answer")
    call = ring(app, exchange(thinker=thinker, people={DANA: person}), "Billing please")
    assert call.heard == ["Good morning.", "Nobody is there."]
    assert call.violations == []


def test_actions_run_in_their_order_and_say_is_heard_to_its_end(app: App, exchange: Build) -> None:
    actions = [
        {"set_global_data": {"who": "Dana"}},
        {"say": "First."},
        {"SWML": swml(say("Second ${global_data.who}."))},
    ]
    app.routes |= {"/swml": agent(app), "/tool": {"response": "ok", "action": actions}}
    call = ring(app, exchange(thinker=Script(PUT_THROUGH, On(after="connect", say="Third."))), "billing")
    assert call.heard == ["Good morning.", "First.", "Second Dana.", "Third."]


def test_post_process_lets_the_agent_speak_first(app: App, exchange: Build) -> None:
    reply = {"response": "ok", "post_process": True, "action": [{"say": "Action."}, {"stop": True}]}
    app.routes |= {"/swml": agent(app, say("After."), {"hangup": {}}), "/tool": reply}
    call = ring(app, exchange(thinker=Script(PUT_THROUGH, On(after="connect", say="Reply."))), "billing")
    assert call.heard == ["Good morning.", "Reply.", "Action.", "After."]


def test_a_hold_that_nobody_ends_gives_the_caller_back_to_the_agent(app: App, exchange: Build) -> None:
    app.routes |= {"/swml": agent(app), "/tool": {"response": "held", "action": [{"hold": {"timeout": 240}}]}}
    call = ring(app, exchange(thinker=Script(PUT_THROUGH, On(after="hold", say="Sorry for the wait."))), "billing")
    assert call.heard[-1] == "Sorry for the wait."
    assert 240 < call.duration < 260
    assert call.longest_silence < 3


@pytest.mark.parametrize(("asked", "seconds"), [(901, 300), ("2m", 120), ("1:30", 90), ({"timeout": 10}, 10)])
def test_how_long_a_hold_is(app: App, exchange: Build, asked: Any, seconds: int) -> None:
    app.routes |= {"/swml": agent(app), "/tool": {"response": "held", "action": [{"hold": asked}]}}
    call = ring(app, exchange(thinker=Script(PUT_THROUGH)), "billing")
    assert f"{seconds} s" in [entry.text for entry in call.find("hold")]


def test_an_inactive_function_is_not_offered_until_it_is_toggled(app: App, exchange: Build) -> None:
    document = agent(app)
    functions = document["sections"]["main"][0]["ai"]["SWAIG"]["functions"]
    functions.append({"function": "cancel", "description": "Cancel", "active": False})
    toggle = {"toggle_functions": [{"function": "cancel", "active": True}, {"function": "connect", "active": False}]}
    app.routes |= {"/swml": document, "/tool": {"response": "ok", "action": [toggle]}}
    thinker = Script(On("cancel", call="cancel"), PUT_THROUGH, otherwise="Pardon?")
    call = ring(app, exchange(thinker=thinker), "cancel that", "billing", "billing", "cancel that")
    assert [name for name, _ in call.tools] == ["connect", "cancel"]
    assert call.violations == []


def test_a_function_only_toggles_those_that_share_its_address(app: App, exchange: Build) -> None:
    document = agent(app)
    functions = document["sections"]["main"][0]["ai"]["SWAIG"]["functions"]
    other = {"function": "cancel", "description": "Cancel", "web_hook_url": app.at("/tool?t=other"), "active": False}
    toggle = {"toggle_functions": [{"function": "cancel", "active": True}]}
    app.routes |= {"/swml": document, "/tool": {"response": "ok", "action": [toggle]}}
    functions.append(other)
    thinker = Script(On("cancel", call="cancel"), PUT_THROUGH, otherwise="Pardon?")
    assert [name for name, _ in ring(app, exchange(thinker=thinker), "billing", "cancel that").tools] == ["connect"]


def test_the_tool_call_carries_what_was_asked_for(app: App, exchange: Build) -> None:
    params = {"swaig_post_swml_vars": True, "swaig_post_conversation": True, "conversation_id": "c1"}
    app.routes |= {"/swml": agent(app, params=params, global_data={"vip": True}), "/tool": {}}
    call = ring(app, exchange(thinker=Script(PUT_THROUGH)), "billing")
    body = app.bodies("/tool")[0]
    assert body["argument"]["parsed"] == [{"destination": "billing", "reason": "invoice"}]
    assert body["SWMLCall"]["call_id"] == body["call_id"] == call.id
    assert body["caller_id_num"] == "+12025550190"
    assert body["global_data"] == {"vip": True}
    assert [entry["role"] for entry in body["call_log"]] == ["assistant", "user", "assistant"]


def test_the_report_says_who_ended_it_and_what_was_said(app: App, exchange: Build) -> None:
    app.routes |= {"/swml": agent(app, post_prompt={"text": "Summarise."}), "/tool": {"response": "ok"}}
    ring(app, exchange(thinker=Script(PUT_THROUGH, summary='{"intent": "billing"}')), "Billing please")
    (report,) = app.bodies("/report")
    assert report["action"] == "post_conversation"
    assert report["post_prompt_data"]["parsed"] == [{"intent": "billing"}]
    assert report["call_ended_by"] == "user"
    assert report["swaig_log"][0]["post_response"] == {"response": "ok"}


def test_hooks_run_at_start_and_when_the_caller_has_gone(app: App, exchange: Build) -> None:
    document = agent(app)
    functions = document["sections"]["main"][0]["ai"]["SWAIG"]["functions"]
    functions += [{"function": name, "description": "hook"} for name in ("startup_hook", "hangup_hook")]
    app.routes |= {"/swml": document, "/tool": {}}
    ring(app, exchange(thinker=Script(otherwise="Yes?")), "hello")
    assert [body["function"] for body in app.bodies("/tool")] == ["startup_hook", "hangup_hook"]


def test_what_was_remembered_of_the_last_conversation_is_read_first(app: App, exchange: Build) -> None:
    params = {"conversation_id": "c1", "save_conversation": True}
    app.routes |= {"/swml": agent(app, params=params), "/report": {"conversation_summary": "Called in June."}}
    call = exchange(thinker=Script(otherwise="Yes?"))
    ring(app, call, "hello")
    first, last = app.bodies("/report")
    assert first["action"] == "fetch_conversation"
    assert last["call_log"][0]["content"] == "Called in June."


def test_hard_stop_time_goes_on_with_the_next_verb(app: App, exchange: Build) -> None:
    app.routes["/swml"] = agent(app, say("Time is up."), {"hangup": {}}, params={"hard_stop_time": "1m30s"})
    app.routes["/report"] = {}
    call = exchange(thinker=Script()).dial(caller=Person(presses=(), talks_for=1e5))
    call.run(until=lambda c: c.caller.over.is_set())
    assert call.heard[-1] == "Time is up."
    assert app.bodies("/report")[0]["hard_timeout"] is True


def test_a_model_that_calls_what_it_does_not_have_is_noticed(app: App, exchange: Build) -> None:
    app.routes |= {"/swml": agent(app), "/tool": {}}
    call = ring(app, exchange(thinker=Script(On(".", call="fire_missiles", forced=True))), "hello")
    assert call.violations == ["the model called fire_missiles, which is not offered"]
    assert app.bodies("/tool") == []


def test_contexts_narrow_the_functions_and_the_prompt(app: App, exchange: Build) -> None:
    steps = [
        {"name": "greet", "text": "Greet.", "functions": [], "valid_steps": ["route"]},
        {"name": "route", "text": "Route.", "functions": ["connect"]},
    ]
    prompt = {"text": "Base.", "contexts": {"default": {"steps": steps}}}
    app.routes |= {"/swml": agent(app, prompt=prompt), "/tool": {}}
    thinker = Script(PUT_THROUGH, On("ready", call="next_step", args={"step": "route"}), otherwise="Go on.")
    call = ring(app, exchange(thinker=thinker), "billing", "ready", "billing")
    assert [name for name, _ in call.tools] == ["next_step", "connect"]
    assert call.violations == []
