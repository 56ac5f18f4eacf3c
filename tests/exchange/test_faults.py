"""One seed, one ladder; and what goes wrong only when asked for."""

from typing import Any

from exchange import Faults, Person, Script
from tests.exchange.app import App, say, swml
from tests.exchange.conftest import Build
from tests.exchange.test_agent import PUT_THROUGH, agent, ring

DANA, LEE = "+12025550111", "+12025550112"


def serve(app: App) -> None:
    steps: list[dict[str, Any]] = [
        {"connect": {"serial": [{"to": DANA, "timeout": 10}, {"to": LEE}], "call_state_url": app.at("/state")}},
        {"set": {"ai_response": "${connect_result}"}},
    ]
    app.routes |= {"/swml": agent(app), "/tool": {"response": "ok", "action": [{"SWML": swml(*steps)}]}, "/state": {}}
    app.routes["/report"] = {}


EVERYTHING = Faults(
    callbacks_lost=0.3,
    callbacks_delayed=0.3,
    callbacks_repeated=0.3,
    callbacks_reordered=0.3,
    tools_repeated=0.5,
    webhooks_lost=0.1,
    answers_lost=0.1,
    webhooks_slow=0.2,
    hangups=0.05,
)


def ladder(app: App, exchange: Build, seed: int) -> list[str]:
    serve(app)
    platform = exchange(seed=seed, faults=EVERYTHING, thinker=Script(PUT_THROUGH, otherwise="Pardon?"))
    for number in range(5):
        platform.dial(says=("hello", "billing"), from_=f"+1202555019{number}")
    platform.run_all()
    return platform.ladder.lines()


def test_the_same_seed_gives_the_same_ladder_whatever_goes_wrong(app: App, exchange: Build) -> None:
    first, again, other = (ladder(app, exchange, seed) for seed in (7, 7, 8))
    assert first == again
    assert first != other
    assert any(" fault " in line for line in first)


def test_faults_are_the_networks_doing_not_the_applications(app: App, exchange: Build) -> None:
    serve(app)
    platform = exchange(faults=Faults(webhooks_lost=0.3, answers_lost=0.3), thinker=Script(PUT_THROUGH), seed=3)
    for _ in range(10):
        platform.dial(says="billing")
    platform.run_all()
    assert platform.ladder.find("fault")
    assert platform.ladder.texts("violation") == []


def test_callbacks_are_lost_doubled_and_overtaken(app: App, exchange: Build) -> None:
    events = {"call_state_url": app.at("/state"), "call_state_events": ["created", "ringing", "answered", "ended"]}
    app.routes |= {"/swml": swml({"connect": {"to": DANA} | events}), "/state": {}}
    exchange(faults=Faults(callbacks_lost=1.0)).dial().run()
    assert app.bodies("/state") == []
    exchange(faults=Faults(callbacks_repeated=1.0)).dial().run()
    assert len(app.bodies("/state")) == 8
    app.asked.clear()
    exchange(faults=Faults(callbacks_reordered=0.5), seed=4).dial().run()
    states = [params["call_state"] for params in app.params("/state")]
    assert sorted(states) == ["answered", "created", "ended", "ringing"] != states


def test_a_tool_call_posted_twice_is_the_same_call(app: App, exchange: Build) -> None:
    serve(app)
    call = ring(app, exchange(faults=Faults(tools_repeated=1.0), thinker=Script(PUT_THROUGH)), "billing")
    first, second = app.bodies("/tool")
    assert first == second
    assert len(call.bridged) == 1


def test_callers_and_people_leave_at_any_step(app: App, exchange: Build) -> None:
    gate = [
        {"prompt": {"play": "say:Press 1 to take the call."}},
        {"cond": [{"when": "prompt_value != '1'", "then": []}]},
    ]
    app.routes["/swml"] = swml({"connect": {"to": DANA, "confirm": gate}}, say("${connect_result}"), {"hangup": {}})
    hasty = Person(leaves_on="said Press", leaves_after=0.5)
    call = exchange(people={DANA: hasty}).dial().run()
    assert (call.heard, call.bridged) == (["failed"], [])
    call = exchange().dial(caller=Person(leaves_on="said Press", leaves_after=0.5)).run()
    assert (call.ending, call.bridged) == ("hangup by caller", [])
    assert [entry.text for entry in call.find("end", leg=DANA)] == ["cancel by platform"]
    assert exchange(faults=Faults(hangups=1.0)).dial().run().ending == "hangup by caller"
