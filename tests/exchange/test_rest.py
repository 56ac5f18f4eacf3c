"""The REST side: what may be done to which call, and a warm transfer made of it."""

from itertools import pairwise
from typing import Any

import httpx
import pytest

from exchange import Exchange, Faults, On, Person, Script
from tests.exchange.app import App, say, swml
from tests.exchange.conftest import Build
from tests.exchange.test_agent import PUT_THROUGH, agent, ring

OURS, DANA, CALLER = "+12025550100", "+12025550111", "+12025550190"


def rest(exchange: Exchange, body: Any = None, path: str = "/api/calling/calls", **options: Any) -> httpx.Response:
    auth = options.pop("auth", (exchange.project_id, exchange.token))
    method = options.pop("method", "POST" if body is not None else "GET")
    return httpx.request(method, exchange.api.url + path, json=body, auth=auth, **options)


def dial(**params: Any) -> dict[str, Any]:
    return {
        "command": "dial",
        "params": {"from": OURS, "to": DANA, "swml": swml(say("Hello."), {"hangup": {}}), **params},
    }


def test_without_the_right_token_nothing_is_done(exchange: Build) -> None:
    platform = exchange()
    assert rest(platform, dial(), auth=(platform.project_id, "guess")).status_code == 401
    assert platform.calls == []


@pytest.mark.parametrize(
    ("params", "attribute"),
    [
        ({"to": "dana"}, "to"),
        ({"from": ""}, "from"),
        ({"timeout": 601}, "timeout"),
        ({"swml": None, "url": "ftp://x"}, "url"),
        ({"custom_variables": {"sw_x": "1"}}, "custom_variables"),
        ({"custom_variables": {"x": ""}}, "custom_variables"),
        ({"status_events": ["dialled"]}, "status_events"),
    ],
)
def test_a_dial_that_makes_no_sense_is_refused(exchange: Build, params: dict[str, Any], attribute: str) -> None:
    answer = rest(exchange(), dial(**params))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["attribute"] == attribute


def test_dials_leave_the_queue_once_a_second(exchange: Build) -> None:
    platform = exchange()
    assert [rest(platform, dial()).json()["status"] for _ in range(3)] == ["queued"] * 3
    platform.run_all()
    moments = [entry.at for entry in platform.ladder.find("state") if entry.text == "created"]
    assert [round(b - a) for a, b in pairwise(moments)] == [1, 1]


def test_a_dialled_leg_tells_its_states_and_brings_its_variables(app: App, exchange: Build) -> None:
    app.routes |= {"/brief": swml(say("Handoff ${envs.handoff}."), {"hangup": {}}), "/state": {}}
    platform = exchange()
    events = ["created", "ringing", "answered", "ended"]
    body = dial(swml=None, url=app.at("/brief"), status_url=app.at("/state"), status_events=events)
    body["params"]["custom_variables"] = {"handoff": "h17"}
    call_id = rest(platform, body).json()["id"]
    platform.run_all()
    assert [params["call_state"] for params in app.params("/state")] == events
    assert app.bodies("/brief")[0]["envs"] == {"handoff": "h17"}
    assert platform.calls[0].heard == ["Handoff h17."]
    log = rest(platform, path=f"/api/voice/logs/{call_id}").json()
    assert (log["status"], log["direction"]) == ("ended", "outbound-api")
    names = [e["name"] for e in rest(platform, path=f"/api/voice/logs/{call_id}/events").json()["data"]]
    assert names[-1] == "calling.call.ended"


@pytest.mark.parametrize(("person", "reason"), [("busy", "busy"), ("declines", "declined"), ("no_answer", "no_answer")])
def test_a_dialled_leg_that_is_not_answered_ends_with_its_reason(
    app: App, exchange: Build, person: Any, reason: str
) -> None:
    app.routes["/state"] = {}
    platform = exchange(people={DANA: Person(when_rung=person)})
    rest(platform, dial(timeout=20, status_url=app.at("/state")))
    platform.run_all()
    assert [params["end_reason"] for params in app.params("/state")] == [reason]


