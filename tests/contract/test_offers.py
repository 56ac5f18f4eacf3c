"""A person's leg, as the platform carries it: documents that validate, tokens for one leg, answers that count once."""

from copy import deepcopy
from typing import Any

import pytest

from calls.outcomes import Outcome
from calls.queue.entry import PersonOffer, QueueEntry
from tests.contract.conftest import ACME, FRIDAY_NOON, Build
from tests.contract.consulted import REST
from tests.support.kept import Kept
from tests.support.phone import Json, Phone, verbs

DANA = "+12025550111"


class Desk:
    """A switchboard with somebody in line for support, and Dana, whose phone rings for it."""

    def __init__(self, switchboard: Build, **entry: Any) -> None:
        data: Json = deepcopy(ACME)
        data["departments"]["support"]["reach"] = [{"queue": {"name": "support", "people": ["dana"]}}, "voicemail"]
        data["lines"]["+12025550105"] = {"agent": {"queue": "support"}}
        self.kept = Kept()
        self.board = switchboard(data, orders=self.kept, **REST)
        self.wiring = self.board.app.extensions["switchboard"]
        self.records = self.wiring.records
        told: dict[str, Any] = {"kind": "caller", "since": FRIDAY_NOON, "due_at": FRIDAY_NOON}
        told |= {"call_id": "c9", "transfer_id": "", "number": "+12025550177", "line": "+12025550100"}
        waits = QueueEntry("k1", "support", "support", **{**told, **entry})
        self.waits: QueueEntry = self.records.enter(waits)
        self.person = Phone(self.board.app, caller=DANA, call_id="leg")

    def is_offered(self) -> PersonOffer:
        (offer,) = self.records.match("", self.wiring.directories.current(), self.wiring.clock.now())
        assert isinstance(offer, PersonOffer)
        return offer

    def fetches(self, what: str, offer: PersonOffer) -> Json:
        return self.person.follows(self.wiring.links_of("").offer(what, offer.id))

    def hears(self, document: Json) -> str:
        said = [*verbs(document, "play"), *verbs(document, "prompt")]
        return " ".join(str(value.get("url") or value.get("play")) for value in said)

    def stands(self) -> str:
        entry = self.records.entry(self.waits.id)
        assert entry
        return f"{entry.state} {entry.outcome}"


def test_somebody_picks_up_is_briefed_and_goes_to_the_queue_of_that_caller(switchboard: Build) -> None:
    desk = Desk(switchboard, transfer_id="t_7")
    offer = desk.is_offered()
    assert verbs(desk.fetches("answer", offer), "detect_machine")
    assert "Hello Dana Reyes. Acme Plumbing: a call for the support team" in desk.hears(desk.fetches("brief", offer))
    (connect,) = verbs(desk.fetches("take", offer), "connect")
    assert connect["to"] == "queue:support-t_7"
    assert "from" not in connect


def test_a_callback_rings_the_caller_from_our_own_line(switchboard: Build) -> None:
    desk = Desk(switchboard, kind="callback", call_id="")
    offer = desk.is_offered()
    desk.fetches("answer", offer)
    assert "a callback for the support team to 2 0 2" in desk.hears(desk.fetches("brief", offer))
    (connect,) = verbs(desk.fetches("take", offer), "connect")
    assert (connect["to"], connect["from"]) == ("+12025550177", "+12025550100")
    assert "They did not answer." in desk.hears(desk.fetches("unreached", offer))
    assert desk.stands() == "waiting None"


def test_whoever_says_yes_too_late_hears_why(switchboard: Build) -> None:
    desk = Desk(switchboard)
    offer = desk.is_offered()
    desk.fetches("answer", offer)
    desk.records.leave(desk.waits.id, "left", Outcome.CALLER_LEFT, desk.wiring.clock.now())
    assert "The caller has hung up." in desk.hears(desk.fetches("take", offer))
    assert desk.stands() == "left caller_left"


def test_a_no_counts_once_and_a_yes_after_it_does_not(switchboard: Build) -> None:
    desk = Desk(switchboard)
    offer = desk.is_offered()
    desk.fetches("answer", offer)
    assert "Thank you, and goodbye." in desk.hears(desk.fetches("decline", offer))
    assert "taken care of already" in desk.hears(desk.fetches("take", offer))
    assert desk.stands() == "waiting None"


def test_after_a_talk_the_line_is_cleared_at_once(switchboard: Build) -> None:
    desk = Desk(switchboard)
    offer = desk.is_offered()
    desk.fetches("answer", offer)
    desk.fetches("take", offer)
    assert desk.fetches("over", offer)["sections"]["main"] == [{"hangup": {}}]
    assert desk.stands() == "done bridged"


def test_a_token_is_good_for_its_own_leg_and_purpose(switchboard: Build) -> None:
    desk = Desk(switchboard)
    offer = desk.is_offered()
    desk.fetches("answer", offer)
    link = desk.wiring.links_of("").offer("take", offer.id)
    stranger = Phone(desk.board.app, call_id="another")
    body = {"call": stranger._call(), "vars": {}, "envs": {}, "params": {}}
    assert stranger.post(link, body).status_code == 403
    assert stranger.post(link.replace("/take", "/brief"), body).status_code == 403
    assert stranger.post(link + "x", body).status_code == 403
    assert desk.stands() == "offered None"


@pytest.mark.parametrize(
    ("caller", "words"), [(DANA, "Hello Dana Reyes."), ("+12025550199", "Thanks for calling Acme Plumbing")]
)
def test_people_ring_in_for_the_next_caller_and_others_get_the_receptionist(
    switchboard: Build, caller: str, words: str
) -> None:
    desk = Desk(switchboard)
    rings = Phone(desk.board.app, caller=caller, line="+12025550105", call_id="d1")
    document = rings.dials()
    greeting = [value["params"]["static_greeting"] for value in verbs(document, "ai")]
    assert words in " ".join([desk.hears(document), *greeting])
    assert desk.stands() == ("offered None" if caller == DANA else "waiting None")


def test_nobody_waits(switchboard: Build) -> None:
    desk = Desk(switchboard)
    desk.records.leave(desk.waits.id, "left", Outcome.CALLER_LEFT, desk.wiring.clock.now())
    document = Phone(desk.board.app, caller=DANA, line="+12025550105", call_id="d1").dials()
    assert "Nobody is waiting in support." in desk.hears(document)
