"""The whisper on the exchange: what the person does decides, and no reading of the platform leaves the caller alone."""

from collections.abc import Mapping
from typing import Any

import pytest
from werkzeug.wrappers import Response

from agents.documents.chain import Chain
from agents.documents.urls import Links
from calls.numbers import Number
from calls.routing.policy import Caller, Route, Wanted, choose
from calls.transfer.machine import Transfer
from exchange import Assumptions, Call, Person
from swml.render import render
from tests.exchange.app import App
from tests.exchange.conftest import Build
from tests.support.asking import FRIDAY_NOON
from tests.support.directories import read

DANA, LEE = "+12025550111", "sip:lee@pbx.acme.example"
ACME = read(
    {
        "company": "Acme Plumbing",
        "timezone": "America/New_York",
        "lines": {"+12025550100": {}},
        "people": {"dana": {"name": "Dana Reyes", "phone": DANA}, "lee": {"name": "Lee Park", "sip": LEE}},
        "departments": {"sales": {"about": "orders", "handoff": "whisper", "reach": [{"ring": ["dana", "lee"]}]}},
    }
)


def whisper(app: App) -> dict[str, Any]:
    """The document of a whisper as the tool call would have answered it, addressed to `app`."""
    caller = Number("+12025550177")
    route = choose(Wanted("sales"), ACME, FRIDAY_NOON, Caller(caller, None, "phone", "receptionist"))
    assert isinstance(route, Route)
    links = Links(app.at(""), lambda claims: ".".join(map(str, claims)))
    asked = Transfer("t_1", "K7Q4", "c1", "whisper", "sales", True, "a quote", "Wants a boiler.", "x", FRIDAY_NOON)
    return render(Chain(route, asked, links, ACME, caller).document())


def ring(app: App, exchange: Build, dana: Person, lee: Person | None = None, over: Any = None, **switches: Any) -> Call:
    """Dana is rung, and then Lee."""
    app.routes |= {"/swml": whisper(app), "/events/call": {}, "/events/connect": {}, "/events/over": over or {}}
    people: Mapping[str, Person] = {DANA: dana, LEE: lee or Person(when_rung="no_answer")}
    platform = exchange(people=people, assumptions=Assumptions(**switches))
    return platform.dial().run()


def told(call: Call) -> str:
    return str(call.caller.vars.get("ai_response", ""))


def bridged(app: App) -> int:
    states = [params["connect_state"] for params in app.params("/events/connect")]
    return states.count("connected")


@pytest.mark.parametrize(
    "dana",
    [Person(presses=("1",)), Person(presses=("",), says=("Yes.",)), Person(presses=("",), says=("Sure, okay",))],
    ids=["1", "yes", "sure"],
)
def test_a_yes_connects(app: App, exchange: Build, dana: Person) -> None:
    call = ring(app, exchange, dana, over={"next": "hangup"})
    assert bridged(app) == 1
    assert "Connecting." in call.said_to(DANA)
    assert told(call) == ""


@pytest.mark.parametrize(
    "dana",
    [
        Person(presses=("2",)),
        Person(presses=("7",)),
        Person(presses=("",), says=("No, sorry.",)),
        Person(presses=("",), says=("Yes, but not now.",)),
        Person(presses=(), leaves_on="verb prompt", leaves_after=1.0),
        Person(when_rung="voicemail"),
    ],
    ids=["2", "7", "no", "yes but", "hangs up", "voicemail"],
)
def test_anything_else_does_not(app: App, exchange: Build, dana: Person) -> None:
    call = ring(app, exchange, dana)
    assert bridged(app) == 0
    assert "None of them took the call" in told(call)


def test_the_next_person_hears_it_too(app: App, exchange: Build) -> None:
    call = ring(app, exchange, Person(presses=("2",)), Person(presses=("1",)), over={"next": "hangup"})
    assert bridged(app) == 1
    assert call.bridged == [LEE]
    for person in (DANA, LEE):
        assert any("a call for the sales team" in said for said in call.said_to(person))


def test_a_rejection_that_reads_connected_leaves_the_caller_with_the_agent(app: App, exchange: Build) -> None:
    declines = Person(presses=("2",))
    call = ring(app, exchange, declines, declines, over={"next": "agent"}, rejected_confirm_fails=False)
    assert (bridged(app), len(app.bodies("/events/over"))) == (0, 1)
    assert "did not get to talk" in told(call)
    assert call.caller.vars["t_1_step_1"] == "connect failed declined"
    assert "hangup" not in [entry.text for entry in call.find("verb", leg=call.caller.name)]


@pytest.mark.parametrize("switch", [True, False], ids=["fails", "reads connected"])
def test_with_our_app_dead_the_caller_is_back_all_the_same(app: App, exchange: Build, switch: bool) -> None:
    app.routes |= {"/events/over": Response(status=503)}
    call = ring(app, exchange, Person(presses=("2",)), over=Response(status=503), rejected_confirm_fails=switch)
    assert told(call)
    assert call.violations == []


def test_a_line_that_drops_at_once_is_no_talk(app: App, exchange: Build) -> None:
    short = Person(presses=("1",), talks_for=1.0)
    call = ring(app, exchange, short, over={"next": "agent"})
    assert bridged(app) == 1
    assert "did not get to talk" in told(call)


def test_the_caller_is_cut_off_only_after_a_talk(app: App, exchange: Build) -> None:
    call = ring(app, exchange, Person(presses=("1",)), over={"next": "hangup"})
    assert call.ending == "hangup by script"
    assert told(call) == ""


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        ("race_won_at", "answer"),
        ("unset_name_is_error", False),
        ("confirm_timeout_covers_script", False),
        ("confirm_leg_has_parent", False),
        ("ringback_during_confirm", False),
    ],
)
@pytest.mark.parametrize(("keys", "connected"), [("1", 1), ("2", 0)])
def test_a_yes_is_needed_under_every_reading(
    app: App, exchange: Build, switch: str, value: Any, keys: str, connected: int
) -> None:
    call = ring(app, exchange, Person(presses=(keys,)), over={"next": "hangup"}, **{switch: value})
    assert bridged(app) == connected
    assert bool(told(call)) is not bool(connected)