def test_state_rules(app: App, exchange: Build) -> None:
    app.routes["/swml"] = agent(app)
    platform = exchange(thinker=Script())
    call = platform.dial().run(until=lambda c: c.listening)
    anything = {"id": call.id, "swml": swml(say("New."), {"hangup": {}})}
    assert rest(platform, {"command": "update", "params": {"id": call.id, "status": "canceled"}}).status_code == 422
    assert rest(platform, {"command": "calling.disconnect", "id": call.id, "params": {}}).status_code == 422
    assert rest(platform, {"command": "calling.ai_hold", "id": call.id, "params": {"timeout": 5}}).status_code == 422
    assert rest(platform, {"command": "calling.ai_unhold", "id": "nobody", "params": {}}).status_code == 404
    assert rest(platform, {"command": "update", "params": anything}).json()["status"] == "answered"
    app.routes["/report"] = {}
    call.run()
    assert call.heard[-1] == "New."
    assert rest(platform, {"command": "update", "params": anything}).status_code == 422


def test_a_warm_transfer_by_hold_dial_and_conference(app: App, exchange: Build) -> None:
    """The tool holds the caller and dials Dana; Dana's agent says yes; both meet in a conference."""
    platform = exchange(
        people={DANA: Person(says=("Yes, put them through.",), talks_for=40)},
        thinker=Script(PUT_THROUGH, On("put them through", call="accept")),
    )
    meet = {"join_conference": {"name": "h17", "end_on_exit": True, "beep": "false"}}

    def hold(body: dict[str, Any]) -> Any:
        rest(platform, dial(swml=None, url=app.at("/brief")))
        return {"response": "held", "action": [{"hold": {"timeout": 240}}]}

    def accept(body: dict[str, Any]) -> Any:
        caller = platform.calls[0].id
        params = {"id": caller, "swml": swml(meet, {"hangup": {}})}
        assert rest(platform, {"command": "update", "params": params}).status_code == 200
        return {"response": "ok", "action": [{"transfer": True, "SWML": swml(meet, {"hangup": {}})}]}

    brief = agent(app, params={"static_greeting": "A caller about billing. Can you take it?"})
    functions = brief["sections"]["main"][0]["ai"]["SWAIG"]
    functions["functions"] = [{"function": "accept", "description": "Dana takes the call"}]
    functions["defaults"]["web_hook_url"] = app.at("/accept")
    app.routes |= {"/swml": agent(app), "/tool": hold, "/brief": brief, "/accept": accept, "/report": {}}
    call = ring(app, platform, "billing")
    platform.settle()
    assert call.bridged == [DANA]
    assert call.violations == []
    assert call.longest_silence < 3
    assert [body["call_ended_by"] for body in app.bodies("/report")] == ["system", "assistant"]


def test_nobody_takes_the_call_so_a_message_and_unhold_bring_the_agent_back(app: App, exchange: Build) -> None:
    platform = exchange(
        people={DANA: Person(when_rung="busy")},
        thinker=Script(PUT_THROUGH, On(after="message", hearing="busy", say="They are all busy.")),
    )

    def hold(body: dict[str, Any]) -> Any:
        rest(platform, dial(status_url=app.at("/state")))
        return {"response": "held", "action": [{"hold": 240}]}

    def state(body: dict[str, Any]) -> Any:
        caller = platform.calls[0].id
        said = {"role": "system", "message_text": f"Dana is {body['params']['end_reason']}."}
        rest(platform, {"command": "calling.ai_message", "id": caller, "params": said})
        rest(platform, {"command": "calling.ai_unhold", "id": caller, "params": {}})
        return {}

    app.routes |= {"/swml": agent(app), "/tool": hold, "/state": state}
    call = ring(app, platform, "billing")
    assert call.heard == ["Good morning.", "They are all busy."]
    assert call.duration < 30


def test_disconnect_gives_the_caller_back_to_the_script(app: App, exchange: Build) -> None:
    app.routes["/swml"] = swml({"connect": {"to": DANA}}, say("Back again."), {"hangup": {}})
    platform = exchange(people={DANA: Person(talks_for=1000)})
    call = platform.dial().run(until=lambda c: bool(c.bridged))
    assert rest(platform, {"command": "calling.disconnect", "id": call.id, "params": {}}).status_code == 200
    call.run()
    assert call.heard == ["Back again."]
    assert call.duration < 60


