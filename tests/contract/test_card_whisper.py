"""The card of a whisper: the phone alone accepts; the card may decline where we can stop the phone."""

import pytest

from calls.outcomes import Outcome
from tests.contract.conftest import Build, Switchboard
from tests.support.handoff import WHISPERED, Handoff, Reader, text

REST = {"signalwire_space": "acme", "signalwire_project_id": "p1", "signalwire_api_token": "t1"}


@pytest.fixture
def whisper(switchboard: Build) -> Handoff:
    return Handoff.begin(switchboard(**REST).app, mechanism="whisper").happens(*WHISPERED)


def test_where_nobody_could_stop_the_phone_there_is_no_decline(acme: Switchboard) -> None:
    handoff = Handoff.begin(acme.app, mechanism="whisper").happens(*WHISPERED)
    assert Reader(acme.app, handoff.card()).buttons == []


def test_a_whisper_is_accepted_on_the_phone_alone(whisper: Handoff) -> None:
    dana, before = Reader(whisper.app, whisper.card()), whisper.entry
    assert "Answer your phone and press 1." in dana.reads
    assert dana.buttons == ["decline", "later"]
    assert "press 1" in text(dana.answers("accept"))
    assert whisper.entry == before


def test_a_whisper_can_be_declined_by_card(whisper: Handoff) -> None:
    dana = Reader(whisper.app, whisper.card())
    assert "You will call back at noon." in text(dana.answers("later", when="at noon"))
    assert [(a.person, a.outcome, a.words) for a in whisper.now.attempts] == [
        ("dana", Outcome.DECLINED, "will call back at noon")
    ]
