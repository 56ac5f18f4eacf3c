"""Calls without an agent: documents, legs, bridges."""

from exchange import Person
from tests.exchange.app import App, say, swml
from tests.exchange.conftest import Build

DANA, LEE, MAX = "+12025550111", "+12025550112", "+12025550113"


def test_a_caller_hears_what_the_document_says_and_is_hung_up(app: App, exchange: Build) -> None:
    app.routes["/swml"] = swml(say("Hello there."), {"hangup": {}})
    call = exchange().dial().run()
    assert call.heard == ["Hello there."]
    assert call.ending == "hangup by script"
    assert call.violations == []


def test_nobody_answers_then_the_next_is_rung_and_bridged(app: App, exchange: Build) -> None:
    app.routes["/swml"] = swml({"connect": {"serial": [{"to": DANA, "timeout": 15}, {"to": LEE}]}}, {"hangup": {}})
    call = exchange(people={DANA: Person(when_rung="no_answer"), LEE: Person(after=3, talks_for=60)}).dial().run()
    assert call.rang == [DANA, LEE]
    assert call.bridged == [LEE]
    assert 75 < call.duration < 90
    assert call.longest_silence < 1
    assert call.caller.vars["connect_result"] == "connected"


def test_together_the_first_to_answer_wins_and_the_others_stop_ringing(app: App, exchange: Build) -> None:
    app.routes["/swml"] = swml({"connect": {"parallel": [{"to": DANA}, {"to": LEE}, {"to": MAX}]}}, {"hangup": {}})
    people = {DANA: Person(after=9), LEE: Person(after=5), MAX: Person(when_rung="busy", after=1)}
    call = exchange(people=people).dial().run()
    assert call.bridged == [LEE]
    ends = {entry.leg: entry.text for entry in call.find("end")}
    assert ends[DANA] == "cancel by platform"
    assert ends[MAX].startswith("busy")


def test_a_failed_connect_says_why_and_the_script_goes_on(app: App, exchange: Build) -> None:
    app.routes["/swml"] = swml(
        {"connect": {"to": DANA}}, say("${connect_result} because of ${connect_failed_reason}"), {"hangup": {}}
    )
    call = exchange(people={DANA: Person(when_rung="busy")}).dial().run()
    assert call.heard == ["failed because of busy"]