def test_texts_are_kept_and_their_fate_is_told(app: App, exchange: Build) -> None:
    app.routes["/text"] = {}
    platform = exchange(numbers=(OURS,), people={DANA: Person(texts=False)})
    path, body = "/api/messaging/messages", {"from": OURS, "body": "Hi", "status_callback": app.at("/text")}
    assert rest(platform, {**body, "to": CALLER}, path).json()["status"] == "queued"
    assert rest(platform, {**body, "to": DANA}, path).status_code == 201
    assert rest(platform, {**body, "to": DANA, "from": DANA}, path).status_code == 422
    platform.settle()
    assert [text.status for text in platform.texts] == ["delivered", "failed"]
    assert [told["status"] for told in app.bodies("/text") if told["to"] == DANA] == ["queued", "sent", "failed"]
    assert app.bodies("/text")[-1]["error_code"] == "30003"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/messaging/messages"),
        ("GET", "/api/messaging/messages/abc"),
        ("GET", "/api/calling/calls"),
        ("GET", "/api/relay/rest/hamsters"),
        ("DELETE", "/nowhere"),
    ],
)
def test_what_the_platform_does_not_have_is_answered_in_json(exchange: Build, method: str, path: str) -> None:
    answer = rest(exchange(), path=path, method=method)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


@pytest.mark.parametrize(
    ("method", "path", "body", "attribute"),
    [
        ("POST", "/api/calling/calls", [1], "command"),
        ("POST", "/api/calling/calls", {"command": "dial", "params": "x"}, "params"),
        ("POST", "/api/calling/calls", {"command": "update", "params": [1]}, "params"),
        ("GET", "/api/voice/logs?page_size=many", None, "page_size"),
        ("GET", "/api/relay/rest/phone_numbers?page_size=-1", None, "page_size"),
        ("POST", "/api/relay/rest/queues", [1], "name"),
        ("POST", "/api/messaging/messages", [1], "to"),
    ],
)
def test_what_makes_no_sense_is_refused_in_json(
    exchange: Build, method: str, path: str, body: Any, attribute: str
) -> None:
    running = exchange()
    auth = (running.project_id, running.token)
    answer = httpx.request(method, f"{running.api.url}{path}", json=body, auth=auth, trust_env=False)
    assert (answer.status_code, answer.json()["errors"][0]["attribute"]) == (422, attribute)


def test_twilio_sees_its_own_messages_resource(exchange: Build) -> None:
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    platform = exchange()

    class Here(TwilioHttpClient):  # type: ignore[misc]
        def request(self, method: str, url: str, *args: Any, **options: Any) -> Any:
            return super().request(method, url.replace("https://api.twilio.com", platform.api.url), *args, **options)

    message = Client("AC" + "0" * 32, platform.token, http_client=Here(pool_connections=False)).messages.create(
        to=CALLER, from_=OURS, body="Your ref is K7Q4"
    )
    assert message.status == "queued"
    assert [text.body for text in platform.texts] == ["Your ref is K7Q4"]


def test_a_number_is_pointed_at_a_document(app: App, exchange: Build) -> None:
    app.routes["/other"] = swml(say("Elsewhere."), {"hangup": {}})
    platform = exchange(numbers=(OURS,))
    (number,) = rest(platform, path=f"/api/relay/rest/phone_numbers?filter_number=%2B{OURS[1:]}").json()["data"]
    handler = {"call_handler": "relay_script", "call_relay_script_url": app.at("/other")}
    path = f"/api/relay/rest/phone_numbers/{number['id']}"
    assert rest(platform, {"call_handler": "nonsense"}, path, method="PUT").status_code == 422
    assert rest(platform, handler, path, method="PUT").json()["call_handler"] == "relay_script"
    assert platform.dial(to=OURS).run().heard == ["Elsewhere."]


def test_the_platform_itself_can_fail(exchange: Build) -> None:
    assert rest(exchange(faults=Faults(rest_errors=1.0)), dial()).status_code == 500
    slow = exchange(faults=Faults(rest_timeouts=1.0, rest_delay=0.3))
    with pytest.raises(httpx.ReadTimeout):
        rest(slow, dial(), timeout=0.1)
