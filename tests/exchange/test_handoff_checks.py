"""What every whisper and consult is held to: each rule is broken once, by an application that does it wrong."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from exchange import Assumptions, Exchange
from exchange.core.clock import DEFAULT_START
from exchange.scenarios.rehearsal import rehearse
from exchange.scenarios.scenario import Scenario
from tests.exchange.app import PASSWORD, USER, App, say, swml
from tests.exchange.test_agent import agent

DANA, OURS = "+12025550111", "+12025550100"
ASKS: dict[str, Any] = {"says": "Billing!", "model": {"tool": "connect"}, "then": {"say": "Nobody is there."}}
RING = {"connect": {"to": DANA, "timeout": 20}}
BACK = {"set": {"ai_response": "Nobody came."}}
HOLD = {"response": "Wait.", "action": [{"say": "One moment."}, {"hold": {"timeout": 60}}]}


def moment(seconds: float) -> str:
    return (DEFAULT_START + timedelta(seconds=seconds)).isoformat()


class Scene:
    """An application whose ledger says what the test says."""

    line = OURS

    def __init__(self, exchange: Exchange, row: Mapping[str, Any]) -> None:
        self._exchange, self._row = exchange, row
        self.names: Mapping[str, tuple[str, ...]] = {"dana": (DANA,)}

    def change(self, changes: Mapping[str, Any]) -> None:
        raise AssertionError("nothing changes here")

    def stop(self) -> None:
        raise AssertionError("nothing stops here")

    start = stop

    def look_after(self) -> None:
        """It never does."""

    def ledger(self) -> list[dict[str, Any]]:
        attempt = {"to": DANA, "person": "dana", "outcome": self._row["outcome"], "ended_at": None, "words": ""}
        asked = self._exchange.ladder.find("tool")[-1].at if self._exchange.ladder.find("tool") else 0
        row = {"mechanism": "consult", "attempts": [attempt], "events": [], "started_at": moment(asked - 0.05)}
        return [{"call_id": self._exchange.calls[0].id, **row, **self._row}]

    def messages(self) -> list[dict[str, Any]]:
        return []

    placed = callbacks = messages

    def place(self, asked: Mapping[str, Any]) -> float | None:
        raise AssertionError("nobody is rung here")


def faults(
    app: App, reply: Any, outcome: str = "bridged", assumptions: Mapping[str, Any] | None = None, **scenario: Any
) -> list[str]:
    """What is found wrong with a call in which the tool answers this."""
    app.routes |= {"/swml": agent(app), "/tool": reply, "/report": {}}
    wanted = Scenario.model_validate({"name": "A call", "caller": [ASKS], **scenario})
    given = Assumptions(**(assumptions or {}))
    with Exchange(app.url, (USER, PASSWORD), assumptions=given) as exchange:
        return list(rehearse(wanted, exchange, Scene(exchange, {"outcome": outcome})).faults)


def inline(*steps: Mapping[str, Any], first: tuple[Mapping[str, Any], ...] = ({"say": "One moment."},)) -> Any:
    return {"response": "Say nothing.", "action": [*first, {"SWML": swml(*map(dict, steps))}]}


def test_a_good_application_breaks_none_of_them(app: App) -> None:
    assert faults(app, inline(RING, BACK)) == []
    assert faults(app, inline(RING, BACK), "no_answer", people={"dana": "no answer"}) == []
    leaves = {"during": "ringing", "after": 3}
    assert faults(app, inline(RING, BACK), "caller_left", hangs_up=leaves, people={"dana": "answers after 9"}) == []


def test_a_caller_who_is_moved_without_a_word(app: App) -> None:
    found = faults(app, inline(RING, BACK, first=()), people={"dana": "answers after 1, hangs up after 2"})
    assert found[0].startswith("the caller was told only")
    assert found[0].endswith("what happens, 0.1 s at most")
    assert faults(app, inline(RING, BACK, first=()), expect={"announced_within": 60}) == []


def test_a_caller_whose_announcement_is_cut_off(app: App) -> None:
    def reply(body: dict[str, Any]) -> Any:
        command = {"command": "update", "params": {"id": body["call_id"], "swml": swml(say("Next!"), {"hangup": {}})}}
        platform.loop.call_later(1, platform.api.command, command)
        return {"response": "Wait.", "action": [{"say": "One moment, and I will find somebody for you."}]}

    app.routes |= {"/swml": agent(app), "/tool": reply, "/report": {}}
    with Exchange(app.url, (USER, PASSWORD)) as platform:
        wanted = Scenario.model_validate({"name": "A call", "caller": [ASKS]})
        found = rehearse(wanted, platform, Scene(platform, {"outcome": "bridged"})).faults
    assert found == ("the caller was told 'One moment, and I will find somebody for you.', but only for 0.95 s",)


def test_a_caller_who_is_not_told_that_nobody_came(app: App) -> None:
    late = inline(RING, {"play": {"url": "https://files.example/music.mp3"}}, BACK)
    found = faults(app, late, "no_answer", people={"dana": "no answer"})
    assert found == ["nobody came, and the caller was told only 3.70 s later, 2 s at most"]
    assert faults(app, late, "no_answer", people={"dana": "no answer"}, expect={"back_within": 4}) == []


def gate(*more: dict[str, Any]) -> dict[str, Any]:
    """Dana is asked before she is connected; `more` stands between her yes and the caller."""
    ask = {"prompt": {"play": "say:Press 1.", "max_digits": 1, "initial_timeout": 5}}
    return {"connect": {"to": DANA, "timeout": 20, "confirm": [ask, *more]}}


def test_a_person_who_has_said_yes_and_is_told_more_than_a_sentence(app: App) -> None:
    assert faults(app, inline(gate(say("Connecting.")), BACK)) == []
    found = faults(app, inline(gate(say("Connecting."), say("This is a trial.")), BACK))
    assert found == [f"{DANA} heard 2 sentences after the yes, one at most: ['Connecting.', 'This is a trial.']"]
    pause = {"play": {"url": "silence:4"}}
    found = faults(app, inline(gate(pause), BACK))
    assert found == [f"{DANA} met the caller 4.00 s after the yes, what was said not counted; 3 s at most"]
    assert faults(app, inline(gate(pause), BACK), expect={"bridged_within": 5}) == []


def after_leaving(app: App, during: str, person: str) -> tuple[str, ...]:
    """What is found wrong when an application rings Dana by REST, and does nothing about it when the caller leaves."""
    waits = {"from": OURS, "to": DANA, "url": app.at("/waits")}
    app.routes["/waits"] = swml(say("Wait here, please."), {"join_conference": {"name": "t"}}, {"hangup": {}})

    def reply(body: dict[str, Any]) -> Any:
        platform.api.command({"command": "dial", "params": waits})
        return HOLD

    app.routes |= {"/swml": agent(app), "/tool": reply, "/report": {}}
    leaves, people = {"during": during, "after": 2}, {"dana": person}
    scenario = {"name": "A call", "caller": [ASKS], "hangs_up": leaves, "people": people}
    with Exchange(app.url, (USER, PASSWORD)) as platform:
        scene = Scene(platform, {"outcome": "caller_left"})
        return rehearse(Scenario.model_validate(scenario), platform, scene).faults


def test_a_phone_that_rings_on_after_the_caller_has_gone(app: App) -> None:
    found = after_leaving(app, "ringing", "busy after 12")
    assert found == (f"{DANA} rang for 10.00 s after the caller had gone, 1 s at most",)


def test_a_person_who_is_left_behind(app: App) -> None:
    found = after_leaving(app, "accepted", "answers after 3")
    assert any(text.startswith(f"{DANA} was still on the line") for text in found)


def test_a_phone_that_never_stops(app: App) -> None:
    rings_on = {"caller_leaving_cancels_ringing": False}
    leaves, people = {"during": "ringing", "after": 2}, {"dana": "no answer"}
    found = faults(app, inline(RING, BACK), "caller_left", rings_on, hangs_up=leaves, people=people)
    assert found == [f"{DANA} was never hung up"]


def test_a_caller_who_hears_nothing(app: App) -> None:
    found = faults(app, HOLD, "timeout", {"hold_plays_music": False})
    assert any(text.startswith("heard nothing for 60") for text in found)
