"""Whether a caller was taken care of: what the line shows, and what the records say of a promise."""

from collections.abc import Iterator
from typing import Any

import pytest

from calls.orders import KeepMessage
from exchange import Call, On, Script
from exchange.scenarios.care import LEFT_A_MESSAGE, Care, care_of
from gateways.records.records import Records
from handlers.cli.rehearsal.promises import on_record
from tests.exchange.app import App
from tests.exchange.conftest import Build
from tests.exchange.test_agent import agent
from tests.support.kept import NOON
from tests.support.kept import call as known

CALLS = Script(On("", call="connect", args={"destination": "sales"}))


def ring(app: App, exchange: Build, *answers: dict[str, Any]) -> Call:
    """A caller for whom the function is called once for each answer."""
    waiting = iter(answers)
    app.routes |= {"/swml": agent(app), "/tool": lambda _: next(waiting), "/report": {}}
    return exchange(thinker=CALLS).dial(says=tuple("sales" for _ in answers)).run()


@pytest.mark.parametrize(
    ("answer", "taken", "why"),
    [
        ({"response": "The message for sales is kept."}, True, "connect was called"),
        ({"response": "There is no such destination. Offer only what you know."}, False, "connect refused"),
        ({"response": "That did not work just now. Tell the caller."}, False, "connect refused"),
        (
            {"response": "It is started; it is not known yet.", "action": [{"hold": 5}]},
            False,
            "nothing came of connect",
        ),
        ({"response": "Bye.", "action": [{"hangup": True}]}, False, "there was talk, and nothing was done about it"),
    ],
)
def test_what_a_function_answers_decides(
    app: App, exchange: Build, answer: dict[str, Any], taken: bool, why: str
) -> None:
    care = care_of(ring(app, exchange, answer))
    assert (care.taken, care.why) == (taken, why)


def test_a_function_that_moves_the_caller_to_nobody_is_no_care(app: App, exchange: Build) -> None:
    document = {"version": "1.0.0", "sections": {"main": [{"hangup": {}}]}}
    answer = {"response": "It is started.", "action": [{"transfer": True, "SWML": document}]}
    assert not care_of(ring(app, exchange, answer)).taken


def test_a_refusal_takes_nothing_away_from_what_was_kept_before_it(app: App, exchange: Build) -> None:
    call = ring(app, exchange, {"response": "The message is kept."}, {"response": "Sales is closed until Monday."})
    assert care_of(call) == Care(True, "connect was called", ("connect",))


@pytest.fixture
def records(database_url: str) -> Iterator[Records]:
    made = Records(database_url)
    made.open_call(known(), NOON)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("care", "kind"),
    [
        (Care(True, "take_message was called", ("take_message",)), "message"),
        (Care(True, "request_callback was called", ("request_callback",)), "callback"),
        (Care(True, LEFT_A_MESSAGE), "voicemail"),
    ],
)
def test_a_promise_counts_when_it_is_on_record(
    records: Records, database_url: str, monkeypatch: pytest.MonkeyPatch, care: Care, kind: Any
) -> None:
    monkeypatch.setattr("handlers.cli.rehearsal.promises._WITHIN", 0.0)
    judged = on_record(care, "c1", database_url)
    assert (judged.taken, judged.why) == (False, f"no {kind} of this call is on record")
    records.keep_message(KeepMessage("m1", kind, "c1", "sales", NOON))
    assert on_record(care, "c1", database_url) == care
    assert not on_record(care, "another call", database_url).taken


def test_what_promises_nothing_is_not_looked_up() -> None:
    care = Care(True, "put through to +12025550111", ("check_availability",))
    assert on_record(care, "c1", "sqlite:////nowhere/at/all.db") == care
