"""One test per switch: conferences and queues."""

from typing import Any

from werkzeug.wrappers import Response

from tests.exchange.app import App, say, swml
from tests.exchange.conftest import Build
from tests.exchange.test_assumptions import CALLER, DANA, HANGUP, with_switch
from tests.exchange.test_rest import rest

MEET: dict[str, Any] = {"name": "room", "start_on_enter": False, "end_on_exit": False}


def test_conference_end_continues(exchange: Build, app: App) -> None:
    room = {"join_conference": {"name": "room", "end_on_exit": True}}
    for platform in (exchange(), with_switch(exchange, "conference_end_continues", False)):
        app.routes["/swml"] = swml({"join_conference": MEET}, say("Afterwards."), HANGUP)
        call = platform.dial().run(until=lambda c: bool(c.find("conference")))
        body = {"from": CALLER, "to": DANA, "swml": swml(room, HANGUP)}
        rest(platform, {"command": "dial", "params": body})
        call.run()
        assert call.heard == (["Afterwards."] if platform.assumptions.conference_end_continues else [])


def test_conference_wait_repeats(exchange: Build, app: App) -> None:
    play = "<Response><Play>https://example.com/music.mp3</Play></Response>"
    app.routes["/wait"] = Response(play, content_type="application/xml")
    app.routes["/swml"] = swml({"join_conference": MEET | {"wait_url": app.at("/wait")}}, say("Out."), HANGUP)
    call = exchange().dial().wait(60)
    assert (call.over, len(app.bodies("/wait")) > 10) == (False, True)
    assert with_switch(exchange, "conference_wait_repeats", False).dial().run().heard == ["Out."]


def test_cxml_conference_events_are_forms(exchange: Build, app: App) -> None:
    more = {"status_callback": app.at("/conf"), "status_callback_event": "join", "status_callback_event_type": "cxml"}
    app.routes |= {"/swml": swml({"join_conference": MEET | more}, HANGUP), "/conf": {}}
    for platform in (exchange(), with_switch(exchange, "cxml_conference_events_are_forms", False)):
        platform.dial().wait(5).hang_up()
    kinds = [asked.headers["Content-Type"] for asked in app.asked if asked.path == "/conf"]
    assert kinds == ["application/x-www-form-urlencoded", "application/json"]


def test_conference_plays_music_to_one(exchange: Build, app: App) -> None:
    app.routes["/swml"] = swml({"answer": {}}, {"join_conference": MEET | {"start_on_enter": True}}, HANGUP)
    assert exchange().dial().wait(30).hang_up().longest_silence > 29
    assert with_switch(exchange, "conference_plays_music_to_one", True).dial().wait(30).hang_up().longest_silence == 0


def test_hangup_ends_recording(exchange: Build, app: App) -> None:
    app.routes |= {"/swml": swml({"record": {"status_url": app.at("/done")}}, HANGUP), "/done": {}}
    for platform in (exchange(), with_switch(exchange, "hangup_ends_recording", False)):
        call = platform.dial(says="It is Ann, please call me back about the boiler.")
        call.wait(3).hang_up()
    assert len(app.bodies("/done")) == 1


def test_silent_recording(exchange: Build, app: App) -> None:
    document = swml({"record": {}}, say("${record_result}"), HANGUP)
    app.routes["/swml"] = document
    assert exchange().dial(says="").run().heard == ["failed"]
    platform = with_switch(exchange, "silent_recording", "success")
    assert platform.dial(says="").run().heard == ["success"]
