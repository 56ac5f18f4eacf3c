"""After a whisper's bridge the document asks whether the agent is needed: a caller is neither dropped nor kept."""

from copy import deepcopy
from datetime import timedelta

import pytest

from tests.contract.conftest import ACME, Build, Switchboard
from tests.support.phone import Json, Phone, moved, verbs


class Whisper:
    """A caller whose supervisor, Dana, is told first by the document."""

    def __init__(self, build: Build) -> None:
        data = deepcopy(ACME)
        whispered = {"about": "a human who can decide", "handoff": "whisper", "reach": [{"ring": ["dana"]}]}
        data["departments"]["supervisor"] = whispered
        self.board: Switchboard = build(data)
        self.caller = Phone(self.board.app)
        self.caller.dials()
        self.document = moved(self.caller.asks("escalate_to_human", reason="a refund", summary="Charged twice."))
        (self.connect,) = verbs(self.document, "connect")

    def dana_is(self, *states: str, after: float = 0.0) -> None:
        self.board.clock.at += timedelta(seconds=after)
        for state in states:
            leg = self.connect.get("serial", [self.connect])[0]
            self.caller.leg_is(leg, state, "hangup" if state == "ended" else None)

    def is_over(self, *, after: float) -> str:
        """What the document is told to do that many seconds later."""
        self.board.clock.at += timedelta(seconds=after)
        ask: Json = next(one for one in verbs(self.document, "request") if "/events/over" in one["url"])
        answer = self.caller.post(ask["url"], ask["body"])
        assert answer.status_code == 200
        return str(answer.get_json()["next"])


@pytest.fixture
def whisper(switchboard: Build) -> Whisper:
    return Whisper(switchboard)


def test_they_have_talked_and_the_caller_is_still_there(whisper: Whisper) -> None:
    whisper.dana_is("created", "ringing", "answered")
    whisper.caller.connect_is(whisper.connect, "connected")
    assert whisper.is_over(after=60) == "hangup"
    assert whisper.board.story == [("supervisor", "bridged")]


def test_the_line_drops_after_a_second(whisper: Whisper) -> None:
    whisper.dana_is("answered")
    whisper.caller.connect_is(whisper.connect, "connected")
    assert whisper.is_over(after=1) == "agent"


def test_a_no_that_the_platform_calls_a_connection_is_a_no(whisper: Whisper) -> None:
    whisper.dana_is("created", "answered")
    whisper.dana_is("ended", after=12)
    assert whisper.is_over(after=0) == "agent"
    assert whisper.board.ledger[0]["attempts"][0]["outcome"] == "declined"


def test_nobody_told_us_that_they_were_connected_but_they_were_for_minutes(whisper: Whisper) -> None:
    whisper.dana_is("created", "answered")
    assert whisper.is_over(after=300) == "hangup"
    assert whisper.board.story == [("supervisor", "bridged")]


def test_a_stranger_learns_nothing(whisper: Whisper) -> None:
    ask = next(one for one in verbs(whisper.document, "request") if "/events/over" in one["url"])
    assert whisper.caller.post(ask["url"] + "x", {}).status_code == 403
