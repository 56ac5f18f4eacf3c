"""Real time: calls side by side against a running application, and a caller operated while the call runs."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange import Call, Exchange, On, Script
from tests.exchange.app import PASSWORD, USER, App, swml
from tests.exchange.test_agent import PUT_THROUGH, agent

DANA = "+12025550111"


def test_a_person_talks_to_a_running_call(app: App) -> None:
    app.routes |= {"/swml": agent(app), "/tool": {"response": "ok", "action": [{"say": "One moment."}]}, "/report": {}}
    thinker = Script(PUT_THROUGH, otherwise="Pardon?")
    with Exchange(app.url, (USER, PASSWORD), clock="real", speed=20, thinker=thinker) as exchange:
        seen: list[str] = []
        stop = exchange.ladder.listen(lambda entry: seen.append(entry.kind))
        call = exchange.dial()
        call.say("hello")
        assert call.heard == ["Good morning.", "Pardon?"]
        call.say("billing")
        assert call.heard[-1] == "One moment."
        call.hang_up()
        stop()
    assert call.ending == "hangup by caller"
    assert "tool" in seen


def test_time_passes_as_it_does_for_people(app: App) -> None:
    app.routes["/swml"] = swml({"sleep": 500}, {"hangup": {}})
    with Exchange(app.url, (USER, PASSWORD), clock="real") as exchange:
        began = time.monotonic()
        exchange.dial().run()
        assert 0.4 < time.monotonic() - began < 3


@pytest.fixture
def running() -> Iterator[str]:
    """A small ASGI application in a process of its own, as an application under load would be."""
    command = [sys.executable, "-m", "tests.exchange.loaded_app"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


def test_calls_side_by_side(running: str) -> None:
    """Greeting, tool call, transfer, callbacks, report; none fails on our side. tests/bench does it with a thousand."""
    calls = 60
    thinker = Script(On("billing", call="connect", args={"destination": "billing"}))
    with Exchange(running, (USER, PASSWORD), clock="real", speed=10, thinker=thinker) as exchange:
        made = [exchange.dial(says="billing please", from_=f"+1202556{n:04d}") for n in range(calls)]
        exchange.run_all()
        at_once = max_at_once(made)
    assert {call.ending for call in made} == {"hangup by script"}
    assert [violation for call in made for violation in call.violations] == []
    assert all(call.bridged == [DANA] for call in made)
    assert at_once > calls * 0.9


def max_at_once(calls: list[Call]) -> int:
    """How many calls were up at the same moment."""
    marks = [(leg.created_at, 1) for call in calls for leg in call.legs[:1]]
    marks += [(leg.ended_at or 0, -1) for call in calls for leg in call.legs[:1]]
    up = most = 0
    for _, step in sorted(marks):
        up += step
        most = max(most, up)
    return most
